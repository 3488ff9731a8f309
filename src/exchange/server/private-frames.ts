// Bodies of the private WebSocket messages (kalshi.md §3.5): what goes into `msg`, without its envelope.

import type { AccountEvent, Fill, OrderState, Position } from "../trading/types.ts";
import { countText, dollarText } from "./number-text.ts";
import { actionOf, moneyText, outcomeOf, USER_ID } from "./order-json.ts";

/** `fill`: unlike in REST the client's own order id is part of it. */
export function fillBody(fill: Fill): string {
  const { side } = fill;
  return JSON.stringify({
    trade_id: fill.tradeId,
    order_id: fill.orderId,
    ...clientOrderId(fill.clientOrderId),
    market_ticker: fill.ticker,
    exchange_index: fill.exchangeIndex,
    is_taker: fill.isTaker,
    side: "yes",
    action: actionOf(side),
    purchased_side: outcomeOf(side),
    outcome_side: outcomeOf(side),
    book_side: side,
    yes_price_dollars: dollarText(fill.priceCc),
    count_fp: countText(fill.countCq),
    fee_cost: moneyText(fill.feeUd),
    post_position_fp: countText(fill.positionCq),
    subaccount: fill.subaccount,
    ts: Math.floor(fill.atMs / 1000),
    ts_ms: fill.atMs,
  });
}

/** `user_order`. */
export function orderBody(order: OrderState): string {
  const { side, expirationMs, groupId } = order;
  return JSON.stringify({
    order_id: order.orderId,
    user_id: USER_ID,
    ticker: order.ticker,
    exchange_index: order.exchangeIndex,
    status: order.status,
    side: "yes",
    is_yes: true,
    outcome_side: outcomeOf(side),
    book_side: side,
    yes_price_dollars: dollarText(order.priceCc),
    initial_count_fp: countText(order.initialCq),
    fill_count_fp: countText(order.filledCq),
    remaining_count_fp: countText(order.leftCq),
    taker_fill_cost_dollars: moneyText(order.takerCostUd),
    maker_fill_cost_dollars: moneyText(order.makerCostUd),
    taker_fees_dollars: moneyText(order.takerFeesUd),
    maker_fees_dollars: moneyText(order.makerFeesUd),
    ...clientOrderId(order.clientOrderId),
    ...(groupId === null ? {} : { order_group_id: groupId }),
    self_trade_prevention_type: order.selfTrade,
    created_ts_ms: order.createdMs,
    ...(expirationMs === null ? {} : { expiration_ts_ms: expirationMs }),
    last_updated_ts_ms: order.updatedMs,
    last_update_reason: order.reason,
    subaccount_number: order.subaccount,
  });
}

/** `market_position`. */
export function positionBody(position: Position): string {
  return JSON.stringify({
    user_id: USER_ID,
    market_ticker: position.ticker,
    position_fp: countText(position.positionCq),
    position_cost_dollars: moneyText(position.costUd),
    realized_pnl_dollars: moneyText(position.realizedUd),
    fees_paid_dollars: moneyText(position.feesUd),
    position_fee_cost_dollars: moneyText(position.feesUd),
    volume_fp: countText(position.volumeCq),
    subaccount: position.subaccount,
  });
}

/** `order_group_updates`. */
export function groupBody(event: Extract<AccountEvent, { type: "group" }>): string {
  const { change, group, atMs } = event;
  return JSON.stringify({
    event_type: change,
    order_group_id: group.groupId,
    ...(group.limitCq === null ? {} : { contracts_limit_fp: countText(group.limitCq) }),
    ts_ms: atMs,
  });
}

function clientOrderId(id: string | null): { readonly client_order_id?: string } {
  return id === null ? {} : { client_order_id: id };
}
