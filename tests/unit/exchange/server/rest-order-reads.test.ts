import { describe, expect, test } from "vitest";
import { OTHER_TICKER, START_MS, TICKER } from "../../../support/tiny-world.ts";
import { OrderRig, trader } from "./order-rig.ts";

describe("orders", () => {
  test("an order as the exchange shows it", () => {
    const rig = trader();
    const { json } = rig.get("/portfolio/orders?status=resting");
    expect(json.cursor).toBe("");
    expect(json.orders).toEqual([
      {
        action: "buy",
        book_side: "bid",
        client_order_id: "maker",
        created_time: "2026-08-17T04:50:01Z",
        exchange_index: 2,
        fill_count_fp: "0.00",
        initial_count_fp: "3.00",
        last_update_time: "2026-08-17T04:50:01Z",
        maker_fees_dollars: "0.000000",
        maker_fill_cost_dollars: "0.000000",
        no_price_dollars: "0.6000",
        order_id: rig.desk.orderByClientId("maker")?.orderId,
        outcome_side: "yes",
        remaining_count_fp: "3.00",
        self_trade_prevention_type: "taker_at_cross",
        side: "yes",
        status: "resting",
        subaccount_number: 0,
        taker_fees_dollars: "0.000000",
        taker_fill_cost_dollars: "0.000000",
        ticker: TICKER,
        type: "limit",
        user_id: "00000000-0000-4000-8000-000000000001",
        yes_price_dollars: "0.4000",
      },
    ]);
  });

  test("fees and costs have six decimals, an ask sells YES", () => {
    const rig = new OrderRig();
    rig.offer("yes", 4000, 250);
    const { order_id } = rig.create({ side: "ask", price: "0.3900", count: "2.50" }).json;
    const { json } = rig.get(`/portfolio/orders/${order_id}`);
    expect(json.order).toMatchObject({
      action: "sell",
      book_side: "ask",
      outcome_side: "no",
      side: "yes",
      status: "executed",
      taker_fees_dollars: "0.042000",
      taker_fill_cost_dollars: "1.500000",
      yes_price_dollars: "0.3900",
      no_price_dollars: "0.6100",
    });
  });

  test("expiry, group and pause flag are there when the order has them", () => {
    const rig = new OrderRig();
    const group = { contracts_limit: 10, exchange_index: 2 };
    const { order_group_id } = rig.send("POST", "/portfolio/order_groups/create", group).json;
    const expiration_time = START_MS / 1000 + 90;
    rig.create({ expiration_time, order_group_id, cancel_order_on_pause: true });
    expect(rig.get("/portfolio/orders").json.orders[0]).toMatchObject({
      cancel_order_on_pause: true,
      expiration_time: "2026-08-17T04:51:30Z",
      order_group_id,
    });
  });

  test("newest first, in pages", () => {
    const rig = new OrderRig();
    for (const client_order_id of ["a", "b", "c"]) rig.create({ client_order_id });
    const first = rig.get("/portfolio/orders?limit=2").json;
    expect(first.orders.map((order) => order.client_order_id)).toEqual(["c", "b"]);
    const second = rig.get(`/portfolio/orders?limit=2&cursor=${first.cursor}`).json;
    expect(second.orders.map((order) => order.client_order_id)).toEqual(["a"]);
    expect(second.cursor).toBe("");
  });

  test.each([
    ["status=executed", ["taker"]],
    ["status=canceled", []],
    [`ticker=${TICKER}`, ["maker", "taker"]],
    [`ticker=${OTHER_TICKER}`, []],
    ["event_ticker=KXBTC15M-26AUG170100", ["maker", "taker"]],
    ["event_ticker=A,B", []],
    [`min_ts=${START_MS / 1000 + 1}`, ["maker"]],
    [`max_ts=${START_MS / 1000}`, ["taker"]],
    ["subaccount=1", []],
    ["exchange_index=0", []],
    ["exchange_index=2", ["maker", "taker"]],
  ])("'%s' narrows the list to %j", (query, ids) => {
    const { json } = trader().get(`/portfolio/orders?${query}`);
    expect(json.orders.map((order) => order.client_order_id)).toEqual(ids);
  });

  test.each(["status=open", `event_ticker=${"A,".repeat(11)}`, "limit=1001", "min_ts=yesterday"])(
    "'%s' is refused",
    (query) => {
      const { status, body } = trader().get(`/portfolio/orders?${query}`);
      expect(status).toBe(400);
      expect(body).toMatch(/^\{"msg":"Parameter validation failed for GetOrders: /);
    },
  );

  test("an unknown order is not found", () => {
    const { status, body } = trader().get("/portfolio/orders/none");
    expect([status, body]).toEqual([404, '{"error":{"code":"not_found","message":"not found"}}']);
  });
});

describe("queue positions", () => {
  test("contracts ahead of each resting order", () => {
    const rig = new OrderRig();
    rig.offer("yes", 4000, 700);
    const { order_id } = rig.create({ price: "0.4000" }).json;
    const other = rig.create({ price: "0.4100" }).json.order_id;
    expect(rig.get("/portfolio/orders/queue_positions").json.queue_positions).toEqual([
      { market_ticker: TICKER, order_id: other, queue_position_fp: "0.00" },
      { market_ticker: TICKER, order_id, queue_position_fp: "8.00" },
    ]);
    expect(rig.get(`/portfolio/orders/${order_id}/queue_position`).body).toBe(
      '{"queue_position_fp":"8.00"}',
    );
  });

  test.each([
    [`market_tickers=${TICKER},X`, 1],
    ["market_tickers=X", 0],
    ["event_ticker=KXBTC15M-26AUG170100", 1],
    ["event_ticker=X", 0],
    ["subaccount=1", 0],
  ])("'%s' gives %d", (query, count) => {
    const { json } = trader().get(`/portfolio/orders/queue_positions?${query}`);
    expect(json.queue_positions).toHaveLength(count);
  });

  test("an order that does not rest has no place in the queue", () => {
    const rig = trader();
    const executed = rig.desk.orderByClientId("taker")?.orderId ?? "";
    expect(rig.get(`/portfolio/orders/${executed}/queue_position`).status).toBe(404);
  });
});
