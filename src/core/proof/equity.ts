import type { Money, Ms } from "../units.ts";
import type { Equity } from "./proof.ts";

/** Profit that was realised at one time. */
export interface Realised {
  readonly atMs: Ms;
  readonly pnl: Money;
}

const MICRO = 1e6;

/** Profits in order of time, summed in whole micro-dollars. */
export function equityOf(realised: readonly Realised[]): Equity {
  let sum = 0;
  let peak = 0;
  let deepest = 0;
  const path = realised
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, pnl }) => {
      sum += pnl;
      peak = Math.max(peak, sum);
      deepest = Math.max(deepest, peak - sum);
      return { atMs, profit: sum / MICRO, drawdown: (sum - peak) / MICRO };
    });
  return { path, profit: sum / MICRO, maxDrawdown: deepest / MICRO };
}
