import { expect, test } from "vitest";
import type { LotLeg } from "../../../src/core/lots.ts";
import { differenceOf, lotsIn, taxYear } from "../../../src/core/tax-year.ts";
import { costOf, money, price, qty } from "../../../src/core/units.ts";

test.each([2024, 2025, 2026, 2027, 2100])("%i begins at midnight in New York", (year) => {
  const start = `${year}-01-01T05:00:00.000Z`;
  expect(new Date(taxYear(year).fromMs).toISOString()).toBe(start);
  expect(taxYear(year - 1).untilMs).toBe(taxYear(year).fromMs);
});

const bought = (ledgerId: number, atMs: number): LotLeg => {
  const of = { action: "buy", side: "yes", price: price(4_000), qty: qty(100) } as const;
  const cost = money(costOf(of.price, of.qty) + 16_800);
  return { ledgerId, atMs, ...of, cost, strategy: "favorite" };
};
const settled = (ledgerId: number, atMs: number, contracts: number, dollars: number): LotLeg => {
  const of = { action: "settle", side: "yes", price: null, qty: qty(contracts * 100) } as const;
  return { ledgerId, atMs, ...of, cost: money(0 - dollars * 1e6), strategy: "favorite" };
};

test("a lot belongs to the year of its end, a correction to that of its own, and every year adds up", () => {
  const newYear = taxYear(2027).fromMs;
  const legs = [
    bought(1, newYear - 20),
    settled(2, newYear - 10, 1, 1),
    bought(3, newYear - 1),
    settled(4, newYear, 1, 1),
    settled(5, newYear + 5, 0, -1),
  ];
  const [before, after] = [2026, 2027].map((year) => lotsIn(legs, taxYear(year)));
  expect(before?.closed.map(({ closedBy }) => closedBy)).toEqual([2]);
  expect(before?.control).toMatchObject({ gain: 583_200, openAfter: 416_800 });
  expect(after?.closed.map(({ closedBy, end }) => [closedBy, end])).toEqual([
    [4, "settled"],
    [5, "corrected"],
  ]);
  expect(after?.control).toMatchObject({ gain: -416_800, openBefore: 416_800, openAfter: 0 });
  for (const year of [before, after]) {
    expect(year === undefined ? null : differenceOf(year.control)).toBe(0);
  }
});
