import { expect, test } from "vitest";
import { addProfit, profitRange } from "../../../../src/core/sim/profit-range.ts";
import { money } from "../../../../src/core/units.ts";

test.each<[string, [string, number][], [string, number][], [number, number, number]]>([
  ["nothing", [], [], [0, 0, 0]],
  ["alike", [["A", 5]], [["A", 5]], [5, 5, 5]],
  ["one that was not filled where the other one lost", [["A", -5]], [], [-5, -5, 0]],
  [
    "market by market",
    [
      ["A", -5],
      ["B", 3],
    ],
    [
      ["A", 1],
      ["B", 2],
    ],
    [-3, -2, 4],
  ],
  ["what the other one alone traded", [], [["A", -4]], [-4, 0, 0]],
])("the range of two accounts: %s", (_, expected, shadow, [low, middle, high]) => {
  expect(profitRange(new Map(expected), new Map(shadow))).toEqual({
    pessimistic: low,
    expected: middle,
    optimistic: high,
  });
});

test("profits add up, and what closes nothing adds none", () => {
  const profits = new Map<string, number>();
  for (const pnl of [money(3), null, money(-5)]) addProfit(profits, "A", pnl);
  addProfit(profits, "B", null);
  expect([...profits]).toEqual([["A", -2]]);
});
