import { type Resampling, resampled } from "../calibration/bootstrap.ts";
import { finiteColumn, requireSameLength } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";

export interface RealityCheck {
  /** First of those that earned most. */
  readonly best: number;
  /** Chance that the best of as many variants, none of which earns anything, would have earned as much. */
  readonly pValue: number;
}

/**
 * White's reality check ("A Reality Check for Data Snooping", Econometrica 2000) against not trading at all: profits of
 * each variant by window (whole micro-dollars keep ties exact) are centred on their own mean, the same windows are drawn for all of them, which keeps what they
 * have in common, and the largest sum of each resample is set against the largest that was seen. p = (1 + #{as large})/(B + 1).
 * The largest is not divided by its deviation, as White has it, so variants should risk about the same. Null without a
 * variant or with fewer than two windows; throws `RangeError` on variants of unequal length.
 */
export function realityCheck(
  variants: readonly ArrayLike<number>[],
  options: Resampling,
): RealityCheck | null {
  const rows = variants.map((row, at) => finiteColumn(`variants[${at}]`, row));
  requireSameLength(Object.fromEntries(rows.map((row, at) => [`variants[${at}]`, row])));
  const count = rows[0]?.length ?? 0;
  if (count < 2) return null;
  const byWindow = windowMajor(rows, count);
  const everyWindow = Int32Array.from({ length: count }, (_, at) => at);
  const sums = sumsOf(rows.length, byWindow, everyWindow);
  const seen = Math.max(...sums);
  const largest = resampled(count, options, (drawn) => {
    const drawnSums = sumsOf(rows.length, byWindow, drawn);
    return drawnSums.reduce(
      (most, sum, at) => Math.max(most, sum - floatAt(sums, at)),
      Number.NEGATIVE_INFINITY,
    );
  });
  const asLarge = largest.filter((value) => value >= seen).length;
  return { best: sums.indexOf(seen), pValue: (1 + asLarge) / (options.B + 1) };
}

/** Profits of all variants in the first window, then in the second: a draw reads whole windows. */
function windowMajor(rows: readonly Float64Array[], count: number): Float64Array {
  const profits = new Float64Array(count * rows.length);
  for (const [variant, row] of rows.entries()) {
    for (const [window, profit] of row.entries()) profits[window * rows.length + variant] = profit;
  }
  return profits;
}

/** Profit of each variant over the windows drawn. */
function sumsOf(variants: number, byWindow: Float64Array, windows: Int32Array): Float64Array {
  const sums = new Float64Array(variants);
  for (let k = 0; k < windows.length; k++) {
    const from = intAt(windows, k) * variants;
    for (let v = 0; v < variants; v++) sums[v] = floatAt(sums, v) + floatAt(byWindow, from + v);
  }
  return sums;
}
