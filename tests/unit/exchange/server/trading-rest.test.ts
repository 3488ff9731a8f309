// Trading through the whole exchange: what only shows when signature, desk, reads and ledger work together.

import { describe, expect, test } from "vitest";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { LevelBook } from "../../../../src/exchange/matching/level-book.ts";
import { gridOf } from "../../../../src/exchange/matching/price-grid.ts";
import { summaryOf } from "../../../../src/exchange/trading/summary.ts";
import { TICKER, TinyWorld } from "../../../support/tiny-world.ts";
import { orderBody } from "./order-rig.ts";
import { type Answer, ask, at, fieldsOf } from "./rest-client.ts";

const ORDERS = "/portfolio/events/orders";

function open(): LocalExchange {
  const world = new TinyWorld();
  const book = new LevelBook({
    ticker: TICKER,
    grid: gridOf("tapered_deci_cent"),
    owners: 0,
    nowMs: () => world.nowMs(),
    tradeId: () => "00000000-0000-4000-8000-000000000007",
    emit: () => undefined,
  });
  world.floorMap.set(TICKER, book);
  return createLocalExchange({ world });
}

function create(exchange: LocalExchange, over: Record<string, unknown> = {}): Answer {
  return ask(exchange, ORDERS, { method: "POST", key: true, body: orderBody(over) });
}

describe("reads", () => {
  test("an order is in the list once the user data timestamp has passed its acknowledgement", () => {
    const exchange = open();
    const ackMs = Number(at(create(exchange, { client_order_id: "mine" }).json, "ts_ms"));
    const listed = (): unknown[] =>
      fieldsOf(
        at(ask(exchange, "/portfolio/orders", { key: true }).json, "orders"),
        "client_order_id",
      );
    expect(listed()).toEqual([]);
    for (let waitedMs = 0; waitedMs <= 1500; waitedMs += 50) {
      exchange.runUntil(ackMs + waitedMs);
      const { json } = ask(exchange, "/exchange/user_data_timestamp");
      const asOfMs = Date.parse(String(at(json, "as_of_time")));
      if (asOfMs >= ackMs) break;
    }
    expect(listed()).toEqual(["mine"]);
  });
});

describe("who may trade", () => {
  test("an unsigned order and one signed by a key that may only read do not reach the desk", () => {
    const exchange = open();
    const reader = exchange.keys.add({ scopes: ["read"] });
    const body = orderBody();
    expect(ask(exchange, ORDERS, { method: "POST", body }).status).toBe(401);
    expect(ask(exchange, ORDERS, { method: "POST", body, key: reader }).status).toBe(403);
    expect(ask(exchange, "/portfolio/orders", { key: reader }).status).toBe(200);
    expect(exchange.desk.orders()).toEqual([]);
    expect(exchange.ledger.violations().map(({ rule }) => rule)).toEqual([
      "unsigned",
      "missing_scope",
    ]);
  });

  test("a key that may only move money may not trade, and the other way round", () => {
    const exchange = open();
    const mover = exchange.keys.add({ scopes: ["write::transfer"] });
    const trader = exchange.keys.add({ scopes: ["write::trade"] });
    const move = {
      source: "event_contract",
      destination: "event_contract",
      amount: 5000,
      source_exchange_shard: 2,
    };
    const path = "/portfolio/intra_exchange_instance_transfer";
    const order = { method: "POST", body: orderBody() };
    const transfer = { method: "POST", body: move };
    expect(ask(exchange, ORDERS, { ...order, key: mover }).status).toBe(403);
    expect(ask(exchange, path, { ...transfer, key: trader }).status).toBe(403);
    expect(ask(exchange, ORDERS, { ...order, key: trader }).status).toBe(201);
    expect(ask(exchange, path, { ...transfer, key: mover }).status).toBe(200);
  });

  test("a body that is not declared as JSON is refused", () => {
    const exchange = open();
    const headers = { "content-type": "text/plain" };
    const body = orderBody();
    const answer = ask(exchange, ORDERS, { method: "POST", key: true, body, headers });
    expect([answer.status, at(answer.json, "error", "code")]).toEqual([
      400,
      "invalid_content_type",
    ]);
    expect(exchange.desk.orders()).toEqual([]);
  });
});

test("the exchange's own account names what was refused and which rules were broken", () => {
  const exchange = open();
  create(exchange, { price: "0.5150" });
  create(exchange, { price: "0.4000" });
  create(exchange, { price: "0.4000", side: "ask" });
  ask(exchange, "/portfolio/orders", { method: "POST", key: true, body: { ticker: TICKER } });
  const { orders, refused, violationCounts } = summaryOf(exchange.desk, exchange.ledger);
  expect(orders.map(({ status }) => status)).toEqual(["resting", "canceled"]);
  expect(refused.map(({ status, code }) => [status, code])).toEqual([
    [400, "invalid_price"],
    [410, "deprecated_v1_order_endpoint"],
  ]);
  expect(violationCounts).toMatchObject({ off_tick_price: 1, self_cross: 1, legacy_endpoint: 1 });
});
