import { wilson } from "./calibration/intervals.ts";
import type { Market } from "./market.ts";
import { type Money, PRICE_ONE, type Price, type Prob, type Side } from "./units.ts";

/** One market that a strategy weighs against others of its event. */
export interface Candidate {
  readonly strategy: string;
  readonly market: Market;
  readonly side: Side;
  readonly ask: Price | null;
  /** One contract with its fee; null without an ask or fees. */
  readonly cost: Money | null;
  /** Expected value per contract by the model, dollars. */
  readonly ev: number | null;
  /** Why it is not the one; null for the one that is bought. */
  readonly why: string | null;
}

/** What buying dear contracts comes to. */
export interface Payoff {
  /** Share of wins below which buying at this cost loses money: the cost itself. */
  readonly breakEven: Prob;
  /** Profit of a win for each dollar of cost. */
  readonly returnIfWon: number;
  /** Wins that one loss takes back. */
  readonly winsPerLoss: number;
}

/** Null where a win earns nothing. */
export function payoffOf(cost: Money): Payoff | null {
  const paid = cost / (100 * PRICE_ONE);
  if (!(paid > 0 && paid < 1)) return null;
  return { breakEven: paid, returnIfWon: (1 - paid) / paid, winsPerLoss: paid / (1 - paid) };
}

export interface HitRate {
  readonly hits: number;
  readonly markets: number;
  readonly windows: number;
  readonly rate: Prob;
  /** One-sided 95 % lower bound, each settlement window counted once: strikes of one event win and lose together. */
  readonly low: Prob;
}

/** Null before anything has settled. */
export function hitRateOf(seen: {
  readonly hits: number;
  readonly markets: number;
  readonly windows: number;
}): HitRate | null {
  const { hits, markets, windows } = seen;
  if (markets === 0) return null;
  const rate = hits / markets;
  const [low] = wilson({ k: rate * windows, n: windows, conf: 0.9 });
  return { hits, markets, windows, rate, low };
}
