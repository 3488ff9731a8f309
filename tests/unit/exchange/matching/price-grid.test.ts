import { describe, expect, test } from "vitest";
import { gridOf, indexOfPrice } from "../../../../src/exchange/matching/price-grid.ts";

describe("the price grid", () => {
  test.each(["tapered_deci_cent", "linear_cent", "deci_cent"] as const)("%s", (structure) => {
    const grid = gridOf(structure);
    for (let index = 0; index < grid.count; index++) {
      const cc = grid.prices[index] ?? 0;
      expect(grid.prices[grid.count - 1 - index]).toBe(10_000 - cc);
      expect(grid.floorIndex(cc)).toBe(index);
      expect(grid.floorIndex(cc - 0.5)).toBe(index - 1);
    }
    expect(grid.floorIndex(10_000)).toBe(grid.count - 1);
    expect(grid.floorIndex(0)).toBe(-1);
  });

  test.each([
    ["linear_cent", 99],
    ["deci_cent", 999],
    ["tapered_deci_cent", 279],
  ] as const)("%s has %d prices", (structure, count) => {
    expect(gridOf(structure).count).toBe(count);
  });

  test("a price between two ticks has no index", () => {
    expect(indexOfPrice(gridOf("linear_cent"), 5150)).toBe(-1);
    expect(indexOfPrice(gridOf("deci_cent"), 5150)).toBe(514);
    expect(indexOfPrice(gridOf("tapered_deci_cent"), 5)).toBe(-1);
  });
});
