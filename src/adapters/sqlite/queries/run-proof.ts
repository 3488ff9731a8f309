import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** What a run stored so that it can be replayed and held against its replay. */
export interface RunProof {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: number;
  /** Null while it runs. */
  readonly endedMs: number | null;
  readonly version: string;
  /** Null for a run from source, or of before it was kept. */
  readonly commit: string | null;
  readonly configJson: string;
  /** Null for a run of before it was kept. */
  readonly startJson: string | null;
  /** When it let go of what was under way; null when it was killed, or has not ended. */
  readonly finishedMs: number | null;
  /** Rows that it left behind, and their rolling hash; null when it was killed. */
  readonly decisions: number | null;
  readonly decisionsHash: string | null;
}

/** Undefined when there is no such run. */
export function runProof(reader: Reader, runId: number): RunProof | undefined {
  return reading(reader, () =>
    reader.db
      .prepare<[number], RunProof>(
        `SELECT run_id AS runId, mode, started_ms AS startedMs, ended_ms AS endedMs, version, code_commit AS "commit",
           config_json AS configJson, start_json AS startJson, finished_ms AS finishedMs, decisions,
           decisions_hash AS decisionsHash
         FROM runs WHERE run_id = ?`,
      )
      .get(runId),
  );
}

/** Number of the first input that a run can have, and of the one that says that it was killed. */
export function inputNumbers(runId: number): { readonly first: number; readonly killed: number } {
  return { first: runId * EV_PER_RUN, killed: (runId + 1) * EV_PER_RUN - 1 };
}
