import { expect, test } from "vitest";
import type { SeenFill } from "../../../src/core/live/seen.ts";
import {
  compareAccount,
  type OurAccount,
  type TheirAccount,
} from "../../../src/core/reconcile-account.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";

const seen: SeenFill = {
  tradeId: "t1",
  exchangeId: "x1",
  clientOrderId: null,
  ticker: "A",
  bookSide: "ask",
  yesPrice: price(4_000),
  qty: qty(300),
  fee: money(50_400),
  isTaker: true,
  atMs: 1,
  told: {},
};
const filled = aFill({
  fillId: "t1",
  orderId: "r1-1",
  ticker: "A",
  side: "no",
  action: "buy",
  price: price(6_000),
  qty: qty(300),
  fee: money(50_400),
});
const OURS: OurAccount = {
  fills: [filled],
  paid: new Map([["S", { payout: money(2_220_111), isFinal: true }]]),
  positions: new Map([["A", qty(-300)]]),
};
const THEIRS: TheirAccount = {
  fills: [seen],
  ourOrders: new Set(["x1"]),
  settlements: [{ ticker: "S", revenue: money(2_220_000), atMs: 1 }],
  positions: [{ ticker: "A", qty: qty(-300) }],
};

test("what is the same is no residue; what a payout is cut by is told apart", () => {
  expect(compareAccount(OURS, THEIRS)).toEqual({ residues: [], foreignFills: 0, rounding: 111 });
});

test("one trade that met two of our orders is one trade", () => {
  const halves = ["r1-1", "r1-2"].map((orderId) =>
    aFill({ ...filled, orderId, qty: qty(150), fee: money(25_200) }),
  );
  const theirs = ["x1", "x2"].map((exchangeId) => ({
    ...seen,
    exchangeId,
    qty: qty(150),
    fee: money(25_200),
  }));
  const { residues } = compareAccount({ ...OURS, fills: halves }, { ...THEIRS, fills: theirs });
  expect(residues).toEqual([]);
});

test.each<[string, Partial<OurAccount>, Partial<TheirAccount>, [check: string, amount: number]]>([
  [
    "a fill that is not on file",
    { fills: [], positions: new Map() },
    {},
    ["exchange_fill", -1_149_600],
  ],
  ["a fill that the exchange has not", {}, { fills: [] }, ["exchange_fill", 1_149_600]],
  ["another fee", {}, { fills: [{ ...seen, fee: money(50_500) }] }, ["exchange_fill", 100]],
  [
    "another price",
    {},
    { fills: [{ ...seen, yesPrice: price(4_100) }] },
    ["exchange_fill", -30_000],
  ],
  ["another payout", {}, { settlements: [] }, ["exchange_settlement", 2_220_111]],
  ["another position", {}, { positions: [] }, ["exchange_position", 0]],
])("%s is a residue", (_name, ours, theirs, [check, amount]) => {
  const { residues } = compareAccount({ ...OURS, ...ours }, { ...THEIRS, ...theirs });
  expect(residues).toMatchObject([{ check, amount, mode: "live" }]);
});

test("markets in which others trade too are left out and counted", () => {
  const other = { ...seen, tradeId: "t9", exchangeId: "x9" };
  const theirs = { ...THEIRS, fills: [seen, other], positions: [{ ticker: "A", qty: qty(-600) }] };
  expect(compareAccount(OURS, theirs)).toMatchObject({ residues: [], foreignFills: 1 });
});

test("what is settled provisionally here is still held there", () => {
  const paid = new Map([["A", { payout: money(0), isFinal: false }]]);
  const ours = { ...OURS, paid, positions: new Map([["A", qty(0)]]) };
  expect(compareAccount(ours, THEIRS).residues).toEqual([]);
});
