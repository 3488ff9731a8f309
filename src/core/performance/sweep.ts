import { requireCount } from "../input-checks.ts";
import type { Ms } from "../units.ts";
import { deflatedSharpeOf } from "./deflated-sharpe.ts";
import { HOLD_OUT_SHARE, partsOf, performanceOfParts, type Split, splitOf } from "./hold-out.ts";
import { type PerContract, perContractOf } from "./per-contract.ts";
import { type Performance, type PerformanceOptions, performanceOf } from "./performance.ts";
import { realityCheck } from "./reality-check.ts";
import { type ClosedTrade, type EquityMark, moneySum, sumByWindow, windowsOf } from "./trade.ts";

// Several variants of a strategy on the same recordings. The best of them looks good because it was chosen; all that is
// said of it here allows for that.

export interface Variant {
  /** Such as `ev_min=0.03`. */
  readonly name: string;
  readonly trades: readonly ClosedTrade[];
  readonly marks: readonly EquityMark[];
}

export type SweepOptions = Omit<PerformanceOptions, "marks"> & {
  /** Of the windows, the last ones. */
  readonly holdOutShare?: number | undefined;
};

interface SweepCell {
  readonly name: string;
  readonly whole: Performance;
  /** Null where there are too few windows to hold any out. */
  readonly fit: Performance | null;
  readonly holdOut: Performance | null;
}

export interface Sweep {
  /** In the order given. */
  readonly cells: readonly SweepCell[];
  /** Windows in which any variant traded. */
  readonly windows: number;
  readonly split: Split | null;
  /** First of those that earned most; null where nothing can be compared: no variant, or fewer than two windows. */
  readonly best: Best | null;
  /** Earned most on the first part, so that its hold-out is evidence; null without a hold-out. */
  readonly chosen: number | null;
}

interface Best {
  readonly at: number;
  /** White's reality check over all variants. */
  readonly pValue: number;
  /**
   * Profit of a contract, as wide as the number of variants demands: Šidák 1967, 1 − (1 − α)^(1/variants) for each. Null
   * where the best did not trade.
   */
  readonly perContract: PerContract | null;
  /** Of profits by window; null where not defined. */
  readonly deflatedSharpe: number | null;
}

export function sweepOf(variants: readonly Variant[], options: SweepOptions): Sweep {
  const everything = variants.flatMap(({ trades }) => trades);
  const windows = windowsOf(everything);
  // One cut for all, or what is held out from one would have been seen through another.
  const split = splitOf(everything, options.holdOutShare ?? HOLD_OUT_SHARE);
  return {
    cells: variants.map((variant) => cellOf(variant, split, options)),
    windows: windows.length,
    split,
    best: bestOf(variants, windows, options),
    chosen: split === null ? null : chosenOnFit(variants, split),
  };
}

function cellOf(
  { marks, name, trades }: Variant,
  split: Split | null,
  options: SweepOptions,
): SweepCell {
  const own = { ...options, marks };
  const parts = split === null ? null : performanceOfParts(trades, split, own);
  return {
    name,
    whole: performanceOf(trades, own),
    fit: parts?.fit ?? null,
    holdOut: parts?.holdOut ?? null,
  };
}

function bestOf(
  variants: readonly Variant[],
  windows: readonly Ms[],
  options: SweepOptions,
): Best | null {
  const profits = variants.map(({ trades }) => sumByWindow(trades, windows, ({ pnl }) => pnl));
  const check = realityCheck(profits, options);
  if (check === null) return null;
  const alpha = sidak(options.alpha, variants.length);
  const trades = variants[check.best]?.trades ?? [];
  // Far out in the tail a percentile needs resamples beyond it.
  const B = Math.max(options.B, Math.ceil(RESAMPLES_BEYOND / (alpha / 2)));
  return {
    at: check.best,
    pValue: check.pValue,
    perContract: perContractOf(trades, { ...options, alpha, B }),
    deflatedSharpe: deflatedSharpeOf(profits, check.best),
  };
}

const RESAMPLES_BEYOND = 20;

/** Error that each of several intervals may have for all of them together to have `alpha`. */
export function sidak(alpha: number, count: number): number {
  requireCount("count", count);
  return -Math.expm1(Math.log1p(-alpha) / count);
}

function chosenOnFit(variants: readonly Variant[], split: Split): number {
  const earned = variants.map(({ trades }) =>
    moneySum(partsOf(trades, split).fit, ({ pnl }) => pnl),
  );
  return earned.indexOf(earned.reduce((most, each) => (each > most ? each : most)));
}
