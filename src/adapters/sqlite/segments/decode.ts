import { KbtError } from "../../../core/errors.ts";
import { SEGMENT_BYTES_MAX, SEGMENT_ROWS, type UnpackedDeltas } from "./columns.ts";
import { FLAG, FORMAT, HEADER_BYTES } from "./format.ts";
import { ByteCursor, INT_BYTES_MAX } from "./varint.ts";

/** Rows that have no integer, those with one of the `skip` flags: their step is the usual one. */
interface Steps {
  readonly skip: number;
  readonly usual: number;
  readonly from: number;
}

const EV: Steps = { skip: FLAG.nextEv, usual: 1, from: -1 };
const SEQ: Steps = { skip: FLAG.nextSeq, usual: 1, from: 0 };
const TIME: Steps = { skip: FLAG.sameTime, usual: 0, from: 0 };

/** A segment's bytes while it is unpacked, with room behind them (varint.ts). */
const BYTES = new Uint8Array(SEGMENT_BYTES_MAX + INT_BYTES_MAX);

// One for all segments, as the steps above: V8 throws away the code it compiled for a shape when a full collection finds
// no object of it, which between two segments would be so each time.
const CURSOR = new ByteCursor(BYTES, 0);

/** Unpacks a segment from the start of each column and gives the number of rows. Throws DB_CORRUPT. */
export function decodeSegment(firstEv: number, data: Uint8Array, unpacked: UnpackedDeltas): number {
  const n = (data[1] ?? 0) + (data[2] ?? 0) * 256;
  if (data[0] !== FORMAT || n > SEGMENT_ROWS) throw damaged(firstEv, "its format is unknown");
  if (data.length > SEGMENT_BYTES_MAX) throw damaged(firstEv, "its length is wrong");
  BYTES.set(data);
  const flags = BYTES.subarray(HEADER_BYTES, HEADER_BYTES + n);
  const cursor = CURSOR;
  cursor.at = HEADER_BYTES + n;
  getStreams(cursor, flags, unpacked);
  getSteps(cursor, flags, unpacked.evOffset, EV);
  getSteps(cursor, flags, unpacked.seq, SEQ);
  getPrices(cursor, flags, unpacked.priceCode);
  getSizes(cursor, flags, unpacked.deltaCq);
  getSteps(cursor, flags, unpacked.dtMs, TIME);
  getLags(cursor, flags, unpacked.lagMs);
  // Reading past the end gives what lies there and goes on, so a segment that was cut is seen here.
  if (cursor.at !== data.length) throw damaged(firstEv, "its length is wrong");
  return n;
}

function getStreams(
  cursor: ByteCursor,
  flags: Uint8Array,
  { stream, streamIds }: UnpackedDeltas,
): void {
  streamIds.length = 0;
  let place = 0;
  let known = 0;
  for (let row = 0; row < flags.length; row++) {
    if (((flags[row] ?? 0) & FLAG.sameStream) === 0) {
      place = cursor.next();
      if (place >>> 0 >= known) {
        place = known++;
        streamIds.push(cursor.next());
      }
    }
    stream[row] = place;
  }
}

function getSteps(cursor: ByteCursor, flags: Uint8Array, column: Float64Array, steps: Steps): void {
  const { from, skip, usual } = steps;
  let total = from;
  for (let row = 0; row < flags.length; row++) {
    total += ((flags[row] ?? 0) & skip) === 0 ? cursor.next() : usual;
    column[row] = total;
  }
}

function getPrices(cursor: ByteCursor, flags: Uint8Array, column: Int32Array): void {
  for (let row = 0; row < flags.length; row++) {
    const code = cursor.nextOfThree();
    const isCents = ((flags[row] ?? 0) & FLAG.cents) / FLAG.cents;
    // Of side no, -1 - price, the last digits are 99 and not 0.
    column[row] = code * (1 + 99 * isCents) + (99 & (code >> 31) & -isCents);
  }
}

function getSizes(cursor: ByteCursor, flags: Uint8Array, column: Float64Array): void {
  for (let row = 0; row < flags.length; row++) {
    // A product instead of a branch that goes either way half of the time.
    const isWhole = ((flags[row] ?? 0) & FLAG.contracts) / FLAG.contracts;
    column[row] = cursor.nextOfThree() * (1 + 99 * isWhole);
  }
}

function getLags(cursor: ByteCursor, flags: Uint8Array, column: Float64Array): void {
  let lagMs = 0;
  for (let row = 0; row < flags.length; row++) {
    const flag = flags[row] ?? 0;
    if ((flag & (FLAG.noLag | FLAG.sameLag)) === 0) lagMs += cursor.next();
    column[row] = (flag & FLAG.noLag) === 0 ? lagMs : Number.NaN;
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
