// Zig-zag varints (performance.md R10): small integers of either sign take one byte, seven bits to a byte, low ones first.
// Every safe integer can be coded; the byte format is that of protobuf's sint64.

/** Bytes that the longest integer takes. */
export const INT_BYTES_MAX = 8;

/**
 * Where reading stands. Reading past the end of what was written gives what lies there and moves on, so the reader must
 * compare `at` afterwards; zeros at the end of `data`. There should be room behind: once V8 has seen a read outside it asks
 * of each what came back, which takes as long as the rest of it.
 */
export class ByteCursor {
  data: Uint8Array;
  at: number;

  constructor(data: Uint8Array, at: number) {
    this.data = data;
    this.at = at;
  }

  /** The integer here, and on to the one behind it. One and two bytes, nearly all there are, are read in place. */
  next(): number {
    const { at, data } = this;
    const low = data[at] ?? 0;
    const high = data[at + 1] ?? 0;
    // 1 when a second byte follows: arithmetic instead of a branch that would be mispredicted every few rows.
    const more = low >> 7;
    if ((more & (high >> 7)) === 1) return getLong(this);
    const bits = (low & 127) | ((high * more) << 7);
    this.at = at + 1 + more;
    return (bits >>> 1) ^ -(low & 1);
  }

  /** The same where a tenth takes three bytes: those are read in place as well. */
  nextOfThree(): number {
    const { at, data } = this;
    const low = data[at] ?? 0;
    const middle = data[at + 1] ?? 0;
    const high = data[at + 2] ?? 0;
    const second = low >> 7;
    const third = second & (middle >> 7);
    if ((third & (high >> 7)) === 1) return getLong(this);
    const bits = (low & 127) | (((middle & 127) * second) << 7) | ((high * third) << 14);
    this.at = at + 1 + second + third;
    return (bits >>> 1) ^ -(low & 1);
  }
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

function getLong(cursor: ByteCursor): number {
  const { data } = cursor;
  let bits = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = data[cursor.at++] ?? 0;
    bits |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127 && shift < WIDE_BITS);
  if (byte > 127) return getWide(cursor, bits);
  return (bits >>> 1) ^ -(bits & 1);
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
