/** Rounds half up to a number of decimals, as the exchange rounds strikes and settlement values. */
export function roundTo(value: number, digits: number): number {
  const scale = 10 ** digits;
  // The nudge absorbs the representation error of sums such as 1.005 × 100 and the −0.000001 quirk of early strikes.
  return Math.round(value * scale + 1e-6) / scale;
}
