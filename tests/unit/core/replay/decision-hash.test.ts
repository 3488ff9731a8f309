import { expect, test } from "vitest";
import { DecisionHash } from "../../../../src/core/replay/decision-hash.ts";

const hashOf = (rows: readonly (readonly [string, object])[]): string => {
  const hash = new DecisionHash();
  for (const [kind, row] of rows) hash.add(kind, row);
  return hash.digest();
};

const rows = [
  ["opportunity", { opportunityId: 1, pModel: 0.512345678, side: "yes", ev: null }],
  ["order", { orderId: "a", qty: 100 }],
  ["fill", { fillId: "a-f1", qty: 100, isTaker: true }],
] as const;

test("the hash of a row is the same in every version, whatever order its fields have", () => {
  expect(hashOf(rows)).toBe("e01d1cde8520b4df");
});

test("equal rows in equal order have one hash of sixteen digits", () => {
  expect(hashOf(rows)).toMatch(/^[0-9a-f]{16}$/);
  expect(hashOf(rows)).toBe(hashOf(rows));
  expect(hashOf([["fill", { qty: 1, side: "no" }]])).toBe(
    hashOf([["fill", { side: "no", qty: 1 }]]),
  );
});

test.each([
  ["one row less", rows.slice(1)],
  ["another order", [rows[1], rows[0], rows[2]]],
  ["another kind", [["orders", rows[0][1]], rows[1], rows[2]]],
  ["null for 0", [["opportunity", { ...rows[0][1], ev: 0 }], rows[1], rows[2]]],
  ["1 for true", [rows[0], rows[1], ["fill", { ...rows[2][1], isTaker: 1 }]]],
  ["text for a number", [rows[0], ["order", { ...rows[1][1], qty: "100" }], rows[2]]],
  ["the last digit", [["opportunity", { ...rows[0][1], pModel: 0.512345679 }], rows[1], rows[2]]],
] as const)("%s is another hash", (_, others) => {
  expect(hashOf(others)).not.toBe(hashOf(rows));
});
