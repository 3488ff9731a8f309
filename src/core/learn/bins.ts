import { numberAt } from "../prob/number-at.ts";

/** One feature of all rows as small numbers: a split can only lie between two of them. */
export interface BinnedColumn {
  /** Bin of each row. */
  readonly bin: Uint16Array;
  /** Smallest and largest value in each bin. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/**
 * Bins of equal numbers of rows, at most `binsMax` (2 to 65536). While a feature has no more distinct values than that,
 * each has a bin of its own, and splits between bins are exactly the splits between values.
 */
export function binColumn(values: Float64Array, binsMax: number): BinnedColumn {
  const order = Uint32Array.from(values, (_, i) => i).toSorted(
    (a, b) => numberAt(values, a) - numberAt(values, b),
  );
  const isExact = distinctCount(values, order) <= binsMax;
  const bin = new Uint16Array(values.length);
  const low: number[] = [];
  const high: number[] = [];
  let share = -1;
  for (let at = 0; at < order.length; ) {
    const value = numberAt(values, numberAt(order, at));
    const shareHere = isExact ? share + 1 : Math.floor((at * binsMax) / order.length);
    if (shareHere > share) {
      low.push(value);
      high.push(value);
      share = shareHere;
    }
    high[high.length - 1] = value;
    for (; at < order.length && numberAt(values, numberAt(order, at)) === value; at++) {
      bin[numberAt(order, at)] = low.length - 1;
    }
  }
  return { bin, low: Float64Array.from(low), high: Float64Array.from(high) };
}

function distinctCount(values: Float64Array, order: Uint32Array): number {
  let count = 0;
  let last = Number.NaN;
  for (const row of order) {
    const value = numberAt(values, row);
    if (value !== last) count++;
    last = value;
  }
  return count;
}
