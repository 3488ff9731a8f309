import { describe, expect, test } from "vitest";
import { normPdf } from "../../../src/core/prob/normal.ts";
import { probAbove } from "../../../src/core/prob/settlement.ts";
import { mulberry32 } from "../../../src/core/rng.ts";
import {
  FLOORED_BELOW,
  latencySlippage,
  MEASURED_FROM,
  type MeasuredFill,
  measuredSlippage,
  SlippageBook,
  slippageOf,
  withFill,
} from "../../../src/core/slippage.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";

const BASE = { strategy: "s", series: "KXBTC15M", action: "buy" } as const;
/** A fill that was so many hundredths of a cent worse than the ask. */
const fill = (worse: number, contracts = 1): MeasuredFill => ({
  ...BASE,
  touch: price(5_000),
  price: price(5_000 + worse),
  qty: qty(contracts * 100),
});
const many = (count: number, worse: (at: number) => number): MeasuredFill[] =>
  Array.from({ length: count }, (_, at) => fill(worse(at)));

function bookAfter(fills: readonly MeasuredFill[], latencyMs = 350): SlippageBook {
  const book = new SlippageBook({ latencyMs, past: [] });
  for (const each of fills) book.onFill(each);
  return book;
}

describe("measured slippage", () => {
  test("is not there before 30 fills", () => {
    expect(measuredSlippage(undefined)).toBeNull();
    expect(measuredSlippage(slippageOf(many(MEASURED_FROM - 1, () => 100))[0])).toBeNull();
    expect(measuredSlippage(slippageOf(many(MEASURED_FROM, () => 100))[0])).toBeCloseTo(0.01, 12);
  });

  test("is the mean and 1.645 standard errors, by hand", () => {
    // 30 fills, half of them a cent worse: all but equal weights, s.d. 0.5 cents, its error 0.5 / sqrt(29).
    const state = slippageOf(many(30, (at) => (at % 2) * 100))[0];
    expect(measuredSlippage(state)).toBeCloseTo(0.005 + (1.645 * 0.005) / Math.sqrt(29), 4);
  });

  test("counts contracts, and a sale the other way round", () => {
    const heavy = slippageOf([
      ...many(30, () => 0),
      ...Array.from({ length: 30 }, () => fill(100, 3)),
    ])[0];
    const mean = (heavy?.sum ?? 0) / (heavy?.weight ?? 1);
    expect(mean).toBeGreaterThan(0.0075);
    expect(mean).toBeLessThan(0.0078);
    const sale = { ...fill(-100), action: "sell" } as const;
    expect(withFill(undefined, sale).sum).toBeCloseTo(0.01, 12);
  });

  test("an order that outweighs all others measures nothing", () => {
    expect(measuredSlippage(slippageOf([...many(40, () => 0), fill(100, 100_000)])[0])).toBeNull();
  });

  test("forgets: after 500 fills an old one counts half, after thousands the new market rules", () => {
    const old = slippageOf([fill(100), ...many(500, () => 0)])[0];
    const weightOfOld = (old?.sum ?? 0) / 0.01;
    expect(weightOfOld).toBeCloseTo(0.5, 10);
    const moved = slippageOf([...many(3_000, () => 100), ...many(5_000, () => 0)])[0];
    expect(measuredSlippage(moved)).toBeLessThan(0.0001);
  });

  test("covers the true mean in about 95 of 100 draws", () => {
    const rng = mulberry32(7);
    let covered = 0;
    for (let draw = 0; draw < 400; draw++) {
      const state = slippageOf(many(60, () => (rng.next() < 0.3 ? 100 : -20)))[0];
      if ((measuredSlippage(state) ?? 0) >= 0.3 * 0.01 - 0.7 * 0.002) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.99);
  });

  test("state by state equals all at once: a run goes on where the last one ended", () => {
    const fills = many(70, (at) => (at * 37) % 100);
    const [half] = slippageOf(fills.slice(0, 30));
    const whole = fills.slice(30).reduce(withFill, half);
    expect(whole).toEqual(slippageOf(fills)[0]);
  });
});

describe("latency slippage", () => {
  test.each([
    ["an hour", 3_600, 0.0067],
    ["15 minutes", 900, 0.0136],
    ["5 minutes", 300, 0.0251],
    ["2 minutes", 120, 0.0447],
  ])("at the money, %s before the close, as models.md §1.11 says", (_name, tauS, perRootSecond) => {
    const cents = latencySlippage({ p: 0.5, tauS, knownCount: 0, latencyMs: 1000 });
    expect(cents).toBeCloseTo(perRootSecond, 3);
    const quarter = latencySlippage({ p: 0.5, tauS, knownCount: 0, latencyMs: 250 });
    expect(quarter).toBeCloseTo(cents / 2, 12);
  });

  test("is how far the probability moves when spot moves by its s.d. of that time", () => {
    const base = { S: 100_000, sigma: 5e-5, K: 100_200, tau: 600 };
    const p = probAbove(base);
    const moved = probAbove({ ...base, S: 100_000 * (1 + 5e-5 * Math.sqrt(0.01)) });
    const slippage = latencySlippage({ p, tauS: 600, knownCount: 0, latencyMs: 10 });
    expect(slippage / (moved - p)).toBeCloseTo(1, 2);
  });

  test("nothing moves when all is decided, and never more than a dollar", () => {
    const all = { tauS: 20, knownCount: 40, latencyMs: 350 };
    expect(latencySlippage({ ...all, p: 0 })).toBe(0);
    expect(latencySlippage({ ...all, p: 1 })).toBe(0);
    expect(latencySlippage({ ...all, p: 0.5, latencyMs: 0 })).toBe(0);
    // The last print is overdue, yet the basis leaves it open.
    expect(latencySlippage({ p: 0.5, tauS: 0, knownCount: 59, latencyMs: 350 })).toBe(1);
    expect(normPdf(0)).toBeCloseTo(0.3989, 4);
  });
});

describe("SlippageBook", () => {
  const place = { market: aMarket(), p: 0.5, tauS: 900, knownCount: 0 };
  const wanted = { strategy: "s", configured: 0.005, ask: price(5_000) };

  test("before 30 fills the larger of what is configured and what latency costs", () => {
    const book = bookAfter([]);
    const latency = latencySlippage({ ...place, latencyMs: 350 });
    expect(latency).toBeGreaterThan(0.005);
    expect(book.at(place)(wanted)).toBe(latency);
    expect(book.at(place)({ ...wanted, configured: 0.02 })).toBe(0.02);
    expect(bookAfter([], 0).at(place)(wanted)).toBe(0.005);
    expect(book.at({ ...place, p: null })(wanted)).toBe(0.005);
  });

  test("then the measured one, at least half a step of the price until there are 200", () => {
    const free = (count: number) => bookAfter(many(count, () => -10)).at(place)(wanted);
    expect(free(MEASURED_FROM)).toBe(0.005);
    expect(free(FLOORED_BELOW - 1)).toBe(0.005);
    expect(free(FLOORED_BELOW)).toBe(0);
    const cheap = { ...wanted, ask: price(500) };
    expect(bookAfter(many(30, () => 0)).at(place)(cheap)).toBe(0.0005);
    expect(bookAfter(many(30, () => 200)).at(place)(wanted)).toBeCloseTo(0.02, 12);
  });

  test("strategies and series are kept apart, and a start may be given", () => {
    const past = slippageOf(many(40, () => 300));
    const book = new SlippageBook({ latencyMs: 0, past });
    expect(book.at(place)(wanted)).toBeCloseTo(0.03, 12);
    expect(book.at(place)({ ...wanted, strategy: "other" })).toBe(0.005);
    const other = {
      ...place,
      market: aMarket({ ticker: "KXETH15M-26NOV021415-15", seriesTicker: "KXETH15M" }),
    };
    expect(book.at(other)(wanted)).toBe(0.005);
  });
});
