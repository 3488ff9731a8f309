import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { createControl } from "../../../../src/exchange/faults/control.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { TestSocket } from "../server/client.ts";

function open() {
  const world = createScenarioWorld({ scenario: "fair", seed: 1 });
  const exchange = createLocalExchange({ world });
  const control = createControl(exchange);
  const ask = (
    method: string,
    path: string,
    body?: unknown,
    extra: { headers?: Record<string, string>; remoteAddress?: string } = {},
  ) => {
    const answer = control({
      method,
      path: `/_kbt/${path}`,
      headers: { host: "127.0.0.1:8443", ...extra.headers },
      body: body === undefined ? "" : JSON.stringify(body),
      remoteAddress: extra.remoteAddress ?? "127.0.0.1",
    });
    return { status: answer.status, json: JSON.parse(answer.body) };
  };
  const ticker = world
    .markets()
    .find((market) => market.ticker.startsWith("KXBTC15M") && market.status === "active")?.ticker;
  return { exchange, world, ask, ticker: ticker ?? "" };
}

describe("who may ask", () => {
  test.each<[name: string, extra: Parameters<ReturnType<typeof open>["ask"]>[3]]>([
    ["another machine", { remoteAddress: "10.0.0.7" }],
    ["another host name that leads here", { headers: { host: "evil.example:8443" } }],
    ["a host that begins like this one", { headers: { host: "127.0.0.1.evil.example" } }],
    ["no host", { headers: { host: "" } }],
    ["a page in a browser", { headers: { origin: "http://127.0.0.1:8443" } }],
    ["a page without an origin", { headers: { "sec-fetch-site": "cross-site" } }],
  ])("not %s", (_name, extra) => {
    const { ask, exchange } = open();
    expect(ask("POST", "faults", { fault: "half_open" }, extra).status).toBe(403);
    expect(exchange.faults.list()).toEqual([]);
  });

  test.each(["localhost", "localhost:1", "127.0.0.1", "[::1]:8443"])("I40: host %s may", (host) => {
    expect(open().ask("GET", "state", undefined, { headers: { host } }).status).toBe(200);
  });

  test("::1 and a mapped 127.0.0.1 may", () => {
    for (const remoteAddress of ["::1", "::ffff:127.0.0.1"]) {
      expect(open().ask("GET", "state", undefined, { remoteAddress }).status).toBe(200);
    }
  });
});

describe("faults", () => {
  test("added, listed with what they did, taken away", () => {
    const { ask, exchange } = open();
    expect(ask("POST", "faults", { fault: "frame_dropped", when: { times: 2 } }).json).toEqual({
      ids: [1],
    });
    expect(ask("POST", "faults", [{ fault: "muted" }, { fault: "half_open" }]).json).toEqual({
      ids: [2, 3],
    });
    new TestSocket(exchange, "kalshi").subscribe(1, ["market_lifecycle_v2"]);
    expect(ask("GET", "faults").json.rules).toMatchObject([
      { id: 1, struck: 1, rule: { fault: "frame_dropped" } },
      { id: 2 },
      { id: 3 },
    ]);
    expect(ask("DELETE", "faults/2").json.rules).toHaveLength(2);
    expect(ask("DELETE", "faults/2").status).toBe(404);
    expect(ask("DELETE", "faults").json.rules).toEqual([]);
  });

  test("every fault is described with its parameters", () => {
    expect(open().ask("GET", "faults").json.known.http_lost).toEqual({
      layer: "request",
      says: expect.any(String),
      params: {
        stage: { kind: "choice", fallback: "after", choices: ["before", "after"] },
        how: expect.objectContaining({ fallback: "reset" }),
      },
    });
  });

  test("refused whole, with one sentence for each problem", () => {
    const { ask, exchange } = open();
    const answer = ask("POST", "faults", [{ fault: "muted" }, { fault: "fire" }, 7]);
    expect(answer.status).toBe(400);
    expect(answer.json.errors).toEqual([
      'rule 2: there is no fault "fire"; GET /_kbt/faults lists them',
      "rule 3: it must be an object with a fault",
    ]);
    expect(exchange.faults.list()).toEqual([]);
  });

  test("a body that is no JSON is refused", () => {
    const control = createControl(open().exchange);
    const headers = { host: "localhost" };
    const request = { method: "POST", path: "/_kbt/faults", headers, body: "{" };
    expect(control({ ...request, remoteAddress: "::1" }).status).toBe(400);
  });
});

describe("state", () => {
  test("time, shards, frames sent and struck", () => {
    const { ask, exchange, world } = open();
    new TestSocket(exchange, "kalshi").subscribe(1, ["trade"]);
    exchange.runUntil(world.startMs + 60_000);
    const { json } = ask("GET", "state");
    expect(json).toMatchObject({
      exchange_ms: world.startMs + 60_000,
      listener: "up",
      clock_skew_ms: 0,
      sent: { totals: { connections: 1 } },
      struck: { connections: [{ venue: "kalshi", connection: 1 }] },
    });
    expect(json.shards).toContainEqual({
      exchangeIndex: 2,
      isExchangeActive: true,
      isTradingActive: true,
    });
  });

  test("the ledger: orders, fills, cash, refusals, broken rules", () => {
    const { ask, exchange } = open();
    exchange.handleHttp({
      method: "GET",
      path: "/trade-api/v2/portfolio/balance",
      headers: {},
      body: "",
    });
    expect(ask("GET", "ledger").json).toMatchObject({
      orders: [],
      fills: [],
      cash: expect.arrayContaining([expect.objectContaining({ availableUd: 1_000_000_000 })]),
      violationCounts: { unsigned: 1 },
    });
  });
});

describe("levers", () => {
  test("each does what it says", () => {
    const { ask, exchange, world, ticker } = open();
    const market = () => world.market(ticker);
    const pull = (name: string, body: object = {}): number => {
      const { status } = ask("POST", `markets/${ticker}/${name}`, body);
      exchange.runUntil(world.nowMs() + 1000);
      return status;
    };
    expect(pull("deactivate")).toBe(200);
    expect(market()?.status).toBe("inactive");
    expect(pull("activate")).toBe(200);
    expect(market()?.status).toBe("active");
    expect(pull("structure", { structure: "linear_cent" })).toBe(200);
    expect(market()?.structure).toBe("linear_cent");
    expect(pull("result", { payout_cc: 0 })).toBe(200);
    expect(pull("settlement", { by_ms: 5000 })).toBe(200);
    expect(pull("close", { in_ms: 3000 })).toBe(200);
    exchange.runUntil(world.nowMs() + 60_000);
    expect(market()).toMatchObject({ result: "no", payoutCc: 0 });
    expect(pull("amend", { payout_cc: 10_000 })).toBe(200);
    exchange.runUntil(world.nowMs() + 120_000);
    expect(market()?.payoutCc).toBe(10_000);
  });

  test("what cannot be done is a sentence, not a crash", () => {
    const { ask, ticker } = open();
    expect(ask("POST", "markets/NONE/activate").json.errors).toEqual(["there is no market NONE"]);
    expect(ask("POST", `markets/${ticker}/explode`).json.errors[0]).toMatch(/no lever explode/);
    expect(ask("POST", `markets/${ticker}/close`, { in_ms: "soon" }).json.errors).toEqual([
      "in_ms must be a whole number from 0 to 2678400000",
    ]);
    // Beyond that lies a year that no clock can tell.
    const never = { in_ms: Number.MAX_SAFE_INTEGER };
    expect(ask("POST", `markets/${ticker}/close`, never).status).toBe(400);
    expect(ask("POST", `markets/${ticker}/settlement`, { by_ms: 1e15 }).status).toBe(400);
    expect(ask("POST", `markets/${ticker}/amend`, { payout_cc: 1 })).toMatchObject({
      status: 409,
      json: { errors: [`${ticker} is active`] },
    });
    expect(ask("POST", "shards/77", { trading: false }).status).toBe(404);
    expect(ask("POST", "shards/", { trading: false }).status).toBe(404);
    expect(ask("POST", "shards/2", { tradng: false })).toMatchObject({
      status: 400,
      json: { errors: ["there is no tradng; there are exchange, trading"] },
    });
    expect(ask("POST", "shards/2", {}).status).toBe(400);
    expect(ask("POST", "keys/revoke", { key_id: "nobody" }).status).toBe(404);
    expect(ask("DELETE", "faults/x").json.errors).toEqual(["there is no rule x"]);
    expect(ask("DELETE", "faults/").status).toBe(404);
    expect(ask("POST", "shards/2", { trading: "no" }).status).toBe(400);
    expect(ask("GET", "nowhere").status).toBe(404);
  });

  test("a shard is paused and resumed", () => {
    const { ask } = open();
    const shard = (body: object): unknown =>
      ask("POST", "shards/2", body).json.shards.find(
        (each: { exchangeIndex: number }) => each.exchangeIndex === 2,
      );
    expect(shard({ trading: false })).toMatchObject({
      isTradingActive: false,
      isExchangeActive: true,
    });
    expect(shard({ exchange: false })).toMatchObject({ isExchangeActive: false });
    expect(shard({ exchange: true, trading: true })).toMatchObject({ isTradingActive: true });
  });

  test("fees of a series, an event and a market change at their times", () => {
    const { ask, exchange, ticker, world } = open();
    const market = world.market(ticker);
    if (market === undefined) throw new Error("no market");
    const fee = () => exchange.records.feeOf(market);
    const startMs = world.nowMs();
    const { eventTicker } = market;
    ask("POST", "fees/series/KXBTC15M", { fee_multiplier: 2, in_ms: 1000 });
    ask("POST", `fees/events/${eventTicker}`, {
      fee_type: "quadratic_with_maker_fees",
      in_ms: 2000,
    });
    ask("POST", `fees/events/${eventTicker}`, { in_ms: 3000 });
    ask("POST", `fees/markets/${ticker}`, { waived_ms: 500 });
    const seen = [0, 500, 1000, 2000, 3000].map((afterMs) => {
      exchange.runUntil(startMs + afterMs);
      return fee();
    });
    expect(seen).toMatchObject([
      { feeMultiplier: 0 },
      { feeType: "quadratic", feeMultiplier: 1 },
      { feeType: "quadratic", feeMultiplier: 2 },
      { feeType: "quadratic_with_maker_fees", feeMultiplier: 2 },
      { feeType: "quadratic", feeMultiplier: 2 },
    ]);
  });

  test("fees that cannot be charged are refused", () => {
    const { ask, ticker } = open();
    const error = (path: string, body: object) => ask("POST", path, body).json.errors[0];
    expect(error("fees/series/KXBTC15M", { fee_type: "flat", in_ms: 0 })).toMatch(/must be one of/);
    expect(error("fees/series/KXBTC15M", { fee_multiplier: -1, in_ms: 0 })).toMatch(/0 to 100/);
    expect(error("fees/series/KXBTC15M", { fee_multiplier: 2 })).toMatch(/in_ms must be/);
    expect(error("fees/series/NONE", { in_ms: 0 })).toBe("there is no series NONE");
    expect(error("fees/events/NONE", { in_ms: 0 })).toBe("there is no event NONE");
    expect(error("fees/markets/NONE", { waived_ms: 0 })).toBe("there is no market NONE");
    expect(error(`fees/markets/${ticker}`, { until: 5 })).toBe(
      "there is no until; there are waived_ms",
    );
    expect(error("fees/shards/2", {})).toMatch(/no POST fees\/shards/);
  });

  test("a key is revoked", () => {
    const { ask, exchange } = open();
    const socket = new TestSocket(exchange, "kalshi");
    expect(ask("POST", "keys/revoke").json).toEqual({ revoked: exchange.keyId });
    expect(socket.closeCode).toBe(1008);
  });
});
