import { describe, expect, test } from "vitest";
import { freshPrices, medianOf, Quarantine } from "../../../../src/core/index/venue-quality.ts";

const aged = (...ages: number[]) =>
  ages.map((ageMs, at) => ({ source: `v${at}`, midUsd: 100, ageMs }));

test.each<[string, number[], number[]]>([
  ["all fresh", [0, 100, 5000], [0, 100, 5000]],
  ["one beyond the soft limit, a quorum without it", [0, 100, 5001], [0, 100]],
  ["one beyond the soft limit, no quorum without it", [0, 5001], [0, 5001]],
  ["one beyond the hard limit", [0, 10_001], [0]],
  ["at the hard limit", [9000, 10_000], [9000, 10_000]],
  ["all beyond", [10_001, 20_000], []],
  ["none", [], []],
])("staleness: %s", (_name, ages, kept) => {
  expect(freshPrices(aged(...ages)).map(({ ageMs }) => ageMs)).toEqual(kept);
});

test.each([
  [[3], 3],
  [[1, 2], 1.5],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
  [[], Number.NaN],
])("median of %j is %d", (values, median) => {
  expect(medianOf(values)).toBe(median);
});

// Three venues at 100 hold the median there, whatever the fourth does.
const admitted = (quarantine: Quarantine, offPercent: number): boolean => {
  const prices = [100, 100, 100, 100 + offPercent].map((midUsd, at) => ({
    source: `v${at}`,
    midUsd,
    ageMs: 0,
  }));
  return quarantine.admit(prices).some(({ source }) => source === "v3");
};

describe("quarantine", () => {
  test.each<[string, number, [offPercent: number, isIn: boolean][]]>([
    [
      "within the limit",
      0.05,
      [
        [0, true],
        [4.9, true],
        [-4.9, true],
        [5, true],
      ],
    ],
    ["out above it", 0.05, [[5.1, false]]],
    ["out below it", 0.05, [[-5.1, false]]],
    [
      "back below half of it only",
      0.05,
      [
        [6, false],
        [4, false],
        [2.6, false],
        [2.4, true],
      ],
    ],
    [
      "back and out again",
      0.05,
      [
        [6, false],
        [2.4, true],
        [4.9, true],
        [5.1, false],
        [3, false],
      ],
    ],
    [
      "at half of it it stays out",
      0.05,
      [
        [6, false],
        [2.5, false],
      ],
    ],
    [
      "ten percent for XRP and DOGE",
      0.1,
      [
        [9.9, true],
        [10.1, false],
        [5.1, false],
        [4.9, true],
      ],
    ],
  ])("%s", (_name, limit, steps) => {
    const quarantine = new Quarantine(limit);
    for (const [offPercent, isIn] of steps) expect(admitted(quarantine, offPercent)).toBe(isIn);
  });

  test("of two venues far apart none is the right one", () => {
    const quarantine = new Quarantine(0.05);
    const prices = [100, 112].map((midUsd, at) => ({ source: `v${at}`, midUsd, ageMs: 0 }));
    expect(quarantine.admit(prices)).toEqual([]);
  });

  test("a venue alone is its own median", () => {
    const [only] = aged(0);
    expect(new Quarantine(0.05).admit(only === undefined ? [] : [only])).toHaveLength(1);
  });
});
