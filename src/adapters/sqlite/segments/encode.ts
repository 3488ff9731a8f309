import { type DeltaColumns, SEGMENT_ROWS } from "./columns.ts";
import { FLAG, FORMAT, HEADER_BYTES } from "./format.ts";
import { putInt } from "./varint.ts";

/** Deltas of one run in the order of `ev`, packed. */
export interface Segment {
  readonly firstEv: number;
  readonly lastEv: number;
  /** Rows in it: fewer than were offered when one of them cannot be coded without loss. */
  readonly n: number;
  /** Smallest and largest receive time, from the start of the run. */
  readonly dtMin: number;
  readonly dtMax: number;
  /** In the room of the columns, until they are packed again. */
  readonly data: Uint8Array;
}

/** Packs the first rows, at most `count`; null when not even the first can be coded without loss. */
export function encodeSegment(columns: DeltaColumns, count: number): Segment | null {
  const n = codable(columns, Math.min(count, SEGMENT_ROWS));
  if (n === 0) return null;
  const { bytes } = columns;
  bytes.set([FORMAT, n & 255, n >> 8]);
  const firstEv = at(columns.ev, 0);
  const flags = bytes.subarray(HEADER_BYTES, HEADER_BYTES + n).fill(0);
  const output: Output = { bytes, flags, offset: HEADER_BYTES + n };
  putStreams(output, columns.streamId);
  putSteps(output, columns.ev, { from: firstEv - 1, usual: 1, flag: FLAG.nextEv });
  putSteps(output, columns.seq, { from: 0, usual: 1, flag: FLAG.nextSeq });
  putPrices(output, columns.priceCode);
  putSizes(output, columns.deltaCq);
  putSteps(output, columns.dtMs, { from: 0, usual: 0, flag: FLAG.sameTime });
  putLags(output, columns.lagMs);
  const data = bytes.subarray(0, output.offset);
  return { firstEv, lastEv: at(columns.ev, n - 1), n, ...rangeOf(columns.dtMs, n), data };
}

interface Output {
  readonly bytes: Uint8Array;
  /** Of each row. */
  readonly flags: Uint8Array;
  offset: number;
}

function at(column: Float64Array, row: number): number {
  return column[row] ?? Number.NaN;
}

// Twice this is still exact, so every step between two such integers is. Nothing an exchange sends comes near it.
const LIMIT = 2 ** 52;
/** Unpacked they are 32-bit integers. */
const PRICE_LIMIT = 2 ** 30;

/** Rows from the first on that can be coded without loss. */
function codable(columns: DeltaColumns, count: number): number {
  const { deltaCq, dtMs, ev, lagMs, priceCode, seq, streamId } = columns;
  // Numbers of events grow from zero, so their steps are exact up to the last safe integer.
  let n = plain(ev, count, { least: 0, most: Number.MAX_SAFE_INTEGER });
  n = plain(priceCode, n, { least: -PRICE_LIMIT, most: PRICE_LIMIT });
  for (const column of [streamId, seq, deltaCq, dtMs]) {
    n = plain(column, n, { least: -LIMIT, most: LIMIT });
  }
  return plain(lagMs, n, { least: -LIMIT, most: LIMIT, mayBeNull: true });
}

interface Plain {
  readonly least: number;
  readonly most: number;
  readonly mayBeNull?: boolean;
}

function plain(column: Float64Array, count: number, { least, most, mayBeNull }: Plain): number {
  for (let row = 0; row < count; row++) {
    const value = column[row] ?? 0;
    const isPlain = value >= least && value <= most && Math.floor(value) === value;
    if (!isPlain && !(mayBeNull === true && Number.isNaN(value))) return row;
  }
  return count;
}

// Receive times do not decrease, but nothing here depends on it.
function rangeOf(column: Float64Array, n: number): { dtMin: number; dtMax: number } {
  let dtMin = Number.POSITIVE_INFINITY;
  let dtMax = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < n; row++) {
    const dtMs = at(column, row);
    if (dtMs < dtMin) dtMin = dtMs;
    if (dtMs > dtMax) dtMax = dtMs;
  }
  return { dtMin, dtMax };
}

function putSteps(
  output: Output,
  column: Float64Array,
  { from, usual, flag }: { readonly from: number; readonly usual: number; readonly flag: number },
): void {
  const { bytes, flags } = output;
  let { offset } = output;
  let before = from;
  for (let row = 0; row < flags.length; row++) {
    const value = at(column, row);
    const step = value - before;
    if (step === usual) flags[row] = (flags[row] ?? 0) | flag;
    else offset = putInt(bytes, offset, step);
    before = value;
  }
  output.offset = offset;
}

function putStreams(output: Output, column: Float64Array): void {
  const { bytes, flags } = output;
  const places = new Map<number, number>();
  let before = Number.NaN;
  for (let row = 0; row < flags.length; row++) {
    const streamId = at(column, row);
    if (streamId === before) {
      flags[row] = (flags[row] ?? 0) | FLAG.sameStream;
      continue;
    }
    before = streamId;
    const known = places.get(streamId);
    output.offset = putInt(bytes, output.offset, known ?? places.size);
    if (known !== undefined) continue;
    output.offset = putInt(bytes, output.offset, streamId);
    places.set(streamId, places.size);
  }
}

// Whole cents keep the side in the sign, as the code does: -1 - price for side no.
function putPrices(output: Output, column: Float64Array): void {
  const { bytes, flags } = output;
  let { offset } = output;
  for (let row = 0; row < flags.length; row++) {
    const code = at(column, row);
    const cents = hundredth(code < 0 ? code - 99 : code);
    if (cents !== null) flags[row] = (flags[row] ?? 0) | FLAG.cents;
    offset = putInt(bytes, offset, cents ?? code);
  }
  output.offset = offset;
}

function putSizes(output: Output, column: Float64Array): void {
  const { bytes, flags } = output;
  let { offset } = output;
  for (let row = 0; row < flags.length; row++) {
    const deltaCq = at(column, row);
    const contracts = hundredth(deltaCq);
    if (contracts !== null) flags[row] = (flags[row] ?? 0) | FLAG.contracts;
    offset = putInt(bytes, offset, contracts ?? deltaCq);
  }
  output.offset = offset;
}

// A division and a product: the remainder of two doubles takes ten times as long.
function hundredth(value: number): number | null {
  const part = Math.floor(value / 100);
  return part * 100 === value ? part : null;
}

function putLags(output: Output, column: Float64Array): void {
  const { bytes, flags } = output;
  let { offset } = output;
  let before = 0;
  for (let row = 0; row < flags.length; row++) {
    const lagMs = at(column, row);
    if (Number.isNaN(lagMs)) flags[row] = (flags[row] ?? 0) | FLAG.noLag;
    else if (lagMs === before) flags[row] = (flags[row] ?? 0) | FLAG.sameLag;
    else {
      offset = putInt(bytes, offset, lagMs - before);
      before = lagMs;
    }
  }
  output.offset = offset;
}
