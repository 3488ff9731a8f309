import {
  type Action,
  costOf,
  type Money,
  type Ms,
  money,
  PRICE_ONE,
  type Price,
  type Qty,
} from "./units.ts";

// Fees in integers only (kalshi.md §5, which matches 33 of 33 real fills): floating point bills 176 cents where the
// exchange bills 175. Rates and the multiplier are in basis points (1e-4), so that 0.07 is 700 and 1 is 10000.

/** How one series is charged and how the exchange rounds. */
export interface FeeSchedule {
  readonly takerRateBps: number;
  readonly makerRateBps: number;
  readonly multiplierBps: number;
  /** The fee of one fill is rounded up to a multiple of this. */
  readonly tradeQuantum: Money;
  /** The change of the balance is rounded down to a multiple of this; the difference is a rounding fee. */
  readonly align: Money;
  /** Accumulated rounding fees above this are paid back, this much at a time. */
  readonly rebateUnit: Money;
}

/** What a series charges from a time on, or an event that overrides it: null leaves that part to the series. */
export interface FeeTerms {
  readonly fromMs: Ms;
  readonly feeType: string | null;
  readonly multiplierBps: number | null;
}

type FeeType = "quadratic" | "quadratic_with_maker_fees" | "quadratic_with_combo_maker_fees";

const TAKER_RATE_BPS = 700;
const MAKER_RATE_BPS: Readonly<Record<FeeType, number>> = {
  quadratic: 0,
  quadratic_with_maker_fees: 175,
  quadratic_with_combo_maker_fees: 350,
};

/** Rounding of a direct member, i.e. of everyone who uses the API. */
const CENTICENT = money(100);
const CENT = money(10_000);

/** Schedule of the crypto series as of September 2026; the series' own metadata overrides it at start-up. */
export const QUADRATIC_FEES: FeeSchedule = {
  takerRateBps: TAKER_RATE_BPS,
  makerRateBps: 0,
  multiplierBps: 10_000,
  tradeQuantum: CENTICENT,
  align: CENTICENT,
  rebateUnit: CENT,
};

/** Schedule of a series from its metadata; undefined for a fee type that is not quadratic, which must not be guessed. */
export function feeScheduleOf(input: {
  readonly feeType: string;
  readonly multiplierBps: number;
  readonly tradeQuantum?: Money;
  readonly align?: Money;
  readonly rebateUnit?: Money;
}): FeeSchedule | undefined {
  if (!isFeeType(input.feeType)) return undefined;
  return {
    takerRateBps: TAKER_RATE_BPS,
    makerRateBps: MAKER_RATE_BPS[input.feeType],
    multiplierBps: input.multiplierBps,
    tradeQuantum: input.tradeQuantum ?? CENTICENT,
    align: input.align ?? CENTICENT,
    rebateUnit: input.rebateUnit ?? CENT,
  };
}

/** Above it a contract would cost a hundred dollars to trade: whatever such a number means, it is no multiplier. */
export const FEE_MULTIPLIER_MAX = 1_000;

/** A multiplier of the exchange's metadata as everything else of a fee: 1 is 10000. */
export function bpsOf(multiplier: number): number {
  return Math.round(multiplier * 10_000);
}

function isFeeType(text: string): text is FeeType {
  return Object.hasOwn(MAKER_RATE_BPS, text);
}

/** What a taker pays on one buy that fills in one piece: trade fee plus alignment of cost and fee, no rebate. */
export function takerFee(at: Price, size: Qty, schedule: FeeSchedule): Money {
  return lonelyFee(at, size, tradeFee(at, size, { schedule, isTaker: true }), schedule);
}

/** The same for a resting order. */
export function makerFee(at: Price, size: Qty, schedule: FeeSchedule): Money {
  return lonelyFee(at, size, tradeFee(at, size, { schedule, isTaker: false }), schedule);
}

function lonelyFee(at: Price, size: Qty, fee: Money, { align }: FeeSchedule): Money {
  const cost = costOf(at, size);
  return money(ceilTo(cost + fee, align) - cost);
}

/** Step 1 of kalshi.md §5: multiplier × rate × C × P × (1 − P), rounded up to the trade quantum. */
export function tradeFee(
  at: Price,
  size: Qty,
  { schedule, isTaker }: { readonly schedule: FeeSchedule; readonly isTaker: boolean },
): Money {
  const rate = (isTaker ? schedule.takerRateBps : schedule.makerRateBps) * schedule.multiplierBps;
  // A rate in whole basis points, the usual case, leaves products below 2^53 up to some 5000 contracts.
  const whole = rate % 10_000 === 0;
  const factor = whole ? rate / 10_000 : rate;
  const divisor = (whole ? 1e8 : 1e12) * schedule.tradeQuantum;
  const product = factor * size * at * (PRICE_ONE - at);
  if (Number.isSafeInteger(product) && Number.isSafeInteger(divisor)) {
    return money(ceilTo(product, divisor) / (divisor / schedule.tradeQuantum));
  }
  const exact = BigInt(factor) * BigInt(size) * BigInt(at) * BigInt(PRICE_ONE - at);
  const step = BigInt(divisor);
  return money(Number((exact + step - 1n) / step) * schedule.tradeQuantum);
}

/** The fee of one fill, piece by piece; `net` is what the exchange reports as the fee. */
interface FeeBreakdown {
  readonly trade: Money;
  readonly rounding: Money;
  /** Rounding fees collected so far, before this fill's rebate is taken out. */
  readonly accumulator: Money;
  readonly rebate: Money;
  readonly net: Money;
  /** Change of the cash balance before the rebate, negative for a buy. */
  readonly balanceChange: Money;
}

interface FeeFill {
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  readonly isTaker: boolean;
}

/** Fees of the fills of one order, taker and maker together, in the order in which they happened. */
export interface FeeAccumulator {
  /** Net fee of the next fill. */
  fill(fill: FeeFill): Money;
  /** The same with its parts. */
  charge(fill: FeeFill): FeeBreakdown;
}

/** Starts the accumulator of a new order. */
export function createFeeAccumulator(schedule: FeeSchedule): FeeAccumulator {
  const rounding = createRoundingAccumulator(schedule);
  const charge = ({ action, price: at, qty: size, isTaker }: FeeFill): FeeBreakdown => {
    const cost = costOf(at, size);
    const trade = tradeFee(at, size, { schedule, isTaker });
    return rounding.add(money(action === "buy" ? 0 - cost : cost), trade);
  };
  return { charge, fill: (next) => charge(next).net };
}

export interface RoundingAccumulator {
  /** Aligns one fill's cash change; `revenue` is negative for a buy. */
  add(revenue: Money, trade: Money): FeeBreakdown;
}

/** Steps 2 to 4 of kalshi.md §5, for a trade fee that is already known. */
export function createRoundingAccumulator(
  rule: Pick<FeeSchedule, "align" | "rebateUnit">,
): RoundingAccumulator {
  let kept = 0;
  return {
    add(revenue, trade) {
      const change = revenue - trade;
      const aligned = -ceilTo(-change, rule.align);
      const rounding = change - aligned;
      const accumulator = kept + rounding;
      // Strictly above, one unit a fill at most, and never below a net fee of 0: a rebate that does not fit waits.
      const pays = accumulator > rule.rebateUnit && trade + rounding >= rule.rebateUnit;
      const rebate = pays ? rule.rebateUnit : 0;
      kept = accumulator - rebate;
      return {
        trade,
        rounding: money(rounding),
        accumulator: money(accumulator),
        rebate: money(rebate),
        net: money(trade + rounding - rebate),
        balanceChange: money(aligned),
      };
    },
  };
}

/** Smallest multiple of `step` not below `value`; exact for safe integers of either sign. */
export function ceilTo(value: number, step: number): number {
  const over = value % step;
  if (over === 0) return value;
  return over > 0 ? value - over + step : value - over;
}
