import { expect, test } from "vitest";
import { takerEdge } from "../../../src/core/edge.ts";
import { QUADRATIC_FEES } from "../../../src/core/fees.ts";
import { money, price, qty } from "../../../src/core/units.ts";

const base = { p: 0.6, ask: price(5_000), qty: qty(1_000), schedule: QUADRATIC_FEES, slippage: 0 };

test("buying YES is worth p less the ask and the fee", () => {
  const edge = takerEdge({ ...base, side: "yes" });
  expect(edge.cost).toBe(517_500);
  expect(edge.ev).toBeCloseTo(0.6 - 0.5175, 12);
});

test("buying NO takes the complement of p once", () => {
  const edge = takerEdge({ ...base, side: "no" });
  expect(edge.cost).toBe(517_500);
  expect(edge.ev).toBeCloseTo(0.4 - 0.5175, 12);
});

test("slippage lowers the value, not the cost", () => {
  const edge = takerEdge({ ...base, side: "yes", slippage: 0.01 });
  expect(edge.cost).toBe(517_500);
  expect(edge.ev).toBeCloseTo(0.6 - 0.5275, 12);
});

test("a cost per contract that is no whole micro-dollar is rounded up, its value is not", () => {
  const edge = takerEdge({ ...base, side: "yes", ask: price(3_700), qty: qty(700) });
  expect(edge.cost).toBe(386_329);
  expect(edge.ev).toBeCloseTo(0.6 - 2.7043 / 7, 12);
});

test("the fee of a small order weighs more than that of a large one", () => {
  const broker = { ...QUADRATIC_FEES, align: money(10_000) };
  const one = takerEdge({ ...base, side: "yes", qty: qty(100), schedule: broker });
  const many = takerEdge({ ...base, side: "yes", qty: qty(10_000), schedule: broker });
  expect(one.cost).toBe(520_000);
  expect(many.cost).toBe(517_500);
});
