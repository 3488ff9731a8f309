// What a fill costs (kalshi.md §5; the rule fits all 33 production fills on record). Written apart from the client's own
// fee code on purpose: two readings of one rule check each other.

import type { BookSide } from "./types.ts";

/** Rounding of a direct member; a later text of the exchange has other quanta, so they stay parameters. */
const TRADE_FEE_QUANTUM_UD = 100;
const BALANCE_QUANTUM_UD = 100;
/** Accumulated rounding fees above this are paid back in whole units of it. */
const REBATE_UNIT_UD = 10_000;

/** Rates in 1/10,000. */
const TAKER_RATE = 700n;
const MAKER_RATES: ReadonlyMap<string, bigint> = new Map([
  ["quadratic", 0n],
  ["quadratic_with_maker_fees", 175n],
  ["quadratic_with_combo_maker_fees", 350n],
]);
/** Types with a known rule. */
export const FEE_TYPES: readonly string[] = [...MAKER_RATES.keys()];

/** Multiplier, rate, price, its complement (1e-4 each) and count (1e-2) make 1e-18; a micro-dollar is 1e-6. */
const MODEL_UNITS_PER_UD = 1_000_000_000_000n;

export interface FeeSchedule {
  readonly takerRate: bigint;
  readonly makerRate: bigint;
  /** In 1/10,000. */
  readonly multiplier: bigint;
  readonly tradeFeeQuantumUd: number;
  readonly balanceQuantumUd: number;
}

/** The schedule of a series; throws for a fee type without a known rule. */
export function feeScheduleOf(series: {
  readonly feeType: string;
  readonly feeMultiplier: number;
}): FeeSchedule {
  const makerRate = MAKER_RATES.get(series.feeType);
  if (makerRate === undefined) throw new Error(`no fee rule for fee type ${series.feeType}`);
  return {
    takerRate: TAKER_RATE,
    makerRate,
    multiplier: BigInt(Math.round(series.feeMultiplier * 10_000)),
    tradeFeeQuantumUd: TRADE_FEE_QUANTUM_UD,
    balanceQuantumUd: BALANCE_QUANTUM_UD,
  };
}

export interface FeeInput {
  readonly side: BookSide;
  /** Of the YES leg; the fee is the same for either leg. */
  readonly priceCc: number;
  readonly countCq: number;
  readonly isTaker: boolean;
  /** Rounding fees of this order that were not paid back yet. */
  readonly roundedUd: number;
}

export interface FillFee {
  /** Trade fee plus rounding fee minus rebate. */
  readonly feeUd: number;
  /** The order's rounding fees not paid back after this fill. */
  readonly roundedUd: number;
}

/** Fee of one fill; `roundedUd` goes from fill to fill of the same order. */
export function fillFee(input: FeeInput, schedule: FeeSchedule): FillFee {
  const { side, priceCc, countCq, isTaker } = input;
  const trade = tradeFeeUd(priceCc, countCq, isTaker, schedule);
  // Price × (10,000 − price) shifts by a whole quantum, so a NO leg is rounded like a sale of YES.
  const valueUd = priceCc * countCq;
  const change = (side === "bid" ? -valueUd : valueUd) - trade;
  const quantum = schedule.balanceQuantumUd;
  const rounding = ((change % quantum) + quantum) % quantum;
  const rounded = input.roundedUd + rounding;
  const rebate = rebateUd(rounded, trade + rounding);
  return { feeUd: trade + rounding - rebate, roundedUd: rounded - rebate };
}

/** Model fee rounded up to the trade-fee quantum: what an order must keep ready on top of its price. */
export function tradeFeeUd(
  priceCc: number,
  countCq: number,
  isTaker: boolean,
  schedule: FeeSchedule,
): number {
  const rate = isTaker ? schedule.takerRate : schedule.makerRate;
  const risk = BigInt(priceCc) * BigInt(10_000 - priceCc);
  const model = schedule.multiplier * rate * BigInt(countCq) * risk;
  const quantum = BigInt(schedule.tradeFeeQuantumUd) * MODEL_UNITS_PER_UD;
  return Number((model + quantum - 1n) / quantum) * schedule.tradeFeeQuantumUd;
}

/** Whole cents out of what has accumulated, never more than the fee of this fill. */
function rebateUd(roundedUd: number, feeUd: number): number {
  if (roundedUd <= REBATE_UNIT_UD) return 0;
  const units = Math.min(
    Math.floor(roundedUd / REBATE_UNIT_UD),
    Math.floor(feeUd / REBATE_UNIT_UD),
  );
  return units * REBATE_UNIT_UD;
}
