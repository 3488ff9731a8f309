import type Database from "better-sqlite3";
import { createColumns, type DeltaColumns } from "./columns.ts";
import { decodeSegment } from "./decode.ts";

/** Numbers that one segment spans at most; the migration holds the same limit. */
export const SEGMENT_SPAN = 50_000;

/** A segment that is being read: the rows before `at` have been. */
export interface SegmentCursor {
  readonly firstEv: number;
  readonly columns: DeltaColumns;
  readonly n: number;
  at: number;
}

/** Reads packed deltas forwards. */
export interface SegmentReader {
  /** Looks for the segments with a delta whose number lies in [low, high). */
  look(low: number, high: number): void;
  /** Those with a delta below `high`; whoever reads them moves their cursors on. */
  below(high: number): readonly SegmentCursor[];
}

/** Segments overlap, so several are open at once; each is unpacked once, when its first delta is wanted. */
export function createSegmentReader(db: Database.Database): SegmentReader {
  type Found = [firstEv: number, data: Uint8Array];
  const select = db
    .prepare<[number, number, number], Found>(
      `SELECT first_ev, data FROM main.delta_segments
       WHERE first_ev > ? AND first_ev < ? AND last_ev >= ? ORDER BY first_ev`,
    )
    .raw();
  const free: DeltaColumns[] = [];
  let open: SegmentCursor[] = [];
  let found: Found[] = [];
  const start = ([firstEv, data]: Found): SegmentCursor => {
    const columns = free.pop() ?? createColumns();
    return { firstEv, columns, n: decodeSegment(firstEv, data, columns), at: 0 };
  };
  return {
    look(low, high) {
      const known = new Set(open.map(({ firstEv }) => firstEv));
      found = select
        .all(low - SEGMENT_SPAN, high, low)
        .filter(([firstEv]) => !known.has(firstEv))
        .toReversed();
    },
    below(high) {
      free.push(...open.filter(isOver).map(({ columns }) => columns));
      open = open.filter((cursor) => !isOver(cursor));
      for (let last = found.at(-1); last !== undefined && last[0] < high; last = found.at(-1)) {
        open.push(start(last));
        found.pop();
      }
      return open;
    },
  };
}

function isOver({ at, n }: SegmentCursor): boolean {
  return at === n;
}
