import { describe, expect, test } from "vitest";
import {
  BAR_MS,
  barsOfMinutes,
  barsOfQuarters,
  fundingAt,
  MINUTE_MS,
  streaks,
} from "../../../../src/core/learn/bars.ts";
import { DIRECTION_LOOKBACK, directionRows } from "../../../../src/core/learn/direction-rows.ts";
import {
  MAGNITUDE_LOOKBACK,
  magnitudeRows,
  plainForecasts,
} from "../../../../src/core/learn/magnitude-rows.ts";
import { createVolEstimator } from "../../../../src/core/vol/estimator.ts";
import {
  CANDLES_FROM_MS,
  minutesOf,
  noisePlan,
  PRODUCTION,
  quartersOf,
} from "../../../support/candles.ts";

const MINUTES = minutesOf(1, 200, noisePlan);
const DAY_MS = 86_400_000;

describe("bars of minutes", () => {
  test("are what an exchange would call the fifteen-minute candle", () => {
    const bars = barsOfMinutes(MINUTES);
    expect(bars).toHaveLength(200);
    const [, second] = bars;
    const own = MINUTES.slice(15, 30);
    const before = MINUTES[14]?.closeUsd ?? Number.NaN;
    const closes = [before, ...own.map(({ closeUsd }) => closeUsd)];
    expect(second).toMatchObject({
      openMs: CANDLES_FROM_MS + BAR_MS,
      openUsd: own[0]?.openUsd,
      highUsd: Math.max(...own.map(({ highUsd }) => highUsd)),
      lowUsd: Math.min(...own.map(({ lowUsd }) => lowUsd)),
      closeUsd: own.at(-1)?.closeUsd,
    });
    expect(second?.volume).toBeCloseTo(
      own.reduce((sum, { volume }) => sum + volume, 0),
      9,
    );
    const squares = closes.slice(1).map((close, i) => Math.log(close / (closes[i] ?? 0)) ** 2);
    expect(second?.realized).toBeCloseTo(
      squares.reduce((sum, one) => sum + one, 0),
      15,
    );
  });

  test.each([
    ["the first minute", 0, 199],
    ["a minute in the middle", 100 * 15 + 7, 199],
    ["the last minute", 200 * 15 - 1, 199],
  ])("without %s its bar is left out and no other", (_, missing, count) => {
    const bars = barsOfMinutes(MINUTES.filter((__, i) => i !== missing));
    expect(bars).toHaveLength(count);
    const holeMs = CANDLES_FROM_MS + Math.floor(missing / 15) * BAR_MS;
    expect(bars.map(({ openMs }) => openMs)).not.toContain(holeMs);
  });

  test("nothing but whole minutes on the clock makes a bar", () => {
    const late = MINUTES.map((minute) => ({ ...minute, openMs: minute.openMs + 1_000 }));
    expect(barsOfMinutes(late)).toEqual([]);
    expect(barsOfMinutes(MINUTES.slice(0, 14))).toEqual([]);
    expect(barsOfMinutes([])).toEqual([]);
  });

  test("streaks count from the last hole", () => {
    const bars = barsOfQuarters(quartersOf(1, 8, noisePlan)).filter((_, i) => i !== 3);
    expect(streaks(bars)).toEqual([1, 2, 3, 1, 2, 3, 4]);
  });
});

/** Places of the bars that a row at `atMs` looks at: its look-back and the next bar. */
function span(atMs: number, lookback: number): number[] {
  const last = Math.round((atMs - CANDLES_FROM_MS) / BAR_MS) - 1;
  return Array.from({ length: lookback + 1 }, (_, k) => last + 1 - k);
}

describe("rows", () => {
  test("no direction row spans a hole, and without one every bar that can make a row does", () => {
    const whole = barsOfQuarters(quartersOf(1, 300, noisePlan));
    expect(directionRows(whole, []).rows).toHaveLength(300 - DIRECTION_LOOKBACK);
    const holes = [70, 71, 150, 299];
    const rows = directionRows(
      whole.filter((_, i) => !holes.includes(i)),
      [],
    ).rows;
    expect(rows).toHaveLength(70 + 78 + 148 - 3 * DIRECTION_LOOKBACK);
    for (const { atMs } of rows) {
      for (const place of span(atMs, DIRECTION_LOOKBACK)) {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(holes).not.toContain(place);
      }
    }
  });

  test("no magnitude row spans a hole", () => {
    const minutes = minutesOf(2, 400, noisePlan);
    const hole = 205 * 15 + 3;
    const { features, rows } = magnitudeRows(
      minutes.filter((_, i) => i !== hole),
      [],
      PRODUCTION,
    );
    expect(rows.length).toBeGreaterThan(150);
    for (const { atMs, blend, har, production, realized, x } of rows) {
      for (const place of span(atMs, MAGNITUDE_LOOKBACK)) expect(place).not.toBe(205);
      expect(x).toHaveLength(features.length);
      expect([...x, ...har, blend, production, realized].every(Number.isFinite)).toBe(true);
    }
  });

  test("a price that stands still has a smallest variance instead of the log of 0", () => {
    const still = MINUTES.map(({ openMs }) => {
      const usd = { openUsd: 100, highUsd: 100, lowUsd: 100, closeUsd: 100 };
      return { openMs, ...usd, volume: 1 };
    });
    const { rows } = magnitudeRows(still, [], PRODUCTION);
    expect(rows.length).toBeGreaterThan(50);
    for (const { blend, production, realized, x } of rows) {
      expect(x.every(Number.isFinite)).toBe(true);
      expect(blend).toBe(realized);
      expect(production).toBe(realized);
    }
  });

  test("bars in which nothing was traded make no row", () => {
    const silent = barsOfQuarters(quartersOf(1, 60, () => ({ sd: 0.001, volume: 0 })));
    expect(directionRows(silent, []).rows).toEqual([]);
  });

  test.each([
    ["a price next to nothing", { closeUsd: 5e-324, lowUsd: 5e-324 }],
    ["a price beyond all others", { closeUsd: 1e300, highUsd: 1e300 }],
    ["a volume beyond adding up", { volume: 1e308 }],
  ])("a row with a number that cannot be reckoned with is left out: %s", (_, broken) => {
    const minutes = minutesOf(8, 400, noisePlan);
    const odd = minutes.map((minute, i) =>
      i === 1_600 || i === 1_601 ? { ...minute, ...broken } : minute,
    );
    const direction = directionRows(barsOfMinutes(odd), []).rows;
    const magnitude = magnitudeRows(odd, [], PRODUCTION).rows;
    for (const { x } of [...direction, ...magnitude]) {
      expect(x.every((value) => Math.abs(value) < 1e100)).toBe(true);
    }
    const plain = directionRows(barsOfMinutes(minutes), []).rows;
    const all = plain.length + magnitudeRows(minutes, [], PRODUCTION).rows.length;
    expect(direction.length + magnitude.length).toBeLessThan(all);
    expect(direction.length + magnitude.length).toBeGreaterThan(all - 150);
    expect(magnitude.every(({ realized }) => realized > 0 && realized < 1e9)).toBe(true);
  });

  test("what comes later changes no row before it", () => {
    const { rows } = magnitudeRows(MINUTES, [], PRODUCTION);
    const shorter = magnitudeRows(MINUTES.slice(0, 150 * 15), [], PRODUCTION).rows;
    expect(rows.slice(0, shorter.length)).toEqual(shorter);
    const bars = barsOfMinutes(MINUTES);
    const early = directionRows(bars.slice(0, 100), []).rows;
    expect(directionRows(bars, []).rows.slice(0, early.length)).toEqual(early);
  });

  test.each(["blend", "cascade", "realised"] as const)(
    "the plain forecast is the production estimator's (%s)",
    (estimator) => {
      const forecasts = plainForecasts(MINUTES, { ...PRODUCTION, estimator });
      expect(forecasts.size).toBeGreaterThan(100);
      for (const [atMs, variance] of [...forecasts].filter((_, i) => i % 20 === 0)) {
        const production = createVolEstimator({ gridS: 5, estimator });
        const seen = MINUTES.filter(({ openMs }) => openMs + MINUTE_MS <= atMs);
        production.seedFromCandles(seen);
        // The estimator takes the time of day from its last price; the candles alone do not tell it.
        production.onPrice(seen.at(-1)?.closeUsd ?? 0, atMs);
        expect(Math.sqrt(variance / 900)).toBeCloseTo(production.sigma(900).sigma, 12);
      }
    },
  );

  test("a hole makes the plain forecast wait for a whole day", () => {
    const missing = 150 * 15;
    const forecasts = plainForecasts(
      MINUTES.filter((_, i) => i !== missing),
      PRODUCTION,
    );
    const holeMs = CANDLES_FROM_MS + 150 * BAR_MS;
    const after = [...forecasts.keys()].filter((ms) => ms > holeMs);
    for (const ms of after) expect(ms - holeMs).toBeGreaterThan(0.9 * DAY_MS);
  });
});

describe("funding", () => {
  const paid = [
    { atMs: 1_000, rate: 0.0001 },
    { atMs: 29_000_000, rate: 0.0002 },
  ];

  test("is the last payment, while that is not too old, and never one to come", () => {
    const times = [999, 1_000, 28_999_999, 29_000_000, 29_000_000 + 9 * 3_600_000 + 1];
    expect(fundingAt(paid, times)).toEqual([null, 0.0001, 0.0001, 0.0002, null]);
  });

  test("joins the features only when it is known for every row", () => {
    const bars = barsOfQuarters(quartersOf(1, 60, noisePlan));
    const every = Array.from({ length: 3 }, (_, k) => ({
      atMs: CANDLES_FROM_MS + k * 8 * 3_600_000,
      rate: k / 1e4,
    }));
    const joined = directionRows(bars, every);
    expect(joined.features.at(-1)).toBe("funding");
    expect(new Set(joined.rows.map(({ x }) => x.at(-1)))).toEqual(new Set([0, 1e-4]));
    const partly = directionRows(bars, every.slice(1));
    expect(partly.features).not.toContain("funding");
    expect(partly.rows).toHaveLength(joined.rows.length);
  });
});
