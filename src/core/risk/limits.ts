import { type Money, type Price, price } from "../units.ts";

/** A contract that costs this much can earn almost nothing: never bought, whatever the model says (reliability.md §3). */
export const NEVER_PAY: Price = price(9_900);

/** Effective limits of a run; every one is finite and was validated by the configuration. */
export interface RiskLimits {
  readonly bankroll: Money;
  /** Share of the bankroll that one UTC day may lose, open positions counted at their worst. */
  readonly maxDailyLossPct: number;
  /** Share of the bankroll that one market may cost. */
  readonly maxPositionPct: number;
  readonly maxOpenPositions: number;
}
