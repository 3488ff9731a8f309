import { describe, expect, test } from "vitest";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { RateLimits } from "../../../../src/exchange/server/buckets.ts";
import { START_MS, TinyWorld } from "../../../support/tiny-world.ts";
import { type Ask, ask, at } from "./rest-client.ts";

const SIGNED: Ask = { key: true };

function open(): LocalExchange {
  return createLocalExchange({ world: new TinyWorld() });
}

/** Calls until the first 429; how many went through. */
function callsUntilFull(exchange: LocalExchange, path: string, how: Ask): number {
  for (let count = 0; count < 1000; count++) {
    if (ask(exchange, path, how).status === 429) return count;
  }
  throw new Error("there is no limit");
}

describe("the read bucket", () => {
  test("a basic account has 200 tokens, and every read costs 10", () => {
    expect(callsUntilFull(open(), "/account/limits", SIGNED)).toBe(20);
  });

  test("it fills with the exchange's clock, by the millisecond, and no further than its size", () => {
    const exchange = open();
    callsUntilFull(exchange, "/account/limits", SIGNED);
    exchange.runUntil(START_MS + 49);
    expect(ask(exchange, "/account/limits", SIGNED).status).toBe(429);
    exchange.runUntil(START_MS + 50);
    expect(ask(exchange, "/account/limits", SIGNED).status).toBe(200);
    expect(ask(exchange, "/account/limits", SIGNED).status).toBe(429);
    exchange.runUntil(START_MS + 60_000);
    expect(callsUntilFull(exchange, "/account/limits", SIGNED)).toBe(20);
  });

  test("all keys of the account draw on it, and signed public calls too", () => {
    const exchange = open();
    const key = exchange.keys.add();
    callsUntilFull(exchange, "/account/limits", SIGNED);
    expect(ask(exchange, "/account/limits", { key }).status).toBe(429);
    expect(ask(exchange, "/exchange/status", SIGNED).status).toBe(429);
  });

  test.each([
    ["/portfolio/orders/abc", 100],
    ["/cfbenchmarks/values?id=BRTI", 4],
    ["/portfolio/orders", 20],
  ])("%s goes through %d times", (path, times) => {
    expect(callsUntilFull(open(), path, SIGNED)).toBe(times);
  });

  test("a call that is refused for its signature costs nothing", () => {
    const exchange = open();
    for (let count = 0; count < 50; count++) ask(exchange, "/account/limits");
    expect(callsUntilFull(exchange, "/account/limits", SIGNED)).toBe(20);
  });
});

describe("a 429", () => {
  test("has the bare body, says nothing of when to retry, and is written down", () => {
    const exchange = open();
    callsUntilFull(exchange, "/account/limits", SIGNED);
    const answer = exchange.handleHttp({
      method: "GET",
      path: "/trade-api/v2/exchange/status",
      headers: {},
      body: "",
    });
    expect(answer.status).toBe(200);
    expect(ask(exchange, "/account/limits", SIGNED).text).toBe('{"error":"too many requests"}');
    expect(Object.keys(answer.headers)).toEqual(["content-type", "date"]);
    expect(exchange.ledger.violationCounts().get("over_rate_limit")).toBe(2);
    expect(exchange.ledger.refusedRequests().at(-1)).toMatchObject({
      status: 429,
      code: "too many requests",
    });
  });

  test("a request that did not fit leaves the tokens for one that does", () => {
    const exchange = open();
    for (let count = 0; count < 19; count++) ask(exchange, "/account/limits", SIGNED);
    expect(ask(exchange, "/cfbenchmarks/values?id=BRTI", SIGNED).status).toBe(429);
    expect(ask(exchange, "/account/limits", SIGNED).status).toBe(200);
  });
});

const ORDERS = "/portfolio/events/orders";
const cancel = (query: string): [string, Ask] => [
  `${ORDERS}/abc${query}`,
  { method: "DELETE", key: true },
];

describe("the write buckets", () => {
  test("a create costs 10 and a cancel 2 of 100, whatever was read", () => {
    const exchange = open();
    callsUntilFull(exchange, "/account/limits", SIGNED);
    const create: Ask = { method: "POST", key: true, body: {} };
    expect(callsUntilFull(exchange, ORDERS, create)).toBe(10);
    expect(callsUntilFull(open(), ...cancel(""))).toBe(50);
  });

  test("a write that names its shard draws on that shard's own bucket; shard 0 is the common one", () => {
    const exchange = open();
    expect(callsUntilFull(exchange, ...cancel(""))).toBe(50);
    expect(callsUntilFull(exchange, ...cancel("?exchange_index=2"))).toBe(50);
    expect(callsUntilFull(exchange, ...cancel("?exchange_index=0"))).toBe(0);
    expect(callsUntilFull(exchange, ...cancel("?exchange_index=-1"))).toBe(0);
    const create: Ask = { method: "POST", key: true, body: { exchange_index: 3 } };
    expect(callsUntilFull(exchange, ORDERS, create)).toBe(10);
  });

  test("a batch costs by its orders and fits whole or not at all", () => {
    const exchange = open();
    const batch = (method: string, size: number): number => {
      const body = { orders: Array.from({ length: size }, () => ({ order_id: "x" })) };
      return ask(exchange, `${ORDERS}/batched`, { method, key: true, body }).status;
    };
    expect(batch("POST", 11)).toBe(429);
    expect(batch("DELETE", 51)).toBe(429);
    expect(batch("DELETE", 50)).not.toBe(429);
    expect(batch("DELETE", 1)).toBe(429);
    exchange.runUntil(START_MS + 1000);
    expect(batch("POST", 10)).not.toBe(429);
    expect(batch("POST", 0)).toBe(429);
  });
});

describe("unsigned callers", () => {
  test("share a budget by address, and leave the account's alone", () => {
    const exchange = open();
    for (const remoteAddress of ["10.0.0.1", "10.0.0.2"]) {
      expect(callsUntilFull(exchange, "/exchange/status", { remoteAddress })).toBe(10);
    }
    expect(callsUntilFull(exchange, "/account/limits", SIGNED)).toBe(20);
  });
});

describe("tiers", () => {
  test.each([
    ["basic", [200, 200], [100, 100]],
    ["advanced", [300, 900], [300, 900]],
    ["premier", [1200, 3600], [1200, 3600]],
    ["prestige", [7200, 21_600], [9600, 28_800]],
  ] as const)("%s", (tier, [readRate, readSize], [writeRate, writeSize]) => {
    const exchange = createLocalExchange({ world: new TinyWorld(), limits: { tier } });
    expect(ask(exchange, "/account/limits", SIGNED).json).toEqual({
      grants: [],
      read: { bucket_capacity: readSize, refill_rate: readRate },
      usage_tier: tier,
      write: { bucket_capacity: writeSize, refill_rate: writeRate },
    });
    const charge = { isWrite: false, shard: null, address: null };
    const limits = new RateLimits({ tier });
    expect(limits.take({ ...charge, tokens: readSize + 1 }, 0)).toBe(false);
    expect(limits.take({ ...charge, tokens: readSize }, 0)).toBe(true);
    expect(limits.take({ ...charge, tokens: readRate }, 999)).toBe(false);
    expect(limits.take({ ...charge, tokens: readRate }, 1000)).toBe(true);
    expect(limits.take({ ...charge, isWrite: true, tokens: writeSize + 1 }, 0)).toBe(false);
    expect(limits.take({ ...charge, isWrite: true, tokens: writeSize }, 0)).toBe(true);
  });

  test("sizes of one's own", () => {
    const read = { refill: 5, capacity: 30 };
    const exchange = createLocalExchange({ world: new TinyWorld(), limits: { read } });
    expect(callsUntilFull(exchange, "/account/limits", SIGNED)).toBe(3);
  });

  test("a promotion keeps the tokens that are there and fills up to the new size", () => {
    const limits = new RateLimits();
    const charge = { tokens: 100, isWrite: true, shard: null, address: null };
    expect(limits.take(charge, 0)).toBe(true);
    limits.promote("advanced", 0);
    expect(limits.take({ ...charge, tokens: 1 }, 0)).toBe(false);
    expect(limits.take({ ...charge, tokens: 900 }, 3000)).toBe(true);
    expect(limits.take({ ...charge, tokens: 1 }, 3000)).toBe(false);
  });
});

test("the list of costs tells what calls are charged", () => {
  const exchange = open();
  const { json } = ask(exchange, "/account/endpoint_costs");
  expect(at(json, "default_cost")).toBe(10);
  expect(at(json, "endpoint_costs")).toEqual(
    expect.arrayContaining([
      { cost: 30, method: "POST", path: "/trade-api/v2/account/api_usage_level/upgrade" },
      { cost: 50, method: "GET", path: "/trade-api/v2/cfbenchmarks/*endpoint" },
      { cost: 2, method: "DELETE", path: "/trade-api/v2/portfolio/events/orders/:order_id" },
      { cost: 2, method: "DELETE", path: "/trade-api/v2/portfolio/events/orders/batched" },
      { cost: 2, method: "GET", path: "/trade-api/v2/portfolio/orders/:order_id" },
    ]),
  );
});
