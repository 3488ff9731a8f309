import { describe, expect, test } from "vitest";
import { normCdf, normLogCdf, normSf, tCdf } from "../../../../src/core/prob/normal.ts";

test("the ends of the line are certain", () => {
  for (const nu of [2.5, 4, 30, 5_000, 1e9]) {
    expect([tCdf(Number.NEGATIVE_INFINITY, nu), tCdf(Number.POSITIVE_INFINITY, nu)]).toEqual([
      0, 1,
    ]);
  }
  expect([normCdf(Number.NEGATIVE_INFINITY), normCdf(Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
  expect([normSf(Number.NEGATIVE_INFINITY), normSf(Number.POSITIVE_INFINITY)]).toEqual([1, 0]);
  expect(normLogCdf(Number.POSITIVE_INFINITY)).toBeCloseTo(0, 15);
  expect(normLogCdf(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
});

describe("tails of Student's t (mpmath, 40 digits)", () => {
  test.each([
    [2.5, -12, 1.418_107_515_039_162e-3],
    [30, -5, 1.164_834_273_350_39e-5],
    [30, -12, 2.790_092_707_599_628e-13],
    [1_000, -1, 0.158_776_209_042_336_1],
    [1_000, -8, 1.713_330_741_195_737e-15],
    [1_000, -12, 2.162_028_693_387_264e-31],
    [1_001, -1, 0.158_776_088_238_255_5],
    [1_001, -12, 2.152_564_502_579_84e-31],
    [3_000, -8, 8.801_832_518_055_151e-16],
    [20_000, -1, 0.158_661_303_123_953_5],
    [20_000, -12, 2.307_518_829_186_79e-33],
  ])("nu %d at %d", (nu, x, truth) => {
    expect(Math.abs(tCdf(x, nu) / truth - 1)).toBeLessThan(1e-11);
  });

  test("a billion degrees of freedom are the normal law", () => {
    for (const x of [-37, -10, -1, 0, 1, 10]) {
      // The laws themselves differ by about (x⁴ + x²)/4ν.
      expect(Math.abs(tCdf(x, 1e9) / normCdf(x) - 1)).toBeLessThan(1e-12 + (x ** 4 + x * x) / 2e9);
    }
  });
});
