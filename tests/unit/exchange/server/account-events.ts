import type { AccountEvent, Fill, OrderState } from "../../../../src/exchange/trading/types.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";

/** A resting bid of subaccount 3. */
export const ORDER: OrderState = {
  orderId: "97ec18b7-10d3-4557-9de0-8598aad625f0",
  clientOrderId: "2b8394e0-515e-4b89-b624-f34067756855",
  ticker: TICKER,
  side: "bid",
  priceCc: 5200,
  initialCq: 100,
  filledCq: 0,
  leftCq: 100,
  status: "resting",
  timeInForce: "good_till_canceled",
  selfTrade: "taker_at_cross",
  expirationMs: null,
  isPostOnly: false,
  cancelOnPause: false,
  isReduceOnly: false,
  subaccount: 3,
  groupId: null,
  exchangeIndex: 2,
  takerCostUd: 0,
  makerCostUd: 0,
  takerFeesUd: 0,
  makerFeesUd: 0,
  createdMs: START_MS,
  updatedMs: START_MS,
  reason: "",
};

export const FILL: Fill = {
  tradeId: "f4a42159-b500-57c6-efa2-c31d94d916c1",
  orderId: ORDER.orderId,
  clientOrderId: ORDER.clientOrderId,
  ticker: TICKER,
  exchangeIndex: 2,
  side: "bid",
  priceCc: 5200,
  countCq: 100,
  isTaker: true,
  feeUd: 17_500,
  positionCq: 100,
  subaccount: 3,
  atMs: START_MS,
};

/** One event of every kind that the owner of an account is told. */
export const EVENTS: readonly AccountEvent[] = [
  { type: "order", order: ORDER, atMs: START_MS },
  { type: "fill", fill: FILL, atMs: START_MS },
  {
    type: "position",
    position: {
      ticker: TICKER,
      eventTicker: "KXBTC15M-26AUG170100",
      exchangeIndex: 2,
      subaccount: 3,
      positionCq: 100,
      costUd: 520_000,
      tradedUd: 520_000,
      volumeCq: 100,
      realizedUd: 0,
      feesUd: 17_500,
      atMs: START_MS,
    },
    atMs: START_MS,
  },
  {
    type: "group",
    change: "triggered",
    group: {
      groupId: "9d1c2b3a-6b7e-4d22-8c0f-1f2e3d4c5b6a",
      exchangeIndex: 2,
      subaccount: 3,
      limitCq: 10_000,
      isTriggered: true,
    },
    atMs: START_MS,
  },
  {
    type: "balance",
    balance: { exchangeIndex: 2, subaccount: 3, availableUd: 1, reservedUd: 1, atMs: START_MS },
    atMs: START_MS,
  },
];
