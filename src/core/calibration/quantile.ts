import { floatAt, numberAt } from "../prob/number-at.ts";

/**
 * Quantile of ascending values, interpolated linearly (type 7 of Hyndman & Fan 1996, the default of R and numpy). Throws
 * `RangeError` without values or for a share outside [0, 1].
 */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  if (!(share >= 0 && share <= 1)) {
    throw new RangeError(`share must be in [0, 1], got ${share}`);
  }
  const at = share * (ascending.length - 1);
  const below = Math.floor(at);
  const value = numberAt(ascending, below);
  if (at === below) return value;
  return value + (at - below) * (numberAt(ascending, below + 1) - value);
}

/** First place in ascending values that is not below `value`; their length when there is none. */
export function lowerBound(ascending: Float64Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (floatAt(ascending, middle) >= value) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** First place in ascending values that is above `value`; their length when there is none. */
export function upperBound(ascending: Float64Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (floatAt(ascending, middle) > value) to = middle;
    else from = middle + 1;
  }
  return from;
}
