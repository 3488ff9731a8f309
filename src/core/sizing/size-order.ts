import { type FeeSchedule, takerFee } from "../fees.ts";
import { requireBetween, requireProb } from "../input-checks.ts";
import {
  costOf,
  type Money,
  money,
  PRICE_ONE,
  type Price,
  type Prob,
  type Qty,
  qty,
  ZERO_QTY,
} from "../units.ts";
import { type KellyRamp, kellyFraction, kellyRamp } from "./kelly.ts";

const CONTRACT = 100;
const MICRO_PER_DOLLAR = 1e6;
/** Lifts the integer product of an integer and a decimal share over float dust, as when a book is walked. */
const DUST = 1e-9;

export interface SizeOrderInput extends KellyRamp {
  readonly bankroll: Money;
  /** Probability of the side that is bought. */
  readonly p: Prob;
  /** Price paid per contract of that side. */
  readonly ask: Price;
  readonly schedule: FeeSchedule;
  /** Share of full Kelly, 0..1. */
  readonly fraction: number;
  /** Size on offer at prices up to the limit. */
  readonly depth: Qty;
  /** Share of that size which one order may take, 0..1. */
  readonly participation: number;
  /** Most that one order may cost, fee included. */
  readonly maxSpend: Money;
}

export interface OrderSize {
  /** Whole contracts; 0 when not even one is worth it. */
  readonly qty: Qty;
  /** Cost and taker fee together. */
  readonly spend: Money;
}

/**
 * Largest whole number of contracts whose cost and fee fit the Kelly stake, the spending limit and the share of the depth
 * (models.md §3.4). The stake depends on the count, because the fee rounds: many contracts can be worth it where one is
 * not, so the counts are tried from the top. Throws `RangeError` on a probability, price or share out of range.
 */
export function sizeOrder(input: SizeOrderInput): OrderSize {
  requireProb("p", input.p);
  requireProb("fraction", input.fraction);
  requireProb("participation", input.participation);
  requireBetween("ask", input.ask, { above: 0, below: PRICE_ONE });
  for (let count = highestCount(input); count > 0; count--) {
    const size = qty(count * CONTRACT);
    const spend = money(costOf(input.ask, size) + takerFee(input.ask, size, input.schedule));
    if (spend > input.maxSpend) continue;
    if (spend <= stakeAt(input, spend / (count * MICRO_PER_DOLLAR))) return { qty: size, spend };
  }
  return { qty: ZERO_QTY, spend: money(0) };
}

/** No count above this can fit: fees counted exactly, which is the least that they can be after rounding. */
function highestCount(input: SizeOrderInput): number {
  const { ask, schedule, depth, participation, maxSpend } = input;
  const byDepth = Math.floor((participation * depth) / CONTRACT + DUST);
  const at = ask / PRICE_ONE;
  const rate = (schedule.takerRateBps / 1e4) * (schedule.multiplierBps / 1e4);
  const cost = at + rate * at * (1 - at);
  const most = Math.min(maxSpend, stakeAt(input, cost) + 1) / (cost * MICRO_PER_DOLLAR);
  return Math.max(0, Math.min(byDepth, Math.floor(most + DUST)));
}

/** Kelly stake in micro-dollars at an all-in cost per contract in dollars, rounded down. */
function stakeAt({ bankroll, p, fraction, threshold, full }: SizeOrderInput, cost: number): number {
  if (cost >= 1) return 0;
  const share =
    fraction * kellyRamp({ edge: p - cost, threshold, full }) * kellyFraction({ p, cost });
  return Math.floor(bankroll * share);
}
