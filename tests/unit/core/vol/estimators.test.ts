import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { DEFAULTS } from "../../../../src/config/defaults.ts";
import { configSchema } from "../../../../src/config/schema.ts";
import {
  createVolEstimator,
  type VolEstimator,
  type VolOptions,
} from "../../../../src/core/vol/estimator.ts";
import {
  VOL_ESTIMATORS,
  type VolEstimatorName,
} from "../../../../src/core/vol/estimators/registry.ts";
import { ewmaBars } from "../../../../src/core/vol/ewma.ts";
import { twoScaleRV } from "../../../../src/core/vol/noise.ts";
import { VarianceMemory } from "../../../../src/core/vol/variance-memory.ts";
import { meanSigma, simulatedTicks } from "../../../support/price-paths.ts";

/** A Wednesday, 12:00 UTC. */
const START_MS = 1_700_049_600_000;
const HOUR_MS = 3_600_000;
const THETA_S = -60 / Math.log(0.98);
const SIGMA = 0.6e-4;
const WARM_MS = START_MS + 3 * HOUR_MS;

const NAMES: readonly VolEstimatorName[] = [
  "blend",
  "cascade",
  "ewma",
  "realised",
  "two_scale",
  "bipower",
  "medrv",
];

function made(estimator: VolEstimatorName, options: Partial<VolOptions> = {}): VolEstimator {
  return createVolEstimator({ gridS: 5, diurnal: "off", estimator, ...options });
}

/** Prices that rise by the same factor every five seconds: every estimator sees the same return all the time. */
function climb(to: VolEstimator, run: { fromMs: number; steps: number; step: number }): void {
  const base = lastPrice.get(to) ?? 100;
  for (let i = 1; i <= run.steps; i++) {
    to.onPrice(base * Math.exp(i * run.step), run.fromMs + i * 5_000);
  }
  lastPrice.set(to, base * Math.exp(run.steps * run.step));
}
const lastPrice = new WeakMap<VolEstimator, number>();

function parsedModel(name: string): unknown {
  const model = { ...DEFAULTS.model, vol_estimator: name };
  return configSchema.parse({ ...DEFAULTS, model }).model;
}

test("the names of the configuration are those of the registry", () => {
  expect([...NAMES]).toEqual(Object.keys(VOL_ESTIMATORS));
  for (const name of NAMES) expect(parsedModel(name)).toMatchObject({ vol_estimator: name });
  expect(() => parsedModel("garch")).toThrow("vol_estimator");
});

describe("with irregular ticks", () => {
  test.each(NAMES)("%s comes to the volatility of a diffusion", (name) => {
    const ticks = simulatedTicks({ seed: 11, fromMs: START_MS, hours: 27, sigma: SIGMA });
    const ratio = meanSigma(made(name), ticks, WARM_MS) / SIGMA;
    // Grid returns of irregular ticks differ in length, which costs the two that compare neighbours 1 to 2 %.
    expect(Math.abs(ratio - 1)).toBeLessThan(name === "bipower" || name === "medrv" ? 0.04 : 0.03);
  });

  test.each(NAMES)("%s under bid-ask bounce: only two scales see through it", (name) => {
    const ticks = simulatedTicks({
      seed: 12,
      fromMs: START_MS,
      hours: 27,
      sigma: SIGMA,
      bounce: 1e-4,
    });
    const ratio = meanSigma(made(name), ticks, WARM_MS) / SIGMA;
    if (name === "two_scale") expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
    else expect(ratio).toBeGreaterThan(1.3);
  });

  test.each(NAMES)("%s with jumps: only bipower and medrv leave them out", (name) => {
    const jumps = { size: 60e-4, everyHours: 1.7 };
    const ticks = simulatedTicks({ seed: 13, fromMs: START_MS, hours: 51, sigma: SIGMA, jumps });
    const ratio = meanSigma(made(name), ticks, WARM_MS) / SIGMA;
    // Diffusion and jumps together: √(0.6² + 60²/6120) bp.
    const total = Math.sqrt(SIGMA ** 2 + jumps.size ** 2 / (jumps.everyHours * 3_600)) / SIGMA;
    if (name === "medrv") expect(Math.abs(ratio - 1)).toBeLessThan(0.04);
    // One jump stands in two products with ordinary neighbours, which is what is left of it.
    else if (name === "bipower") expect(Math.abs(ratio - 1.04)).toBeLessThan(0.04);
    else expect(Math.abs(ratio / total - 1)).toBeLessThan(0.12);
  });
});

describe("when volatility doubles", () => {
  const before = 6 * 720;
  /** Share of the way from the old to the new variance, `steps` of five seconds after the change. */
  function progress(name: VolEstimatorName, steps: number): number {
    const estimator = made(name);
    climb(estimator, { fromMs: START_MS, steps: before, step: 1e-4 });
    const old = estimator.sigma().sigma ** 2;
    climb(estimator, { fromMs: START_MS + before * 5_000, steps, step: 2e-4 });
    return (estimator.sigma().sigma ** 2 / old - 1) / 3;
  }

  test.each(["ewma", "two_scale", "bipower", "medrv"] as const)(
    "%s has gone 1 − 1/e of the way after its time constant",
    (name) => {
      expect(progress(name, Math.round(THETA_S / 5))).toBeCloseTo(1 - Math.exp(-1), 2);
    },
  );

  test("realised has gone half of the way after half of its window, and all after the whole", () => {
    expect(progress("realised", 360)).toBeCloseTo(0.5, 1);
    expect(progress("realised", 721)).toBeCloseTo(1, 10);
  });

  test("blend has gone as far as its two parts together", () => {
    const steps = 720;
    const fast = 1 - Math.exp((-steps * 5) / THETA_S);
    const slow = steps / (before + steps);
    const weight = (0.5 * (before + steps) * 5) / 86_400;
    expect(progress("blend", steps)).toBeCloseTo((1 - weight) * fast + weight * slow, 2);
  });

  test("cascade has gone as far as its three parts together", () => {
    const steps = 360;
    const [quick, fast] = [THETA_S / 3, THETA_S].map((theta) => 1 - Math.exp((-steps * 5) / theta));
    const slow = steps / (before + steps);
    const weight = ((before + steps) * 5) / 86_400 / 3;
    const expected = ((1 - weight) * ((quick ?? 0) + (fast ?? 0))) / 2 + weight * slow;
    expect(progress("cascade", steps)).toBeCloseTo(expected, 2);
  });

  test("a longer window or memory takes longer", () => {
    for (const [name, options] of [
      ["realised", { windowS: 7_200 }],
      ["ewma", { fastLambdaPerMinute: 0.99 }],
    ] as const) {
      const [short, long] = [made(name), made(name, options)];
      for (const each of [short, long]) {
        climb(each, { fromMs: START_MS, steps: before, step: 1e-4 });
        climb(each, { fromMs: START_MS + before * 5_000, steps: 200, step: 2e-4 });
      }
      expect(long.sigma().sigma).toBeLessThan(short.sigma().sigma * 0.97);
    }
  });
});

describe.each(NAMES)("%s", (name) => {
  const ticks = [...simulatedTicks({ seed: 5, fromMs: START_MS, hours: 2, sigma: SIGMA })];
  const endMs = START_MS + 2 * HOUR_MS;

  function fed(options: Partial<VolOptions> = {}): VolEstimator {
    const estimator = made(name, options);
    for (const { atMs, price } of ticks) estimator.onPrice(price, atMs);
    return estimator;
  }

  test("drops prices that are none and times that run backwards, and the last of one time rules", () => {
    const dirty = made(name);
    for (const { atMs, price } of ticks) {
      dirty.onPrice(price * 1.01, atMs);
      dirty.onPrice(price, atMs);
      for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) dirty.onPrice(wrong, atMs);
      for (const wrongMs of [atMs - 1, Number.NaN, Number.POSITIVE_INFINITY]) {
        dirty.onPrice(price * 2, wrongMs);
      }
    }
    expect(dirty.sigma()).toEqual(fed().sigma());
  });

  test("does not depend on when it is read", () => {
    const read = made(name);
    for (const { atMs, price } of ticks) {
      read.onPrice(price, atMs);
      read.sigma(60);
    }
    expect(read.sigma()).toEqual(fed().sigma());
  });

  test("ignores the move over a gap and stays a number afterwards, however long the gap", () => {
    // A price stands for ten seconds more, so that a gap begins at forty.
    for (const gapMs of [45_000, HOUR_MS, 26 * HOUR_MS, 400 * 24 * HOUR_MS]) {
      const [still, moved] = [fed(), fed()];
      for (const { atMs, price } of ticks.slice(0, 200)) {
        const laterMs = atMs - START_MS + endMs + gapMs;
        still.onPrice(price, laterMs);
        moved.onPrice(price * 3, laterMs);
        expect(still.sigma().sigma).toBeGreaterThan(0);
      }
      expect(moved.sigma().sigma / still.sigma().sigma).toBeCloseTo(1, 9);
      expect(still.sigma()).toMatchObject({ ready: true, flag: null });
      expect(Math.abs(still.sigma().sigma / SIGMA - 1)).toBeLessThan(0.35);
    }
  });

  test("warms up, is floored on a dead feed and capped on a mad one", () => {
    const [fresh, dead, mad] = [made(name), made(name), made(name)];
    expect(fresh.sigma()).toEqual({ sigma: Number.NaN, ready: false, flag: "warming" });
    for (let i = 0; i < 400; i++) dead.onPrice(100, START_MS + i * 1_000);
    expect(dead.sigma()).toEqual({ sigma: 0.15e-4, ready: true, flag: "floor" });
    const wild = simulatedTicks({ seed: 6, fromMs: START_MS, hours: 1, sigma: 25e-4 });
    for (const { atMs, price } of wild) mad.onPrice(price, atMs);
    expect(mad.sigma()).toEqual({ sigma: 10e-4, ready: true, flag: "cap" });
  });

  test("starts from minute candles, whichever end they come from", () => {
    const minutes = ticks
      .filter(
        ({ atMs }, i) =>
          Math.floor(atMs / 60_000) !== Math.floor((ticks[i + 1]?.atMs ?? 0) / 60_000),
      )
      .map(({ atMs, price }) => ({ openMs: Math.floor(atMs / 60_000) * 60_000, closeUsd: price }));
    const [forward, backward] = [made(name), made(name)];
    forward.seedFromCandles(minutes);
    for (const minute of minutes.toReversed()) backward.seedFromCandles([minute]);
    for (const each of [forward, backward]) {
      expect(each.sigma()).toMatchObject({ ready: true, flag: null });
      expect(Math.abs(each.sigma().sigma / SIGMA - 1)).toBeLessThan(0.3);
    }
  });

  test("a bad print that is taken back leaves next to no trace", () => {
    const spiked = made(name);
    for (const [i, { atMs, price }] of ticks.entries()) {
      spiked.onPrice(i > 5_000 && i < 5_005 ? price * 1.01 : price, atMs);
    }
    expect(spiked.sigma().sigma / fed().sigma().sigma).toBeCloseTo(1, 1);
  });

  test("the time of day moves it as it moves the others", () => {
    const season = { hourly: Array.from({ length: 24 }, (_, h) => (h === 14 ? 4 : 1)), weekend: 1 };
    const [on, off] = [fed({ diurnal: "on", season }), fed()];
    // The two hours from noon have factor 1, the hour that follows has 4.
    expect(on.sigma(3_600).sigma / off.sigma(3_600).sigma).toBeCloseTo(2, 2);
  });

  test("needs no more memory for more prices", () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    const heap = (): number => {
      if (typeof collect === "function") collect();
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    const estimator = made(name);
    const feed = (from: number, to: number): void => {
      for (let i = from; i < to; i++)
        estimator.onPrice(100 + (i % 7) * 0.001, START_MS + i * 5_000);
    };
    feed(0, 20_000);
    const before = heap();
    feed(20_000, 220_000);
    // An eight-byte number kept of each return would be 1.6 MB.
    expect(heap() - before).toBeLessThan(800_000);
    expect(estimator.sigma().sigma).toBeGreaterThan(0);
  });
});

test("ewma with 0.94 on a grid of a minute is the seed's estimator", () => {
  const seed = made("ewma", { gridS: 60, fastLambdaPerMinute: 0.94 });
  const prices = [...simulatedTicks({ seed: 8, fromMs: START_MS, hours: 20, sigma: 5e-4 })]
    .slice(0, 600)
    .map(({ price }) => price);
  for (const [i, price] of prices.entries()) seed.onPrice(price, START_MS + i * 60_000);
  const returns = prices
    .slice(1, -1)
    .map((price, i) => Math.log(price / (prices[i] ?? Number.NaN)));
  const variance = ewmaBars({ returns, dt: 60, lambda: 0.94 }).at(-1) ?? Number.NaN;
  expect(seed.sigma().sigma ** 2 / variance).toBeCloseTo(1, 10);
});

test("two_scale is the block estimator of the reference when it forgets nothing", () => {
  const streamed = made("two_scale", { fastLambdaPerMinute: 1 - 1e-9 });
  const path = { seed: 9, fromMs: START_MS, hours: 1, sigma: SIGMA, bounce: 1e-4 };
  const prices = [...simulatedTicks(path)].slice(0, 3_000).map(({ price }) => price);
  for (const [i, price] of prices.entries()) streamed.onPrice(price, START_MS + i * 5_000);
  const logPrices = prices.slice(0, -1).map((price) => Math.log(price));
  const block = twoScaleRV({ logPrices, K: 5 }) / ((logPrices.length - 1) * 5);
  expect(Math.abs(streamed.sigma().sigma ** 2 / block - 1)).toBeLessThan(0.01);
});

test("two_scale falls back on its slow scale when noise is all there is", () => {
  const estimator = made("two_scale");
  // A bounce of a period of five steps vanishes from the slow scale, a faster one leaves a negative difference.
  for (let i = 0; i < 2_000; i++) {
    estimator.onPrice(100 * (1 + 2e-4 * (i % 2)), START_MS + i * 5_000);
  }
  // Over five steps the price is always on the other side: (2 bp)² over 25 s.
  expect(estimator.sigma().sigma ** 2 / (4e-8 / 25)).toBeCloseTo(1, 2);
  expect(estimator.sigma().flag).toBeNull();
});

test.each(NAMES)("%s starts from the prior, all of it", (name) => {
  const estimator = made(name, { priorSigma: SIGMA });
  expect(estimator.sigma().sigma).toBeCloseTo(SIGMA, 12);
  // Half a minute of silence in the price weighs little against what was believed.
  for (let second = 0; second <= 31; second++) {
    estimator.onPrice(100_000, START_MS + second * 1000);
  }
  expect(estimator.sigma().sigma / SIGMA).toBeGreaterThan(0.93);
  expect(estimator.sigma().sigma / SIGMA).toBeLessThanOrEqual(1);
});

describe.each(["bipower", "medrv"] as const)("%s", (name) => {
  /** What returns of one basis point add that end then. */
  function added(endMs: readonly number[]): readonly number[] {
    const estimator = VOL_ESTIMATORS[name]();
    return endMs.map((at) => estimator.take(at, 1e-4, 5));
  }

  test("returns on both sides of a gap are no neighbours", () => {
    const warm = name === "bipower" ? 1 : 2;
    const steps = [5_000, 10_000, 15_000, 100_000, 105_000, 110_000];
    const isKnown = steps.map((_, i) => i % 3 >= warm);
    expect(added(steps).map((variance) => variance > 0)).toEqual(isKnown);
    // Candles may come newest first.
    expect(added(steps.toReversed()).map((variance) => variance > 0)).toEqual(isKnown);
  });
});

test("candles that are no prices leave no trace", () => {
  const [clean, spoilt] = [made("cascade"), made("cascade")];
  for (let minute = 0; minute < 60; minute++) {
    const candle = { openMs: START_MS + minute * 60_000, closeUsd: 100_000 + (minute % 7) };
    clean.seedFromCandles([candle]);
    spoilt.seedFromCandles([
      { openMs: Number.NaN, closeUsd: 100_000 },
      { openMs: START_MS - 60_000, closeUsd: Number.POSITIVE_INFINITY },
      { openMs: START_MS - 60_000, closeUsd: Number.NaN },
      candle,
    ]);
  }
  expect(clean.sigma().ready).toBe(true);
  expect(spoilt.sigma()).toEqual(clean.sigma());
});

test("there is no forecast over a time without end", () => {
  const estimator = made("cascade", { diurnal: "on", priorSigma: SIGMA });
  climb(estimator, { fromMs: START_MS, steps: 60, step: 1e-4 });
  expect(estimator.sigma().ready).toBe(true);
  for (const horizonS of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(estimator.sigma(horizonS)).toMatchObject({ sigma: Number.NaN, ready: false });
  }
});

test("the slow scale of two_scale fades over a gap like every memory", () => {
  const options = { fastLambdaPerMinute: 0.98, windowS: 3_600 };
  const estimator = VOL_ESTIMATORS.two_scale(options);
  for (let step = 1; step <= 600; step++) estimator.take(START_MS + step * 5_000, 1e-3, 5);
  // What was remembered of the difference of the scales: a positive day, and lately nothing but noise.
  const memory = new VarianceMemory(0.98);
  for (let minute = 1; minute <= 720; minute++) {
    const rate = minute <= 700 ? 1e-9 : -1e-8;
    memory.observe(START_MS + minute * 60_000, 60 * rate, 60);
  }
  expect(memory.fast).toBeLessThan(0);
  const before = estimator.value(memory);
  estimator.gap?.(START_MS + 3_600_000, THETA_S, memory);
  const after = estimator.value(memory);
  expect(before).toBeGreaterThan(100 * memory.longRun);
  expect(after).toBeLessThan(before / 2);
  expect(after).toBeGreaterThan(memory.longRun);
});
