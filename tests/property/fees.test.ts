import fc from "fast-check";
import { expect, test } from "vitest";
import { takerEdge } from "../../src/core/edge.ts";
import {
  createFeeAccumulator,
  type FeeSchedule,
  makerFee,
  QUADRATIC_FEES,
  takerFee,
  tradeFee,
} from "../../src/core/fees.ts";
import { walkBook } from "../../src/core/sim/walk.ts";
import { complement, costOf, money, price, qty } from "../../src/core/units.ts";

const priceAt = fc.integer({ min: 0, max: 10_000 }).map(price);
const size = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }).map(qty),
  fc.integer({ min: 1, max: 500_000_000 }).map(qty),
);
const schedule: fc.Arbitrary<FeeSchedule> = fc.record({
  takerRateBps: fc.constantFrom(700, 350, 0),
  makerRateBps: fc.constantFrom(0, 175, 350),
  multiplierBps: fc.oneof(fc.constantFrom(10_000, 5_000), fc.integer({ min: 0, max: 30_000 })),
  tradeQuantum: fc.constantFrom(1, 100, 10_000).map(money),
  align: fc.constantFrom(1, 100, 10_000).map(money),
  rebateUnit: fc.constantFrom(100, 10_000).map(money),
});

test("the trade fee equals exact arithmetic, is symmetric in P and 1 − P, and never negative", () => {
  fc.assert(
    fc.property(priceAt, size, schedule, (at, count, fees) => {
      const fee = tradeFee(at, count, { schedule: fees, isTaker: true });
      const product =
        BigInt(fees.takerRateBps) *
        BigInt(fees.multiplierBps) *
        BigInt(count) *
        BigInt(at) *
        BigInt(10_000 - at);
      const step = 10n ** 12n * BigInt(fees.tradeQuantum);
      const exact = ((product + step - 1n) / step) * BigInt(fees.tradeQuantum);
      expect(BigInt(fee)).toBe(exact);
      expect(tradeFee(complement(at), count, { schedule: fees, isTaker: true })).toBe(fee);
      expect(fee).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("cost and fee of one fill land on the alignment, at most one step above the trade fee", () => {
  fc.assert(
    fc.property(priceAt, size, schedule, (at, count, fees) => {
      for (const [isTaker, charge] of [
        [true, takerFee],
        [false, makerFee],
      ] as const) {
        const fee = charge(at, count, fees);
        const trade = tradeFee(at, count, { schedule: fees, isTaker });
        expect((costOf(at, count) + fee) % fees.align).toBe(0);
        expect(fee - trade).toBeGreaterThanOrEqual(0);
        expect(fee - trade).toBeLessThan(fees.align);
      }
    }),
  );
});

test("an order's fills pay their trade fees, get back only what rounding took, and never less than nothing", () => {
  const fill = fc.record({
    action: fc.constantFrom("buy" as const, "sell" as const),
    price: priceAt,
    qty: fc.integer({ min: 1, max: 5_000 }).map(qty),
    isTaker: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fill, { maxLength: 30 }), schedule, (fills, fees) => {
      const order = createFeeAccumulator(fees);
      const replay = createFeeAccumulator(fees);
      let rounded = 0;
      let repaid = 0;
      for (const one of fills) {
        const parts = order.charge(one);
        expect(replay.fill(one)).toBe(parts.net);
        expect(parts.net).toBeGreaterThanOrEqual(0);
        expect(Math.abs(parts.balanceChange % fees.align)).toBe(0);
        rounded += parts.rounding;
        repaid += parts.rebate;
        expect(repaid).toBeLessThanOrEqual(rounded);
      }
    }),
  );
});

test("an edge on YES and one on NO at complementary prices add up to minus both fees", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9_999 }).map(price),
      fc.integer({ min: 100, max: 100_000 }).map(qty),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (ask, count, p) => {
        const base = { p, qty: count, schedule: QUADRATIC_FEES, slippage: 0 };
        const yes = takerEdge({ ...base, side: "yes", ask });
        const no = takerEdge({ ...base, side: "no", ask: complement(ask) });
        expect(yes.ev + no.ev).toBeLessThanOrEqual(1e-12);
        expect(yes.cost / 1e6).toBeGreaterThanOrEqual(p - yes.ev - 1e-9);
      },
    ),
  );
});

test("a walk never takes more than wanted, allowed or displayed, and nothing beyond the limit", () => {
  const level = fc.tuple(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: 1, max: 100_000 }));
  fc.assert(
    fc.property(
      fc.record({
        levels: fc.array(level, { maxLength: 20 }),
        qty: fc.integer({ min: 0, max: 200_000 }),
        limit: fc.integer({ min: 1, max: 9_999 }),
        participation: fc.double({ min: 0, max: 1, noNaN: true }),
        haircut: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      ({ levels, ...order }) => {
        const { limit, participation } = order;
        const asks = levels.toSorted(([a], [b]) => a - b);
        const result = walkBook({ asks, ...order });
        const shown = asks.filter(([at]) => at <= limit).reduce((sum, [, s]) => sum + s, 0);
        expect(result.filled).toBeLessThanOrEqual(
          Math.min(order.qty, shown * participation + 1e-6),
        );
        expect(result.filled).toBe(result.fills.reduce((sum, [, s]) => sum + s, 0));
        for (const [at, taken] of result.fills) {
          expect(at).toBeLessThanOrEqual(limit);
          expect(Number.isInteger(taken) && taken > 0).toBe(true);
        }
      },
    ),
  );
});
