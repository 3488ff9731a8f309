import type { ProcessIdentity } from "../../platform/process-identity.ts";
import { isRunning } from "../../platform/process-identity.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** A run without an end, and the process that writes it. */
export interface ProcessRow {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: number;
  readonly pid: number;
  /** Its newest sign of life, by the wall clock. */
  readonly beatMs: number;
  /** Of its newest event, by its own clock. */
  readonly newestMs: number;
  /** Null where that cannot be looked up. */
  readonly isRunning: boolean | null;
}

type Stored = Omit<ProcessRow, "isRunning"> & Pick<ProcessIdentity, "namespace" | "start">;

/** Runs that have not ended, oldest first; one that was killed stays here until the next start finds it. */
export function listProcesses(reader: Reader): ProcessRow[] {
  return reading(reader, () =>
    reader.db
      .prepare<[], Stored>(
        `SELECT r.run_id AS runId, r.mode, r.started_ms AS startedMs, p.pid, p.beat_ms AS beatMs, p.newest_ms AS newestMs,
           p.pid_namespace AS namespace, p.process_start AS start
         FROM runs r JOIN run_processes p USING (run_id)
         WHERE r.ended_ms IS NULL AND p.recovered_by IS NULL ORDER BY r.run_id`,
      )
      .all(),
  ).map(({ namespace, start, ...row }) => ({
    ...row,
    isRunning: isRunning({ pid: row.pid, namespace, start }),
  }));
}
