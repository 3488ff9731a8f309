import type Database from "better-sqlite3";
import { createColumns, type DeltaColumns } from "./columns.ts";
import { decodeSegment } from "./decode.ts";

/** Numbers that one segment spans at most; the migration holds the same limit. */
export const SEGMENT_SPAN = 50_000;

/** A stretch of packed deltas: rows [from, to) of `columns`, which the next stretch overwrites. */
export type SeeDeltas = (columns: DeltaColumns, from: number, to: number) => void;

/** Reads the packed deltas whose number lies in [low, high), segment by segment. */
export function createSegmentReader(
  db: Database.Database,
): (low: number, high: number, see: SeeDeltas) => void {
  const columns = createColumns();
  const select = db
    .prepare<[number, number, number], [firstEv: number, data: Uint8Array]>(
      `SELECT first_ev, data FROM main.delta_segments
       WHERE first_ev > ? AND first_ev < ? AND last_ev >= ? ORDER BY first_ev`,
    )
    .raw();
  return (low, high, see) => {
    for (const [firstEv, data] of select.all(low - SEGMENT_SPAN, high, low)) {
      const n = decodeSegment(firstEv, data, columns);
      let from = 0;
      let to = n;
      while (from < to && (columns.ev[from] ?? low) < low) from++;
      while (to > from && (columns.ev[to - 1] ?? low) >= high) to--;
      see(columns, from, to);
    }
  };
}
