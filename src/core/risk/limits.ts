import type { Money } from "../units.ts";

/** Effective limits of a run; every one is finite and was validated by the configuration. */
export interface RiskLimits {
  readonly bankroll: Money;
  /** Share of the bankroll that one UTC day may lose, open positions counted at their worst. */
  readonly maxDailyLossPct: number;
  /** Share of the bankroll that one market may cost. */
  readonly maxPositionPct: number;
  readonly maxOpenPositions: number;
}
