import { describe, expect, test } from "vitest";
import { bracketBounds } from "../../../../src/core/prob/ladder.ts";
import { normCdf } from "../../../../src/core/prob/normal.ts";
import {
  effectiveVariance,
  meanVariance,
  probAbove,
  probAboveMerton,
  probAboveVolMixture,
} from "../../../../src/core/prob/settlement.ts";
import { probUpDown } from "../../../../src/core/prob/up-down.ts";

const INPUT = { S: 100, K: 100.2, sigma: 1e-4, tau: 600 };
const NOT_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe("no probability of inputs that cannot be", () => {
  test.each([
    ...["S", "K", "sigma", "tau", "basisSd"].flatMap((key) => NOT_NUMBERS.map((bad) => [key, bad])),
    ["S", 0],
    ["S", -100],
    ["sigma", -1e-4],
    ["basisSd", -1e-4],
    ["knownCount", -1],
    ["knownCount", 61],
    ["knownCount", 1.5],
    ["knownCount", Number.NaN],
    ["nPrints", 0],
    ["nPrints", 30.5],
    // The minute has begun, and what is known of it was not said.
    ["tau", 30],
    ["tau", -5],
    ["knownCount", 60],
  ])("%s %d", (key, bad) => {
    const input = { ...INPUT, [key]: bad };
    expect(() => probAbove(input)).toThrow(RangeError);
    expect(() => probAboveMerton({ ...input, jumpsPerHour: 1, jumpSd: 1e-3 })).toThrow(RangeError);
    expect(() => probAboveVolMixture({ ...input, gamma: 0.5 })).toThrow(RangeError);
  });

  test.each([2, 1, Number.NaN, Number.POSITIVE_INFINITY])("Student's t with nu %d", (nu) => {
    expect(() => probAbove({ ...INPUT, shape: "student", nu })).toThrow(RangeError);
    expect(probAbove({ ...INPUT, shape: "normal", nu })).toBe(probAbove(INPUT));
  });

  test("a sum of known prints that is none", () => {
    for (const knownSum of [...NOT_NUMBERS, 0, -3_000]) {
      expect(() => probAbove({ ...INPUT, tau: 30, knownCount: 30, knownSum })).toThrow(RangeError);
    }
  });

  test("nor a variance", () => {
    expect(() => effectiveVariance({ tau: Number.NaN })).toThrow(RangeError);
    expect(() => effectiveVariance({ tau: 10, knownCount: 70 })).toThrow(RangeError);
  });
});

test("what is certain needs no volatility: it is above or it is not", () => {
  const known = { ...INPUT, tau: 0, knownCount: 60, sigma: 0 };
  expect(probAbove({ ...known, knownSum: 60 * 100.3 })).toBe(1);
  expect(probAbove({ ...known, knownSum: 60 * 100.1 })).toBe(0);
  expect(probAbove({ ...known, knownSum: 60 * 100.2, tie: "ge" })).toBe(1);
  expect(probAbove({ ...known, knownSum: 60 * 100.2, tie: "gt" })).toBe(0);
  expect(probAbove({ ...INPUT, K: 0 })).toBe(1);
});

test("many jumps are diffusion", () => {
  const jumpSd = 1e-5;
  for (const jumpsPerHour of [1_000, 5_000, 100_000]) {
    const rate = INPUT.sigma ** 2 + (jumpsPerHour / 3_600) * jumpSd ** 2;
    const merton = probAboveMerton({ ...INPUT, jumpsPerHour, jumpSd });
    expect(merton).toBeCloseTo(probAbove({ ...INPUT, sigma: Math.sqrt(rate) }), 6);
  }
  // The weights of all numbers of jumps together are 1, wherever the sum starts.
  for (const jumpsPerHour of [0, 5_000, 5_600, 3e6]) {
    expect(probAboveMerton({ ...INPUT, jumpsPerHour, jumpSd: 0 })).toBeCloseTo(probAbove(INPUT), 9);
  }
  expect(() => probAboveMerton({ ...INPUT, jumpsPerHour: 1e12, jumpSd })).toThrow(RangeError);
  expect(() => probAboveMerton({ ...INPUT, jumpsPerHour: -1, jumpSd })).toThrow(RangeError);
});

describe("a reference that is not published", () => {
  const upDown = { S: 100, sigma: 1e-4, tToOpen: -5, window: 900 };

  test("without any uncertainty it is up when it is not down", () => {
    const sums = [5_999, 6_000, 6_001].map(
      (refKnownSum) => probUpDown({ ...upDown, sigma: 0, refKnownCount: 60, refKnownSum }).p,
    );
    expect(sums).toEqual([1, 1, 0]);
  });

  test("five seconds after the open all of it is known", () => {
    const { p, veff } = probUpDown({ ...upDown, refKnownCount: 60, refKnownSum: 60 * 100.1 });
    expect(veff).toBeCloseTo(meanVariance(60, 895), 9);
    const sd = 1e-4 * Math.sqrt(veff);
    expect(p).toBeCloseTo(normCdf((Math.log(100 / 100.1) - sd ** 2 / 2) / sd), 12);
  });

  test.each([
    ["S", 0],
    ["sigma", -1],
    ["sigma", Number.NaN],
    ["tToOpen", Number.NaN],
    ["window", 0],
    ["refKnownCount", 61],
    ["refKnownSum", 0],
    ["basisDriftSd", Number.NaN],
  ])("has no probability with %s %d", (key, bad) => {
    const input = { ...upDown, refKnownCount: 60, refKnownSum: 6_000 };
    expect(() => probUpDown({ ...input, [key]: bad })).toThrow(RangeError);
  });
});

test("brackets of cheap coins end where the next one would begin", () => {
  expect(bracketBounds({ floors: [140, 145], caps: [144.9999, 149.9999] }).bounds).toEqual([
    140, 145, 150,
  ]);
  expect(
    bracketBounds({ floors: [63_900, 64_000], caps: [63_999.99, 64_099.989_999] }).bounds,
  ).toEqual([63_900, 64_000, 64_100]);
});
