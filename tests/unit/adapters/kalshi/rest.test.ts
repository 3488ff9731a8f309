import { describe, expect, test } from "vitest";
import { createKalshiRest, type KalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { marketExtras } from "../../../../src/adapters/kalshi/rest-body.ts";
import { roundTo } from "../../../../src/core/settlement.ts";
import { type Answer, FakeHttp, newClock, START_MS } from "../fakes.ts";
import { fixtureLines } from "../fixtures.ts";

const signal = new AbortController().signal;
const objects = fixtureLines("kalshi/markets.jsonl").map(
  (line) => JSON.parse(line) as Record<string, unknown>,
);
const [bracket, , , , , , upDown] = objects;

function rest(answer: (url: URL) => Answer): { rest: KalshiRest; http: FakeHttp } {
  const http = new FakeHttp((url) => answer(url));
  const options = { baseUrl: "https://h/trade-api/v2", http, clock: newClock(), signer: null };
  return { rest: createKalshiRest(options), http };
}

const one = (market: Record<string, unknown>): KalshiRest =>
  rest(() => ({ body: { market } })).rest;

describe("markets", () => {
  test.each([
    [0, "between", 52_200, 52_299.99],
    [1, "less", null, 52_200],
    [2, "greater", 70_799.99, null],
    [3, "between", 1000, 1019.99],
  ])("object %i: strike type %s", async (at, strikeType, floorUsd, capUsd) => {
    const market = await one(objects[at] ?? {}).market("T", signal);
    expect(market).toMatchObject({ strikeType, floorUsd, capUsd, tickStructure: "linear_cent" });
    expect(market.ranges).toEqual([{ start: 0, end: 10_000, step: 100 }]);
    expect(JSON.parse(market.rawJson ?? "")).toEqual(objects[at]);
  });

  test("a 15-minute market", async () => {
    const market = await one(upDown ?? {}).market("T", signal);
    expect({ ...market, rawJson: null }).toEqual({
      ticker: "KXBTC15M-26AUG170100-00",
      eventTicker: "KXBTC15M-26AUG170100",
      seriesTicker: "KXBTC15M",
      strikeType: "greater_or_equal",
      floorUsd: 63_441.03,
      capUsd: null,
      openMs: START_MS,
      closeMs: START_MS + 900_000,
      status: "active",
      result: "",
      expirationValue: null,
      settlementTimerS: 1,
      valueDigits: 2,
      feeWaiverMs: null,
      ranges: [
        { start: 0, end: 1000, step: 10 },
        { start: 1000, end: 9000, step: 100 },
        { start: 9000, end: 10_000, step: 10 },
      ],
      tickStructure: "tapered_deci_cent",
      exchangeIndex: 2,
      rawJson: null,
    });
    expect(marketExtras(market)).toEqual({
      yesMid: 0.9525,
      settledMs: null,
      yesPayout: null,
      volume: 157_591_605,
    });
  });

  test.each([
    ["BTC by its series", { floor_strike: 67_628.899999, custom_strike: null }, 67_628.9],
    [
      "round_digits as text",
      { floor_strike: 142.123449999, custom_strike: { round_digits: "4" } },
      142.1234,
    ],
    [
      "SOL by its series",
      { floor_strike: 142.12345, event_ticker: "KXSOL15M-X", custom_strike: null },
      142.1235,
    ],
    ["a strike as text", { floor_strike: "63441.03" }, 63_441.03],
    ["no strike yet", { floor_strike: null }, null],
  ])("strike free of float dust: %s", async (_name, change, floorUsd) => {
    const market = await one({ ...upDown, ...change }).market("T", signal);
    expect(market.floorUsd).toBe(floorUsd);
  });

  test("rounding survives values that binary fractions miss", () => {
    expect(roundTo(1.005, 2)).toBe(1.01);
    expect(roundTo(72_749.99, 2)).toBe(72_749.99);
  });

  test("unknown words become unknown, unknown fields pass", async () => {
    const change = { status: "sleeping", strike_type: "structured", brand_new: { a: 1 } };
    const market = await one({ ...bracket, ...change }).market("T", signal);
    expect(market).toMatchObject({ status: "unknown", strikeType: "unknown" });
  });

  test.each([
    ["a missing close", { close_time: undefined }, "markets[1].close_time"],
    ["a close that is no time", { close_time: "soon" }, "markets[1].close_time"],
    [
      "a range step of zero",
      { price_ranges: [{ start: "0", end: "1", step: "0" }] },
      "markets[1].price_ranges[0].step",
    ],
    [
      "a range that is a number",
      { price_ranges: [{ start: 0, end: "1", step: "0.01" }] },
      "markets[1].price_ranges[0].start",
    ],
    ["an unknown result", { result: "maybe" }, "markets[1].result"],
    ["a strike in words", { floor_strike: "high" }, "markets[1].floor_strike"],
  ])(
    "one that cannot be read is left out and named by its path: %s",
    async (_name, change, path) => {
      const markets = [bracket, { ...upDown, ...change }, { ...bracket, ticker: "KXBTC-AFTER" }];
      const broken = rest(() => ({ body: { markets, cursor: "" } })).rest;
      const list = await broken.markets({ eventTicker: "E" }, signal);
      expect(list.markets.map(({ ticker }) => ticker)).toEqual([
        bracket?.["ticker"],
        "KXBTC-AFTER",
      ]);
      expect(list.complete).toBe(true);
      const error = {
        kind: "protocol",
        code: "PAYLOAD_CHANGED",
        details: { path, request: "GET /markets" },
      };
      expect(list.unreadable).toMatchObject([{ what: "market", error }]);
      expect(JSON.parse(list.unreadable[0]?.raw ?? "")).toEqual(markets[1]);
    },
  );

  test("a body that is no JSON, and one of another shape", async () => {
    const page = rest(() => ({ body: "<html>" })).rest;
    await expect(page.market("T", signal)).rejects.toMatchObject({ code: "PAYLOAD_CHANGED" });
    const shape = rest(() => ({ body: { markets: {} } })).rest;
    await expect(shape.markets({}, signal)).rejects.toMatchObject({ details: { path: "markets" } });
  });
});

const market = (n: number): Record<string, unknown> => ({ ...bracket, ticker: `M${n}` });

describe("pages", () => {
  const pages: Record<string, Answer> = {
    "": { body: { markets: [market(1), market(2)], cursor: "a" } },
    a: { body: { markets: [market(2), market(3)], cursor: "b" } },
    b: { body: { markets: [market(4)], cursor: "" } },
    circle: { body: { markets: [market(5)], cursor: "circle" } },
  };
  const paged = (start: string): ReturnType<typeof rest> =>
    rest((url) => pages[url.searchParams.get("cursor") ?? start] ?? { body: {} });

  test("cursors are followed to the end and tickers kept once", async () => {
    const list = await paged("").rest.markets({ seriesTicker: "S" }, signal);
    expect(list.markets.map(({ ticker }) => ticker)).toEqual(["M1", "M2", "M3", "M4"]);
    expect(list.complete).toBe(true);
  });

  test("the page limit cuts the list and says so", async () => {
    const { rest: cut, http } = paged("");
    const list = await cut.markets({ tickers: ["A", "B"], limit: 2, maxPages: 1 }, signal);
    expect(list).toMatchObject({ complete: false });
    expect(list.markets).toHaveLength(2);
    expect(new URL(http.requests[0]?.url ?? "").search).toBe("?tickers=A%2CB&limit=2");
  });

  test("a cursor that runs in a circle ends the list as incomplete", async () => {
    const { rest: circling, http } = paged("circle");
    const list = await circling.markets({}, signal);
    expect(list.complete).toBe(false);
    expect(list.markets).toHaveLength(1);
    expect(http.requests).toHaveLength(2);
  });

  test("a cursor that the exchange does not know gives page 1 again and ends the list", async () => {
    let n = 0;
    const endless = rest(() => ({ body: { markets: [market(1)], cursor: `c${n++}` } }));
    const list = await endless.rest.markets({}, signal);
    expect(list.complete).toBe(false);
    expect(endless.http.requests).toHaveLength(2);
  });
});

async function hint(error: object): Promise<string> {
  const failing = rest(() => ({ status: 401, body: { error } })).rest;
  try {
    await failing.market("T", signal);
  } catch (thrown) {
    return String((thrown as { hint?: string }).hint);
  }
  throw new Error("it did not fail");
}

describe("errors", () => {
  const AUTH = "authentication_error";
  test.each([
    [
      "wrong signature",
      401,
      { error: { code: AUTH, details: "INCORRECT_API_KEY_SIGNATURE" } },
      "auth INCORRECT_API_KEY_SIGNATURE",
    ],
    ["unknown key", 401, { error: { code: AUTH, details: "NOT_FOUND" } }, "auth KEY_NOT_FOUND"],
    [
      "clock off",
      401,
      { error: { code: "header_timestamp_expired" } },
      "auth HEADER_TIMESTAMP_EXPIRED",
    ],
    [
      "no header",
      401,
      { error: { code: "signature_is_missing_from_headers" } },
      "auth SIGNATURE_IS_MISSING_FROM_HEADERS",
    ],
    ["scope", 403, {}, "auth FORBIDDEN"],
    [
      "nested",
      404,
      { error: { code: "market_not_found", message: "market not found" } },
      "venue MARKET_NOT_FOUND",
    ],
    [
      "flat",
      400,
      { code: "bad_request", message: "bad request", details: "json: …" },
      "venue BAD_REQUEST",
    ],
    ["bare msg", 400, { msg: "Parameter validation failed" }, "venue HTTP_400"],
    ["string", 429, { error: "too many requests" }, "network RATE_LIMITED"],
    ["empty body", 503, "", "network EXCHANGE_UNAVAILABLE"],
    ["HTML", 502, "<html>bad gateway</html>", "network EXCHANGE_UNAVAILABLE"],
    ["redirect", 307, "", "protocol REDIRECT_REFUSED"],
  ])("%s: %i", async (_name, status, body, expected) => {
    const failing = rest(() => ({ status, body })).rest;
    await expect(failing.market("T", signal)).rejects.toMatchObject({
      kind: expected.split(" ")[0],
      code: expected.split(" ")[1],
    });
  });

  test("each 401 has its own hint", async () => {
    expect(await hint({ code: AUTH, details: "INCORRECT_API_KEY_SIGNATURE" })).toContain("key id");
    expect(await hint({ code: AUTH, details: "NOT_FOUND" })).toContain("KALSHI_ENV");
    expect(await hint({ code: "header_timestamp_expired" })).toContain("clock");
    expect(await hint({ code: "signature_is_missing" })).toContain("KALSHI_PRIVATE_KEY_PATH");
  });
});

describe("the other reads", () => {
  test.each([
    { aheadMs: 3_000, asOf: START_MS },
    { aheadMs: 0, asOf: START_MS + 3_000 },
    // The header has whole seconds only, so a clock that seems to run behind may not.
    { aheadMs: -3_000, asOf: START_MS + 3_000 },
  ])(
    "F10: lists are as new as a clock that is $aheadMs ms ahead says, in our own time",
    async (row) => {
      const body = { as_of_time: new Date(START_MS + 3_000).toISOString() };
      const date = new Date(START_MS + row.aheadMs).toUTCString();
      const { rest: account } = rest(() => ({ body, headers: { date } }));
      expect(await account.asOfMs(signal)).toBe(row.asOf);
    },
  );

  test("I26: exchange status names the shards; the Date header gives the clock offset", async () => {
    const body = {
      exchange_active: true,
      trading_active: false,
      exchange_index_statuses: [
        { exchange_index: 2, description: "Crypto", exchange_active: true, trading_active: true },
      ],
    };
    const date = new Date(START_MS + 3000).toUTCString();
    const { rest: status } = rest(() => ({ body, headers: { date } }));
    expect(status.clockOffsetMs()).toBeNull();
    expect(await status.exchangeStatus(signal)).toMatchObject({
      tradingActive: false,
      resumeMs: null,
      shards: [{ exchangeIndex: 2, tradingActive: true }],
    });
    expect(status.clockOffsetMs()).toBe(3000);
  });

  test("series fees and events", async () => {
    const series = { ticker: "S", fee_type: "quadratic", fee_multiplier: 0.5 };
    expect(await rest(() => ({ body: { series } })).rest.series("S", signal)).toMatchObject({
      feeType: "quadratic",
      feeMultiplier: 0.5,
    });
    const event = { event_ticker: "E", series_ticker: "S", strike_date: "2026-08-17T21:00:00Z" };
    const { events } = await rest(() => ({ body: { events: [event], cursor: "" } })).rest.events(
      { seriesTicker: "S", status: "open" },
      signal,
    );
    expect(events).toMatchObject([{ eventTicker: "E", strikeMs: Date.UTC(2026, 7, 17, 21) }]);
  });

  test("a waiver is a time, or drift", async () => {
    const waived = { ...upDown, fee_waiver_expiration_time: "2026-08-17T21:00:00Z" };
    const { feeWaiverMs } = await one(waived).market("T", signal);
    expect(feeWaiverMs).toBe(Date.UTC(2026, 7, 17, 21));
    const odd = one({ ...upDown, fee_waiver_expiration_time: "never" }).market("T", signal);
    await expect(odd).rejects.toMatchObject({
      details: { path: "market.fee_waiver_expiration_time" },
    });
  });

  test.each([
    [
      { orderbook_fp: { no_dollars: [["0.4700", "12.00"]], yes_dollars: null } },
      [],
      [[4700, 1200]],
    ],
    [{ orderbook_fp: {} }, [], []],
    [{ orderbook: {} }, [], []],
  ])("order book %j", async (body, yes, no) => {
    expect(await rest(() => ({ body })).rest.orderbook("T", signal)).toEqual({ yes, no });
  });

  test("an unreadable level is drift", async () => {
    const body = { orderbook_fp: { yes_dollars: [["2.0000", "1.00"]] } };
    await expect(rest(() => ({ body })).rest.orderbook("T", signal)).rejects.toMatchObject({
      details: { path: "orderbook_fp.yes_dollars" },
    });
  });

  test("trades", async () => {
    const trade = {
      trade_id: "t1",
      ticker: "T",
      count_fp: "7.77",
      yes_price_dollars: "0.9460",
      taker_outcome_side: "no",
      created_time: "2026-08-18T11:07:50.507887Z",
    };
    const { rest: trades, http } = rest(() => ({ body: { trades: [trade], cursor: "" } }));
    expect(await trades.trades("T", { minS: 5 }, signal)).toMatchObject({
      complete: true,
      trades: [{ tradeId: "t1", yesPrice: 9460, qty: 777, takerSide: "no" }],
    });
    expect(http.requests[0]?.url).toContain("ticker=T&min_ts=5");
  });
});

describe("the balance of a shard", () => {
  const total = { balance: 9801, balance_dollars: "98.0186", updated_ts: 1 };
  const breakdown = [
    { exchange_index: 0, balance: "48.0186" },
    { exchange_index: 2, balance: "50.0000" },
  ];
  test.each<[name: string, shard: number, body: object, cash: number]>([
    ["its part of the list", 2, { ...total, balance_breakdown: breakdown }, 50_000_000],
    ["nothing where the list does not name it", 3, { ...total, balance_breakdown: breakdown }, 0],
    ["all of an answer without a list", 2, total, 98_018_600],
  ])("%s", async (_, shard, body, cash) => {
    const { http, rest: reads } = rest(() => ({ body }));
    expect(await reads.balance(shard, signal)).toBe(cash);
    expect(http.requests.at(-1)?.url).toContain(`exchange_index=${shard}`);
  });

  test("an amount that is none is a changed payload", async () => {
    const body = { ...total, balance_breakdown: [{ exchange_index: 2, balance: "1e3" }] };
    await expect(rest(() => ({ body })).rest.balance(2, signal)).rejects.toMatchObject({
      kind: "protocol",
    });
  });
});
