// Zig-zag varints (performance.md R10): small integers of either sign take one byte, seven bits to a byte, low ones first.
// Every safe integer can be coded; the byte format is that of protobuf's sint64.

/** Bytes that the longest integer takes. */
export const INT_BYTES_MAX = 8;

/** Where reading stands. Reading past the end gives zeros and moves on, so the reader must compare `at` afterwards. */
export interface ByteCursor {
  readonly data: Uint8Array;
  at: number;
}

/** Writes a safe integer and returns the offset behind it. */
export function putInt(bytes: Uint8Array, offset: number, value: number): number {
  if (value < -SMALL || value >= SMALL) return putWide(bytes, offset, value);
  let at = offset;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** Reads what `putInt` wrote. */
export function getInt(cursor: ByteCursor): number {
  const { data } = cursor;
  let byte = data[cursor.at++] ?? 0;
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1);
  let bits = byte & 127;
  let shift = 7;
  do {
    byte = data[cursor.at++] ?? 0;
    bits |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127 && shift < WIDE_BITS);
  if (byte > 127) return getWide(cursor, bits);
  return (bits >>> 1) ^ -(bits & 1);
}

/** Which rows have an integer: not those with one of the `skip` flags, which get `skipped`. */
interface Rows {
  readonly flags: Uint8Array;
  readonly skip: number;
  readonly skipped: number;
}

/**
 * Reads a column: as many calls of `getInt` as there are rows with an integer. One and two bytes, nearly all there are,
 * are read in place: a third of the time of the calls.
 */
export function getInts(cursor: ByteCursor, column: Float64Array, rows: Rows): void {
  const { data } = cursor;
  const { flags, skip, skipped } = rows;
  let { at } = cursor;
  for (let row = 0; row < flags.length; row++) {
    if (((flags[row] ?? 0) & skip) !== 0) {
      column[row] = skipped;
      continue;
    }
    const low = data[at] ?? 0;
    const next = data[at + 1] ?? 0;
    // 1 when a second byte follows: arithmetic instead of a branch that would be mispredicted every few rows.
    const more = low >> 7;
    if ((more & (next >> 7)) === 0) {
      const bits = (low & 127) | ((next * more) << 7);
      column[row] = (bits >>> 1) ^ -(low & 1);
      at += 1 + more;
    } else {
      cursor.at = at;
      column[row] = getInt(cursor);
      at = cursor.at;
    }
  }
  cursor.at = at;
}

const SMALL = 2 ** 30;
/** Bits that four bytes carry: as far as 32-bit arithmetic goes. */
const WIDE_BITS = 28;

// Twice a safe integer is not always a double, so the sign bit and the first six bits of the magnitude go apart.
function putWide(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  const magnitude = value < 0 ? -value - 1 : value;
  bytes[at++] = (magnitude % 64) * 2 + (value < 0 ? 1 : 0) + 128;
  let rest = Math.floor(magnitude / 64);
  while (rest > 127) {
    bytes[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}

function getWide(cursor: ByteCursor, bits: number): number {
  const { data } = cursor;
  let magnitude = bits >>> 1;
  // One of the 28 bits is the sign.
  let scale = 2 ** (WIDE_BITS - 1);
  let byte: number;
  do {
    byte = data[cursor.at++] ?? 0;
    magnitude += (byte & 127) * scale;
    scale *= 128;
  } while (byte > 127);
  return (bits & 1) === 1 ? -magnitude - 1 : magnitude;
}
