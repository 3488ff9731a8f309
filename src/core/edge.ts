import { type FeeSchedule, takerFee } from "./fees.ts";
import { costOf, type Money, money, type Price, type Prob, type Qty, type Side } from "./units.ts";

export interface EvInput {
  /** Probability of the side that is bought. */
  readonly p: Prob;
  /** Price paid per contract, dollars. */
  readonly ask: number;
  readonly count: number;
  /** Fee of all contracts together, dollars. */
  readonly feeTotal: number;
}

export interface TakerEv {
  /** Expected profit of one contract after the fee, dollars. */
  readonly evPerContract: number;
  /** Probability at which the purchase is worth nothing: the all-in cost. */
  readonly breakEven: Prob;
  /** p − price, before costs. */
  readonly edge: number;
}

/** Expected value of buying `count` contracts at `ask` (models.md §3.2). */
export function evTaker({ p, ask, count, feeTotal }: EvInput): TakerEv {
  const breakEven = ask + feeTotal / count;
  return { evPerContract: p - breakEven, breakEven, edge: p - ask };
}

export interface TakerEdgeInput {
  /** P(YES), also when the NO side is judged: the complement is taken here and nowhere else. */
  readonly p: Prob;
  readonly side: Side;
  /** Ask of that side. */
  readonly ask: Price;
  readonly qty: Qty;
  readonly schedule: FeeSchedule;
  /** Dollars per contract that the fill may be worse than the ask. */
  readonly slippage: number;
}

export interface TakerEdge {
  /** One contract with its share of the fee, rounded up to a micro-dollar. */
  readonly cost: Money;
  /** Expected profit of one contract in dollars, after fee and slippage. */
  readonly ev: number;
}

/** What taking the ask costs and is worth; the quantity must be positive. */
export function takerEdge({ p, side, ask, qty, schedule, slippage }: TakerEdgeInput): TakerEdge {
  const total = costOf(ask, qty) + takerFee(ask, qty, schedule);
  const perContract = (total * 100) / qty;
  const win = side === "yes" ? p : 1 - p;
  return { cost: money(Math.ceil(perContract)), ev: win - perContract / 1e6 - slippage };
}
