import { describe, expect, test } from "vitest";
import { ORDER_ROUTES } from "../../../../src/exchange/server/rest-orders.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { OrderRig, orderBody } from "./order-rig.ts";

const ORDERS = "/portfolio/events/orders";
const NOT_FOUND = '{"error":{"code":"not_found","message":"not found"}}';
const NOBODY = "00000000-0000-0000-0000-000000000000";

function cancelPath(orderId: string, query = "?exchange_index=2"): string {
  return `${ORDERS}/${orderId}${query}`;
}

describe("create", () => {
  test("a resting order: no averages, the time of the exchange", () => {
    const rig = new OrderRig();
    const { status, body, json } = rig.create({ client_order_id: "mine" });
    expect(status).toBe(201);
    expect(body).toBe(
      `{"client_order_id":"mine","fill_count":"0.00","order_id":"${json.order_id}","remaining_count":"1.00","ts_ms":${START_MS}}`,
    );
  });

  test("an order without an id of its own gets none back", () => {
    const { json } = new OrderRig().create({ client_order_id: undefined });
    expect(json).not.toHaveProperty("client_order_id");
  });

  test("a filled order: price and fee per contract, at the resting price", () => {
    const rig = new OrderRig();
    rig.offer("no", 4800, 1000);
    const { status, json } = rig.create({ price: "0.9900", time_in_force: "immediate_or_cancel" });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      average_fee_paid: "0.0175",
      average_fill_price: "0.5200",
      fill_count: "1.00",
      remaining_count: "0.00",
    });
  });

  test("averages over several prices are rounded to $0.0001, halves up", () => {
    const rig = new OrderRig();
    rig.offer("no", 4900, 100);
    rig.offer("no", 4800, 200);
    const { json } = rig.create({ price: "0.5300", count: "3.00" });
    // (0.51 + 2 × 0.52) / 3 = 0.51666…; fees 0.0175 + 0.0350
    expect(json).toMatchObject({ average_fill_price: "0.5167", average_fee_paid: "0.0175" });
  });

  test("an ask's price is that of the YES leg", () => {
    const rig = new OrderRig();
    rig.offer("yes", 4600, 1000);
    const { json } = rig.create({ side: "ask", price: "0.4500" });
    expect(json).toMatchObject({ average_fill_price: "0.4600", fill_count: "1.00" });
  });

  test("immediate without a match: accepted, nothing filled, nothing left", () => {
    const { status, json } = new OrderRig().create({ time_in_force: "immediate_or_cancel" });
    expect(status).toBe(201);
    expect(json).toMatchObject({ fill_count: "0.00", remaining_count: "0.00" });
  });

  test.each<[string, Record<string, unknown>, number, string]>([
    ["an id used before", { client_order_id: "used" }, 409, "order_already_exists"],
    ["post only that would cross", { price: "0.9900", post_only: true }, 400, "invalid_order"],
    ["more than the cash", { count: "10099.00", price: "0.4000" }, 400, "insufficient_balance"],
    [
      "fill or kill without volume",
      { time_in_force: "fill_or_kill", count: "99.00", price: "0.9900" },
      409,
      "fill_or_kill_insufficient_resting_volume",
    ],
    ["an unknown market", { ticker: "KXNONE-1" }, 404, "market_not_found"],
    ["another shard than the market's", { exchange_index: 0 }, 404, "market_not_found"],
    ["an unknown group", { order_group_id: NOBODY }, 404, "not_found"],
  ])("%s is refused", (_name, over, status, code) => {
    const rig = new OrderRig();
    rig.offer("no", 4800, 1000);
    rig.create({ client_order_id: "used", price: "0.1000" });
    const answer = rig.create(over);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(rig.desk.orders()).toHaveLength(1);
  });

  test("the refusal of a crossing post-only order says so", () => {
    const rig = new OrderRig();
    rig.offer("no", 4800, 1000);
    expect(rig.create({ price: "0.9900", post_only: true }).body).toBe(
      '{"error":{"code":"invalid_order","message":"invalid order","details":"post only cross"}}',
    );
  });
});

describe("cancel", () => {
  test("tells what it took away", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create({ count: "2.50" }).json;
    rig.pass(1500);
    const { status, body } = rig.send("DELETE", cancelPath(order_id));
    expect(status).toBe(200);
    expect(body).toBe(`{"order_id":"${order_id}","reduced_by":"2.50","ts_ms":${START_MS + 1500}}`);
  });

  test("an order that is gone, one that was executed and one that never was look the same", () => {
    const rig = new OrderRig();
    rig.offer("no", 4800, 1000);
    const gone = rig.create({ price: "0.1000" }).json.order_id;
    rig.send("DELETE", cancelPath(gone));
    const executed = rig.create({ price: "0.9900" }).json.order_id;
    for (const id of [gone, executed, NOBODY]) {
      const { status, body } = rig.send("DELETE", cancelPath(id));
      expect([status, body]).toEqual([404, NOT_FOUND]);
    }
  });

  test("without shard and market it goes to shard 0, where the order is not", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create().json;
    expect(rig.send("DELETE", cancelPath(order_id, "")).status).toBe(404);
    expect(rig.rules.slice(-2)).toEqual(["missing_shard", "wrong_shard"]);
    expect(rig.desk.orders()[0]?.status).toBe("resting");
  });

  test.each([
    "?exchange_index=2",
    `?market_ticker=${TICKER}`,
    `?exchange_index=-1&market_ticker=${TICKER}`,
  ])("finds the order by '%s'", (query) => {
    const rig = new OrderRig();
    const { order_id } = rig.create().json;
    expect(rig.send("DELETE", cancelPath(order_id, query)).status).toBe(200);
  });

  test("routing by a market that is not named is refused", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create().json;
    const { status, json } = rig.send("DELETE", cancelPath(order_id, "?exchange_index=-1"));
    expect([status, json.error.code]).toEqual([400, "invalid_parameters"]);
  });

  test("an order of another subaccount is not found", () => {
    const cash = [0, 7].map((subaccount) => ({
      exchangeIndex: 2,
      subaccount,
      amountUd: 50_000_000,
    }));
    const rig = new OrderRig({ cash });
    const { order_id } = rig.create({ subaccount: 7 }).json;
    expect(rig.send("DELETE", cancelPath(order_id)).status).toBe(404);
    expect(rig.send("DELETE", cancelPath(order_id, "?exchange_index=2&subaccount=7")).status).toBe(
      200,
    );
  });

  test.each(["exchange_index", "subaccount"])("a %s that is no integer is refused", (name) => {
    const { status, body } = new OrderRig().send("DELETE", cancelPath(NOBODY, `?${name}=two`));
    expect(status).toBe(400);
    expect(body).toContain("Parameter validation failed for CancelOrderV2");
  });

  test("everything: no body, and what is placed in the next minute goes too", () => {
    const rig = new OrderRig();
    rig.create();
    const { status, body } = rig.send("DELETE", ORDERS);
    expect([status, body]).toEqual([204, ""]);
    rig.create({ price: "0.4000" });
    rig.pass(1000);
    expect(rig.desk.orders().map((order) => order.status)).toEqual(["canceled", "canceled"]);
  });
});

describe("amend and decrease", () => {
  const amendment = { ticker: TICKER, side: "bid", exchange_index: 2 };

  test("an amended order has its new size and price; the count includes what has filled", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create({ count: "3.00", client_order_id: "mine" }).json;
    rig.take("yes", 100);
    const { status, json } = rig.send("POST", `${ORDERS}/${order_id}/amend`, {
      ...amendment,
      price: "0.4900",
      count: "5.00",
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      client_order_id: "mine",
      fill_count: "0.00",
      order_id,
      remaining_count: "4.00",
      ts_ms: START_MS,
    });
  });

  test("an amended order can fill at once", () => {
    const rig = new OrderRig();
    rig.offer("no", 4800, 100);
    const { order_id } = rig.create({ count: "3.00" }).json;
    const { json } = rig.send("POST", `${ORDERS}/${order_id}/amend`, {
      ...amendment,
      price: "0.5200",
      count: "3.00",
    });
    expect(json).toMatchObject({
      average_fill_price: "0.5200",
      average_fee_paid: "0.0175",
      fill_count: "1.00",
      remaining_count: "2.00",
    });
  });

  test("a new id of the client's replaces the old one, and may not be a used one", () => {
    const rig = new OrderRig();
    rig.create({ client_order_id: "used", price: "0.1000" });
    const { order_id } = rig.create({ client_order_id: "old" }).json;
    const change = { ...amendment, price: "0.4900", count: "1.00", client_order_id: "old" };
    const path = `${ORDERS}/${order_id}/amend`;
    const repeated = rig.send("POST", path, { ...change, updated_client_order_id: "used" });
    expect([repeated.status, repeated.json.error.code]).toEqual([409, "order_already_exists"]);
    const renamed = rig.send("POST", path, { ...change, updated_client_order_id: "new" });
    expect(renamed.json.client_order_id).toBe("new");
    expect(rig.rules).toContain("repeated_client_order_id");
  });

  test.each<[string, Record<string, unknown>, number, string]>([
    ["no price", { price: undefined }, 400, "missing_parameters"],
    ["an off-tick price", { price: "0.5150" }, 400, "invalid_price"],
    ["a bad count", { count: "1.001" }, 400, "invalid_order"],
    ["the other side", { side: "ask" }, 400, "invalid_order"],
    ["the wrong shard", { exchange_index: 0 }, 404, "not_found"],
  ])("an amend with %s is refused", (_name, over, status, code) => {
    const rig = new OrderRig();
    const { order_id } = rig.create().json;
    const body = { ...amendment, price: "0.4000", count: "1.00", ...over };
    const answer = rig.send("POST", `${ORDERS}/${order_id}/amend`, body);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
    expect(rig.desk.orders()[0]?.priceCc).toBe(5000);
  });

  test.each([
    [{ reduce_by: "1.25" }, "1.75"],
    [{ reduce_to: "1.25" }, "1.25"],
    [{ reduce_to: "0" }, "0.00"],
  ])("decrease %j leaves %s", (by, left) => {
    const rig = new OrderRig();
    const { order_id } = rig.create({ count: "3.00", client_order_id: "mine" }).json;
    const path = `${ORDERS}/${order_id}/decrease`;
    const { status, json } = rig.send("POST", path, { ...by, exchange_index: 2 });
    expect(status).toBe(200);
    expect(json).toEqual({
      client_order_id: "mine",
      order_id,
      remaining_count: left,
      ts_ms: START_MS,
    });
  });

  test.each([{}, { reduce_by: "1.00", reduce_to: "1.00" }])(
    "decrease takes exactly one of by and to, not %j",
    (by) => {
      const rig = new OrderRig();
      const { order_id } = rig.create().json;
      const path = `${ORDERS}/${order_id}/decrease`;
      const { status, json } = rig.send("POST", path, { ...by, exchange_index: 2 });
      expect(status).toBe(400);
      expect(json.error).toMatchObject({
        code: "invalid_order",
        details: "exactly one of reduce_by or reduce_to should be provided",
      });
    },
  );

  test.each([{ reduce_by: "0" }, { reduce_by: "-1" }, { reduce_to: "0.001" }])(
    "decrease %j is refused",
    (by) => {
      const rig = new OrderRig();
      const { order_id } = rig.create().json;
      const path = `${ORDERS}/${order_id}/decrease`;
      const { status, json } = rig.send("POST", path, { ...by, exchange_index: 2 });
      expect([status, json.error.code]).toEqual([400, "invalid_order"]);
      expect(rig.rules).toContain("bad_count");
    },
  );
});

describe("batches", () => {
  test("each order has its answer in the order of the request, 201 whatever they are", () => {
    const rig = new OrderRig();
    const orders = [
      orderBody({ client_order_id: "a" }),
      orderBody({ client_order_id: "b", price: "0.5150" }),
      orderBody({ client_order_id: "a" }),
      orderBody({ client_order_id: undefined, side: undefined }),
    ];
    const { status, json } = rig.send("POST", `${ORDERS}/batched`, { orders });
    expect(status).toBe(201);
    expect(json.orders).toMatchObject([
      { client_order_id: "a", fill_count: "0.00", remaining_count: "1.00", ts_ms: START_MS },
      { client_order_id: "b", error: { code: "invalid_price", message: "invalid price" } },
      { client_order_id: "a", error: { code: "order_already_exists" } },
      { error: { code: "missing_parameters" } },
    ]);
    expect(json.orders[1]).not.toHaveProperty("order_id");
    expect(rig.ledger.refusedRequests()).toMatchObject([
      { method: "POST", path: `${ORDERS}/batched`, status: 400, code: "invalid_price" },
      { status: 409, code: "order_already_exists" },
      { status: 400, code: "missing_parameters" },
    ]);
  });

  test("cancels are answered one by one, 200 whatever they are", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create({ client_order_id: "a", count: "2.00" }).json;
    const orders = [
      { order_id, exchange_index: 2 },
      { order_id, exchange_index: 2 },
      { exchange_index: 2 },
    ];
    const { status, json } = rig.send("DELETE", `${ORDERS}/batched`, { orders });
    expect(status).toBe(200);
    expect(json.orders).toEqual([
      { client_order_id: "a", order_id, reduced_by: "2.00", ts_ms: START_MS },
      { error: { code: "not_found", message: "not found" }, order_id, reduced_by: "0.00" },
      {
        error: expect.objectContaining({ code: "missing_parameters" }),
        order_id: "",
        reduced_by: "0.00",
      },
    ]);
  });

  test.each(["POST", "DELETE"])("an empty batch (%s) is refused", (method) => {
    for (const body of [{}, { orders: [] }]) {
      const { status, json } = new OrderRig().send(method, `${ORDERS}/batched`, body);
      expect([status, json.error.code]).toEqual([400, "missing_parameters"]);
    }
  });

  test("a batch costs ten tokens for a create and two for a cancel", () => {
    const batches = ORDER_ROUTES.filter(({ isBatch }) => isBatch === true);
    expect(batches.map(({ method, cost }) => [method, cost])).toEqual([
      ["POST", 10],
      ["DELETE", 2],
    ]);
  });
});

describe("the first version of the order endpoints is gone", () => {
  test.each([
    ["POST", "/portfolio/orders"],
    ["DELETE", "/portfolio/orders"],
    ["POST", "/portfolio/orders/batched"],
    ["DELETE", "/portfolio/orders/batched"],
    ["DELETE", `/portfolio/orders/${NOBODY}`],
    ["POST", `/portfolio/orders/${NOBODY}/amend`],
    ["POST", `/portfolio/orders/${NOBODY}/decrease`],
  ])("%s %s", (method, path) => {
    const rig = new OrderRig();
    const { status, body } = rig.send(method, path, { ticker: TICKER });
    expect(status).toBe(410);
    expect(body).toBe(
      '{"error":{"code":"deprecated_v1_order_endpoint","message":"deprecated v1 order endpoint"}}',
    );
    expect(rig.rules).toEqual(["legacy_endpoint"]);
  });
});
