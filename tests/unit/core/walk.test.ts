import { expect, test } from "vitest";
import { walkBook } from "../../../src/core/sim/walk.ts";

const asks = [
  [5_200, 12_000],
  [5_300, 30_000],
  [5_500, 5_000],
] as const;

test.each([
  ["an order within the touch", { qty: 10_000, limit: 5_500 }, [[5_200, 10_000]]],
  [
    "an order through the touch",
    { qty: 20_000, limit: 5_300 },
    [
      [5_200, 12_000],
      [5_300, 8_000],
    ],
  ],
  ["a limit below the book", { qty: 20_000, limit: 5_100 }, []],
  ["nothing wanted", { qty: 0, limit: 5_500 }, []],
])("%s", (_, order, fills) => {
  const result = walkBook({ asks, ...order, participation: 1, haircut: 0 });
  expect(result.fills).toEqual(fills);
  expect(result.filled).toBe(fills.reduce((sum, [, size]) => sum + (size ?? 0), 0));
});

test("the mean price weighs by size and is null without a fill", () => {
  const both = walkBook({ asks, qty: 24_000, limit: 5_300, participation: 1, haircut: 0 });
  expect(both.avg).toBe(5_250);
  expect(walkBook({ asks: [], qty: 1, limit: 1, participation: 1, haircut: 0 }).avg).toBeNull();
});

test("participation caps the whole order by what was displayed up to the limit, haircut each level", () => {
  const result = walkBook({ asks, qty: 99_999, limit: 5_300, participation: 0.5, haircut: 0.3 });
  expect(result.fills).toEqual([
    [5_200, 8_400],
    [5_300, 12_600],
  ]);
});

test("float dust of the haircut does not cost a hundredth of a contract", () => {
  const result = walkBook({
    asks: [[5_000, 1_000]],
    qty: 1_000,
    limit: 5_000,
    participation: 1,
    haircut: 0.42,
  });
  expect(result.filled).toBe(580);
});
