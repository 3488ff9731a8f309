import type Database from "better-sqlite3";
import { createUnpacked, type UnpackedDeltas } from "./columns.ts";
import { decodeSegment } from "./decode.ts";

/** Numbers that one segment spans at most; the migration holds the same limit. */
export const SEGMENT_SPAN = 50_000;

/** A segment that is being read: the rows before `at` have been. */
export interface SegmentCursor {
  readonly firstEv: number;
  readonly unpacked: UnpackedDeltas;
  readonly n: number;
  at: number;
}

type Found = [firstEv: number, data: Uint8Array];

/**
 * Reads packed deltas forwards. Segments overlap, so several are open at once; each is unpacked once, when its first
 * delta is wanted.
 */
export class SegmentReader {
  readonly #select: Database.Statement<[number, number, number], Found>;
  readonly #free: UnpackedDeltas[] = [];
  #open: SegmentCursor[] = [];
  #found: Found[] = [];

  constructor(db: Database.Database) {
    this.#select = db
      .prepare<[number, number, number], Found>(
        `SELECT first_ev, data FROM main.delta_segments
         WHERE first_ev > ? AND first_ev < ? AND last_ev >= ? ORDER BY first_ev`,
      )
      .raw();
  }

  /** Looks for the segments with a delta whose number lies in [low, high). */
  look(low: number, high: number): void {
    const known = new Set(this.#open.map(({ firstEv }) => firstEv));
    this.#found = this.#select
      .all(low - SEGMENT_SPAN, high, low)
      .filter(([firstEv]) => !known.has(firstEv))
      .toReversed();
  }

  /** Those with a delta below `high`; whoever reads them moves their cursors on. */
  below(high: number): readonly SegmentCursor[] {
    this.#free.push(...this.#open.filter(isOver).map(({ unpacked }) => unpacked));
    this.#open = this.#open.filter((cursor) => !isOver(cursor));
    for (let last = this.#found.at(-1); last !== undefined && last[0] < high; ) {
      this.#open.push(this.#start(last));
      this.#found.pop();
      last = this.#found.at(-1);
    }
    return this.#open;
  }

  #start([firstEv, data]: Found): SegmentCursor {
    const unpacked = this.#free.pop() ?? createUnpacked();
    return { firstEv, unpacked, n: decodeSegment(firstEv, data, unpacked), at: 0 };
  }
}

function isOver({ at, n }: SegmentCursor): boolean {
  return at === n;
}
