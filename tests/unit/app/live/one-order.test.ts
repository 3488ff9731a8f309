import { expect, test } from "vitest";
import { OneOrder } from "../../../../src/app/live/one-order.ts";
import type { LedgerRecord, OrderRecord } from "../../../../src/core/records.ts";
import { money, price, qty } from "../../../../src/core/units.ts";

const TICKER = "KXBTC15M-26NOV020915-15";
const AT = { atMs: 1, ticker: TICKER, side: "yes", action: "buy", price: price(4_000) } as const;

const rowOf = (orderId: string, strategy: string): OrderRecord => {
  const { action, side, ticker } = AT;
  const what = { orderId, strategy, ticker, side, action, price: AT.price, qty: qty(100) };
  return { ...what, clientOrderId: orderId, opportunityId: 1, state: "pending", createdMs: 1 };
};

const legOf = (orderId: string | null): LedgerRecord => ({
  ...AT,
  qty: qty(100),
  cost: money(400_000),
  pnl: null,
  status: "filled",
  source: "live",
  strategy: "by-hand",
  orderId,
  payload: {},
});

test("what an earlier run left behind is none of this order's", () => {
  const own = new OneOrder({ ticker: TICKER, side: "yes", maxCost: money(1_000_000) }, () => true);
  const end = { atMs: 1, filledQty: qty(0), reason: "" } as const;
  // Recovery tells of these before anything is placed.
  own.orderEvent({ ...end, orderId: "earlier", state: "rejected" });
  own.ledger(legOf("earlier"));
  own.ledger(legOf(null));
  own.order(rowOf("another", "threshold-ev"));
  expect(own).toMatchObject({ isAsked: false, end: null, filled: { cost: 0 } });

  own.order(rowOf("mine", "by-hand"));
  own.ledger(legOf("mine"));
  own.orderEvent({ ...end, orderId: "another", state: "canceled" });
  expect(own).toMatchObject({ isAsked: true, end: null, filled: { cost: 400_000 } });
  own.orderEvent({ ...end, orderId: "mine", state: "resting" });
  expect(own.end).toBeNull();
  own.orderEvent({ ...end, orderId: "mine", state: "filled" });
  expect(own.end).toMatchObject({ orderId: "mine", state: "filled" });
});
