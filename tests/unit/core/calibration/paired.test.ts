import { describe, expect, test } from "vitest";
import {
  clusterBootstrap,
  ratioBootstrap,
  stationaryBootstrapIndices,
} from "../../../../src/core/calibration/bootstrap.ts";
import { dieboldMariano } from "../../../../src/core/calibration/diebold-mariano.ts";
import { clusterMean } from "../../../../src/core/calibration/intervals.ts";
import { quantile } from "../../../../src/core/calibration/quantile.ts";
import { jonckheereTerpstra, spearman } from "../../../../src/core/calibration/ranks.ts";
import { encompassing, evCalibrationSlope } from "../../../../src/core/calibration/regression.ts";
import { mulberry32, type Rng } from "../../../../src/core/rng.ts";

/** Roughly normal: the sum of twelve uniforms less six. */
function noise(rng: Rng): number {
  let sum = -6;
  for (let k = 0; k < 12; k++) sum += rng.next();
  return sum;
}

/** Rows in settlements of one to five, each with a shock of its own. */
function rows(rng: Rng, settlements: number, mean = 0): { d: number[]; cluster: string[] } {
  const d: number[] = [];
  const cluster: string[] = [];
  for (let g = 0; g < settlements; g++) {
    const shock = noise(rng);
    for (let k = 0; k <= Math.floor(rng.next() * 5); k++) {
      d.push(mean + shock + 0.2 * noise(rng));
      cluster.push(`w${g}`);
    }
  }
  return { d, cluster };
}

describe("bootstrap of settlements", () => {
  const options = { B: 400, seed: 3, alpha: 0.1 };

  test("gathering the rows of each resample gives the same means", () => {
    const data = rows(mulberry32(1), 40);
    const members = new Map<string, number[]>();
    for (const [i, key] of data.cluster.entries()) {
      members.set(key, [...(members.get(key) ?? []), data.d[i] ?? Number.NaN]);
    }
    const groups = [...members.values()];
    const rng = mulberry32(options.seed);
    const means = Array.from({ length: options.B }, () => {
      const drawn = groups.flatMap(() => groups[Math.floor(rng.next() * groups.length)] ?? []);
      return drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    });
    const result = clusterBootstrap({ ...data, ...options });
    for (const [b, value] of means.entries()) expect(result?.means[b]).toBeCloseTo(value, 12);
    const sorted = means.toSorted((a, b) => a - b);
    expect(result?.lower).toBeCloseTo(quantile(sorted, 0.05), 12);
    expect(result?.upper).toBeCloseTo(quantile(sorted, 0.95), 12);
  });

  test("the order of rows within and between columns of one settlement does not matter", () => {
    const { d, cluster } = rows(mulberry32(2), 30);
    const order = d
      .map((_, i) => i)
      .toSorted((a, b) => (cluster[a] === cluster[b] ? b - a : a - b));
    const again = clusterBootstrap({
      d: order.map((i) => d[i] ?? Number.NaN),
      cluster: order.map((i) => cluster[i] ?? ""),
      ...options,
    });
    const first = clusterBootstrap({ d, cluster, ...options });
    expect(again?.lower).toBeCloseTo(first?.lower ?? Number.NaN, 12);
  });

  test("covers the true mean about as often as it says", () => {
    let covered = 0;
    for (let n = 0; n < 200; n++) {
      const interval = clusterBootstrap({ ...rows(mulberry32(100 + n), 60, 0.3), ...options });
      if (interval !== null && interval.lower <= 0.3 && interval.upper >= 0.3) covered++;
    }
    expect(covered).toBeGreaterThan(165);
    expect(covered).toBeLessThan(195);
  });

  test("a clear gain has the smallest p-value, a clear loss the largest", () => {
    const cluster = [1, 2, 3];
    expect(clusterBootstrap({ d: [1, 2, 3], cluster, ...options })?.pOneSided).toBe(1 / 401);
    expect(clusterBootstrap({ d: [-1, -2, -3], cluster, ...options })?.pOneSided).toBe(1);
  });

  test("blocks widen the interval of settlements that follow each other", () => {
    const rng = mulberry32(5);
    let level = 0;
    const d = Array.from({ length: 400 }, () => (level = 0.9 * level + noise(rng)));
    const cluster = d.map((_, i) => i);
    const alone = clusterBootstrap({ d, cluster, ...options });
    const blocks = clusterBootstrap({ d, cluster, ...options, meanLength: 40 });
    const width = (of: typeof alone): number => (of?.upper ?? 0) - (of?.lower ?? 0);
    expect(width(blocks)).toBeGreaterThan(1.8 * width(alone));
  });

  test("a ratio of sums weighs settlements by their size", () => {
    const sums = Float64Array.of(1, 6);
    const sizes = Float64Array.of(1, 3);
    const result = ratioBootstrap({ sums, sizes }, options);
    // Draws of (1, 1), (1, 3) in either order and (3, 3): 1, 7/4 and 2.
    expect(new Set(result?.means)).toEqual(new Set([1, 1.75, 2]));
    expect(result).toMatchObject({ lower: 1, upper: 2, pOneSided: 1 / 401 });
    expect(() => ratioBootstrap({ sums, sizes: Float64Array.of(1, 0) }, options)).toThrow("sizes");
    expect(() => ratioBootstrap({ sums, sizes: Float64Array.of(1) }, options)).toThrow(
      "equally long",
    );
  });

  test("has nothing to say of one settlement", () => {
    expect(clusterBootstrap({ d: [1, 2], cluster: ["a", "a"], ...options })).toBeNull();
    expect(clusterBootstrap({ d: [], cluster: [], ...options })).toBeNull();
  });

  const good = { d: [1, 2], cluster: [1, 2], ...options };
  test.each([
    ["no resamples", { ...good, B: 0 }],
    ["a confidence of 1", { ...good, alpha: 0 }],
    ["a row that is no number", { ...good, d: [1, Number.NaN] }],
    ["columns of unequal length", { ...good, cluster: [1] }],
    ["blocks of nothing", { ...good, meanLength: 0 }],
  ])("refuses %s", (_, input) => {
    expect(() => clusterBootstrap(input)).toThrow(RangeError);
  });
});

describe("stationary bootstrap", () => {
  test("blocks have the stated mean length and every place is as likely", () => {
    const T = 50;
    const counts = new Float64Array(T);
    let breaks = 0;
    let steps = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const places = stationaryBootstrapIndices({ T, meanLength: 5, seed });
      for (const [k, place] of places.entries()) {
        counts[place] = (counts[place] ?? 0) + 1;
        if (k === 0) continue;
        steps++;
        if (place !== ((places[k - 1] ?? 0) + 1) % T) breaks++;
      }
    }
    // A new block starts next to the old one by chance once in T.
    expect(breaks / steps).toBeCloseTo((1 / 5) * (1 - 1 / T), 1);
    expect(Math.min(...counts)).toBeGreaterThan(300);
    expect(Math.max(...counts)).toBeLessThan(500);
  });

  test.each([
    ["no time", { T: 0, meanLength: 2, seed: 1 }],
    ["half a time", { T: 1.5, meanLength: 2, seed: 1 }],
    ["blocks below one", { T: 5, meanLength: 0.5, seed: 1 }],
    ["endless blocks", { T: 5, meanLength: Number.POSITIVE_INFINITY, seed: 1 }],
  ])("refuses %s", (_, input) => {
    expect(() => stationaryBootstrapIndices(input)).toThrow(RangeError);
  });
});

describe("Diebold and Mariano", () => {
  const rng = mulberry32(6);
  const d = Array.from({ length: 120 }, () => 0.1 + noise(rng));

  test("without lags is the plain t of the mean, with the population variance", () => {
    const plain = clusterMean({ d, cluster: d.map((_, i) => i) });
    const result = dieboldMariano({ d, lag: 0 });
    expect(result?.se).toBeCloseTo(plain.se * Math.sqrt(119 / 120), 12);
    expect(result?.hlnStat).toBeCloseTo((result?.stat ?? 0) * Math.sqrt(119 / 120), 12);
  });

  test("swapping the models turns the sign and nothing else", () => {
    const there = dieboldMariano({ d, lag: null });
    const back = dieboldMariano({ d: d.map((value) => -value), lag: null });
    expect(back?.stat).toBeCloseTo(-(there?.stat ?? Number.NaN), 12);
    expect(back?.pHln).toBeCloseTo(there?.pHln ?? Number.NaN, 12);
    expect(there?.pHln).toBeGreaterThan(there?.pNormal ?? 1);
  });

  test("sees that a series which follows itself says less", () => {
    let level = 0;
    const slow = d.map((value) => (level = 0.8 * level + value));
    const error = (lag: number): number => dieboldMariano({ d: slow, lag })?.se ?? Number.NaN;
    expect(error(8)).toBeGreaterThan(1.5 * error(0));
  });

  test("a lag beyond the series is cut", () => {
    expect(dieboldMariano({ d: [1, 2, 4], lag: 10 })?.lag).toBe(2);
  });

  test.each([
    ["one settlement", [1]],
    ["no settlement", []],
    ["a series that never varies", [0.1, 0.1, 0.1]],
  ])("has nothing to say of %s", (_, series) => {
    expect(dieboldMariano({ d: series, lag: null })).toBeNull();
  });

  test("refuses a negative lag and rows that are no numbers", () => {
    expect(() => dieboldMariano({ d, lag: -1 })).toThrow(RangeError);
    expect(() => dieboldMariano({ d: [1, Number.NaN], lag: 0 })).toThrow(RangeError);
  });
});

/** Settlements whose true chance lies `theta` of the way from market to model. */
function market(rng: Rng, settlements: number, theta: number) {
  const q = Array.from({ length: settlements }, () => 0.2 + 0.6 * rng.next());
  const p = q.map((chance) => Math.min(0.99, Math.max(0.01, chance + 0.3 * (rng.next() - 0.5))));
  const y = q.map((chance, i): 0 | 1 =>
    rng.next() < chance + theta * ((p[i] ?? 0) - chance) ? 1 : 0,
  );
  return { p, q, y, cluster: q.map((_, i) => i) };
}

describe("encompassing regression", () => {
  test.each([0, 0.5, 1])("finds theta %d within three standard errors", (theta) => {
    const result = encompassing(market(mulberry32(7), 5_000, theta));
    expect(Math.abs((result?.theta ?? 9) - theta)).toBeLessThan(3 * (result?.se ?? 0));
    expect((result?.pOneSided ?? 1) < 1e-3).toBe(theta > 0);
  });

  test("repeating rows within a settlement teaches nothing", () => {
    const { p, q, y, cluster } = market(mulberry32(8), 200, 0.7);
    const once = encompassing({ p, q, y, cluster });
    const twice = encompassing({
      p: [...p, ...p],
      q: [...q, ...q],
      y: [...y, ...y],
      cluster: [...cluster, ...cluster],
    });
    expect(twice?.theta).toBeCloseTo(once?.theta ?? Number.NaN, 12);
    expect(twice?.se).toBeCloseTo(once?.se ?? Number.NaN, 12);
    expect(twice?.df).toBe(199);
  });

  test("the p-value is one-sided: a model worse than the market never passes", () => {
    const { p, q, y, cluster } = market(mulberry32(9), 500, 0);
    const wrong = encompassing({
      p: p.map((chance, i) =>
        Math.min(1, Math.max(0, 2 * (q[i] ?? 0) - (y[i] ?? 0) * 0.2 - chance)),
      ),
      q,
      y,
      cluster,
    });
    expect(wrong?.t).toBeLessThan(0);
    expect(wrong?.pOneSided).toBeGreaterThan(0.5);
  });

  test.each([
    ["a model that repeats the market", { p: [0.5, 0.4], q: [0.5, 0.4], cluster: [1, 2] }],
    ["one settlement", { p: [0.5, 0.4], q: [0.4, 0.5], cluster: [1, 1] }],
    ["a model that was right to the last digit", { p: [1, 0], q: [0.5, 0.5], cluster: [1, 2] }],
  ])("has nothing to say of %s", (_, input) => {
    expect(encompassing({ ...input, y: [1, 0] })).toBeNull();
  });

  test("refuses bad rows", () => {
    const good = { p: [0.5], q: [0.5], y: [1] as (0 | 1)[], cluster: [1] };
    expect(() => encompassing({ ...good, p: [1.2] })).toThrow(RangeError);
    expect(() => encompassing({ ...good, y: [0.5] as unknown as (0 | 1)[] })).toThrow(RangeError);
    expect(() => encompassing({ ...good, q: [Number.NaN] })).toThrow(RangeError);
    expect(() => encompassing({ ...good, cluster: [1, 2] })).toThrow(RangeError);
  });
});

describe("profit on predicted value", () => {
  test("finds a line exactly where there is no noise", () => {
    const ev = [0.01, 0.02, 0.05, -0.03];
    const pnl = ev.map((value) => 0.004 + 0.7 * value);
    const line = evCalibrationSlope({ ev, pnl, cluster: [1, 2, 3, 4] });
    expect(line?.intercept).toBeCloseTo(0.004, 12);
    expect(line?.slope).toBeCloseTo(0.7, 12);
    expect(line?.seSlope).toBeCloseTo(0, 10);
  });

  test("covers the true slope about as often as two standard errors should", () => {
    let covered = 0;
    for (let n = 0; n < 200; n++) {
      const rng = mulberry32(200 + n);
      const ev = Array.from({ length: 80 }, () => 0.1 * rng.next());
      const pnl = ev.map((value) => value + noise(rng));
      const line = evCalibrationSlope({ ev, pnl, cluster: ev.map((_, i) => i) });
      if (Math.abs((line?.slope ?? 99) - 1) < 2 * (line?.seSlope ?? 0)) covered++;
    }
    expect(covered).toBeGreaterThan(180);
    expect(covered).toBeLessThan(200);
  });

  test.each([
    ["a prediction that never varies", [0.1, 0.1, 0.1], [1, 2, 3]],
    ["one settlement", [0.1, 0.2, 0.3], [1, 1, 1]],
    ["two rows", [0.1, 0.2], [1, 2]],
  ])("has nothing to say of %s", (_, ev, cluster) => {
    expect(evCalibrationSlope({ ev, pnl: ev.map((value, i) => value * i), cluster })).toBeNull();
  });
});

describe("ranks", () => {
  test("Spearman sees any rising relation as 1 and any falling one as −1", () => {
    const rng = mulberry32(10);
    const x = Array.from({ length: 50 }, () => rng.next() - 0.5);
    expect(spearman({ x, y: x.map((value) => value ** 3) })).toBeCloseTo(1, 12);
    expect(spearman({ x, y: x.map((value) => -Math.exp(value)) })).toBeCloseTo(-1, 12);
  });

  test("Spearman has nothing to say of a column that never varies", () => {
    expect(spearman({ x: [1, 2, 3], y: [5, 5, 5] })).toBeNull();
    expect(spearman({ x: [], y: [] })).toBeNull();
    expect(() => spearman({ x: [1], y: [1, 2] })).toThrow(RangeError);
    expect(() => spearman({ x: [1, Number.NaN], y: [1, 2] })).toThrow(RangeError);
  });

  test("Jonckheere counts the pairs of different groups", () => {
    const rng = mulberry32(11);
    const groups = [7, 0, 5, 9].map((size) =>
      Array.from({ length: size }, () => Math.floor(rng.next() * 6)),
    );
    let pairs = 0;
    for (const [i, low] of groups.entries()) {
      for (const high of groups.slice(i + 1)) {
        for (const a of low) for (const b of high) pairs += a < b ? 1 : a === b ? 0.5 : 0;
      }
    }
    expect(jonckheereTerpstra({ groups })?.J).toBe(pairs);
  });

  test("Jonckheere's mean and variance are those of all ways to deal the values out", () => {
    const values = [1, 1, 2, 3, 3];
    const counts: number[] = [];
    for (let code = 0; code < 3 ** values.length; code++) {
      const groups: number[][] = [[], [], []];
      for (const [k, value] of values.entries()) {
        groups[Math.floor(code / 3 ** k) % 3]?.push(value);
      }
      if (groups.map((group) => group.length).join() !== "2,1,2") continue;
      counts.push(jonckheereTerpstra({ groups })?.J ?? Number.NaN);
    }
    const mean = counts.reduce((sum, J) => sum + J, 0) / counts.length;
    const variance = counts.reduce((sum, J) => sum + (J - mean) ** 2, 0) / counts.length;
    const result = jonckheereTerpstra({ groups: [[1, 1], [2], [3, 3]] });
    expect(counts).toHaveLength(30);
    expect(result?.mean).toBeCloseTo(mean, 12);
    expect(result?.var).toBeCloseTo(variance, 12);
  });

  test("Jonckheere turns its sign with the order of the groups", () => {
    const groups = [
      [1, 4, 2],
      [3, 5],
      [4, 6, 7],
    ];
    const up = jonckheereTerpstra({ groups });
    const down = jonckheereTerpstra({ groups: groups.toReversed() });
    expect(down?.z).toBeCloseTo(-(up?.z ?? Number.NaN), 12);
    expect((up?.pOneSided ?? 0) + (down?.pOneSided ?? 0)).toBeCloseTo(1, 12);
  });

  test.each([
    ["no groups", []],
    ["one group", [[1, 2, 3]]],
    ["one group with values", [[1, 2, 3], []]],
    ["equal values", [[1, 1], [1]]],
  ])("Jonckheere has nothing to say of %s", (_, groups) => {
    expect(jonckheereTerpstra({ groups })).toBeNull();
  });
});

describe("quantile", () => {
  test.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [1, 4],
  ])("%d of 1, 2, 3, 4 is %d", (share, value) => {
    expect(quantile([1, 2, 3, 4], share)).toBe(value);
  });

  test("refuses nothing and shares out of range", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
    expect(() => quantile([1], 1.5)).toThrow(RangeError);
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });
});
