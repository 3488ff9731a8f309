import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  logisticChance,
  logisticRidge,
  shrunkChance,
} from "../../../../src/core/learn/logistic.ts";
import { fitLogit, logistic, logitChance } from "../../../../src/core/learn/logit.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

function planted(count: number): { X: number[][]; y: (0 | 1)[] } {
  const rng = mulberry32(3);
  const X = Array.from({ length: count }, () => [rng.next() * 4 - 2, rng.next() * 40, 7]);
  const y = X.map(([x = 0]): 0 | 1 => (rng.next() < logistic(0.3 + 1.5 * x) ? 1 : 0));
  return { X, y };
}

describe("logit", () => {
  test("finds the coefficients that made the labels", () => {
    const { X, y } = planted(20_000);
    const fit = fitLogit({ X: X.map(([x = 0]) => [x]), target: y, penalty: 0 });
    expect(fit?.intercept).toBeCloseTo(0.3, 1);
    expect(fit?.coef[0]).toBeCloseTo(1.5, 1);
  });

  test("a weight of two counts like the row twice", () => {
    const { X, y } = planted(200);
    const weight = y.map((_, i) => (i % 3 === 0 ? 2 : 1));
    const twice = y.map((_, i) => i).flatMap((i) => (i % 3 === 0 ? [i, i] : [i]));
    const rows = X.map(([x = 0]) => [x]);
    const weighted = fitLogit({ X: rows, target: y, weight, penalty: 1 });
    const doubled = fitLogit({
      X: twice.map((i) => rows[i] ?? []),
      target: twice.map((i) => y[i] ?? 0),
      penalty: 1,
    });
    expect(weighted?.coef[0]).toBeCloseTo(doubled?.coef[0] ?? Number.NaN, 9);
    expect(weighted?.intercept).toBeCloseTo(doubled?.intercept ?? Number.NaN, 9);
  });

  test.each([
    ["separated labels", [[-1], [-2], [1], [2]], [0, 0, 1, 1]],
    ["labels that are all alike", [[-1], [-2], [1], [2]], [1, 1, 1, 1]],
    [
      "a feature given twice",
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
      [0, 1, 0, 1],
    ],
  ])("%s have no finite fit without a penalty", (_, X, target) => {
    expect(fitLogit({ X, target, penalty: 0 })).toBeNull();
  });

  test("a penalty makes a separated fit finite", () => {
    const fit = fitLogit({ X: [[-1], [-2], [1], [2]], target: [0, 0, 1, 1], penalty: 0.1 });
    expect(fit === null ? Number.NaN : logitChance(fit, [1])).toBeGreaterThan(0.8);
  });
});

describe("logistic ridge", () => {
  test("a feature that never varies neither helps nor hurts", () => {
    const { X, y } = planted(500);
    const model = logisticRidge({ X, y, C: 1 });
    expect(model?.std[2]).toBe(1);
    expect(model?.coef[2]).toBeCloseTo(0, 12);
    for (const row of X) {
      const p = model === null ? Number.NaN : logisticChance(model, row);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThan(1);
    }
  });

  test("one kind of label teaches nothing", () => {
    expect(logisticRidge({ X: [[1], [2]], y: [1, 1], C: 1 })).toBeNull();
  });

  test("only three tenths of what it says are believed, within the limits of seed 002", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        const shrunk = shrunkChance(p);
        expect(shrunk).toBeGreaterThanOrEqual(0.35);
        expect(shrunk).toBeLessThanOrEqual(0.65);
        expect(Math.abs(shrunk - 0.5 - 0.3 * (p - 0.5))).toBeLessThan(1e-12);
      }),
    );
  });
});
