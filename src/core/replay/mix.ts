// A hash of plain values that is the same on every machine (MurmurHash3's 32-bit mixing, Appleby, public domain). It finds
// what was changed by accident or by hand; it is no signature.

const NUMBER = 0x4e;
const TEXT = 0x54;
const LIST = 0x4c;
const OBJECT = 0x4f;
const NULL = 0x30;
const TRUE = 0x31;
const FALSE = 0x32;
const HIGH = 2 ** 32;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** Takes one 32-bit word in. */
function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

export function mixNumber(hash: number, value: number): number {
  // Whole numbers without a detour through memory: nearly all are. −0 counts as 0, which JSON makes of it.
  if (Number.isSafeInteger(value)) return mix(mix(hash, value | 0), Math.floor(value / HIGH));
  float[0] = value;
  return mix(mix(mix(hash, NUMBER), words[0] ?? 0), words[1] ?? 0);
}

export function mixText(hash: number, text: string): number {
  let next = mix(hash, TEXT ^ text.length);
  for (let at = 0; at < text.length; at++) next = mix(next, text.charCodeAt(at));
  return next;
}

/** Any plain value; what is undefined is not there, and the order of an object's keys says nothing. */
export function mixValue(hash: number, value: unknown): number {
  if (typeof value === "number") return mixNumber(hash, value);
  if (typeof value === "string") return mixText(hash, value);
  if (value === null || value === undefined) return mix(hash, NULL);
  if (typeof value === "boolean") return mix(hash, value ? TRUE : FALSE);
  if (Array.isArray(value)) {
    let next = mix(hash, LIST ^ value.length);
    for (const item of value) next = mixValue(next, item);
    return next;
  }
  let next = mix(hash, OBJECT);
  for (const key of Object.keys(value).toSorted()) {
    const field: unknown = Reflect.get(value, key);
    if (field !== undefined) next = mixValue(mixText(next, key), field);
  }
  return next;
}

/** The last scramble: every bit of the hash depends on every word. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
