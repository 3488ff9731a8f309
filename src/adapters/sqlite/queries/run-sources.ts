import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches } from "./evaluations.ts";
import { reading } from "./read.ts";

/** A run that evaluated something, and what it was made with. */
export interface RunSource {
  readonly runId: number;
  readonly mode: string;
  readonly command: string;
  readonly startedMs: Ms;
  /** Null while it runs, and for ever when it was killed. */
  readonly endedMs: Ms | null;
  /** Its end, or when it last said that it lives. */
  readonly untilMs: Ms;
  readonly version: string;
  /** Null for a run from source, or of before it was kept. */
  readonly commit: string | null;
  readonly configJson: string;
}

/** The runs whose evaluations a filter can concern, oldest first. */
export function runSources(reader: Reader, filter: EvaluationFilter): RunSource[] {
  return reading(reader, () => {
    const ids = new Set([...stretches(reader, filter)].map(({ runId }) => runId));
    return reader.db
      .prepare<[string], RunSource>(
        `SELECT r.run_id AS runId, r.mode, r.command, r.started_ms AS startedMs, r.ended_ms AS endedMs,
           max(r.started_ms, coalesce(r.ended_ms, p.newest_ms, r.started_ms)) AS untilMs, r.version,
           r.code_commit AS "commit", r.config_json AS configJson
         FROM runs r LEFT JOIN run_processes p ON p.run_id = r.run_id
         WHERE r.run_id IN (SELECT value FROM json_each(?)) ORDER BY r.run_id`,
      )
      .all(JSON.stringify([...ids]));
  });
}
