import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binColumn } from "../../../../src/core/learn/bins.ts";
import { boostedValue, gbdtSquaredError } from "../../../../src/core/learn/boosting.ts";
import type { Tree } from "../../../../src/core/learn/tree.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";

const OPTIONS = { nEstimators: 30, maxDepth: 3, learningRate: 0.1, minSamplesLeaf: 20 };

function data(count: number, levels: number): { X: number[][]; y: number[] } {
  const rng = mulberry32(11);
  const level = (): number => Math.floor(rng.next() * levels) / levels;
  const X = Array.from({ length: count }, () => [level(), level(), level()]);
  const y = X.map(([a = 0, b = 0]) => Math.sin(5 * a) * (b > 0.5 ? 1 : -1) + 0.1 * rng.next());
  return { X, y };
}

function mse(X: number[][], y: number[], value: (row: number[]) => number): number {
  return X.reduce((sum, row, i) => sum + ((y[i] ?? 0) - value(row)) ** 2, 0) / X.length;
}

/** Numbers of rows in the leaves of a tree. */
function leafSizes(tree: Tree, rows: readonly number[][]): number[] {
  if (typeof tree === "number") return [rows.length];
  const [feature, threshold, left, right] = tree;
  const goesLeft = (row: number[]): boolean => (row[feature] ?? 0) <= threshold;
  return [
    ...leafSizes(left, rows.filter(goesLeft)),
    ...leafSizes(
      right,
      rows.filter((row) => !goesLeft(row)),
    ),
  ];
}

describe("bins", () => {
  test("every value has a bin of its own while there are bins enough", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1 }), (values) => {
        const { bin, high, low } = binColumn(Float64Array.from(values), 61);
        const distinct = [...new Set(values)].toSorted((a, b) => a - b);
        expect([...low]).toEqual(distinct);
        expect([...high]).toEqual(distinct);
        expect(values.map((_, i) => low[bin[i] ?? -1])).toEqual(values);
      }),
    );
  });

  test("with fewer bins each holds a stretch of values and about its share of rows", () => {
    const rng = mulberry32(2);
    const values = Float64Array.from({ length: 10_000 }, () => rng.next() ** 3);
    const { bin, high, low } = binColumn(values, 64);
    const counts = new Map<number, number>();
    for (const [i, value] of values.entries()) {
      const at = bin[i] ?? -1;
      expect(value).toBeGreaterThanOrEqual(low[at] ?? Number.NaN);
      expect(value).toBeLessThanOrEqual(high[at] ?? Number.NaN);
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    expect(low.length).toBe(64);
    for (const count of counts.values()) expect(count).toBeLessThanOrEqual(158);
    for (let k = 1; k < low.length; k++) expect(low[k]).toBeGreaterThan(high[k - 1] ?? Number.NaN);
  });
});

describe("boosted trees", () => {
  test("bins of one value each give the very trees of exact splits", () => {
    const { X, y } = data(5_000, 200);
    const exact = gbdtSquaredError(X, y, { ...OPTIONS, binsMax: 65_536 });
    expect(gbdtSquaredError(X, y, OPTIONS)).toEqual(exact);
  });

  test("with many values 256 bins lose next to nothing", () => {
    const { X, y } = data(5_000, 1e9);
    const exact = gbdtSquaredError(X, y, { ...OPTIONS, binsMax: 65_536 });
    const binned = gbdtSquaredError(X, y, OPTIONS);
    expect(binned).not.toEqual(exact);
    const exactMse = mse(X, y, (row) => boostedValue(exact, row));
    expect(mse(X, y, (row) => boostedValue(binned, row))).toBeLessThan(1.05 * exactMse);
  });

  test("more trees never fit the training rows worse, and every leaf keeps its rows", () => {
    const { X, y } = data(600, 1e9);
    let last = Number.POSITIVE_INFINITY;
    for (const nEstimators of [1, 5, 20, 60]) {
      const model = gbdtSquaredError(X, y, { ...OPTIONS, nEstimators });
      const error = mse(X, y, (row) => boostedValue(model, row));
      expect(error).toBeLessThan(last);
      last = error;
      for (const tree of model.trees) {
        const sizes = leafSizes(tree, X);
        expect(sizes.length).toBeLessThanOrEqual(8);
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(20);
      }
    }
  });

  test("survives JSON unchanged", () => {
    const { X, y } = data(300, 50);
    const model = gbdtSquaredError(X, y, OPTIONS);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  test("too few rows for a split give their mean", () => {
    const model = gbdtSquaredError([[1], [2], [3]], [1, 2, 6], OPTIONS);
    expect(boostedValue(model, [9])).toBeCloseTo(3, 12);
  });

  test.each([
    ["no rows", [], []],
    ["a target too few", [[1], [2]], [1]],
    ["a feature that is no number", [[1], [Number.NaN]], [1, 2]],
    ["an infinite target", [[1], [2]], [1, Number.POSITIVE_INFINITY]],
  ])("%s is refused", (_, X, y) => {
    expect(() => gbdtSquaredError(X, y, OPTIONS)).toThrow(RangeError);
  });
});
