import { describe, expect, test } from "vitest";
import {
  ebConfidenceSequence,
  gammaExponentialLogMixture,
  gridConfidenceSequence,
  gridEProcess,
  intersected,
} from "../../../../src/core/calibration/confidence-sequence.ts";
import { bettingEProcess, lrEProcess } from "../../../../src/core/calibration/e-process.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

const THETAS = [0.1, 0.25, 0.5, 0.75, 1];
const BOUNDS = { lo: -1, hi: 1 };

/** All sequences of so many outcomes. */
function allOutcomes(count: number): (0 | 1)[][] {
  return Array.from({ length: 2 ** count }, (_, code) =>
    Array.from({ length: count }, (_bit, k): 0 | 1 => (((code >> k) & 1) === 1 ? 1 : 0)),
  );
}

/** Score differences of a fair game with long tails. */
function fairGame(seed: number, count: number, mean = 0): number[] {
  const rng = mulberry32(seed);
  return Array.from({ length: count }, () => {
    const size = 0.3 * rng.next() ** 2;
    return mean + (rng.next() < 0.5 ? size : -size);
  });
}

describe("likelihood ratio against the market", () => {
  const q = [0.3, 0.5, 0.62, 0.9, 0.05, 0.41];
  const p = [0.4, 0.45, 0.7, 0.99, 0.06, 0.41];

  test("is worth exactly 1 on average at every time when the market is right", () => {
    const means = new Float64Array(q.length);
    for (const y of allOutcomes(q.length)) {
      const chance = y.reduce<number>(
        (product, outcome, i) => product * (outcome === 1 ? (q[i] ?? 0) : 1 - (q[i] ?? 0)),
        1,
      );
      for (const [i, logE] of lrEProcess({ p, q, y, thetas: THETAS }).entries()) {
        means[i] = (means[i] ?? 0) + chance * Math.exp(logE);
      }
    }
    for (const mean of means) expect(mean).toBeCloseTo(1, 12);
  });

  test("stays at 1 where the model repeats the market", () => {
    expect([...lrEProcess({ p: q, q, y: [1, 0, 1, 1, 0, 0], thetas: THETAS })]).toEqual(
      q.map(() => 0),
    );
  });

  test("one certain and wrong forecast does not ruin it", () => {
    const [logE] = lrEProcess({ p: [1], q: [0.5], y: [0], thetas: [1] });
    expect(logE).toBeCloseTo(Math.log(0.002), 12);
    expect(Number.isFinite(lrEProcess({ p: [0.5], q: [0], y: [1], thetas: [1] })[0])).toBe(true);
  });

  test("what happens later does not change what was said", () => {
    const y = [1, 0, 1, 1, 0, 0] as (0 | 1)[];
    const whole = lrEProcess({ p, q, y, thetas: THETAS });
    const part = lrEProcess({
      p: p.slice(0, 4),
      q: q.slice(0, 4),
      y: y.slice(0, 4),
      thetas: THETAS,
    });
    expect(part).toEqual(whole.slice(0, 4));
  });

  test.each([
    ["no thetas", { p: [], q: [], y: [], thetas: [] }],
    ["an outcome that is neither", { p: [0.5], q: [0.5], y: [2 as 0 | 1], thetas: THETAS }],
    ["columns of unequal length", { p, q, y: [], thetas: THETAS }],
    ["a chance that is no number", { p: [Number.NaN], q: [0.5], y: [], thetas: THETAS }],
    ["a theta above 1", { p: [], q: [], y: [], thetas: [1.5] }],
  ])("refuses %s", (_, input) => {
    expect(() => lrEProcess(input)).toThrow(RangeError);
  });
});

describe("a gambler's wealth", () => {
  test("is 1 on average at every time in a fair game", () => {
    const count = 10;
    const games = allOutcomes(count);
    const means = new Float64Array(count);
    for (const game of games) {
      const d = game.map((outcome) => (outcome === 1 ? 0.8 : -0.8));
      for (const [i, logWealth] of bettingEProcess({ d }).entries()) {
        means[i] = (means[i] ?? 0) + Math.exp(logWealth) / games.length;
      }
    }
    for (const mean of means) expect(mean).toBeCloseTo(1, 12);
  });

  test("grows with a gain and never bets on a loss", () => {
    expect(bettingEProcess({ d: fairGame(1, 400, 0.1) }).at(-1)).toBeGreaterThan(Math.log(20));
    const losing = bettingEProcess({ d: Array.from({ length: 50 }, () => -0.5) });
    expect([...losing]).toEqual(Array.from({ length: 50 }, () => 0));
  });

  test("refuses what lies outside its bounds", () => {
    expect(() => bettingEProcess({ d: [0.5, 1.5] })).toThrow("d[1]");
    expect(() => bettingEProcess({ d: [Number.NaN] })).toThrow(RangeError);
  });
});

describe("mixture of bets", () => {
  test("is worth at most 1 on average at every time in a fair game", () => {
    const count = 10;
    const games = allOutcomes(count);
    const means = new Float64Array(count);
    for (const game of games) {
      const d = game.map((outcome) => (outcome === 1 ? 0.8 : -0.8));
      for (const [i, logE] of gridEProcess({ d, ...BOUNDS }).entries()) {
        means[i] = (means[i] ?? 0) + Math.exp(logE) / games.length;
      }
    }
    for (const mean of means) expect(mean).toBeLessThanOrEqual(1 + 1e-12);
  });

  test("looked at after every settlement, fair games reach 20 in less than one of twenty", () => {
    let reached = 0;
    for (let seed = 1; seed <= 300; seed++) {
      if (Math.max(...gridEProcess({ d: fairGame(seed, 300), ...BOUNDS })) >= Math.log(20))
        reached++;
    }
    expect(reached).toBeLessThanOrEqual(15);
  });
});

describe("gamma-exponential mixture", () => {
  test("is at 1 where nothing was seen, and rises with the sum", () => {
    expect(gammaExponentialLogMixture({ s: 0, v: 0, rho: 1.26, c: 2 })).toBeCloseTo(0, 12);
    let before = Number.NEGATIVE_INFINITY;
    for (let s = -1.5; s < 40; s += 0.5) {
      const value = gammaExponentialLogMixture({ s, v: 4, rho: 1.26, c: 2 });
      expect(value).toBeGreaterThan(before);
      before = value;
    }
  });

  test("is the integral it stands for", () => {
    // λ of density ∝ exp(−ρ·ψ(λ))/(1 − cλ) on [0, 1/c), ψ(λ) = (−ln(1 − cλ) − cλ)/c².
    const { s, v, rho, c } = { s: 3, v: 4, rho: 8, c: 2 };
    let top = 0;
    let bottom = 0;
    const steps = 200_000;
    for (let k = 0; k < steps; k++) {
      const lambda = (k + 0.5) / steps / c;
      const psi = (-Math.log1p(-c * lambda) - c * lambda) / (c * c);
      const density = Math.exp(-psi * rho) / (1 - c * lambda);
      top += density * Math.exp(lambda * s - psi * v);
      bottom += density;
    }
    const logMean = Math.log(top / bottom);
    expect(gammaExponentialLogMixture({ s, v, rho, c })).toBeCloseTo(logMean, 5);
  });

  const good = { s: 1, v: 1, rho: 1, c: 2 };
  test.each([
    ["a negative variation", { ...good, v: -1 }],
    ["a sum below its domain", { ...good, s: -1 }],
    ["no rho", { ...good, rho: 0 }],
    ["no width", { ...good, c: 0 }],
    ["a sum that is no number", { ...good, s: Number.NaN }],
  ])("refuses %s", (_, input) => {
    expect(() => gammaExponentialLogMixture(input)).toThrow(RangeError);
  });
});

const SEQUENCES = {
  grid: (d: number[], alpha: number) => gridConfidenceSequence({ d, alpha, ...BOUNDS }),
  eb: (d: number[], alpha: number) => ebConfidenceSequence({ d, alpha, vOpt: 10, ...BOUNDS }),
};

describe.each(["grid", "eb"] as const)("confidence sequence %s", (kind) => {
  const run = SEQUENCES[kind];

  test("holds the true mean at all times in at least 19 of 20 series", () => {
    let missed = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { lower, upper } = intersected(run(fairGame(seed, 100, 0.05), 0.05));
      if ((lower.at(-1) ?? 1) > 0.05 || (upper.at(-1) ?? -1) < 0.05) missed++;
    }
    expect(missed).toBeLessThanOrEqual(3);
  });

  test("more confidence is wider, and the intersection never widens", () => {
    const d = fairGame(3, 120, 0.02);
    const narrow = run(d, 0.2);
    const wide = run(d, 0.01);
    const agreed = intersected(narrow);
    for (let i = 0; i < d.length; i++) {
      expect(wide.lower[i]).toBeLessThan(narrow.lower[i] ?? Number.NaN);
      expect(wide.upper[i]).toBeGreaterThan(narrow.upper[i] ?? Number.NaN);
      expect(agreed.lower[i]).toBeGreaterThanOrEqual(narrow.lower[i] ?? Number.NaN);
      if (i === 0) continue;
      expect(agreed.lower[i]).toBeGreaterThanOrEqual(agreed.lower[i - 1] ?? Number.NaN);
      expect(agreed.upper[i]).toBeLessThanOrEqual(agreed.upper[i - 1] ?? Number.NaN);
    }
  });

  test("turning every difference turns the interval", () => {
    const d = fairGame(4, 60, 0.1);
    const there = run(d, 0.05);
    const back = run(
      d.map((value) => -value),
      0.05,
    );
    for (const [i, value] of back.lower.entries()) {
      expect(value).toBeCloseTo(-(there.upper[i] ?? Number.NaN), 10);
    }
  });

  test("a series that never varies, none, and one of one are answered", () => {
    expect(run([], 0.05).lower).toHaveLength(0);
    const { lower, upper } = run([0, 0, 0], 0.05);
    for (const value of [...lower, ...upper]) expect(Number.isFinite(value)).toBe(true);
    expect(lower[0]).toBeLessThan(0);
  });

  test.each([
    ["a difference outside the bounds", [0.5, -1.2], 0.05],
    ["a difference that is no number", [Number.NaN], 0.05],
    ["no confidence", [0.1], 1],
    ["all confidence", [0.1], 0],
  ])("refuses %s", (_, d, alpha) => {
    expect(() => run(d, alpha)).toThrow(RangeError);
  });
});

/** Width of the last interval. */
function width({ lower, upper }: { lower: Float64Array; upper: Float64Array }): number {
  return (upper.at(-1) ?? 0) - (lower.at(-1) ?? 0);
}

describe("bounds and tuning", () => {
  test("the special functions buy a narrower interval", () => {
    const d = fairGame(5, 300);
    expect(width(SEQUENCES.eb(d, 0.05))).toBeLessThan(width(SEQUENCES.grid(d, 0.05)));
  });

  test("bounds must be in order, the optimum positive", () => {
    expect(() => gridEProcess({ d: [0], lo: 1, hi: -1 })).toThrow(RangeError);
    expect(() => ebConfidenceSequence({ d: [0], alpha: 0.05, vOpt: 0, ...BOUNDS })).toThrow(
      RangeError,
    );
  });
});
