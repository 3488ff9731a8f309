import fc from "fast-check";
import { expect, test } from "vitest";
import type { Market, StrikeType } from "../../src/core/market.ts";
import { boundsOf, pays } from "../../src/core/prob/bounds.ts";
import { type Chances, chancesOf, probOf, probYes } from "../../src/core/prob/market-prob.ts";
import { type ModelInputs, type Outlook, outlookOf } from "../../src/core/prob/outlook.ts";
import { aMarket } from "../support/builders.ts";

const double = (min: number, max: number) => fc.double({ min, max, noNaN: true });

const law = {
  spotUsd: double(50_000, 150_000),
  sigma: double(0.15e-4, 10e-4),
  shape: fc.constantFrom("normal" as const, "student" as const),
  nu: fc.constantFrom(2.5, 4, 12),
  basisMean: double(-1e-3, 1e-3),
  basisSd: fc.oneof(fc.constant(0), double(0, 4e-4)),
};

const before: fc.Arbitrary<ModelInputs> = fc.record({
  ...law,
  tauS: double(60, 7_200),
  known: fc.constant(null),
});

const inside: fc.Arbitrary<ModelInputs> = fc.integer({ min: 1, max: 60 }).chain((count) =>
  fc.record({
    ...law,
    tauS: fc.constant(60 - count),
    known: fc.record({
      count: fc.constant(count),
      sumUsd: double(50_000 * count, 150_000 * count),
      source: fc.constantFrom("index" as const, "proxy" as const),
    }),
  }),
);

const anyTime = fc.oneof(before, inside);

function outlook(inputs: ModelInputs): Outlook {
  const seen = outlookOf(inputs);
  if (typeof seen === "string") throw new Error(seen);
  return seen;
}

function chances(market: Market, inputs: ModelInputs): Chances {
  const bounds = boundsOf(market);
  if (typeof bounds === "string") throw new Error(bounds);
  return chancesOf(bounds, outlook(inputs));
}

function p(market: Market, inputs: ModelInputs): number {
  const chance = probYes(market, inputs);
  return typeof chance === "string" ? Number.NaN : chance;
}

const at = (strikeType: StrikeType, strike: number): Market =>
  aMarket({ strikeType, floorUsd: strike, capUsd: strike });

/** A strike within a few standard deviations of spot, in cents. */
const near = fc.tuple(anyTime, double(-3, 3)).map(([inputs, z]) => ({
  inputs,
  strike:
    Math.round(inputs.spotUsd * (1 + z * inputs.sigma * Math.sqrt(inputs.tauS + 1)) * 100) / 100,
}));

test("the whole ladder of an event as it is listed sums to 1: lowest tail, brackets, highest tail", () => {
  fc.assert(
    fc.property(
      anyTime,
      double(-0.02, 0.02),
      fc.integer({ min: 1, max: 186 }),
      (inputs, off, n) => {
        const first = Math.round((inputs.spotUsd * (1 + off)) / 100) * 100 - 50 * n;
        fc.pre(first > 0);
        let sum = p(aMarket({ strikeType: "less", floorUsd: null, capUsd: first }), inputs);
        for (let k = 0; k < n; k++) {
          const floorUsd = first + 100 * k;
          sum += p(aMarket({ strikeType: "between", floorUsd, capUsd: floorUsd + 99.99 }), inputs);
        }
        sum += p(at("greater", first + 100 * n - 0.01), inputs);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-12);
      },
    ),
  );
});

test("a bracket is the difference of the thresholds that the sister series lists", () => {
  fc.assert(
    fc.property(anyTime, double(-0.01, 0.01), (inputs, off) => {
      const floor = Math.round((inputs.spotUsd * (1 + off)) / 100) * 100;
      const bracket = aMarket({ strikeType: "between", floorUsd: floor, capUsd: floor + 99.99 });
      const lower = p(at("greater", floor - 0.01), inputs);
      const upper = p(at("greater", floor + 99.99), inputs);
      expect(Math.abs(p(bracket, inputs) - (lower - upper))).toBeLessThan(1e-12);
    }),
  );
});

test("only the ratio of prices counts", () => {
  fc.assert(
    fc.property(near, double(0.001, 50), ({ inputs, strike }, scale) => {
      const { known } = inputs;
      const scaled = {
        ...inputs,
        spotUsd: inputs.spotUsd * scale,
        known: known === null ? null : { ...known, sumUsd: known.sumUsd * scale },
      };
      // The exact end of the law is not scale-free: certain outcomes are compared in published cents.
      fc.pre(outlook(inputs).spread.mid > 0);
      const plain = probOf({ from: strike, to: strike * 1.001 }, outlook(inputs));
      const large = probOf({ from: strike * scale, to: strike * 1.001 * scale }, outlook(scaled));
      expect(Math.abs(plain - large)).toBeLessThan(1e-9);
    }),
  );
});

test("nothing jumps where the averaging minute begins, when its first value is the one expected", () => {
  fc.assert(
    fc.property(fc.record(law), double(-3, 3), (given, z) => {
      const strike = given.spotUsd * (1 + z * given.sigma * 5);
      const market = at("greater_or_equal", strike);
      const expected = given.spotUsd * Math.exp(given.basisMean);
      const outside = (tauS: number) => p(market, { ...given, tauS, known: null });
      // The proxy's own value carries the basis error that it carried while it was still to come.
      const first = { count: 1, sumUsd: expected, source: "proxy" } as const;
      const begun = p(market, { ...given, tauS: 59, known: first });
      const none = { count: 0, sumUsd: 0, source: "index" } as const;
      expect(Math.abs(outside(60) - outside(60 + 1e-9))).toBeLessThan(1e-6);
      expect(Math.abs(outside(59 + 1e-9) - begun)).toBeLessThan(1e-6);
      expect(p(market, { ...given, tauS: 59.5, known: none })).toBe(outside(59.5));
    }),
  );
});

test("the interval holds p, grows with the uncertainty of the basis, and is a point when all is known", () => {
  fc.assert(
    fc.property(near, fc.constantFrom(0, 100), ({ inputs, strike }, width) => {
      const market =
        width === 0
          ? at("greater_or_equal", strike)
          : aMarket({ strikeType: "between", floorUsd: strike, capUsd: strike + width - 0.01 });
      const { p: centre, low, high, atLowSigma, atHighSigma } = chances(market, inputs);
      for (const one of [centre, atLowSigma, atHighSigma]) {
        expect(one).toBeGreaterThanOrEqual(low);
        expect(one).toBeLessThanOrEqual(high);
      }
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      if (inputs.basisSd === 0) {
        expect([low, high]).toEqual([
          Math.min(centre, atLowSigma, atHighSigma),
          Math.max(centre, atLowSigma, atHighSigma),
        ]);
      }
    }),
  );
  const sure = { count: 60, sumUsd: 60 * 99_000.5, source: "index" } as const;
  const known: ModelInputs = {
    spotUsd: 99_000,
    sigma: 1e-4,
    tauS: 0,
    shape: "student",
    nu: 4,
    basisMean: 0,
    basisSd: 1e-4,
    known: sure,
  };
  expect(chances(at("greater", 99_000), known)).toEqual({
    p: 1,
    atLowSigma: 1,
    atHighSigma: 1,
    low: 1,
    high: 1,
  });
});

test("at the money the interval is as wide as one s.d. of the basis makes it", () => {
  const inputs: ModelInputs = {
    spotUsd: 80_000,
    sigma: 0.55e-4,
    tauS: 300,
    shape: "normal",
    nu: 4,
    basisMean: 0,
    basisSd: 1e-4,
    known: null,
  };
  const { low, high } = chances(at("greater_or_equal", 80_000), inputs);
  // One basis point against 0.55·√260.5 = 8.88 of them (and 0.85 of that, where it counts most): z = 0.13.
  expect(high - 0.5).toBeCloseTo(0.052, 2);
  expect(0.5 - low).toBeCloseTo(0.052, 2);
});

test("a certain value is compared as it is published, in cents", () => {
  // 67,628.895 is published as 67,628.90 and reaches that strike; 67,628.894 is not.
  const reaches = { from: 67_628.9, to: null };
  expect(pays(reaches, 67_628.895_1)).toBe(true);
  expect(pays(reaches, 67_628.894_9)).toBe(false);
  const last = { from: null, to: 67_628.9 };
  expect(pays(last, 67_628.895_1)).toBe(false);
  expect(pays(last, 67_628.894_9)).toBe(true);
  // SOL and the like: four decimals.
  expect(pays({ from: 76.1234, to: null }, 76.123_35)).toBe(true);
  expect(pays({ from: 76.1234, to: null }, 76.123_34)).toBe(false);
});

test.each([
  ["greater", 72_749.99, { from: 72_750, to: null }],
  ["greater", 70_799.990_000_01, { from: 70_800, to: null }],
  ["greater", 76.1234, { from: 76.1235, to: null }],
  ["greater_or_equal", 63_441.03, { from: 63_441.03, to: null }],
  ["less", 52_200, { from: null, to: 52_200 }],
  ["less_or_equal", 52_199.99, { from: null, to: 52_200 }],
] as const)("%s %d pays on what the exchange says it does", (strikeType, strike, expected) => {
  expect(boundsOf(at(strikeType, strike))).toEqual(expected);
});
