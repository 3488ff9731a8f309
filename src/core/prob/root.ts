const STEPS_MAX = 200;

/**
 * Where a rising function crosses zero at or above `from`, to a relative 1e-13: the bracket is widened by doubling
 * `step`, then narrowed by regula falsi with the Illinois rule, about ten evaluations instead of fifty of bisection.
 * Throws `RangeError` when the function is above zero at `from` already or never gets there.
 */
export function risingRoot(
  f: (x: number) => number,
  { from, step }: { readonly from: number; readonly step: number },
): number {
  let low = from;
  let fLow = f(low);
  if (fLow === 0) return low;
  if (!(fLow < 0)) throw new RangeError(`no root above ${from}: the function is ${fLow} there`);
  let width = step;
  let high = from + width;
  let fHigh = f(high);
  for (let n = 0; n < STEPS_MAX && fHigh < 0; n++) {
    low = high;
    fLow = fHigh;
    width *= 2;
    high += width;
    fHigh = f(high);
  }
  if (!(fHigh >= 0)) throw new RangeError(`no root between ${from} and ${high}`);
  return narrow(f, { low, fLow, high, fHigh });
}

interface Bracket {
  low: number;
  fLow: number;
  high: number;
  fHigh: number;
}

function narrow(f: (x: number) => number, bracket: Bracket): number {
  let { low, fLow, high, fHigh } = bracket;
  let last = high;
  let side = 0;
  for (let n = 0; n < STEPS_MAX && high - low > 1e-13 * Math.max(1, Math.abs(high)); n++) {
    const secant = high - (fHigh * (high - low)) / (fHigh - fLow);
    // Rounding can put the secant on an end of the bracket; its middle always narrows it.
    last = secant > low && secant < high ? secant : low + (high - low) / 2;
    const y = f(last);
    if (y === 0) return last;
    // An end that stays twice counts half (Illinois rule), or the bracket would close from one side only.
    if (y < 0) {
      low = last;
      fLow = y;
      if (side < 0) fHigh /= 2;
      side = -1;
    } else {
      high = last;
      fHigh = y;
      if (side > 0) fLow /= 2;
      side = 1;
    }
  }
  return last;
}
