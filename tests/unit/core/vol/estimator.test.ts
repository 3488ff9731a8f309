import { describe, expect, test } from "vitest";
import { mulberry32 } from "../../../../src/core/rng.ts";
import {
  createVolEstimator,
  type VolEstimator,
  type VolOptions,
} from "../../../../src/core/vol/estimator.ts";
import { ewmaBars } from "../../../../src/core/vol/ewma.ts";
import { sampleGrid } from "../../../../src/core/vol/realized.ts";
import { diurnalFactor, diurnalMean, HOURLY_FACTORS } from "../../../../src/core/vol/seasonal.ts";

/** A Wednesday, 12:00 UTC. */
const START_MS = 1_700_049_600_000;
const MINUTE_MS = 60_000;

function estimator(options: Partial<VolOptions> = {}): VolEstimator {
  return createVolEstimator({ gridS: 5, ...options });
}

/** Log-normal walk with `sigma` per √second, one value a step. */
function walk(
  steps: number,
  { sigma, stepS = 1, seed = 7 }: { sigma: number; stepS?: number; seed?: number },
): number[] {
  const rng = mulberry32(seed);
  let log = Math.log(100_000);
  return Array.from({ length: steps }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
    log += sigma * Math.sqrt(stepS) * normal;
    return Math.exp(log);
  });
}

function feed(to: VolEstimator, prices: readonly number[], fromMs = START_MS): void {
  for (const [i, price] of prices.entries()) to.onPrice(price, fromMs + i * 1_000);
}

function candles(
  prices: readonly number[],
  fromMs: number,
): { openMs: number; closeUsd: number }[] {
  return prices.map((closeUsd, i) => ({ openMs: fromMs + i * MINUTE_MS, closeUsd }));
}

test("on a feed without gaps it is the bar estimator of the reference on the reference grid", () => {
  const prices = walk(1_800, { sigma: 0.6e-4 });
  const streamed = estimator({ estimator: "ewma" });
  feed(streamed, prices);
  const grid = sampleGrid({
    ts: prices.map((_, i) => START_MS / 1000 + i),
    px: prices,
    dt: 5,
    maxStale: null,
  }).prices.map(Number);
  // The grid point at the newest tick waits until nothing can replace that tick.
  const returns = grid.slice(1).map((price, i) => Math.log(price / (grid[i] ?? Number.NaN)));
  const variance = ewmaBars({ returns, dt: 5, lambda: 0.98 ** (5 / 60) }).at(-1) ?? Number.NaN;
  expect(streamed.sigma().sigma ** 2 / variance).toBeCloseTo(1, 10);
  expect(streamed.sigma()).toMatchObject({ ready: true, flag: null });
});

test("warming lasts 24 returns", () => {
  const warming = estimator();
  expect(warming.sigma()).toEqual({ sigma: Number.NaN, ready: false, flag: "warming" });
  const prices = walk(200, { sigma: 0.6e-4 });
  feed(warming, prices.slice(0, 121));
  expect(warming.sigma()).toMatchObject({ ready: false, flag: "warming" });
  expect(warming.sigma().sigma).toBeGreaterThan(0);
  feed(warming, prices.slice(121, 126), START_MS + 121_000);
  expect(warming.sigma()).toMatchObject({ ready: true, flag: null });
});

describe("gaps", () => {
  const prices = walk(600, { sigma: 0.6e-4 });

  test("a return over more than maxGap is ignored, whatever it is", () => {
    const quiet = estimator();
    const jumped = estimator();
    feed(quiet, prices);
    feed(jumped, prices);
    const last = prices.at(-1) ?? Number.NaN;
    for (const [to, factor] of [
      [quiet, 1],
      [jumped, 1.05],
    ] as const) {
      feed(
        to,
        prices.map((p) => (p / (prices[0] ?? 1)) * last * factor).slice(0, 60),
        START_MS + 660_000,
      );
    }
    expect(jumped.sigma().sigma).toBeCloseTo(quiet.sigma().sigma, 12);
  });

  test("a return over a shorter silence counts over the time it took", () => {
    const calm = estimator();
    feed(calm, prices);
    const before = calm.sigma().sigma;
    const last = prices.at(-1) ?? Number.NaN;
    feed(
      calm,
      Array.from({ length: 30 }, () => last * 1.0008),
      START_MS + 620_000,
    );
    expect(calm.sigma().sigma).toBeGreaterThan(before * 1.05);
  });

  test("a long silence does not cost time in proportion to its length", () => {
    const slow = estimator();
    feed(slow, prices);
    slow.onPrice(100_000, START_MS + 400 * 365 * 86_400_000);
    expect(slow.sigma().ready).toBe(true);
  });

  test("with an hour behind it, a silence fades the fast part towards the long run", () => {
    const busy = estimator();
    feed(busy, walk(7_200, { sigma: 0.5e-4 }));
    feed(busy, walk(1_200, { sigma: 1.5e-4, seed: 3 }), START_MS + 7_200_000);
    const before = busy.sigma().sigma;
    feed(busy, walk(12, { sigma: 0.5e-4 }), START_MS + 8_400_000 + 1_800_000);
    expect(busy.sigma().sigma).toBeLessThan(before * 0.95);
  });
});

describe("candles", () => {
  const closes = walk(300, { sigma: 0.6e-4, stepS: 60 });
  const minutes = candles(closes, START_MS - 300 * MINUTE_MS);

  test("start the estimate, and it is about right", () => {
    const seeded = estimator();
    seeded.seedFromCandles(minutes);
    expect(seeded.sigma()).toMatchObject({ ready: true, flag: null });
    expect(seeded.sigma().sigma / 0.6e-4).toBeCloseTo(1, 0);
  });

  test("may come one at a time and newest first", () => {
    const forward = estimator();
    forward.seedFromCandles(minutes);
    const backward = estimator();
    for (const minute of minutes.toReversed()) backward.seedFromCandles([minute]);
    expect(backward.sigma().sigma / forward.sigma().sigma).toBeCloseTo(1, 12);
  });

  test("may come after the first prices, as long as they are from before", () => {
    const late = estimator();
    const early = estimator();
    const prices = walk(300, { sigma: 0.6e-4, seed: 9 });
    early.seedFromCandles(minutes);
    feed(early, prices);
    feed(late, prices);
    late.seedFromCandles(minutes);
    expect(late.sigma().sigma / early.sigma().sigma).toBeCloseTo(1, 6);
  });

  test("of minutes that prices have covered are not counted again", () => {
    const both = estimator();
    feed(both, walk(300, { sigma: 0.6e-4 }));
    const before = both.sigma().sigma;
    both.seedFromCandles(candles([100_000, 120_000, 90_000], START_MS - MINUTE_MS));
    expect(both.sigma().sigma).toBe(before);
  });

  test("with holes, repeats or no price lose only the return they lack", () => {
    const holes = estimator();
    const broken = minutes.filter((_, i) => i !== 100);
    holes.seedFromCandles([...broken, ...minutes.slice(20, 30), { openMs: 0, closeUsd: 0 }]);
    const whole = estimator();
    whole.seedFromCandles(minutes);
    expect(holes.sigma().sigma / whole.sigma().sigma).toBeCloseTo(1, 1);
  });
});

test("a prior counts until data outweigh it", () => {
  const believing = estimator({ priorSigma: 0.9e-4 });
  expect(believing.sigma()).toEqual({ sigma: 0.9e-4, ready: false, flag: "warming" });
  feed(believing, walk(6_000, { sigma: 0.5e-4 }));
  expect(believing.sigma().sigma).toBeLessThan(0.56e-4);
});

test.each([
  ["blend", 0.5],
  ["cascade", 1 / 3],
] as const)("after a day the slow part of %s has its whole weight", (name, weight) => {
  const day = estimator({ estimator: name, diurnal: "off" });
  day.seedFromCandles(
    candles(walk(1_441, { sigma: 1e-4, stepS: 60 }), START_MS - 1_441 * MINUTE_MS),
  );
  const before = day.sigma().sigma ** 2;
  // Four hours of stillness wipe the fast parts out (e^-4.8) and replace a sixth of the slow one.
  feed(
    day,
    Array.from({ length: 4 * 3_600 }, () => 100_000),
  );
  const left = day.sigma().sigma ** 2 / before / weight;
  expect(left).toBeGreaterThan(0.7);
  expect(left).toBeLessThan(1);
});

test("what is older than a day is forgotten", () => {
  const days = estimator({ diurnal: "off" });
  days.seedFromCandles(
    candles(walk(1_440, { sigma: 5e-4, stepS: 60 }), START_MS - 4_320 * MINUTE_MS),
  );
  days.seedFromCandles(
    candles(walk(2_880, { sigma: 0.5e-4, stepS: 60 }), START_MS - 2_880 * MINUTE_MS),
  );
  expect(days.sigma().sigma).toBeLessThan(0.6e-4);
});

describe("limits", () => {
  test("a dead feed is floored and flagged", () => {
    const dead = estimator();
    feed(
      dead,
      Array.from({ length: 200 }, () => 100_000),
    );
    expect(dead.sigma()).toEqual({ sigma: 0.15e-4, ready: true, flag: "floor" });
  });

  test("madness is capped and flagged", () => {
    const mad = estimator();
    feed(mad, walk(400, { sigma: 20e-4 }));
    expect(mad.sigma()).toEqual({ sigma: 10e-4, ready: true, flag: "cap" });
  });
});

describe("bad prints", () => {
  const prices = walk(900, { sigma: 0.6e-4 });

  test("a jump that is taken back leaves no trace, one that stays counts", () => {
    const clean = estimator();
    feed(clean, prices);
    const spiked = estimator();
    feed(
      spiked,
      prices.map((p, i) => (i > 601 && i < 606 ? p * 1.01 : p)),
    );
    const moved = estimator();
    feed(
      moved,
      prices.map((p, i) => (i > 601 ? p * 1.01 : p)),
    );
    expect(spiked.sigma().sigma / clean.sigma().sigma).toBeCloseTo(1, 1);
    expect(moved.sigma().sigma).toBeGreaterThan(clean.sigma().sigma * 1.5);
  });

  test("a jump right before a gap counts", () => {
    const jump = (1.01 * (prices.at(-1) ?? 1)) / 1;
    const calm = estimator();
    feed(calm, prices);
    const before = calm.sigma().sigma;
    feed(calm, [jump, jump, jump, jump, jump, jump], START_MS + 900_000);
    calm.onPrice(jump, START_MS + 2_000_000);
    calm.onPrice(jump, START_MS + 2_010_000);
    expect(calm.sigma().sigma).toBeGreaterThan(before * 1.5);
  });
});

test("prices that are none, or older than the newest, change nothing; one of the same time replaces", () => {
  const clean = estimator();
  const dirty = estimator();
  const prices = walk(300, { sigma: 0.6e-4 });
  for (const [i, price] of prices.entries()) {
    const atMs = START_MS + i * 1_000;
    clean.onPrice(price, atMs);
    dirty.onPrice(price * 1.1, atMs);
    dirty.onPrice(price, atMs);
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) dirty.onPrice(wrong, atMs);
    dirty.onPrice(1, atMs - 500);
    dirty.onPrice(1, Number.NaN);
  }
  expect(dirty.sigma()).toEqual(clean.sigma());
});

test("the same answer is given until something changes it", () => {
  const steady = estimator();
  feed(steady, walk(300, { sigma: 0.6e-4 }));
  expect(steady.sigma()).toBe(steady.sigma());
  expect(steady.sigma(60)).toBe(steady.sigma(60));
});

describe("time of day", () => {
  test("hours have their factor, weekends less of it", () => {
    const hour = 3_600_000;
    expect(diurnalFactor(START_MS + 3 * hour)).toBe(HOURLY_FACTORS[15]);
    expect(diurnalFactor(Date.UTC(2026, 6, 25, 15))).toBeCloseTo(
      (HOURLY_FACTORS[15] ?? 0) * 0.7,
      12,
    );
    expect(diurnalFactor(Date.UTC(2026, 6, 27, 15))).toBe(HOURLY_FACTORS[15]);
    expect(diurnalMean(START_MS, 0)).toBe(HOURLY_FACTORS[12]);
    expect(diurnalMean(START_MS + hour / 2, 3_600)).toBeCloseTo((0.97 + 1.19) / 2, 12);
  });

  test("factors move the forecast when they are on, and on their own only after a whole day", () => {
    const on = estimator({ diurnal: "on" });
    const auto = estimator();
    const off = estimator({ diurnal: "off" });
    const prices = walk(1_200, { sigma: 0.6e-4 });
    for (const each of [on, auto, off]) feed(each, prices);
    expect(auto.sigma()).toEqual(off.sigma());
    expect(on.sigma(4 * 3_600).sigma / off.sigma().sigma).toBeCloseTo(
      Math.sqrt(diurnalMean(START_MS + 1_199_000, 4 * 3_600) / 0.97),
      6,
    );
    const dayLong = estimator();
    dayLong.seedFromCandles(
      candles(walk(1_440, { sigma: 0.6e-4, stepS: 60 }), START_MS - 1_440 * MINUTE_MS),
    );
    feed(dayLong, prices.slice(0, 2));
    expect(dayLong.sigma(3 * 3_600).sigma).toBeGreaterThan(dayLong.sigma(900).sigma * 1.05);
  });
});
