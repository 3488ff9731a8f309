import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

/** A run that recorded what it received. */
export interface Recording {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: Ms;
  /** Of a run that goes on, or was killed: when it last said that it lives. */
  readonly endedMs: Ms;
  /** Whether the whole seconds are among its events. */
  readonly hasSeconds: boolean;
  /** What `--retain` removed of it, in rows. */
  readonly thinned: number;
}

/** Runs with inputs on file, the oldest first; runs that only read others have none. */
export function listRecordings(reader: Reader): Recording[] {
  const rows = reading(reader, () =>
    reader.db
      .prepare<[], Omit<Recording, "hasSeconds"> & { readonly hasSeconds: number }>(
        `SELECT r.run_id AS runId, r.mode, r.started_ms AS startedMs,
           max(r.started_ms, coalesce(r.ended_ms, p.newest_ms, r.started_ms)) AS endedMs,
           EXISTS (SELECT 1 FROM wakes WHERE ev >= r.run_id * 10000000000 AND ev < (r.run_id + 1) * 10000000000) AS hasSeconds,
           (SELECT coalesce(sum(rows), 0) FROM thinned t WHERE t.run_id = r.run_id) AS thinned
         FROM runs r LEFT JOIN run_processes p ON p.run_id = r.run_id
         WHERE r.mode IN ('collect', 'paper', 'live', 'backtest') AND EXISTS (
           SELECT 1 FROM input_sums s WHERE s.first_ev >= r.run_id * 10000000000 AND s.first_ev < (r.run_id + 1) * 10000000000
           UNION ALL SELECT 1 FROM snapshots s WHERE s.ev >= r.run_id * 10000000000 AND s.ev < (r.run_id + 1) * 10000000000)
         ORDER BY r.started_ms, r.run_id`,
      )
      .all(),
  );
  return rows.map(({ hasSeconds, ...row }) => ({ ...row, hasSeconds: hasSeconds === 1 }));
}
