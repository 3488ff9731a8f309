import { describe, expect, test } from "vitest";
import { feeScheduleOf, QUADRATIC_FEES, takerFee } from "../../../../src/core/fees.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { kellyFraction, kellyRamp } from "../../../../src/core/sizing/kelly.ts";
import { type SizeOrderInput, sizeOrder } from "../../../../src/core/sizing/size-order.ts";
import { costOf, money, price, qty } from "../../../../src/core/units.ts";

const CENT_FEES = feeScheduleOf({
  feeType: "quadratic",
  multiplierBps: 10_000,
  tradeQuantum: money(10_000),
  align: money(10_000),
});

const BASE: SizeOrderInput = {
  bankroll: money(1_000_000_000),
  p: 0.6,
  ask: price(5_000),
  schedule: QUADRATIC_FEES,
  fraction: 0.25,
  threshold: 0.03,
  full: 0.1,
  depth: qty(40_000),
  participation: 0.5,
  maxSpend: money(50_000_000),
};

/** The definition of models.md §3.4, count by count. */
function byScan(input: SizeOrderInput): number {
  let best = 0;
  for (let count = 1; count * 100 <= input.participation * input.depth + 1e-9; count++) {
    const size = qty(count * 100);
    const spend = costOf(input.ask, size) + takerFee(input.ask, size, input.schedule);
    const cost = spend / (count * 1e6);
    if (cost >= 1) continue;
    const ramp = kellyRamp({ edge: input.p - cost, threshold: input.threshold, full: input.full });
    const stake = input.bankroll * input.fraction * ramp * kellyFraction({ p: input.p, cost });
    if (spend <= Math.min(Math.floor(stake), input.maxSpend)) best = count;
  }
  return best;
}

describe("size of an order", () => {
  test("is the largest count that the definition allows", () => {
    const rng = mulberry32(4);
    let positive = 0;
    for (let n = 0; n < 400; n++) {
      const ask = price(100 + Math.floor(rng.next() * 9_800));
      const input = {
        ...BASE,
        ask,
        p: Math.min(1, ask / 10_000 + 0.15 * rng.next()),
        bankroll: money(Math.floor(rng.next() * 2e9)),
        depth: qty(Math.floor(rng.next() * 60_000)),
        maxSpend: money(Math.floor(rng.next() * 1e8)),
        schedule: n % 2 === 0 ? QUADRATIC_FEES : (CENT_FEES ?? QUADRATIC_FEES),
      };
      const sized = sizeOrder(input);
      expect(sized.qty, JSON.stringify(input)).toBe(byScan(input) * 100);
      if (sized.qty > 0) {
        positive++;
        expect(sized.spend).toBe(costOf(ask, sized.qty) + takerFee(ask, sized.qty, input.schedule));
      }
    }
    expect(positive).toBeGreaterThan(100);
  });

  test.each<[string, Partial<SizeOrderInput>]>([
    ["an edge below the threshold", { p: 0.54 }],
    ["no bankroll", { bankroll: money(0) }],
    ["a lost bankroll", { bankroll: money(-5_000_000) }],
    ["no depth", { depth: qty(0) }],
    ["less depth than one contract", { depth: qty(199) }],
    ["less money than one contract", { maxSpend: money(517_000) }],
    ["a fee that eats the last cent", { ask: price(9_999), p: 1 }],
  ])("is nothing with %s", (_, change) => {
    expect(sizeOrder({ ...BASE, ...change })).toEqual({ qty: 0, spend: 0 });
  });

  test("many contracts can be worth it where the rounded fee spoils one", () => {
    if (CENT_FEES === undefined) throw new Error("no schedule");
    const input = { ...BASE, ask: price(9_700), p: 0.997, schedule: CENT_FEES, threshold: 0.02 };
    expect(sizeOrder({ ...input, depth: qty(200) }).qty).toBe(0);
    expect(sizeOrder(input).qty).toBeGreaterThan(100);
  });

  test.each<[string, Partial<SizeOrderInput>]>([
    ["a chance that is no number", { p: Number.NaN }],
    ["a price of nothing", { ask: price(0) }],
    ["a price of $1", { ask: price(10_000) }],
    ["more than full Kelly", { fraction: 1.5 }],
    ["more than the whole depth", { participation: 1.01 }],
    ["a ramp that falls", { threshold: 0.2 }],
  ])("refuses %s", (_, change) => {
    expect(() => sizeOrder({ ...BASE, ...change })).toThrow(RangeError);
  });
});
