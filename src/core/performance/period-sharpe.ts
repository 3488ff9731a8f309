import { type Resampling, resampled } from "../calibration/bootstrap.ts";
import { quantile } from "../calibration/quantile.ts";
import { requireCount } from "../input-checks.ts";
import { DAY_MS } from "../iso-time.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import type { Ms } from "../units.ts";
import { sharpe } from "./equity.ts";
import { type ClosedTrade, type EquityMark, sumByWindow, windowsOf } from "./trade.ts";

const YEAR_MS = 365 * DAY_MS;

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

export interface PeriodSharpe {
  /** Mean over standard deviation of the profit of one period. */
  readonly perPeriod: number;
  readonly annual: number;
  /** Periods with a mark or a trade; what was not recorded is no period without a profit. */
  readonly periods: number;
  /** Of `annual`, from the bootstrap of windows; null where most resamples have no ratio. */
  readonly interval: Interval | null;
}

export interface SharpeOptions extends Resampling {
  readonly marks: readonly EquityMark[];
  /** Length of a period, counted from midnight UTC; a day is the honest choice. */
  readonly periodMs: Ms;
  readonly alpha: number;
}

/**
 * Sharpe ratio of profits per period (models.md §6). Resamples draw windows and keep how many each period had; the
 * formula for normal returns would be wrong for binaries. Null with fewer than two periods, or when all earned the same.
 */
export function periodSharpe(
  trades: readonly ClosedTrade[],
  options: SharpeOptions,
): PeriodSharpe | null {
  const { alpha, marks, periodMs } = options;
  requireCount("periodMs", periodMs);
  const windows = windowsOf(trades);
  // A mark on the border tells nothing of either side.
  const watched = marks.filter(({ atMs }) => atMs % periodMs !== 0);
  const periods = [...windows, ...watched.map(({ atMs }) => atMs)].map((ms) =>
    periodOf(ms, periodMs),
  );
  const placeOf = new Map([...new Set(periods)].map((period, at) => [period, at]));
  const places = Int32Array.from(windows, (ms) => placeOf.get(periodOf(ms, periodMs)) ?? 0);
  const pnl = sumByWindow(trades, windows, (trade) => trade.pnl);
  const ratioOf = (drawn: Int32Array): ReturnType<typeof sharpe> => {
    const profits = new Float64Array(placeOf.size);
    for (let k = 0; k < drawn.length; k++) {
      const place = intAt(places, k);
      profits[place] = floatAt(profits, place) + floatAt(pnl, intAt(drawn, k));
    }
    return sharpe({ pnl: profits, periodsPerYear: YEAR_MS / periodMs });
  };
  const ratio = ratioOf(Int32Array.from(windows.keys()));
  if (ratio === null) return null;
  const annualOf = (drawn: Int32Array): number => ratioOf(drawn)?.annual ?? Number.NaN;
  return {
    perPeriod: ratio.perTrade,
    annual: ratio.annual,
    periods: placeOf.size,
    interval:
      windows.length < 2 ? null : intervalOf(resampled(windows.length, options, annualOf), alpha),
  };
}

/** A window that closes at midnight belongs to the day that ends then. */
function periodOf(ms: Ms, periodMs: Ms): number {
  return Math.ceil(ms / periodMs);
}

function intervalOf(resamples: Float64Array, alpha: number): Interval | null {
  const defined = resamples.filter((value) => !Number.isNaN(value)).toSorted();
  if (defined.length * 2 <= resamples.length) return null;
  return { lower: quantile(defined, alpha / 2), upper: quantile(defined, 1 - alpha / 2) };
}
