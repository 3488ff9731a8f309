import { describe, expect, test } from "vitest";
import { compare, figure, quantile, render, type Target } from "../../../scripts/bench/line.ts";

const AT_LEAST: Target = { id: "T7", op: ">=", bound: 0.77 };
const AT_MOST: Target = { id: "T8", op: "<=", bound: 1.3 };

function line(own: readonly number[], reference: readonly number[], target?: Target) {
  const samples = new Map([
    ["kbt", own],
    ["limit", reference],
  ]);
  const about = { suite: "path", name: "saturated k msg/s", subject: "kbt", against: "limit" };
  return compare({ ...about, samples, ...(target === undefined ? {} : { target }) });
}

describe("a ratio", () => {
  test("is the median of the rounds' ratios, not the ratio of the medians", () => {
    // The second round was slow for both, the third for nobody's reference.
    const found = line([80, 40, 90], [100, 50, 100], AT_LEAST);
    expect(found.ratios).toEqual([0.8, 0.8, 0.9]);
    expect(render(found)).toMatch(
      / 80\.0 {2}limit 100 .* 0\.80 \[0\.80\.\.0\.90\] .*T7 target >=0\.77 {2}(?:ok|noisy)$/,
    );
  });

  test.each([
    ["reaches a floor", [77, 77, 77], AT_LEAST, "ok"],
    ["stays under a floor", [76, 76, 76], AT_LEAST, "missed"],
    ["stays under a ceiling", [130, 130, 130], AT_MOST, "ok"],
    ["exceeds a ceiling", [131, 131, 131], AT_MOST, "missed"],
  ] as const)("that %s is told so", (_name, own, target, verdict) => {
    expect(line(own, [100, 100, 100], target).verdict).toBe(verdict);
  });

  test("is not judged when the reference itself wanders", () => {
    expect(line([80, 80, 80, 80], [70, 80, 120, 130], AT_LEAST).verdict).toBe("noisy");
    expect(line([80, 80, 80, 80], [95, 100, 105, 110], AT_LEAST).verdict).toBe("ok");
  });

  test("without a target has no verdict", () => {
    expect(line([1], [2]).verdict).toBeNull();
  });
});

test("whoever was not there is named, and the target stays open", () => {
  const samples = new Map([["kbt", [1]]]);
  const about = { suite: "book", name: "delta", subject: "kbt", against: "ccxt" };
  const found = compare({ ...about, samples, target: AT_LEAST });
  expect(found.verdict).toBe("absent");
  expect(render(found)).toContain("ccxt absent");
});

test("a figure is judged by itself", () => {
  const below: Target = { id: "T15", op: "<", bound: 5 };
  expect(figure({ suite: "path", name: "slope", value: 4.9, target: below }).verdict).toBe("ok");
  expect(figure({ suite: "path", name: "slope", value: 5, target: below }).verdict).toBe("missed");
});

test.each([
  [[3, 1, 2], 0.5, 2],
  [[1, 2, 3, 4], 0.5, 2.5],
  [[1, 2, 3, 4, 5], 0.99, 4.96],
])("the quantile of %j at %d is %d", (values, q, expected) => {
  expect(quantile(values, q)).toBeCloseTo(expected, 10);
});

test("there is no quantile of nothing", () => {
  expect(quantile([], 0.5)).toBeNaN();
});
