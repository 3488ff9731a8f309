import { finiteColumn, requireFinite } from "../input-checks.ts";
import { numberAt } from "../prob/number-at.ts";

// Performance of a series of profits (models.md §6). Any unit of money; integer micro-dollars keep the sums exact.

export interface Drawdown {
  /** Deepest fall from a running peak, in the unit of the equity. */
  readonly dollars: number;
  /** Deepest fall as a share of its peak, a maximum of its own; null while no peak was positive. */
  readonly fraction: number | null;
  /** First index of the peak before the deepest fall. */
  readonly peakIndex: number;
  readonly troughIndex: number;
}

/**
 * Deepest fall of an equity curve, open positions marked at the bid; null without a point. Throws `RangeError` on a value
 * that is no finite number.
 */
export function maxDrawdown(input: { readonly equity: ArrayLike<number> }): Drawdown | null {
  const equity = finiteColumn("equity", input.equity);
  if (equity.length === 0) return null;
  let peak = 0;
  let deepest = { dollars: 0, peakIndex: 0, troughIndex: 0 };
  let fraction: number | null = null;
  for (const [i, value] of equity.entries()) {
    if (value > numberAt(equity, peak)) peak = i;
    const top = numberAt(equity, peak);
    const dollars = top - value;
    if (dollars > deepest.dollars) deepest = { dollars, peakIndex: peak, troughIndex: i };
    if (top > 0) fraction = Math.max(fraction ?? 0, dollars / top);
  }
  return { ...deepest, fraction };
}

export interface Sharpe {
  /** Mean over standard deviation of one profit. */
  readonly perTrade: number;
  readonly annual: number;
}

/**
 * Sharpe ratio with the sample standard deviation. `periodsPerYear` belongs to the aggregation of `pnl`: profits per day
 * and 365 are the honest choice, since trades of one day share their luck. Take its error from the bootstrap of events:
 * the normal formula is wrong for binaries. Null with fewer than two profits or when they are all equal.
 */
export function sharpe(input: {
  readonly pnl: ArrayLike<number>;
  readonly periodsPerYear: number;
}): Sharpe | null {
  const pnl = finiteColumn("pnl", input.pnl);
  requireFinite("periodsPerYear", input.periodsPerYear);
  if (!(input.periodsPerYear > 0)) throw new RangeError("periodsPerYear must be positive");
  const n = pnl.length;
  let sum = 0;
  for (const value of pnl) sum += value;
  const mean = sum / n;
  let squares = 0;
  for (const value of pnl) squares += (value - mean) ** 2;
  if (n < 2 || pnl.every((value) => value === pnl[0])) return null;
  const perTrade = mean / Math.sqrt(squares / (n - 1));
  return { perTrade, annual: perTrade * Math.sqrt(input.periodsPerYear) };
}
