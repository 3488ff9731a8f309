import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

export interface ThinnedRow {
  readonly runId: number;
  /** Contract table, with the part of it that went: "spot_ticks.quote". */
  readonly table: string;
  /** Received before this; some of it may have been kept because an order points to it. */
  readonly beforeMs: number;
  readonly rows: number;
  readonly atMs: number;
}

/** What retention removed from a run: why its replay may differ, and where not to look for data. */
export function thinnedOf(reader: Reader, runId: number): ThinnedRow[] {
  return reading(reader, () =>
    reader.db
      .prepare<[number], ThinnedRow>(
        `SELECT run_id AS runId, table_name AS "table", before_ms AS beforeMs, rows, at_ms AS atMs
         FROM thinned WHERE run_id = ? ORDER BY table_name`,
      )
      .all(runId),
  );
}
