// The account's orders, fills, positions and settlements as REST shows them (kalshi.md §2.8), keys in the recorded order.

import { formatDecimal } from "../../core/units.ts";
import type {
  BookSide,
  Fill,
  OrderAnswer,
  OrderState,
  Position,
  Settlement,
} from "../trading/types.ts";
import { countText, dollarText } from "./number-text.ts";
import { utcText } from "./time-text.ts";
import type { JsonRecord } from "./types.ts";

/** The one user of this exchange. */
export const USER_ID = "00000000-0000-4000-8000-000000000001";

const DOLLAR_CC = 10_000;

/** Micro-dollars as the exchange writes fees and costs: six decimals. */
export function moneyText(ud: number): string {
  return formatDecimal(ud, 6);
}

/** A bid gains when the outcome is yes. */
export function outcomeOf(side: BookSide): "yes" | "no" {
  return side === "bid" ? "yes" : "no";
}

/** The deprecated way to say which side: an ask sells YES. */
export function actionOf(side: BookSide): "buy" | "sell" {
  return side === "bid" ? "buy" : "sell";
}

export function orderJson(order: OrderState): JsonRecord {
  const { expirationMs, groupId, side } = order;
  return {
    action: actionOf(side),
    book_side: side,
    ...(order.cancelOnPause ? { cancel_order_on_pause: true } : {}),
    client_order_id: order.clientOrderId ?? "",
    created_time: utcText(order.createdMs),
    exchange_index: order.exchangeIndex,
    ...(expirationMs === null ? {} : { expiration_time: utcText(expirationMs) }),
    fill_count_fp: countText(order.filledCq),
    initial_count_fp: countText(order.initialCq),
    last_update_time: utcText(order.updatedMs),
    maker_fees_dollars: moneyText(order.makerFeesUd),
    maker_fill_cost_dollars: moneyText(order.makerCostUd),
    no_price_dollars: dollarText(DOLLAR_CC - order.priceCc),
    ...(groupId === null ? {} : { order_group_id: groupId }),
    order_id: order.orderId,
    outcome_side: outcomeOf(side),
    remaining_count_fp: countText(order.leftCq),
    self_trade_prevention_type: order.selfTrade,
    side: "yes",
    status: order.status,
    subaccount_number: order.subaccount,
    taker_fees_dollars: moneyText(order.takerFeesUd),
    taker_fill_cost_dollars: moneyText(order.takerCostUd),
    ticker: order.ticker,
    type: "limit",
    user_id: USER_ID,
    yes_price_dollars: dollarText(order.priceCc),
  };
}

/** A fill without the client's order id, which REST stopped to tell on 2026-03-30. */
export function fillJson(fill: Fill): JsonRecord {
  const { side } = fill;
  return {
    action: actionOf(side),
    book_side: side,
    count_fp: countText(fill.countCq),
    created_time: utcText(fill.atMs),
    exchange_index: fill.exchangeIndex,
    fee_cost: moneyText(fill.feeUd),
    fill_id: fill.tradeId,
    is_taker: fill.isTaker,
    market_ticker: fill.ticker,
    no_price_dollars: dollarText(DOLLAR_CC - fill.priceCc),
    order_id: fill.orderId,
    outcome_side: outcomeOf(side),
    side: "yes",
    subaccount_number: fill.subaccount,
    ticker: fill.ticker,
    trade_id: fill.tradeId,
    ts: Math.floor(fill.atMs / 1000),
    yes_price_dollars: dollarText(fill.priceCc),
  };
}

export function marketPositionJson(position: Position): JsonRecord {
  return {
    exchange_index: position.exchangeIndex,
    fees_paid_dollars: moneyText(position.feesUd),
    last_updated_ts: utcText(position.atMs),
    market_exposure_dollars: moneyText(position.costUd),
    position_fp: countText(position.positionCq),
    realized_pnl_dollars: moneyText(position.realizedUd),
    ticker: position.ticker,
    total_traded_dollars: moneyText(position.tradedUd),
  };
}

/** The positions of one event taken together. */
export function eventPositionJson(eventTicker: string, positions: readonly Position[]): JsonRecord {
  const sum = (of: (position: Position) => number): number =>
    positions.reduce((total, position) => total + of(position), 0);
  return {
    event_exposure_dollars: moneyText(sum(({ costUd }) => costUd)),
    event_ticker: eventTicker,
    fees_paid_dollars: moneyText(sum(({ feesUd }) => feesUd)),
    realized_pnl_dollars: moneyText(sum(({ realizedUd }) => realizedUd)),
    total_cost_dollars: moneyText(sum(({ tradedUd }) => tradedUd)),
    total_cost_shares_fp: countText(sum(({ volumeCq }) => volumeCq)),
  };
}

/** A settlement, whose `revenue` and `value` are whole cents. */
export function settlementJson(settlement: Settlement): JsonRecord {
  return {
    event_ticker: settlement.eventTicker,
    exchange_index: settlement.exchangeIndex,
    fee_cost: moneyText(settlement.feesUd),
    market_result: settlement.result,
    no_count_fp: countText(settlement.noCq),
    no_total_cost_dollars: moneyText(settlement.noCostUd),
    revenue: centsOf(settlement.revenueUd),
    settled_time: utcText(settlement.atMs),
    ticker: settlement.ticker,
    value: Math.trunc(settlement.payoutCc / 100),
    yes_count_fp: countText(settlement.yesCq),
    yes_total_cost_dollars: moneyText(settlement.yesCostUd),
  };
}

/** Whole cents, what is below them cut off. */
export function centsOf(ud: number): number {
  return Math.trunc(ud / 10_000);
}

/** The answer to a create or an amend; averages per contract are there only when this request filled something. */
export function placedJson(answer: OrderAnswer): JsonRecord {
  const { order, filledCq, costUd, feesUd } = answer;
  const averages =
    filledCq === 0
      ? {}
      : {
          average_fee_paid: dollarText(average(feesUd, filledCq)),
          average_fill_price: dollarText(average(costUd, filledCq)),
        };
  return {
    ...averages,
    ...(order.clientOrderId === null ? {} : { client_order_id: order.clientOrderId }),
    fill_count: countText(filledCq),
    order_id: order.orderId,
    remaining_count: countText(order.leftCq),
    ts_ms: order.updatedMs,
  };
}

// Micro-dollars over hundredths of a contract are centicents per contract; half a centicent rounds up.
function average(ud: number, countCq: number): number {
  return Number((2n * BigInt(ud) + BigInt(countCq)) / (2n * BigInt(countCq)));
}
