import { type Resampling, ratioBootstrap } from "../calibration/bootstrap.ts";
import { type Money, money } from "../units.ts";
import { type ClosedTrade, sumByWindow, windowsOf } from "./trade.ts";

/** Profit of a contract, after fees. */
export interface PerContract {
  readonly mean: Money;
  /** From the bootstrap of windows; null with fewer than two. */
  readonly bounds: {
    readonly lower: Money;
    readonly upper: Money;
    /** Chance of earning nothing or less, from the same resamples. */
    readonly pOneSided: number;
  } | null;
}

export type IntervalOptions = Resampling & {
  /** One minus the confidence. */
  readonly alpha: number;
};

/** Null without a trade. */
export function perContractOf(
  trades: readonly ClosedTrade[],
  options: IntervalOptions,
): PerContract | null {
  const windows = windowsOf(trades);
  const sums = sumByWindow(trades, windows, ({ pnl }) => pnl);
  const sizes = sumByWindow(trades, windows, ({ qty }) => qty);
  return perContract({ sums, sizes }, options);
}

/** Of micro-dollars and hundredths of a contract by window; null without a window. */
export function perContract(
  { sums, sizes }: { readonly sums: Float64Array; readonly sizes: Float64Array },
  options: IntervalOptions,
): PerContract | null {
  if (sums.length === 0) return null;
  const interval = ratioBootstrap({ sums, sizes }, options);
  return {
    mean: ofOne(total(sums) / total(sizes)),
    bounds:
      interval === null
        ? null
        : {
            lower: ofOne(interval.lower),
            upper: ofOne(interval.upper),
            pOneSided: interval.pOneSided,
          },
  };
}

/** Of a hundredth of a contract to that of a contract, to the nearest micro-dollar. */
function ofOne(amount: number): Money {
  const rounded = Math.round(amount * 100);
  return money(rounded === 0 ? 0 : rounded);
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
