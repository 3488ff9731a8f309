import { evTaker } from "../../../src/core/edge.ts";
import {
  createRoundingAccumulator,
  type FeeSchedule,
  feeScheduleOf,
  tradeFee,
} from "../../../src/core/fees.ts";
import {
  type Action,
  costOf,
  formatMoney,
  type Money,
  money,
  parseDecimal,
  parseMoney,
  price,
  qty,
} from "../../../src/core/units.ts";
import type { VectorFunctions } from "./vector-case.ts";

export const FEE_FUNCTIONS: VectorFunctions = {
  takerFeeCents: (input: FeeInput) => feeOf(input, { tradeQuantum: 10_000 }) / 10_000,
  feeFloatTrap: (input: FeeInput) => feeOf(input, { tradeQuantum: 10_000 }) / 10_000,
  takerFeeCentiCents: (input: FeeInput) => feeOf(input) / 100,
  makerFeeCentiCents: (input: FeeInput) => feeOf(input, { isTaker: false }) / 100,
  feeAccumulator,
  evTaker,
};

interface FeeInput {
  readonly price: string;
  readonly count: number | string;
  readonly multiplier?: string;
  readonly feeType?: string;
}

export function scheduleFor(
  input: Partial<FeeInput>,
  tradeQuantum = 100,
  align = 100,
): FeeSchedule {
  const schedule = feeScheduleOf({
    feeType: input.feeType ?? "quadratic",
    multiplierBps: parseDecimal(input.multiplier ?? "1", 4),
    tradeQuantum: money(tradeQuantum),
    align: money(align),
  });
  if (schedule === undefined) throw new Error(`unknown fee type ${input.feeType}`);
  return schedule;
}

function feeOf(
  input: FeeInput,
  { tradeQuantum = 100, isTaker = true }: { tradeQuantum?: number; isTaker?: boolean } = {},
): number {
  return tradeFee(price(parseDecimal(input.price, 4)), qty(parseDecimal(String(input.count), 2)), {
    schedule: scheduleFor(input, tradeQuantum),
    isTaker,
  });
}

interface FeeFillInput extends FeeInput {
  readonly action: Action;
  readonly tradeFee?: string;
}

/** The published examples give the trade fee; where they do not, it is the product's own. */
function feeAccumulator(input: { precision: string; fills: readonly FeeFillInput[] }): unknown {
  const schedule = scheduleFor({}, 100, parseDecimal(input.precision, 6));
  const rounding = createRoundingAccumulator(schedule);
  return input.fills.map((fill) => {
    const at = price(parseDecimal(fill.price, 4));
    const size = qty(parseDecimal(String(fill.count), 2));
    const trade =
      fill.tradeFee === undefined
        ? tradeFee(at, size, { schedule, isTaker: true })
        : (parseMoney(fill.tradeFee) as Money);
    const cost = costOf(at, size);
    const parts = rounding.add(money(fill.action === "buy" ? 0 - cost : cost), trade);
    return {
      tradeFee: formatMoney(parts.trade),
      roundingFee: formatMoney(parts.rounding),
      accumulator: formatMoney(parts.accumulator),
      rebate: formatMoney(parts.rebate),
      netFee: formatMoney(parts.net),
      balanceChange: formatMoney(parts.balanceChange),
    };
  });
}
