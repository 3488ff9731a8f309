import { describe, expect, test } from "vitest";
import { maxDrawdown, sharpe } from "../../../../src/core/performance/equity.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

describe("drawdown", () => {
  test("is the deepest of all falls from one point to a later one", () => {
    const rng = mulberry32(13);
    for (let run = 0; run < 50; run++) {
      let level = 1_000_000;
      const equity = Array.from(
        { length: 30 },
        () => (level += Math.floor(rng.next() * 2e5) - 1e5),
      );
      let dollars = 0;
      let fraction = 0;
      for (const [i, peak] of equity.entries()) {
        for (const trough of equity.slice(i)) {
          dollars = Math.max(dollars, peak - trough);
          fraction = Math.max(fraction, (peak - trough) / peak);
        }
      }
      const result = maxDrawdown({ equity });
      expect(result?.dollars).toBe(dollars);
      expect(result?.fraction).toBeCloseTo(fraction, 12);
      const { peakIndex = 0, troughIndex = 0 } = result ?? {};
      expect((equity[peakIndex] ?? 0) - (equity[troughIndex] ?? 0)).toBe(dollars);
    }
  });

  test.each([
    ["a curve that only rises", [1, 2, 3], { dollars: 0, fraction: 0, peakIndex: 0 }],
    ["one point", [5], { dollars: 0, fraction: 0, troughIndex: 0 }],
    ["a peak reached twice", [1, 3, 3, 2], { dollars: 1, peakIndex: 1, troughIndex: 3 }],
    ["a larger share earlier", [10, 5, 100, 80], { dollars: 20, fraction: 0.5, peakIndex: 2 }],
    ["never above zero", [-1, -3], { dollars: 2, fraction: null }],
  ])("of %s", (_, equity, expected) => {
    expect(maxDrawdown({ equity })).toMatchObject(expected);
  });

  test("of nothing is nothing; of no number is refused", () => {
    expect(maxDrawdown({ equity: [] })).toBeNull();
    expect(() => maxDrawdown({ equity: [1, Number.NaN] })).toThrow("equity[1]");
  });
});

describe("Sharpe ratio", () => {
  test("does not depend on the unit of money and turns with the sign", () => {
    const pnl = [3, -1, 4, 1, -5, 9];
    const dollars = sharpe({ pnl, periodsPerYear: 365 });
    const micro = sharpe({ pnl: pnl.map((value) => value * 1e6), periodsPerYear: 365 });
    const lost = sharpe({ pnl: pnl.map((value) => -value), periodsPerYear: 365 });
    expect(micro?.perTrade).toBeCloseTo(dollars?.perTrade ?? Number.NaN, 12);
    expect(lost?.annual).toBeCloseTo(-(dollars?.annual ?? Number.NaN), 12);
    expect(dollars?.annual).toBeCloseTo((dollars?.perTrade ?? 0) * Math.sqrt(365), 12);
  });

  test.each([
    ["nothing", []],
    ["one profit", [1]],
    ["equal profits", [0.1, 0.1, 0.1]],
  ])("has nothing to say of %s", (_, pnl) => {
    expect(sharpe({ pnl, periodsPerYear: 365 })).toBeNull();
  });

  test("refuses bad numbers", () => {
    expect(() => sharpe({ pnl: [1, Number.NaN], periodsPerYear: 365 })).toThrow(RangeError);
    expect(() => sharpe({ pnl: [1, 2], periodsPerYear: 0 })).toThrow(RangeError);
    expect(() => sharpe({ pnl: [1, 2], periodsPerYear: Number.NaN })).toThrow(RangeError);
  });
});
