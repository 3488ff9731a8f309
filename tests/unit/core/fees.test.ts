import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  createFeeAccumulator,
  createRoundingAccumulator,
  type FeeSchedule,
  feeScheduleOf,
  makerFee,
  QUADRATIC_FEES,
  takerFee,
  tradeFee,
} from "../../../src/core/fees.ts";
import {
  costOf,
  formatMoney,
  money,
  type Price,
  parseMoney,
  parsePrice,
  parseQty,
  price,
  type Qty,
  qty,
} from "../../../src/core/units.ts";

const QUARTER_MAKER: FeeSchedule = { ...QUADRATIC_FEES, makerRateBps: 175 };
const BROKER: FeeSchedule = { ...QUADRATIC_FEES, align: money(10_000) };

function at(text: string): Price {
  return parsePrice(text) ?? price(Number.NaN);
}

function size(text: string): Qty {
  return parseQty(text) ?? qty(Number.NaN);
}

// kalshi.md §5: count, price, trade fee, net fee of a direct member, balance change of a buyer, net fee through a broker,
// net maker fee at a quarter of the rate. Rows 2, 5, 9 and 10 are real fills.
test.each([
  ["1.00", "0.50", "0.017500", "0.017500", "-0.517500", "0.020000", "0.004400"],
  ["1.00", "0.52", "0.017500", "0.017500", "-0.537500", "0.020000", "0.004400"],
  ["100.00", "0.50", "1.750000", "1.750000", "-51.750000", "1.750000", "0.437500"],
  ["7.00", "0.37", "0.114300", "0.114300", "-2.704300", "0.120000", "0.028600"],
  ["1.00", "0.01", "0.000700", "0.000700", "-0.010700", "0.010000", "0.000200"],
  ["250.00", "0.93", "1.139300", "1.139300", "-233.639300", "1.140000", "0.284900"],
  ["100.00", "0.953", "0.313600", "0.313600", "-95.613600", "0.320000", "0.078400"],
  ["12.30", "0.31", "0.184200", "0.184200", "-3.997200", "0.187000", "0.046100"],
  ["227.27", "0.001", "0.015900", "0.015930", "-0.243200", "0.022730", "0.004030"],
  ["71.94", "0.013", "0.064700", "0.064780", "-1.000000", "0.064780", "0.016280"],
  ["0.01", "0.948", "0.000100", "0.000120", "-0.009600", "0.000520", "0.000120"],
])(
  "%s contracts at %s are charged as published",
  (...[count, at1, trade, net, change, broker, maker]) => {
    const fill = { action: "buy", price: at(at1), qty: size(count), isTaker: true } as const;
    const parts = createFeeAccumulator(QUADRATIC_FEES).charge(fill);
    expect(formatMoney(parts.trade)).toBe(trade);
    expect(formatMoney(parts.net)).toBe(net);
    expect(formatMoney(parts.balanceChange)).toBe(change);
    expect(formatMoney(takerFee(fill.price, fill.qty, QUADRATIC_FEES))).toBe(net);
    expect(formatMoney(takerFee(fill.price, fill.qty, BROKER))).toBe(broker);
    expect(formatMoney(makerFee(fill.price, fill.qty, QUARTER_MAKER))).toBe(maker);
  },
);

test("a plain quadratic series charges makers nothing but the alignment", () => {
  expect(makerFee(price(3_300), qty(100), QUADRATIC_FEES)).toBe(0);
  expect(makerFee(price(33), qty(101), QUADRATIC_FEES)).toBe(100 - ((33 * 101) % 100));
});

test.each([
  ["quadratic", 0],
  ["quadratic_with_maker_fees", 175],
  ["quadratic_with_combo_maker_fees", 350],
])("fee type %s has maker rate %d", (feeType, makerRateBps) => {
  expect(feeScheduleOf({ feeType, multiplierBps: 5_000 })).toEqual({
    ...QUADRATIC_FEES,
    makerRateBps,
    multiplierBps: 5_000,
  });
});

test("a fee type that is not quadratic is not guessed", () => {
  expect(feeScheduleOf({ feeType: "flat", multiplierBps: 10_000 })).toBeUndefined();
  expect(feeScheduleOf({ feeType: "toString", multiplierBps: 10_000 })).toBeUndefined();
});

test("half the multiplier is half the fee, rounded once", () => {
  const half: FeeSchedule = { ...QUADRATIC_FEES, multiplierBps: 5_000 };
  expect(formatMoney(takerFee(at("0.51"), size("1.00"), half))).toBe("0.008800");
});

test.each([
  ["a million contracts", { ...QUADRATIC_FEES }, 100_000_000, 17_500_000_000],
  ["a multiplier of odd basis points", { ...QUADRATIC_FEES, multiplierBps: 3_333 }, 100, 5_900],
  ["both", { ...QUADRATIC_FEES, multiplierBps: 3_333 }, 100_000_000, 5_832_750_000],
])("products beyond 2^53 stay exact: %s", (_, schedule, count, expected) => {
  expect(tradeFee(price(5_000), qty(count), { schedule, isTaker: true })).toBe(expected);
});

describe("rounding accumulator", () => {
  const rule = { align: money(10_000), rebateUnit: money(10_000) };

  test("pays nothing at exactly one cent, one cent above it, and waits while the fee is less than a cent", () => {
    const rounding = createRoundingAccumulator(rule);
    const first = rounding.add(money(-55_000), money(0));
    expect([first.rounding, first.rebate]).toEqual([5_000, 0]);
    const second = rounding.add(money(-55_000), money(0));
    expect([second.accumulator, second.rebate]).toEqual([10_000, 0]);
    const third = rounding.add(money(-52_000), money(4_000));
    expect([third.accumulator, third.rebate, third.net]).toEqual([14_000, 0, 8_000]);
    const fourth = rounding.add(money(-52_000), money(17_000));
    expect([fourth.accumulator, fourth.rebate, fourth.net]).toEqual([15_000, 10_000, 8_000]);
  });

  test("a seller receives less, not more, after alignment", () => {
    const parts = createRoundingAccumulator(rule).add(money(485_000), money(1_000));
    expect([parts.balanceChange, parts.rounding, parts.net]).toEqual([480_000, 4_000, 5_000]);
  });
});

test("fills of one order share an accumulator, fills of another do not", () => {
  const fill = { action: "buy", price: price(835), qty: qty(150), isTaker: true } as const;
  const order = createFeeAccumulator(BROKER);
  expect([order.charge(fill).net, order.charge(fill).net]).toEqual([14_750, 4_750]);
  expect(createFeeAccumulator(BROKER).charge(fill).net).toBe(14_750);
});

const REAL_FILLS = new URL(
  "../../../../shared/data/kalshi/rest-shapes-prod/portfolio_fills_redacted.json",
  import.meta.url,
);

interface RealFill {
  readonly action: "buy" | "sell";
  readonly side: "yes" | "no";
  readonly count_fp: string;
  readonly yes_price_dollars: string;
  readonly no_price_dollars: string;
  readonly is_taker: boolean;
  readonly fee_cost: string;
  readonly ticker: string;
}

describe("fees of real fills, August 2026", () => {
  if (!existsSync(REAL_FILLS)) {
    test.skip("NOT RUN: ../shared/data/kalshi/rest-shapes-prod is absent", () => {});
    return;
  }
  const { payload } = JSON.parse(readFileSync(REAL_FILLS, "utf8")) as {
    payload: { fills: RealFill[] };
  };
  test("there are 33", () => expect(payload.fills).toHaveLength(33));
  test.each(payload.fills.map((fill, i) => [i, fill] as const))("fill %i", (_, fill) => {
    // Baseball series had multiplier 0.5 that month (series_fee_fields.json beside the fills).
    const multiplierBps = fill.ticker.startsWith("KXMLB") ? 5_000 : 10_000;
    const own = at(fill.side === "yes" ? fill.yes_price_dollars : fill.no_price_dollars);
    const parts = createFeeAccumulator({ ...QUADRATIC_FEES, multiplierBps }).charge({
      action: fill.action,
      price: own,
      qty: size(fill.count_fp),
      isTaker: fill.is_taker,
    });
    expect(parts.net).toBe(parseMoney(fill.fee_cost));
    expect(parts.balanceChange).toBe(-(costOf(own, size(fill.count_fp)) + parts.net));
  });
});
