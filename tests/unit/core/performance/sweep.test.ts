import { describe, expect, test } from "vitest";
import {
  deflatedSharpe,
  deflatedSharpeOf,
} from "../../../../src/core/performance/deflated-sharpe.ts";
import { DEFAULT_EVIDENCE } from "../../../../src/core/performance/performance.ts";
import { realityCheck } from "../../../../src/core/performance/reality-check.ts";
import { sidak, sweepOf, type Variant } from "../../../../src/core/performance/sweep.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { aTrade, closeOf, dollars } from "../../../support/closed-trades.ts";

const OPTIONS = { ...DEFAULT_EVIDENCE, B: 400, seed: 3, bankroll: dollars(1_000) };

/** Contracts at `price` that win with `chance`: one in each window. */
function variant(name: string, of: { seed: number; chance: number; windows?: number }): Variant {
  const rng = mulberry32(of.seed);
  const trades = Array.from({ length: of.windows ?? 100 }, (_, window) =>
    aTrade({ window, paid: 0.5, pnl: rng.next() < of.chance ? 0.5 : -0.5 }),
  );
  return { name, trades, marks: [] };
}

/** Earns one thing in each of seven windows, and another in the three after them. */
function turning(name: string, first: number, last: number): Variant {
  const trades = Array.from({ length: 10 }, (_, window) =>
    aTrade({ window, pnl: window < 7 ? first : last }),
  );
  return { name, trades, marks: [] };
}

describe("reality check", () => {
  test("by hand: with two windows every resample is known", () => {
    // Draws of (3, 1) have the sums 6, 4, 4 and 2, about their sum of 4 that is 2, 0, 0 and −2: never as large as 4.
    expect(realityCheck([[3, 1]], { B: 500, seed: 1 })).toEqual({ best: 0, pValue: 1 / 501 });
    // About the sum of 2 they are 4, 0, 0 and −4: one draw in four is as large.
    const check = realityCheck([[3, -1]], { B: 4_000, seed: 1 });
    expect(check?.pValue).toBeCloseTo(0.25, 1);
    // A second one with sums 9, 1, 1, −7 about its sum of 1 is as large in the same quarter of draws.
    const beside = realityCheck(
      [
        [3, -1],
        [4.5, -3.5],
      ],
      { B: 4_000, seed: 1 },
    );
    expect(beside).toEqual({ best: 0, pValue: check?.pValue });
    // Turned around it is so in another quarter.
    const against = realityCheck(
      [
        [3, -1],
        [-3.5, 4.5],
      ],
      { B: 4_000, seed: 1 },
    );
    expect(against?.pValue).toBeCloseTo(0.5, 1);
  });

  test.each([
    ["no variant", []],
    ["one window", [[1], [2]]],
  ])("has nothing to say of %s", (_, variants) => {
    expect(realityCheck(variants, { B: 10, seed: 1 })).toBeNull();
  });

  test("variants that never traded prove nothing", () => {
    expect(
      realityCheck(
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
        { B: 99, seed: 1 },
      ),
    ).toEqual({ best: 0, pValue: 1 });
  });

  test("refuses variants of unequal length and no numbers", () => {
    expect(() => realityCheck([[1, 2], [1]], { B: 9, seed: 1 })).toThrow("equally long");
    expect(() => realityCheck([[1, Number.NaN]], { B: 9, seed: 1 })).toThrow("variants[0][1]");
  });

  test("a variant more never makes the best one look better", () => {
    const rng = mulberry32(5);
    const row = (lift: number): number[] =>
      Array.from({ length: 50 }, () => rng.next() - 0.5 + lift);
    const best = row(0.12);
    let pValue = realityCheck([best], OPTIONS)?.pValue ?? 0;
    const rows = [best];
    for (let more = 0; more < 10; more++) {
      rows.push(row(-0.1));
      const next = realityCheck(rows, OPTIONS);
      expect(next?.best).toBe(0);
      expect(next?.pValue).toBeGreaterThanOrEqual(pValue);
      pValue = next?.pValue ?? 0;
    }
  });

  test("calls the best of twenty worthless variants good in about one of twenty sweeps", () => {
    const rng = mulberry32(2026);
    const sweeps = 400;
    let corrected = 0;
    let naive = 0;
    for (let sweep = 0; sweep < sweeps; sweep++) {
      // Half of the luck is common to all, as among neighbouring settings.
      const shared = Array.from({ length: 40 }, () => rng.next() - 0.5);
      const rows = Array.from({ length: 20 }, () => shared.map((luck) => luck + rng.next() - 0.5));
      const check = realityCheck(rows, { B: 99, seed: sweep });
      if ((check?.pValue ?? 1) <= 0.05) corrected++;
      const alone = realityCheck([rows[check?.best ?? 0] ?? []], { B: 99, seed: sweep });
      if ((alone?.pValue ?? 1) <= 0.05) naive++;
    }
    // Three standard errors above and below 5 %; whoever forgets the other nineteen is wrong far more often.
    expect(corrected / sweeps).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / sweeps));
    expect(corrected / sweeps).toBeGreaterThan(0.05 - 3 * Math.sqrt((0.05 * 0.95) / sweeps));
    expect(naive / sweeps).toBeGreaterThan(0.2);
  });

  test("finds a real edge among twenty", () => {
    const rng = mulberry32(8);
    const rows = Array.from({ length: 20 }, (_, at) =>
      Array.from({ length: 200 }, () => rng.next() - 0.5 + (at === 13 ? 0.1 : 0)),
    );
    const check = realityCheck(rows, OPTIONS);
    expect(check?.best).toBe(13);
    expect(check?.pValue).toBeLessThan(0.01);
  });
});

describe("deflated Sharpe ratio", () => {
  test("the example of the paper: 2.5 a year in 1250 days, best of 100", () => {
    const value = deflatedSharpe({
      ratio: 2.5 / Math.sqrt(250),
      observations: 1_250,
      skewness: -3,
      kurtosis: 10,
      ratioVariance: 0.5 / 250,
      variants: 100,
    });
    expect(value).toBeCloseTo(0.9004, 4);
  });

  test("two variants of four windows, by hand", () => {
    // Ratios 1/√(4/3) and 0; skewness 0, kurtosis 1, so the error of the ratio is that of a constant.
    const ratio = Math.sqrt(3) / 2;
    const byChance = Math.sqrt(ratio ** 2 / 2) * (0.577_215_664_9 * 0.900_177_3);
    const value = deflatedSharpeOf(
      [
        [2, 0, 2, 0],
        [1, -1, 1, -1],
      ],
      0,
    );
    const z = (ratio - byChance) * Math.sqrt(3);
    // Normal probability of z = 0.949 from a table.
    expect(z).toBeCloseTo(0.949, 2);
    expect(value).toBeCloseTo(0.8287, 2);
  });

  test.each([
    ["one variant", [[1, 2, 3]], 0],
    [
      "a second without a ratio",
      [
        [1, 2, 3],
        [0, 0, 0],
      ],
      0,
    ],
    [
      "a best without a ratio",
      [
        [0, 0],
        [0, 1],
        [1, 0],
      ],
      0,
    ],
    ["no such variant", [], 0],
  ])("has nothing to say of %s", (_, variants, best) => {
    expect(deflatedSharpeOf(variants, best)).toBeNull();
  });
});

describe("sweep", () => {
  test.each([
    [1, 0.05],
    [10, 0.005_116_197],
  ])("Šidák's share for %d", (count, expected) => {
    expect(sidak(0.05, count)).toBeCloseTo(expected, 9);
  });

  test("names the best, and widens its interval for the number of variants", () => {
    const good = variant("ev_min=0.05", { seed: 1, chance: 0.75 });
    const others = [2, 3, 4].map((seed) => variant(`v${seed}`, { seed, chance: 0.4 }));
    const alone = sweepOf([good], OPTIONS);
    const among = sweepOf([...others, good], OPTIONS);
    expect(among.best?.at).toBe(3);
    expect(among.chosen).toBe(3);
    expect(among.best?.pValue).toBeLessThan(0.01);
    expect(among.cells[3]?.whole).toEqual(alone.cells[0]?.whole);
    const width = (of: typeof among): number => {
      const { lower = 0, upper = 0 } = of.best?.perContract?.bounds ?? {};
      return upper - lower;
    };
    expect(width(among)).toBeGreaterThan(1.15 * width(alone));
    expect(width(among)).toBeLessThan(1.45 * width(alone));
  });

  test("what is chosen on the first part is judged on the last", () => {
    const sweep = sweepOf([turning("a", 0.1, 0.4), turning("b", 0.2, -0.3)], OPTIONS);
    expect(sweep.split?.boundaryMs).toBe(closeOf(6));
    expect(sweep.best?.at).toBe(0);
    expect(sweep.chosen).toBe(1);
    expect(sweep.cells[1]?.fit?.pnl).toBe(dollars(1.4));
    expect(sweep.cells[1]?.holdOut?.pnl).toBe(dollars(-0.9));
  });

  test("a variant that traded less is compared over the windows of all", () => {
    const often = variant("often", { seed: 1, chance: 0.5, windows: 40 });
    const once: Variant = { name: "once", marks: [], trades: [aTrade({ window: 3, pnl: 2_000 })] };
    const sweep = sweepOf([often, once], OPTIONS);
    expect(sweep.windows).toBe(40);
    expect(sweep.best?.at).toBe(1);
    // One window of forty made it: it is missing in (39/40)^40 of all draws, and seen more than once in a quarter.
    expect(sweep.best?.pValue).toBeGreaterThan(0.2);
    expect(sweep.best?.perContract?.bounds).toBeNull();
  });

  test.each([
    ["no variant", []],
    ["nothing traded", [{ name: "a", trades: [], marks: [] }]],
    ["one window", [{ name: "a", trades: [aTrade({ window: 0, pnl: 1 })], marks: [] }]],
  ])("%s: nothing to compare", (_, variants) => {
    const sweep = sweepOf(variants, OPTIONS);
    expect(sweep).toMatchObject({ best: null, chosen: null, split: null });
    expect(sweep.cells).toHaveLength(variants.length);
  });
});
