import { describe, expect, test } from "vitest";
import { logGamma, logGammaP } from "../../../../src/core/prob/gamma.ts";
import { normCdf } from "../../../../src/core/prob/normal.ts";

describe("ln Γ", () => {
  test("of whole numbers is the factorial", () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 11);
      factorial *= n;
    }
  });

  test("of one half is ln √π, and Γ(x + 1) = x·Γ(x)", () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    for (const x of [1e-6, 0.3, 2.7, 11.9, 150.25]) {
      expect(logGamma(x + 1)).toBeCloseTo(Math.log(x) + logGamma(x), 9);
    }
  });
});

describe("ln P(a, x)", () => {
  const POINTS = [1e-8, 0.01, 0.3, 1, 1.9, 2.1, 5, 20, 600];

  test.each(POINTS)("P(1, %d) = 1 − e^−x", (x) => {
    expect(logGammaP(1, x)).toBeCloseTo(Math.log(-Math.expm1(-x)), 12);
  });

  test.each(POINTS)("P(½, %d) is the two-sided normal law", (x) => {
    const middle = 1 - 2 * normCdf(-Math.sqrt(2 * x));
    expect(Math.exp(logGammaP(0.5, x))).toBeCloseTo(middle, 11);
  });

  test("P(a + 1, x) = P(a, x) − xᵃe⁻ˣ/Γ(a + 1), across the change of method", () => {
    for (const a of [0.2, 1.3, 7, 40]) {
      for (const share of [0.2, 0.8, 1, 1.02, 1.2, 3]) {
        const x = a * share + 0.1;
        const step = Math.exp(a * Math.log(x) - x - logGamma(a + 1));
        const above = Math.exp(logGammaP(a + 1, x));
        expect(above).toBeCloseTo(Math.exp(logGammaP(a, x)) - step, 11);
      }
    }
  });

  test("stays finite where P underflows, and central where a is large", () => {
    expect(logGammaP(2_000, 10)).toBeGreaterThan(-12_000);
    expect(logGammaP(2_000, 10)).toBeLessThan(-8_000);
    expect(Math.exp(logGammaP(1e6, 1e6))).toBeCloseTo(0.5, 3);
  });

  test("ends", () => {
    expect(logGammaP(2, 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(logGammaP(2, Number.POSITIVE_INFINITY)).toBe(0);
  });

  test.each([
    [0, 1],
    [-1, 1],
    [1, -1],
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ])("refuses a = %d, x = %d", (a, x) => {
    expect(() => logGammaP(a, x)).toThrow(RangeError);
  });
});
