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
const halves = new Uint32Array(float.buffer);

/** Takes one 32-bit word in. */
function mix(hash: number, word: number): number {
  return mixScrambled(hash, scrambled(word));
}

/** The half of mixing a word in that does not depend on what came before. */
function scrambled(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mixScrambled(hash: number, word: number): number {
  const h = hash ^ word;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

export function mixNumber(hash: number, value: number): number {
  // Whole numbers without a detour through memory: nearly all are, and most of them have their sign for an upper half. −0
  // counts as 0, which JSON makes of it.
  const low = value | 0;
  if (low === value) return mix(mix(hash, low), low >> 31);
  if (Number.isSafeInteger(value)) return mix(mix(hash, low), Math.floor(value / HIGH));
  float[0] = value;
  return mix(mix(mix(hash, NUMBER), halves[0] ?? 0), halves[1] ?? 0);
}

export function mixText(hash: number, text: string): number {
  let next = mix(hash, TEXT ^ text.length);
  for (let at = 0; at < text.length; at++) next = mix(next, text.charCodeAt(at));
  return next;
}

/** What `mixText` takes in of a text that comes again and again. */
function wordsOf(text: string): Int32Array {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  return Int32Array.from([TEXT ^ text.length, ...units], scrambled);
}

function mixWords(hash: number, words: Int32Array): number {
  let next = hash;
  for (let at = 0; at < words.length; at++) next = mixScrambled(next, words[at] ?? 0);
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
  return mixObject(hash, value);
}

function mixObject(hash: number, value: object): number {
  const { names, order } = layoutOf(Object.keys(value));
  const fields: readonly unknown[] = Object.values(value);
  let next = mix(hash, OBJECT);
  for (let at = 0; at < order.length; at++) {
    const field = fields[order[at] ?? 0];
    if (field !== undefined) next = mixValue(mixWords(next, names[at] ?? NOTHING), field);
  }
  return next;
}

/** Where an object's keys are when they are sorted. */
interface Layout {
  readonly keys: readonly string[];
  readonly order: readonly number[];
  /** Their words, in this order. */
  readonly names: readonly Int32Array[];
}

const NOTHING = new Int32Array(0);

/** The layouts met last, the newest first: rows of one kind have the same, and sorting 35 names for each took half the time. */
const layouts: Layout[] = [];
const LAYOUTS_MAX = 16;

function layoutOf(keys: readonly string[]): Layout {
  for (const known of layouts) if (isSame(known.keys, keys)) return known;
  const order = keys.map((_, at) => at).toSorted((a, b) => compare(keys[a] ?? "", keys[b] ?? ""));
  const found = { keys, order, names: order.map((at) => wordsOf(keys[at] ?? "")) };
  layouts.unshift(found);
  if (layouts.length > LAYOUTS_MAX) layouts.pop();
  return found;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** By UTF-16 units, as a sort without a comparison has it. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The last scramble: every bit of the hash depends on every word. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
