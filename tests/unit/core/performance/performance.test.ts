import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_EVIDENCE,
  type PerformanceOptions,
  performanceOf,
} from "../../../../src/core/performance/performance.ts";
import { aTrade, closeOf, dollars, QUARTER_MS } from "../../../support/closed-trades.ts";

const OPTIONS: PerformanceOptions = {
  ...DEFAULT_EVIDENCE,
  B: 200,
  seed: 7,
  bankroll: dollars(100),
  marks: [],
};

describe("performance", () => {
  test("of four trades, by hand", () => {
    const trades = [
      aTrade({ window: 0, contracts: 10, paid: 4, fees: 0.2, pnl: 5.8, pessimistic: 5 }),
      aTrade({ window: 1, contracts: 10, paid: 6, fees: 0.2, pnl: -6.2, pessimistic: -6.2 }),
      aTrade({ window: 1, contracts: 20, paid: 10, fees: 0.4, pnl: -10.4, pessimistic: -10.4 }),
      aTrade({ window: 2, contracts: 40, paid: 20, fees: 0.8, pnl: 19.2, pessimistic: 0 }),
    ];
    expect(performanceOf(trades, OPTIONS)).toMatchObject({
      trades: 4,
      windows: 3,
      contracts: 8_000,
      wins: 2,
      winRate: 0.5,
      // (0.42 + 0.62 + 0.52 + 0.52) / 4
      breakEvenRate: expect.closeTo(0.52, 12),
      pnl: dollars(8.4),
      pnlPessimistic: dollars(-11.6),
      perContract: { mean: dollars(0.105) },
      profitFactor: expect.closeTo(25 / 16.6, 12),
      bought: dollars(40),
      fees: dollars(1.6),
      feeShare: 0.04,
      longestLosingStreak: 2,
      meanHoldingMs: 300_000,
      drawdown: {
        amount: dollars(16.6),
        fraction: expect.closeTo(16.6 / 105.8, 12),
        peakMs: closeOf(0),
        troughMs: closeOf(1),
      },
    });
  });

  test("of no trade is nothing, and nowhere NaN", () => {
    expect(performanceOf([], OPTIONS)).toEqual({
      trades: 0,
      windows: 0,
      contracts: 0,
      wins: 0,
      winRate: null,
      winRateInterval: null,
      breakEvenRate: null,
      pnl: 0,
      pnlPessimistic: 0,
      perContract: null,
      sharpe: null,
      drawdown: null,
      averageEquity: dollars(100),
      turnover: 0,
      profitFactor: null,
      bought: 0,
      fees: 0,
      feeShare: null,
      longestLosingStreak: 0,
      meanHoldingMs: null,
    });
  });

  test("of one trade has a mean and no interval", () => {
    const one = performanceOf([aTrade({ window: 0, contracts: 3, pnl: -1.5 })], OPTIONS);
    expect(one.perContract).toEqual({ mean: dollars(-0.5), bounds: null });
    expect(one).toMatchObject({
      winRate: 0,
      sharpe: null,
      profitFactor: 0,
      longestLosingStreak: 1,
    });
    expect(one.drawdown).toMatchObject({ amount: dollars(1.5), fraction: 0.015 });
  });

  test.each([
    ["292 of 300 windows", 292, 300, [0.948, 0.986]],
    ["all of ten", 10, 10, [0.722, 1]],
    ["none of ten", 0, 10, [0, 0.278]],
  ])("win rate of %s", (_, wins, count, [lower, upper]) => {
    const trades = Array.from({ length: count }, (__, window) =>
      aTrade({ window, pnl: window < wins ? 0.03 : -0.97 }),
    );
    const { winRateInterval } = performanceOf(trades, { ...OPTIONS, B: 2 });
    expect(winRateInterval?.lower).toBeCloseTo(lower ?? Number.NaN, 3);
    expect(winRateInterval?.upper).toBeCloseTo(upper ?? Number.NaN, 3);
  });

  test("trades that settle together do not narrow the win rate", () => {
    const once = [0, 1, 2, 3].map((at) => aTrade({ window: at, pnl: at % 2 === 0 ? 0.5 : -0.5 }));
    const often = [...once, ...once, ...once];
    expect(performanceOf(often, OPTIONS).winRateInterval).toEqual(
      performanceOf(once, OPTIONS).winRateInterval,
    );
  });

  test("what was sold early has no break-even rate", () => {
    const trades = [
      aTrade({ window: 0, pnl: 1 }),
      aTrade({ window: 1, pnl: -0.1, exit: "stop25", closedBeforeMs: 60_000 }),
    ];
    expect(performanceOf(trades, OPTIONS)).toMatchObject({
      breakEvenRate: null,
      meanHoldingMs: 270_000,
    });
  });

  test("one trade whose worst case is not known leaves the sum unknown", () => {
    const trades = [
      aTrade({ window: 0, pnl: 1, pessimistic: 1 }),
      aTrade({ window: 1, pnl: 1, pessimistic: null }),
    ];
    expect(performanceOf(trades, OPTIONS).pnlPessimistic).toBeNull();
  });

  test("a trade without profit ends a losing streak, in order of the end", () => {
    const trades = [
      aTrade({ window: 3, pnl: -1 }),
      aTrade({ window: 0, pnl: -1 }),
      aTrade({ window: 2, pnl: 0 }),
      aTrade({ window: 1, pnl: -1 }),
    ];
    expect(performanceOf(trades, OPTIONS).longestLosingStreak).toBe(2);
  });
});

/** So many minutes after the first window opened. */
function minute(minutes: number): number {
  return closeOf(0) - QUARTER_MS + minutes * 60_000;
}

describe("account", () => {
  const trades = [aTrade({ window: 0, paid: 30, pnl: 10 })];

  test("marks show the fall that the trade recovered from, and weigh by time", () => {
    const marks = [
      { atMs: minute(15), equity: dollars(110) },
      { atMs: minute(0), equity: dollars(100) },
      { atMs: minute(10), equity: dollars(80) },
    ];
    const { averageEquity, drawdown, turnover } = performanceOf(trades, { ...OPTIONS, marks });
    expect(drawdown).toEqual({
      amount: dollars(20),
      fraction: 0.2,
      peakMs: minute(0),
      troughMs: minute(10),
    });
    // Ten minutes at 100 and five at 80.
    expect(averageEquity).toBe(93_333_333);
    expect(turnover).toBeCloseTo(30 / 93.333_333, 9);
  });

  test("the first mark may already stand below the bankroll", () => {
    const marks = [{ atMs: minute(5), equity: dollars(95) }];
    const { averageEquity, drawdown } = performanceOf(trades, { ...OPTIONS, marks });
    expect(drawdown?.amount).toBe(dollars(5));
    expect(averageEquity).toBe(dollars(100));
  });

  test("an account without money has no turnover", () => {
    expect(performanceOf(trades, { ...OPTIONS, bankroll: dollars(0) }).turnover).toBeNull();
  });
});

describe("Sharpe ratio per day", () => {
  const DAY = 96;

  test("by hand: profits of three days are 3, 1 and -1", () => {
    const trades = [
      aTrade({ window: 10, pnl: 4 }),
      aTrade({ window: 20, pnl: -1 }),
      aTrade({ window: DAY + 10, pnl: 1 }),
      aTrade({ window: 2 * DAY + 10, pnl: -1 }),
    ];
    const { sharpe } = performanceOf(trades, OPTIONS);
    expect(sharpe).toMatchObject({ periods: 3, perPeriod: 0.5 });
    expect(sharpe?.annual).toBeCloseTo(0.5 * Math.sqrt(365), 12);
    expect(sharpe?.interval?.lower).toBeLessThan(sharpe?.annual ?? Number.NaN);
    expect(sharpe?.interval?.upper).toBeGreaterThan(sharpe?.annual ?? Number.NaN);
  });

  test("the window that closes at midnight belongs to the day that ends", () => {
    const midnight = DAY - 1;
    expect(closeOf(midnight) % 86_400_000).toBe(0);
    const trades = [aTrade({ window: 0, pnl: 1 }), aTrade({ window: midnight, pnl: 2 })];
    expect(performanceOf(trades, OPTIONS).sharpe).toBeNull();
  });

  test("a day that was watched without a trade earned nothing; one without a recording is none", () => {
    const trades = [aTrade({ window: 0, pnl: 2 }), aTrade({ window: 5 * DAY, pnl: 4 })];
    expect(performanceOf(trades, OPTIONS).sharpe?.periods).toBe(2);
    const marks = [0, 1, 5].map((day) => ({
      atMs: closeOf(day * DAY),
      equity: dollars(100),
    }));
    const { sharpe } = performanceOf(trades, { ...OPTIONS, marks });
    // 2, 0 and 4: mean 2, deviation 2.
    expect(sharpe).toMatchObject({ periods: 3, perPeriod: 1 });
  });

  test("a mark at midnight adds neither the day before nor the day after", () => {
    const trades = [aTrade({ window: 0, pnl: 2 }), aTrade({ window: DAY, pnl: 4 })];
    const marks = [0, 2].map((day) => ({ atMs: minute(day * 1_440), equity: dollars(100) }));
    expect(performanceOf(trades, { ...OPTIONS, marks }).sharpe?.periods).toBe(2);
  });
});

const anyTrades = fc.array(
  fc
    .record({
      window: fc.integer({ min: 0, max: 400 }),
      contracts: fc.integer({ min: 1, max: 50 }),
      cents: fc.integer({ min: 1, max: 99 }),
      won: fc.boolean(),
    })
    .map(({ cents, contracts, won, window }) => {
      const paid = (cents * contracts) / 100;
      const pnl = (won ? contracts : 0) - paid - 0.01;
      return aTrade({ window, contracts, paid, fees: 0.01, pnl, pessimistic: Math.min(pnl, 0) });
    }),
  { maxLength: 40 },
);

describe("any trades", () => {
  const small = { ...OPTIONS, B: 60 };

  test("never give NaN, infinity or undefined", () => {
    fc.assert(
      fc.property(anyTrades, (trades) => {
        expectFinite(performanceOf(trades, small));
      }),
      { numRuns: 60 },
    );
  });

  test("have bounds in order, and the same result in any order", () => {
    fc.assert(
      fc.property(anyTrades, (trades) => {
        const result = performanceOf(trades, small);
        const { perContract, pnl, winRate, winRateInterval } = result;
        expect(pnl).toBe(trades.reduce((sum, trade) => sum + trade.pnl, 0));
        if (perContract?.bounds) {
          expect(perContract.bounds.lower).toBeLessThanOrEqual(perContract.bounds.upper);
        }
        if (winRateInterval !== null && winRate !== null) {
          expect(winRate).toBeGreaterThanOrEqual(winRateInterval.lower - 1e-12);
          expect(winRate).toBeLessThanOrEqual(winRateInterval.upper + 1e-12);
        }
        const reversed = performanceOf(trades.toReversed(), small);
        expect(reversed.perContract).toEqual(perContract);
        expect(reversed.pnl).toBe(pnl);
        expect(reversed.drawdown).toEqual(result.drawdown);
      }),
      { numRuns: 60 },
    );
  });

  test("scale: a hundred times the contracts earn the same per contract", () => {
    fc.assert(
      fc.property(anyTrades, (trades) => {
        const large = trades.map((trade) => ({
          ...trade,
          qty: (trade.qty * 100) as typeof trade.qty,
          pnl: (trade.pnl * 100) as typeof trade.pnl,
        }));
        const { perContract } = performanceOf(trades, small);
        expect(performanceOf(large, small).perContract).toEqual(perContract);
      }),
      { numRuns: 40 },
    );
  });
});

function expectFinite(value: unknown): void {
  expect(value).toBeDefined();
  if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
  if (typeof value === "object" && value !== null) Object.values(value).forEach(expectFinite);
}
