import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { START_MS, TinyWorld } from "../../../support/tiny-world.ts";
import { REST_PATH } from "./client.ts";
import { ask, at } from "./rest-client.ts";

function open(world = new TinyWorld()) {
  return createLocalExchange({ world });
}

describe("the state of the exchange", () => {
  test("status tells of every shard, and at the top of shard 0", () => {
    const exchange = open();
    const crypto = { exchangeIndex: 2, isExchangeActive: true, isTradingActive: false };
    exchange.desk.setShard(crypto);
    const { json } = ask(exchange, "/exchange/status");
    expect(json).toMatchObject({
      exchange_active: true,
      trading_active: true,
      intra_exchange_transfers_active: true,
    });
    expect(at(json, "exchange_index_statuses", 2)).toEqual({
      exchange_index: 2,
      description: "Crypto",
      exchange_active: true,
      trading_active: false,
      intra_exchange_transfers_active: true,
    });
    exchange.desk.setShard({ ...crypto, exchangeIndex: 0 });
    expect(at(ask(exchange, "/exchange/status").json, "trading_active")).toBe(false);
  });

  test("a pause may come as 503 with the same body and the time of its end", () => {
    const exchange = open();
    exchange.records.notices.statusCode = 503;
    exchange.records.notices.resumeMs = START_MS + 3_600_000;
    const { status, json } = ask(exchange, "/exchange/status");
    expect(status).toBe(503);
    expect(json).toMatchObject({
      exchange_active: true,
      exchange_estimated_resume_time: "2026-08-17T05:50:00Z",
    });
  });

  test("the schedule has the Thursday pause, in hours and as the next window", () => {
    const exchange = open();
    exchange.records.notices.maintenance = [{ startMs: START_MS, endMs: START_MS + 60_000 }];
    const { json } = ask(exchange, "/exchange/schedule");
    expect(at(json, "schedule", "standard_hours", 0)).toMatchObject({
      wednesday: [{ open_time: "00:00", close_time: "00:00" }],
      thursday: [
        { open_time: "00:00", close_time: "03:00" },
        { open_time: "05:00", close_time: "00:00" },
      ],
    });
    expect(at(json, "schedule", "maintenance_windows")).toEqual([
      { start_datetime: "2026-08-17T04:50:00Z", end_datetime: "2026-08-17T04:51:00Z" },
      { start_datetime: "2026-08-20T07:00:00Z", end_datetime: "2026-08-20T09:00:00Z" },
    ]);
  });

  test("user data lags behind the clock", () => {
    const { json } = ask(open(), "/exchange/user_data_timestamp");
    expect(json).toEqual({ as_of_time: "2026-08-17T04:49:59.6Z" });
  });

  test("the Date header is the exchange's time", () => {
    const exchange = open();
    const request = { method: "GET", path: `${REST_PATH}/exchange/status`, headers: {}, body: "" };
    expect(exchange.handleHttp(request).headers["date"]).toBe("Mon, 17 Aug 2026 04:50:00 GMT");
  });

  test("incentive programs have a cursor of another name", () => {
    expect(ask(open(), "/incentive_programs").json).toEqual({
      incentive_programs: [],
      next_cursor: "",
    });
  });
});

describe("index values", () => {
  test("the newest minute, one value a second, in the words of CF Benchmarks", () => {
    const last60 = [63_500, 63_500.5, 63_501.25];
    const atMs = START_MS + 2000;
    const happening = { type: "index", indexId: "BRTI", value: 63_501.25, last60, atMs } as const;
    const exchange = open(new TinyWorld({ steps: [{ atMs, happening }] }));
    exchange.runUntil(atMs);
    expect(ask(exchange, "/cfbenchmarks/values?id=BRTI").status).toBe(401);
    expect(ask(exchange, "/cfbenchmarks/values?id=BRTI", { key: true }).json).toEqual({
      serverTime: "2026-08-17T04:50:02Z",
      payload: [
        { time: START_MS, value: "63500.00" },
        { time: START_MS + 1000, value: "63500.50" },
        { time: START_MS + 2000, value: "63501.25" },
      ],
    });
    expect(ask(exchange, "/cfbenchmarks/values?id=NOPE", { key: true }).status).toBe(404);
    expect(ask(exchange, "/cfbenchmarks/values", { key: true }).status).toBe(400);
  });
});

describe("the account's tier", () => {
  const path = "/account/api_usage_level/upgrade";

  test("an account that never placed an order is not lifted", () => {
    const exchange = open();
    expect(ask(exchange, path, { method: "POST", key: true }).status).toBe(403);
    expect(at(ask(exchange, "/account/limits", { key: true }).json, "usage_tier")).toBe("basic");
  });

  test("one that did gets the advanced tier for good, with an empty answer", () => {
    const world = createScenarioWorld({ scenario: "fair", seed: 3 });
    const exchange = createLocalExchange({ world });
    const body = {
      ticker: world.markets().find(({ status }) => status === "active")?.ticker,
      client_order_id: "00000000-0000-4000-8000-00000000000a",
      side: "bid",
      count: "1.00",
      price: "0.0100",
      time_in_force: "immediate_or_cancel",
      self_trade_prevention_type: "taker_at_cross",
      exchange_index: 2,
    };
    const order = ask(exchange, "/portfolio/events/orders", { method: "POST", key: true, body });
    expect(order.status).toBe(201);
    const { status, text } = ask(exchange, path, { method: "POST", key: true });
    expect([status, text]).toEqual([201, ""]);
    expect(ask(exchange, "/account/limits", { key: true }).json).toMatchObject({
      usage_tier: "advanced",
      write: { refill_rate: 300, bucket_capacity: 900 },
      grants: [{ exchange_instance: "event_contract", level: "advanced", source: "manual" }],
    });
  });

  test("progress is computed on the hour", () => {
    const exchange = open();
    const { json } = ask(exchange, "/account/api_usage_level/volume_progress", { key: true });
    expect(at(json, "volume_progress", 0)).toMatchObject({
      computed_ts: START_MS / 1000 - 50 * 60,
      trailing_30d_volume_fp: "0.00",
    });
  });
});

describe("what never reaches a handler", () => {
  test.each([
    ["GET", "/nothing/here", 404, "not_found"],
    ["GET", "/exchange/announcements", 404, "not_found"],
    ["POST", "/markets", 405, "method_not_allowed"],
    ["DELETE", "/series/KXBTC15M", 405, "method_not_allowed"],
  ])("%s %s is answered %d", (method, path, status, code) => {
    const exchange = open();
    const answer = ask(exchange, path, { method, key: true });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code } });
    expect(exchange.ledger.refusedRequests()).toEqual([
      { method, path: `${REST_PATH}${path}`, status, code, atMs: START_MS },
    ]);
  });

  test("an unknown path is refused before anybody asks for a signature", () => {
    expect(ask(open(), "/portfolio/nothing").status).toBe(404);
  });

  test("a body that is not said to be JSON is refused, with the tokens gone", () => {
    const exchange = open();
    const create = (headers: Record<string, string>) =>
      ask(exchange, "/portfolio/events/orders", { method: "POST", key: true, body: {}, headers });
    const refused = create({ "content-type": "text/plain" });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error: { code: "invalid_content_type" } });
    expect(
      at(create({ "content-type": "application/json; charset=utf-8" }).json, "error", "code"),
    ).not.toBe("invalid_content_type");
    expect(exchange.ledger.violations()[0]).toMatchObject({ rule: "malformed_body" });
    for (let count = 0; count < 8; count++) create({ "content-type": "text/plain" });
    expect(create({}).status).toBe(429);
  });

  test("a call to another host is noted, one to loopback is not", () => {
    const exchange = open();
    const hosts = ["127.0.0.1:4000", "localhost:1", "[::1]:80", "LOCALHOST", "evil.example:443"];
    for (const host of hosts) ask(exchange, "/exchange/status", { headers: { host } });
    expect(exchange.ledger.violations()).toEqual([
      {
        rule: "wrong_host",
        detail: "GET /trade-api/v2/exchange/status to evil.example",
        atMs: START_MS,
      },
    ]);
  });

  test("requests are counted, refused ones kept with the word they were refused with", () => {
    const exchange = open();
    ask(exchange, "/markets?limit=1001");
    ask(exchange, "/exchange/status");
    expect(exchange.ledger.requestCount).toBe(2);
    expect(exchange.ledger.refusedRequests()).toMatchObject([
      { path: "/trade-api/v2/markets?limit=1001", status: 400, code: "parameter_validation" },
    ]);
  });
});
