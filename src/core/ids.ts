// Ids are a function of the run and a counter, never of time or chance: a replay makes the same ones, and an order's id
// can be found again after a crash.

/** Rows of one run number from run × 1e10, so that several processes write one file without asking each other. */
const ROWS_PER_RUN = 1e10;

/** First row number of a run; up to 1e10 rows follow. */
export function firstRowId(runId: number): number {
  return runId * ROWS_PER_RUN;
}

/** A 128-bit hash of a text (cyrb128, public domain); spreads well, keeps no secrets. */
function hash128(text: string): [number, number, number, number] {
  let a = 1_779_033_703;
  let b = 3_144_134_277;
  let c = 1_013_904_242;
  let d = 2_773_480_762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ k, 597_399_067);
    b = c ^ Math.imul(b ^ k, 2_869_860_233);
    c = d ^ Math.imul(c ^ k, 951_274_213);
    d = a ^ Math.imul(d ^ k, 2_716_044_179);
  }
  a = Math.imul(c ^ (a >>> 18), 597_399_067);
  b = Math.imul(d ^ (b >>> 22), 2_869_860_233);
  c = Math.imul(a ^ (c >>> 17), 951_274_213);
  d = Math.imul(b ^ (d >>> 19), 2_716_044_179);
  a ^= b ^ c ^ d;
  return [a >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0];
}

/** 32 bits of a text that spread well: a seed for what belongs to it. */
export function textHash(text: string): number {
  return hash128(text)[0];
}

const hex = (word: number): string => word.toString(16).padStart(8, "0");

/** A version-8 UUID (RFC 9562: "custom") made from a run's key and a counter. */
export function uuidOf(runKey: string, counter: number): string {
  const [a, b, c, d] = hash128(`${runKey}/${counter}`);
  const text = hex(a) + hex(b) + hex(c) + hex(d);
  const variant = "89ab"[Number.parseInt(text.charAt(16), 16) & 3] ?? "8";
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-8${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
}
