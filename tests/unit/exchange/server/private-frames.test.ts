import { expect, test } from "vitest";
import {
  fillBody,
  groupBody,
  orderBody,
  positionBody,
} from "../../../../src/exchange/server/private-frames.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { OrderRig } from "./order-rig.ts";

/** The last event of a type among those of a rig. */
function lastOf<T extends OrderRig["events"][number]["type"]>(
  rig: OrderRig,
  type: T,
): Extract<OrderRig["events"][number], { type: T }> {
  const event = rig.events.findLast(
    (each): each is Extract<typeof each, { type: T }> => each.type === type,
  );
  if (event === undefined) throw new Error(`no ${type}`);
  return event;
}

function bought(): OrderRig {
  const rig = new OrderRig();
  rig.offer("no", 4800, 100);
  rig.create({ client_order_id: "mine", price: "0.9530", time_in_force: "immediate_or_cancel" });
  return rig;
}

test("fill: what REST tells and the client's own id and the position after it", () => {
  const { fill } = lastOf(bought(), "fill");
  expect(fillBody(fill)).toBe(
    `{"trade_id":"${fill.tradeId}","order_id":"${fill.orderId}","client_order_id":"mine","market_ticker":"${TICKER}","exchange_index":2,"is_taker":true,"side":"yes","action":"buy","purchased_side":"yes","outcome_side":"yes","book_side":"bid","yes_price_dollars":"0.5200","count_fp":"1.00","fee_cost":"0.017500","post_position_fp":"1.00","subaccount":0,"ts":${START_MS / 1000},"ts_ms":${START_MS}}`,
  );
  expect(fillBody({ ...fill, side: "ask", positionCq: -100 })).toContain(
    '"side":"yes","action":"sell","purchased_side":"no","outcome_side":"no","book_side":"ask"',
  );
});

test("user_order: the order as it stands, and why it changed", () => {
  const { order } = lastOf(bought(), "order");
  expect(orderBody(order)).toBe(
    `{"order_id":"${order.orderId}","user_id":"00000000-0000-4000-8000-000000000001","ticker":"${TICKER}","exchange_index":2,"status":"executed","side":"yes","is_yes":true,"outcome_side":"yes","book_side":"bid","yes_price_dollars":"0.9530","initial_count_fp":"1.00","fill_count_fp":"1.00","remaining_count_fp":"0.00","taker_fill_cost_dollars":"0.520000","maker_fill_cost_dollars":"0.000000","taker_fees_dollars":"0.017500","maker_fees_dollars":"0.000000","client_order_id":"mine","self_trade_prevention_type":"taker_at_cross","created_ts_ms":${START_MS},"last_updated_ts_ms":${START_MS},"last_update_reason":"Trade","subaccount_number":0}`,
  );
  const expiring = orderBody({ ...order, expirationMs: START_MS + 5000, groupId: "g" });
  expect(expiring).toContain('"order_group_id":"g"');
  expect(expiring).toContain(`"expiration_ts_ms":${START_MS + 5000}`);
});

test("market_position", () => {
  const { position } = lastOf(bought(), "position");
  expect(positionBody(position)).toBe(
    `{"user_id":"00000000-0000-4000-8000-000000000001","market_ticker":"${TICKER}","position_fp":"1.00","position_cost_dollars":"0.520000","realized_pnl_dollars":"0.000000","fees_paid_dollars":"0.017500","position_fee_cost_dollars":"0.017500","volume_fp":"1.00","subaccount":0}`,
  );
});

test("order_group_updates", () => {
  const rig = new OrderRig();
  const group = { contracts_limit: 100, exchange_index: 2 };
  const { order_group_id } = rig.send("POST", "/portfolio/order_groups/create", group).json;
  rig.send("PUT", `/portfolio/order_groups/${order_group_id}/trigger?exchange_index=2`);
  expect(groupBody(lastOf(rig, "group"))).toBe(
    `{"event_type":"triggered","order_group_id":"${order_group_id}","contracts_limit_fp":"100.00","ts_ms":${START_MS}}`,
  );
});
