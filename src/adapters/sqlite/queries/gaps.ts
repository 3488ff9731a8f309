import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

export interface GapGroup {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly totalMs: Ms;
  readonly longestMs: Ms;
}

export interface GapSpan {
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

// A gap whose beginning nobody knows has no length.
const LENGTH = "max(0, to_ms - coalesce(from_ms, to_ms))";
const OF_RUNS = "run_id IN (SELECT value FROM json_each(?))";

/** What the feeds of some runs missed, by source and reason, most time first. */
export function gapGroups(reader: Reader, runIds: readonly number[]): GapGroup[] {
  return reading(reader, () =>
    reader.db
      .prepare<[string], GapGroup>(
        `SELECT source, reason, count(*) AS count, sum(${LENGTH}) AS totalMs, max(${LENGTH}) AS longestMs
         FROM feed_gaps WHERE ${OF_RUNS} GROUP BY source, reason ORDER BY totalMs DESC, count DESC, source`,
      )
      .all(JSON.stringify(runIds)),
  );
}

/** The longest of those gaps, longest first. */
export function longestGaps(reader: Reader, runIds: readonly number[], limit: number): GapSpan[] {
  return reading(reader, () =>
    reader.db
      .prepare<[string, number], GapSpan>(
        `SELECT coalesce(from_ms, to_ms) AS fromMs, to_ms AS toMs
         FROM feed_gaps WHERE ${OF_RUNS} ORDER BY ${LENGTH} DESC, to_ms LIMIT ?`,
      )
      .all(JSON.stringify(runIds), limit),
  );
}
