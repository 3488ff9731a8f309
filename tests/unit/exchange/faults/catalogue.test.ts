import { expect, test } from "vitest";
import { CATALOGUE } from "../../../../src/exchange/faults/catalogue.ts";
import { FAULTS } from "../../../../src/exchange/faults/fault-table.ts";

function rows(letter: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `${letter}${from + at}`);
}

test("every row of the fault catalogue that an exchange can inject has its faults", () => {
  const wanted = [...rows("W", 1, 13), ...rows("R", 1, 16), ...rows("X", 2, 6), "S4"];
  expect(Object.keys(CATALOGUE)).toEqual(wanted);
  for (const [row, { faults }] of Object.entries(CATALOGUE)) {
    expect(faults, row).not.toHaveLength(0);
  }
});

test("every fault is there for some row, or for the clock of X1", () => {
  const used = new Set(Object.values(CATALOGUE).flatMap(({ faults }) => faults));
  const beside = ["clock_skewed", "http_header"];
  expect(
    Object.keys(FAULTS)
      .filter((name) => !used.has(name as never))
      .toSorted(),
  ).toEqual(beside);
});
