import { describe, expect, test } from "vitest";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { OrderRig, orderBody } from "./order-rig.ts";

const ORDERS = "/portfolio/events/orders";

function required(...fields: readonly string[]): string {
  return fields.map((field) => failedOn(field, "required")).join("\n");
}

function failedOn(field: string, tag: string, struct = "CreateOrderV2Request"): string {
  return `Key: '${struct}.${field}' Error:Field validation for '${field}' failed on the '${tag}' tag`;
}

function unmarshal(kind: string, field: string, type: string): string {
  return `json: cannot unmarshal ${kind} into Go struct field ${field} of type ${type}`;
}

describe("what cannot be decoded is refused with the flat body", () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    [
      "a count as number",
      { count: 1 },
      unmarshal("number", "CreateOrderV2Request.count", "string"),
      "number_instead_of_string",
    ],
    [
      "a price as number",
      { price: 0.5 },
      unmarshal("number", "CreateOrderV2Request.price", "string"),
      "number_instead_of_string",
    ],
    [
      "an expiry as text",
      { expiration_time: "1786942300" },
      unmarshal("string", "CreateOrderV2Request.expiration_time", "int64"),
      "malformed_body",
    ],
    [
      "an expiry with a fraction",
      { expiration_time: 1_786_942_300.5 },
      unmarshal("number 1786942300.5", "CreateOrderV2Request.expiration_time", "int64"),
      "malformed_body",
    ],
    [
      "a flag as text",
      { post_only: "true" },
      unmarshal("string", "CreateOrderV2Request.post_only", "bool"),
      "malformed_body",
    ],
    [
      "a list where text is due",
      { ticker: ["A"] },
      unmarshal("array", "CreateOrderV2Request.ticker", "string"),
      "malformed_body",
    ],
    [
      "a flag where text is due",
      { side: true },
      unmarshal("bool", "CreateOrderV2Request.side", "string"),
      "malformed_body",
    ],
  ])("%s", (_name, over, details, rule) => {
    const rig = new OrderRig();
    const { status, json } = rig.create(over);
    expect(status).toBe(400);
    expect(json).toEqual({ code: "bad_request", message: "bad request", details });
    expect(rig.rules).toEqual([rule]);
    expect(rig.desk.orders()).toEqual([]);
  });

  test("of several the one that comes first in the text is told, all are noted", () => {
    const rig = new OrderRig();
    const { ticker, ...rest } = orderBody({ price: 0.5, count: 1 });
    const { body } = rig.send("POST", ORDERS, { price: 0.4, ...rest, ticker });
    expect(body).toContain("CreateOrderV2Request.price of type string");
    expect(rig.rules).toEqual(["number_instead_of_string", "number_instead_of_string"]);
  });

  test.each([
    ["", "EOF"],
    ["{", "invalid JSON"],
    ["[]", "json: cannot unmarshal array into Go value of type CreateOrderV2Request"],
  ])("the body '%s'", (text, details) => {
    const rig = new OrderRig();
    const { status, json } = rig.send("POST", ORDERS, text);
    expect(status).toBe(400);
    expect(json).toEqual({ code: "bad_request", message: "bad request", details });
    expect(rig.rules).toEqual(["malformed_body"]);
  });

  test("in a batch the path of the field is told and no order is accepted", () => {
    const rig = new OrderRig();
    const orders = [orderBody(), orderBody({ count: 2 })];
    const { status, body } = rig.send("POST", `${ORDERS}/batched`, { orders });
    expect(status).toBe(400);
    expect(body).toContain("CreateOrderV2Request.orders.count of type string");
    expect(rig.desk.orders()).toEqual([]);
  });
});

describe("fields", () => {
  test.each(["ticker", "side", "count", "price", "time_in_force", "self_trade_prevention_type"])(
    "%s is required, and empty is not there",
    (key) => {
      const field = key.replaceAll(/(?:^|_)([a-z])/g, (_all, letter: string) =>
        letter.toUpperCase(),
      );
      for (const value of [undefined, null, ""]) {
        const { status, json } = new OrderRig().create({ [key]: value });
        expect(status).toBe(400);
        expect(json).toEqual({
          error: {
            code: "missing_parameters",
            message: "missing parameters",
            details: required(field),
          },
        });
      }
    },
  );

  test("every missing field is named", () => {
    const { body } = new OrderRig().send("POST", ORDERS, {
      ticker: "A",
      price: "0.50",
      count: "1",
    });
    expect(JSON.parse(body).error.details).toBe(
      required("Side", "TimeInForce", "SelfTradePreventionType"),
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ["Side", { side: "yes" }],
    ["Side", { side: "BID" }],
    ["TimeInForce", { time_in_force: "gtc" }],
    ["SelfTradePreventionType", { self_trade_prevention_type: "none" }],
  ])("an unknown value of %s is refused", (field, over) => {
    const { status, json } = new OrderRig().create(over);
    expect(status).toBe(400);
    expect(json.error).toEqual({
      code: "invalid_parameters",
      message: "invalid parameters",
      details: failedOn(field, "oneof"),
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ["a subaccount beyond 63", { subaccount: 64 }],
    ["a negative subaccount", { subaccount: -1 }],
    ["a shard below −1", { exchange_index: -2 }],
  ])("%s is refused", (_name, over) => {
    const { status, json } = new OrderRig().create(over);
    expect([status, json.error.code]).toEqual([400, "invalid_parameters"]);
  });

  test("fields the exchange does not know are ignored, and noted", () => {
    const rig = new OrderRig();
    expect(rig.create({ expiration_ts: 1, action: "buy" }).status).toBe(201);
    expect(rig.ledger.violations().slice(0, 2)).toMatchObject([
      { rule: "unknown_field", detail: "CreateOrderV2Request.expiration_ts" },
      { rule: "unknown_field", detail: "CreateOrderV2Request.action" },
    ]);
  });
});

describe("prices", () => {
  test.each(["0.50", "0.500", "0.5000"])("'%s' is fifty cents", (price) => {
    const rig = new OrderRig();
    expect(rig.create({ price }).status).toBe(201);
    expect(rig.desk.orders()[0]?.priceCc).toBe(5000);
  });

  test.each([
    ["0.5150", "between two ticks of the middle"],
    ["0.0955", "between two ticks of the edge"],
    ["0.5", "one decimal"],
    ["0.50000", "five decimals"],
    ["0.0000", "nothing"],
    ["1.0000", "a whole dollar"],
    ["1.5000", "more than a dollar"],
    ["-0.5000", "negative"],
    [".5", "no digit before the point"],
    ["5e-1", "an exponent"],
    [" 0.5000", "a space"],
    ["50", "cents"],
    ["abc", "no number"],
  ])("'%s' is refused: %s", (price) => {
    const rig = new OrderRig();
    const { status, body } = rig.create({ price });
    expect(status).toBe(400);
    expect(body).toBe('{"error":{"code":"invalid_price","message":"invalid price"}}');
    expect(rig.rules).toContain("off_tick_price");
  });
});

describe("counts", () => {
  test.each([
    ["1", 100],
    ["1.5", 150],
    ["0.01", 1],
    ["12.30", 1230],
  ])("'%s' is accepted", (count, countCq) => {
    const rig = new OrderRig();
    expect(rig.create({ count }).status).toBe(201);
    expect(rig.desk.orders()[0]?.initialCq).toBe(countCq);
  });

  test.each(["0", "0.00", "-1.00", "1.001", "1.000", "1e2", "abc", "9999999999"])(
    "'%s' is refused",
    (count) => {
      const rig = new OrderRig();
      const { status, json } = rig.create({ count });
      expect(status).toBe(400);
      expect(json.error).toMatchObject({ code: "invalid_order", details: "invalid count" });
      expect(rig.rules).toContain("bad_count");
    },
  );
});

describe("terms that make no order together are refused", () => {
  const later = START_MS / 1000 + 60;
  test.each<[string, Record<string, unknown>]>([
    [
      "an immediate order with an expiry",
      { time_in_force: "immediate_or_cancel", expiration_time: later },
    ],
    [
      "a fill-or-kill order with an expiry",
      { time_in_force: "fill_or_kill", expiration_time: later },
    ],
    ["a resting order that only reduces", { reduce_only: true }],
    ["a post-only order that does not rest", { time_in_force: "fill_or_kill", post_only: true }],
    ["an expiry that has passed", { expiration_time: START_MS / 1000 }],
  ])("%s", (_name, over) => {
    const { status, json } = new OrderRig().create(over);
    expect([status, json.error.code]).toEqual([400, "invalid_order"]);
  });

  test("an expiry in milliseconds is refused", () => {
    const rig = new OrderRig();
    const { status, json } = rig.create({ expiration_time: START_MS + 60_000 });
    expect([status, json.error.code]).toEqual([400, "invalid_order"]);
    expect(rig.rules).toContain("expiry_in_ms");
  });

  test("so is one in an amend", () => {
    const rig = new OrderRig();
    const { order_id } = rig.create().json;
    const { status } = rig.send("POST", `${ORDERS}/${order_id}/amend`, {
      ...amendment,
      expiration_time: START_MS + 60_000,
    });
    expect(status).toBe(400);
    expect(rig.rules).toContain("expiry_in_ms");
  });
});

const amendment = {
  ticker: TICKER,
  side: "bid",
  price: "0.5000",
  count: "1.00",
  exchange_index: 2,
};
