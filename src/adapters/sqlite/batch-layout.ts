import type { EventRow } from "./batch.ts";

// A batch on its way to the writer thread. Cloning row objects costs the decision loop 242 ns a row, numbers in an
// array that changes hands 16 ns: what comes by the thousand is numbers, texts are numbers into a list of the batch, and
// what comes seldom stays an object.

/**
 * Memory of both threads, which one writes and the other reads in turn. Arrays that were transferred instead would be
 * detached again and again, and V8 would look at each access whether they are: an eighth of what a row costs.
 */
export type Numbers = Float64Array<SharedArrayBuffer>;

/** What is posted; the numbers are lent until they are given back. */
export interface EncodedBatch {
  readonly numbers: Numbers;
  /** How many of the numbers are in use. */
  readonly length: number;
  readonly texts: readonly string[];
  readonly objects: readonly EventRow[];
}

/** Room for so many numbers. */
export function newNumbers(length: number): Numbers {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}

/** First number of a record; an event's feed is the second. */
export const CODE = {
  delta: 1,
  ticker: 2,
  trade: 3,
  spot: 4,
  depth: 5,
  wake: 6,
  /** The next of the objects. */
  object: 7,
  evaluation: 8,
} as const;

/** No record holds NaN where a number belongs: SQLite would store NULL for it and refuse the row. */
export const NULL = Number.NaN;
