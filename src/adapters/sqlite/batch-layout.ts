import type { EventRow } from "./batch.ts";

// A batch on its way to the writer thread. Cloning row objects costs the decision loop 242 ns a row, numbers in an
// array that changes hands 16 ns: what comes by the thousand is numbers, texts are numbers into a list of the batch, and
// what comes seldom stays an object.

/** What is posted; the numbers are transferred, not copied. */
export interface EncodedBatch {
  readonly numbers: Float64Array<ArrayBuffer>;
  /** How many of the numbers are in use. */
  readonly length: number;
  readonly texts: readonly string[];
  readonly objects: readonly EventRow[];
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
