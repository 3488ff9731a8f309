import { describe, expect, test } from "vitest";
import { tradeResult } from "../../../../src/core/performance/trade-result.ts";
import type { FillRecord } from "../../../../src/core/records.ts";
import { yesPayoutOf } from "../../../../src/core/settlement.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aFill } from "../../../support/builders.ts";

type Words = `${FillRecord["action"]} ${FillRecord["side"]}`;
type Terms = readonly [contracts: number, cents: number, feeCents?: number];

const fill = (
  orderId: string,
  words: Words,
  ...[contracts, cents, feeCents = 0]: Terms
): FillRecord => {
  const [action, side] = words.split(" ") as [FillRecord["action"], FillRecord["side"]];
  const fee = money(feeCents * 10_000);
  const size = { price: price(cents * 100), qty: qty(contracts * 100) };
  return aFill({ orderId, fillId: `${orderId}-1`, action, side, fee, ...size });
};

/** Profit in cents, contracts, and whether it is over. */
const told = (fills: readonly FillRecord[], own: string, result: "yes" | "no" | null = null) => {
  const yesPayout = result === null ? null : yesPayoutOf({ result, yesPayout: null });
  const found = tradeResult(fills, ({ orderId }) => orderId === own, yesPayout);
  if (found === null) return null;
  const { bought, isOver, pnl, sold } = found;
  return { cents: pnl / 10_000, bought: bought / 100, sold: sold / 100, isOver };
};

const ENTRY = fill("in", "buy yes", 10, 60, 17);

describe("an order that bought", () => {
  test.each([
    ["nothing is known yet", [ENTRY], null, null],
    ["won", [ENTRY], "yes", { cents: 383, bought: 10, sold: 0, isOver: true }],
    ["lost", [ENTRY], "no", { cents: -617, bought: 10, sold: 0, isOver: true }],
    [
      "was sold, whatever came after",
      [ENTRY, fill("out", "sell yes", 10, 70, 15)],
      "no",
      { cents: 68, bought: 10, sold: 10, isOver: true },
    ],
    [
      "was closed by buying the other side",
      [ENTRY, fill("out", "buy no", 10, 30, 15)],
      "no",
      { cents: 68, bought: 10, sold: 10, isOver: true },
    ],
    [
      "was sold in part, the rest settled",
      [ENTRY, fill("out", "sell yes", 4, 70, 6)],
      "yes",
      { cents: 257, bought: 10, sold: 4, isOver: true },
    ],
    [
      "was sold in part, the rest is open: of the sold part",
      [ENTRY, fill("out", "sell yes", 4, 70, 6)],
      null,
      { cents: 27, bought: 10, sold: 4, isOver: false },
    ],
    [
      "shared its position: its part of the sale less its own cost",
      [ENTRY, fill("more", "buy yes", 30, 50), fill("out", "sell yes", 40, 55, 40)],
      null,
      { cents: -77, bought: 40, sold: 40, isOver: true },
    ],
    [
      "was flat before another began in the same market",
      [ENTRY, fill("out", "sell yes", 10, 70, 15), fill("again", "buy yes", 5, 20)],
      "no",
      { cents: 68, bought: 10, sold: 10, isOver: true },
    ],
  ] as const)("%s", (_, fills, result, expected) => {
    const found = told(fills, "in", result);
    expect(found === null ? null : { ...found, cents: Math.round(found.cents) }).toEqual(expected);
  });
});

test("an order that sold has what it brought above the mean cost, its fee taken off", () => {
  const fills = [ENTRY, fill("more", "buy yes", 10, 50), fill("out", "sell yes", 5, 70, 8)];
  // Twenty cost 1117 cents.
  expect(told(fills, "out")?.cents).toBeCloseTo(350 - 8 - 1117 / 4, 2);
  expect(told(fills, "none")).toBeNull();
});

test("one order that turns a position around closes the one and opens the other", () => {
  const fills = [fill("in", "buy no", 10, 40), fill("turn", "sell no", 25, 45, 25)];
  expect(told(fills, "in")?.cents).toBeCloseTo(50 - 10, 2);
  // Ten sold at 45, and fifteen YES bought at 55 that win.
  expect(told(fills, "turn", "yes")?.cents).toBeCloseTo(50 - 10 + 15 * 45 - 15, 2);
});

test("profits of all entries of a position, sold in pieces and settled, add up to its cash", () => {
  const fills = [
    fill("a", "buy yes", 10, 60, 17),
    fill("x", "sell yes", 3, 66, 5),
    fill("b", "buy yes", 7, 48, 12),
    fill("y", "sell yes", 6, 52, 10),
  ];
  const cash = -617 + 193 - 348 + 302 + 8 * 100;
  const entries = (told(fills, "a", "yes")?.cents ?? 0) + (told(fills, "b", "yes")?.cents ?? 0);
  expect(entries).toBeCloseTo(cash, 2);
});
