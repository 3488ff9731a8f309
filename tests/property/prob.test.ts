import fc from "fast-check";
import { expect, test } from "vitest";
import type { StrikeType } from "../../src/core/market.ts";
import { bracketLadder, monotoneRepair } from "../../src/core/prob/ladder.ts";
import { probYes } from "../../src/core/prob/market-prob.ts";
import { normCdf, normInv, normLogCdf, normPdf, normSf, tCdf } from "../../src/core/prob/normal.ts";
import type { ModelInputs } from "../../src/core/prob/outlook.ts";
import { meanVariance, unknownPrints } from "../../src/core/prob/settlement.ts";
import { studentTail } from "../../src/core/prob/student.ts";
import { aMarket } from "../support/builders.ts";

const SPOT = 100_000;

const beforeMinute = fc.record({
  spotUsd: fc.double({ min: 99_000, max: 101_000, noNaN: true }),
  sigma: fc.double({ min: 0.15e-4, max: 10e-4, noNaN: true }),
  tauS: fc.double({ min: 59.5, max: 7_200, noNaN: true }),
  shape: fc.constantFrom("normal" as const, "student" as const),
  nu: fc.constantFrom(2.5, 3, 4, 4.6, 12),
  basisMean: fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
  basisSd: fc.double({ min: 0, max: 4e-4, noNaN: true }),
  known: fc.constant(null),
});

const insideMinute: fc.Arbitrary<ModelInputs> = fc.integer({ min: 1, max: 60 }).chain((count) =>
  fc.record({
    spotUsd: fc.double({ min: 99_000, max: 101_000, noNaN: true }),
    sigma: fc.double({ min: 0.15e-4, max: 10e-4, noNaN: true }),
    tauS: fc.constant(60 - count),
    shape: fc.constantFrom("normal" as const, "student" as const),
    nu: fc.constantFrom(2.5, 4, 12),
    basisMean: fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    basisSd: fc.double({ min: 0, max: 4e-4, noNaN: true }),
    known: fc.record({
      count: fc.constant(count),
      sumUsd: fc.double({ min: 99_000 * count, max: 101_000 * count, noNaN: true }),
      source: fc.constantFrom("index" as const, "proxy" as const),
    }),
  }),
);

const inputs: fc.Arbitrary<ModelInputs> = fc.oneof(beforeMinute, insideMinute);
const strike = fc.integer({ min: 9_800_000, max: 10_200_000 }).map((cents) => cents / 100);

/** NaN for a reason, which no comparison passes. */
function number(p: number | string): number {
  return typeof p === "string" ? Number.NaN : p;
}

function chance(strikeType: StrikeType, at: number, given: ModelInputs): number {
  return number(probYes(aMarket({ strikeType, floorUsd: at, capUsd: at }), given));
}

test("a probability is in [0, 1], and a market and its opposite add up to 1", () => {
  fc.assert(
    fc.property(inputs, strike, (given, at) => {
      for (const [yes, no] of [
        ["greater", "less_or_equal"],
        ["greater_or_equal", "less"],
      ] as const) {
        const p = chance(yes, at, given);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(Math.abs(p + chance(no, at, given) - 1)).toBeLessThanOrEqual(Number.EPSILON);
      }
    }),
  );
});

test("a higher strike is never more likely to be passed, higher spot never less", () => {
  fc.assert(
    fc.property(inputs, strike, strike, (given, a, b) => {
      const low = chance("greater", Math.min(a, b), given);
      expect(chance("greater", Math.max(a, b), given)).toBeLessThanOrEqual(low);
      const higher = { ...given, spotUsd: given.spotUsd * 1.0001 };
      expect(chance("greater", a, higher)).toBeGreaterThanOrEqual(
        chance("greater", a, given) - 1e-9,
      );
    }),
  );
});

test("brackets that tile the line sum to 1 with their tails, each in [0, 1]", () => {
  fc.assert(
    fc.property(inputs, strike, fc.integer({ min: 1, max: 30 }), (given, first, count) => {
      const floor = Math.round(first);
      let sum = chance("less", floor, given);
      for (let k = 0; k < count; k++) {
        const at = floor + 100 * k;
        const bracket = aMarket({ strikeType: "between", floorUsd: at, capUsd: at + 99.99 });
        const p = number(probYes(bracket, given));
        expect(p).toBeGreaterThanOrEqual(0);
        sum += p;
      }
      sum += chance("greater_or_equal", floor + 100 * count, given);
      expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
    }),
  );
});

test("a ladder sums to 1, never rises with the strike and has no negative bracket", () => {
  fc.assert(
    fc.property(
      beforeMinute,
      fc.array(strike, { minLength: 1, maxLength: 20 }),
      (given, bounds) => {
        const { above, brackets, total } = bracketLadder({
          S: given.spotUsd,
          sigma: given.sigma,
          tau: given.tauS,
          shape: given.shape,
          nu: given.nu,
          basisSd: given.basisSd,
          bounds: bounds.toSorted((a, b) => a - b),
        });
        expect(Math.abs(total - 1)).toBeLessThan(1e-12);
        expect(Math.min(...brackets)).toBeGreaterThanOrEqual(0);
        expect(above).toEqual(above.toSorted((a, b) => b - a));
      },
    ),
  );
});

test("as sigma and basis error vanish the outcome becomes certain, on the side of the mean", () => {
  fc.assert(
    fc.property(fc.double({ min: 60, max: 3_600, noNaN: true }), strike, (tauS, at) => {
      fc.pre(Math.abs(at - SPOT) >= 0.01);
      const given = { sigma: 1e-12, tauS, basisSd: 0, basisMean: 0, known: null, nu: 4 };
      for (const shape of ["normal", "student"] as const) {
        const p = chance("greater", at, { ...given, shape, spotUsd: SPOT });
        expect(p).toBeCloseTo(at < SPOT ? 1 : 0, 6);
      }
    }),
  );
});

test("as the last print comes in the known average decides", () => {
  fc.assert(
    fc.property(fc.double({ min: 99_000, max: 101_000, noNaN: true }), strike, (average, at) => {
      fc.pre(Math.abs(at - average) > 0.01);
      const p = chance("greater", at, {
        spotUsd: SPOT,
        sigma: 1e-4,
        tauS: 0,
        shape: "student",
        nu: 4,
        basisMean: 0,
        basisSd: 1e-4,
        known: { count: 60, sumUsd: 60 * average, source: "index" },
      });
      expect(p).toBe(at < average ? 1 : 0);
    }),
  );
});

test("more volatility moves a probability towards one half", () => {
  fc.assert(
    fc.property(beforeMinute, strike, (given, at) => {
      const calm = { ...given, sigma: Math.min(given.sigma, 2e-4) };
      const p = chance("greater", at, calm);
      const wild = chance("greater", at, { ...calm, sigma: calm.sigma * 1.15 });
      // The martingale's log drift shifts the median by a fraction of a cent.
      if (p > 0.51) expect(wild).toBeLessThanOrEqual(p + 1e-12);
      if (p < 0.49) expect(wild).toBeGreaterThanOrEqual(p - 1e-12);
    }),
  );
});

test("variance of the average equals the double sum over prints and never grows as time passes", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 200, noNaN: true }),
      fc.option(fc.integer({ min: 0, max: 60 })),
      (tau, count) => {
        const m = count ?? unknownPrints(tau);
        const offsets = Array.from({ length: m }, (_, i) => Math.max(0, tau - i));
        let sum = 0;
        for (const a of offsets) for (const b of offsets) sum += Math.min(a, b);
        const v = meanVariance(m, tau);
        expect(Math.abs(v - (m === 0 ? 0 : sum / (m * m)))).toBeLessThan(1e-9);
        expect(meanVariance(m, tau * 0.99)).toBeLessThanOrEqual(v + 1e-12);
      },
    ),
  );
});

test("the inverse normal undoes the normal, tails add up, and the logarithm agrees", () => {
  fc.assert(
    fc.property(fc.double({ min: -37, max: 5, noNaN: true }), (z) => {
      expect(Math.abs(normInv(normCdf(z)) - z)).toBeLessThan(1e-9 * Math.max(1, Math.abs(z)));
      expect(Math.abs(normCdf(z) + normSf(z) - 1)).toBeLessThanOrEqual(Number.EPSILON);
      expect(Math.abs(normLogCdf(z) - Math.log(normCdf(z)))).toBeLessThan(1e-10);
      expect(normPdf(z)).toBe(normPdf(-z));
    }),
  );
  expect(normInv(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normInv(1)).toBe(Number.POSITIVE_INFINITY);
  expect(normInv(1.1)).toBeNaN();
});

test("the closed form at four degrees of freedom equals the incomplete beta function", () => {
  fc.assert(
    fc.property(fc.double({ min: -1e4, max: 1e4, noNaN: true }), (x) => {
      const tail = studentTail(Math.abs(x), 4);
      expect(Math.abs(tCdf(-Math.abs(x), 4) / tail - 1)).toBeLessThan(1e-9);
      expect(Math.abs(tCdf(x, 4) + tCdf(-x, 4) - 1)).toBeLessThanOrEqual(Number.EPSILON);
    }),
  );
});

test("a repaired ladder never rises, keeps its weighted mean, and is its own repair", () => {
  const pair = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: 0.1, max: 9, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 30 }), (pairs) => {
      const above = pairs.map(([p]) => p);
      const weights = pairs.map(([, w]) => w);
      const repaired = monotoneRepair({ above, weights });
      expect(repaired).toEqual(repaired.toSorted((a, b) => b - a));
      expect(monotoneRepair({ above: repaired, weights })).toEqual(repaired);
      const dot = (p: readonly number[]) => p.reduce((s, x, i) => s + x * (weights[i] ?? 0), 0);
      expect(Math.abs(dot(repaired) - dot(above))).toBeLessThan(1e-9);
    }),
  );
});
