import { KbtError } from "../../../core/errors.ts";
import { type DeltaColumns, SEGMENT_ROWS } from "./columns.ts";
import { FLAG, FORMAT, HEADER_BYTES } from "./format.ts";
import { type ByteCursor, getInt, getInts } from "./varint.ts";

/** Unpacks a segment into `columns`, from their start, and gives the number of rows. Throws DB_CORRUPT. */
export function decodeSegment(firstEv: number, data: Uint8Array, columns: DeltaColumns): number {
  const n = (data[1] ?? 0) + (data[2] ?? 0) * 256;
  if (data[0] !== FORMAT || n > SEGMENT_ROWS) throw damaged(firstEv, "its format is unknown");
  const flags = data.subarray(HEADER_BYTES, HEADER_BYTES + n);
  const cursor: ByteCursor = { data, at: HEADER_BYTES + n };
  getStreams(cursor, flags, columns.streamId);
  getInts(cursor, columns.ev, { flags, skip: FLAG.nextEv, skipped: 1 });
  sum(columns.ev, n, firstEv - 1);
  getInts(cursor, columns.seq, { flags, skip: FLAG.nextSeq, skipped: 1 });
  sum(columns.seq, n, 0);
  getInts(cursor, columns.priceCode, { flags, skip: 0, skipped: 0 });
  scalePrices(columns.priceCode, flags);
  getInts(cursor, columns.deltaCq, { flags, skip: 0, skipped: 0 });
  scaleSizes(columns.deltaCq, flags);
  getInts(cursor, columns.dtMs, { flags, skip: FLAG.sameTime, skipped: 0 });
  sum(columns.dtMs, n, 0);
  getInts(cursor, columns.lagMs, { flags, skip: FLAG.noLag | FLAG.sameLag, skipped: 0 });
  sumLags(columns.lagMs, flags);
  // Reading past the end gives zeros and goes on, so a segment that was cut is seen here.
  if (cursor.at !== data.length) throw damaged(firstEv, "its length is wrong");
  return n;
}

function getStreams(cursor: ByteCursor, flags: Uint8Array, column: Float64Array): void {
  const streams: number[] = [];
  let streamId = 0;
  for (let row = 0; row < flags.length; row++) {
    if (((flags[row] ?? 0) & FLAG.sameStream) === 0) {
      const known = streams[getInt(cursor)];
      streamId = known ?? getInt(cursor);
      if (known === undefined) streams.push(streamId);
    }
    column[row] = streamId;
  }
}

function sum(column: Float64Array, n: number, from: number): void {
  let total = from;
  for (let row = 0; row < n; row++) {
    total += column[row] ?? 0;
    column[row] = total;
  }
}

function scalePrices(column: Float64Array, flags: Uint8Array): void {
  for (let row = 0; row < flags.length; row++) {
    if (((flags[row] ?? 0) & FLAG.cents) === 0) continue;
    const cents = column[row] ?? 0;
    column[row] = cents < 0 ? cents * 100 + 99 : cents * 100;
  }
}

function scaleSizes(column: Float64Array, flags: Uint8Array): void {
  for (let row = 0; row < flags.length; row++) {
    // A product instead of a branch that goes either way half of the time.
    const isWhole = ((flags[row] ?? 0) & FLAG.contracts) / FLAG.contracts;
    column[row] = (column[row] ?? 0) * (1 + 99 * isWhole);
  }
}

function sumLags(column: Float64Array, flags: Uint8Array): void {
  let lagMs = 0;
  for (let row = 0; row < flags.length; row++) {
    lagMs += column[row] ?? 0;
    column[row] = ((flags[row] ?? 0) & FLAG.noLag) === 0 ? lagMs : Number.NaN;
  }
}

function damaged(firstEv: number, why: string): KbtError {
  return new KbtError({
    kind: "store",
    code: "DB_CORRUPT",
    message: `the delta segment from ev ${firstEv} cannot be read: ${why}`,
    hint: "restore a copy of the database; its other rows are not concerned",
    details: { firstEv },
  });
}
