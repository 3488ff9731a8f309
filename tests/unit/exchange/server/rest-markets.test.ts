import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import {
  OTHER_TICKER,
  START_MS,
  TICKER,
  type TinyStep,
  TinyWorld,
  tinyMarket,
} from "../../../support/tiny-world.ts";
import { call } from "./client.ts";
import { ask, at, fieldsOf } from "./rest-client.ts";

function open(world = new TinyWorld()) {
  return { world, exchange: createLocalExchange({ world }) };
}

describe("market objects", () => {
  test("an active 15-minute market looks like the recorded one", () => {
    const { exchange } = open();
    const { market } = call(exchange, `/markets/${TICKER}`).json;
    expect(market).toMatchObject({
      ticker: TICKER,
      event_ticker: "KXBTC15M-26AUG170100",
      market_type: "binary",
      title: "BTC price up in next 15 mins?",
      yes_sub_title: "Target Price: $63,441.03",
      no_sub_title: "Target price: TBD",
      created_time: "2026-08-17T04:40:00Z",
      updated_time: "2026-08-17T04:45:00Z",
      open_time: "2026-08-17T04:45:00Z",
      close_time: "2026-08-17T05:00:00Z",
      expected_expiration_time: "2026-08-17T05:05:00Z",
      expiration_time: "2026-08-24T05:00:00Z",
      latest_expiration_time: "2026-08-24T05:00:00Z",
      settlement_timer_seconds: 1,
      status: "active",
      yes_bid_dollars: "0.9520",
      yes_bid_size_fp: "310.00",
      yes_ask_dollars: "0.9530",
      yes_ask_size_fp: "120.55",
      no_bid_dollars: "0.0470",
      no_ask_dollars: "0.0480",
      last_price_dollars: "0.9530",
      volume_fp: "54252.46",
      open_interest_fp: "45545.22",
      result: "",
      can_close_early: true,
      notional_value_dollars: "1.0000",
      expiration_value: "",
      strike_type: "greater_or_equal",
      floor_strike: 63_441.03,
      custom_strike: { round_digits: "2" },
      price_level_structure: "tapered_deci_cent",
      price_ranges: [
        { start: "0.0000", end: "0.1000", step: "0.0010" },
        { start: "0.1000", end: "0.9000", step: "0.0100" },
        { start: "0.9000", end: "1.0000", step: "0.0010" },
      ],
      exchange_index: 2,
    });
    expect(market.rules_primary).toContain("before 1 AM EDT is at least 63441.03 at 1 AM EDT");
    expect(market).not.toHaveProperty("settlement_value_dollars");
    expect(market).not.toHaveProperty("cap_strike");
  });

  test("before its opening a market has no strike and the odd quotes of an unopened book", () => {
    const { market } = call(open().exchange, `/markets/${OTHER_TICKER}`).json;
    expect(market).toMatchObject({
      status: "initialized",
      yes_sub_title: "Target price: TBD",
      yes_bid_dollars: "0.0000",
      yes_ask_dollars: "0.0000",
      no_bid_dollars: "1.0000",
      no_ask_dollars: "1.0000",
      yes_ask_size_fp: "0.00",
      last_price_dollars: "0.0000",
    });
    expect(market).not.toHaveProperty("floor_strike");
    expect(market).not.toHaveProperty("custom_strike");
  });

  test("an empty side is a bid of 0 or an ask of 1, of size 0", () => {
    const { world, exchange } = open();
    world.bookMap.set(TICKER, { yes: [[100, 500]], no: [] });
    expect(call(exchange, `/markets/${TICKER}`).json.market).toMatchObject({
      yes_bid_dollars: "0.0100",
      yes_ask_dollars: "1.0000",
      yes_ask_size_fp: "0.00",
      no_bid_dollars: "0.0000",
      no_ask_dollars: "0.9900",
    });
  });

  test("a settled market carries result, value and time", () => {
    const { world, exchange } = open();
    const settled = tinyMarket({
      status: "finalized",
      result: "yes",
      expirationValue: "64127.91",
      settledMs: START_MS - 1500,
    });
    world.addMarket(settled, { yes: [], no: [] });
    expect(call(exchange, `/markets/${TICKER}`).json.market).toMatchObject({
      result: "yes",
      expiration_value: "64127.91",
      settlement_value_dollars: "1.0000",
      settlement_ts: "2026-08-17T04:49:58.5Z",
      yes_bid_dollars: "0.0000",
      yes_ask_dollars: "1.0000",
    });
  });

  test.each([
    [{ strikeType: "greater", floorUsd: 72_749.99 }, "$72,750 or above"],
    [{ strikeType: "less", floorUsd: null, capUsd: 53_200 }, "$53,199.99 or below"],
    [{ strikeType: "between", floorUsd: 71_700, capUsd: 71_799.99 }, "$71,700 to 71,799.99"],
  ] as const)("subtitle of %o", (strike, text) => {
    const { world, exchange } = open();
    world.addMarket(tinyMarket(strike), { yes: [], no: [] });
    expect(call(exchange, `/markets/${TICKER}`).json.market).toMatchObject({
      yes_sub_title: text,
      no_sub_title: text,
    });
  });

  test("a scalar result pays the price of its payout", () => {
    const { world, exchange } = open();
    const scalar = { status: "finalized", result: "scalar", payoutCc: 3300 } as const;
    world.addMarket(tinyMarket({ ...scalar, settledMs: START_MS }), { yes: [], no: [] });
    expect(call(exchange, `/markets/${TICKER}`).json.market).toMatchObject({
      result: "scalar",
      settlement_value_dollars: "0.3300",
    });
  });

  test("an unknown ticker", () => {
    const { status, json } = call(open().exchange, "/markets/NOPE");
    expect(status).toBe(404);
    expect(json).toEqual({ error: { code: "market_not_found", message: "market not found" } });
  });
});

function list(query: string): string[] {
  const { world, exchange } = open();
  const closed = tinyMarket({ ticker: "CLOSED", status: "determined", closeMs: START_MS - 1000 });
  world.addMarket(closed, { yes: [], no: [] });
  const { markets } = call(exchange, `/markets?${query}`).json;
  return markets.map((market) => market.ticker);
}

function stepOf(happening: TinyStep["happening"] & { readonly atMs: number }): TinyStep {
  return { atMs: happening.atMs, happening };
}

describe("market lists", () => {
  test.each([
    ["status=open", [TICKER]],
    ["status=unopened", [OTHER_TICKER]],
    ["status=closed", ["CLOSED"]],
    ["status=settled", []],
    ["status=paused", []],
    ["series_ticker=KXBTC15M", [TICKER, OTHER_TICKER, "CLOSED"]],
    ["series_ticker=KXBTCD", []],
    ["event_ticker=KXBTC15M-26AUG170115", [OTHER_TICKER]],
    [`tickers=${TICKER},CLOSED`, [TICKER, "CLOSED"]],
    [`min_close_ts=${START_MS / 1000 + 601}`, [OTHER_TICKER]],
    [`max_close_ts=${START_MS / 1000}&status=closed`, ["CLOSED"]],
  ])("%s", (query, tickers) => {
    expect(list(query)).toEqual(tickers);
  });

  test("markets that are inactive are paused, disputed ones closed", () => {
    const { world, exchange } = open();
    for (const status of ["inactive", "disputed", "amended"] as const) {
      world.addMarket(tinyMarket({ ticker: status, status }), { yes: [], no: [] });
    }
    const tickers = (status: string) =>
      fieldsOf(at(ask(exchange, `/markets?status=${status}`).json, "markets"), "ticker");
    expect(tickers("paused")).toEqual(["inactive"]);
    expect(tickers("closed")).toEqual(["disputed", "amended"]);
  });

  test("combos are a filter of their own, and there are none", () => {
    const { exchange } = open();
    expect(ask(exchange, "/markets?mve_filter=only").json).toEqual({ markets: [], cursor: "" });
    expect(at(ask(exchange, "/markets?mve_filter=exclude").json, "markets")).toHaveLength(2);
    expect(ask(exchange, "/markets?mve_filter=both").status).toBe(400);
  });

  test("the field's word for a status is not a filter", () => {
    const { status, json } = call(open().exchange, "/markets?status=active");
    expect(status).toBe(400);
    expect(json).toHaveProperty("msg");
  });

  test("time bounds of two kinds, or with a status they do not go with, are refused", () => {
    const { exchange } = open();
    expect(call(exchange, "/markets?min_close_ts=1&min_created_ts=1").status).toBe(400);
    expect(call(exchange, "/markets?min_close_ts=1&status=open").status).toBe(400);
  });

  test.each([
    ["status=closed&min_close_ts=1", 200],
    ["status=settled&max_settled_ts=1", 200],
    ["status=open&min_created_ts=1", 200],
    ["status=settled&min_created_ts=1", 400],
    ["status=open&min_settled_ts=1", 400],
    ["min_close_ts=1&max_settled_ts=1", 400],
    ["min_close_ts=1&max_close_ts=2", 200],
    ["min_close_ts=soon", 400],
    ["min_updated_ts=1&mve_filter=exclude", 200],
    ["min_updated_ts=1&mve_filter=exclude&series_ticker=KXBTC15M", 200],
    ["min_updated_ts=1", 400],
    ["min_updated_ts=1&series_ticker=KXBTC15M", 400],
    ["min_updated_ts=1&mve_filter=only", 400],
    ["min_updated_ts=1&mve_filter=exclude&status=open", 400],
    ["min_updated_ts=1&mve_filter=exclude&event_ticker=A", 400],
    ["min_updated_ts=1&mve_filter=exclude&tickers=A", 400],
    ["min_updated_ts=1&mve_filter=exclude&min_close_ts=1", 400],
    ["limit=1000", 200],
    ["limit=0", 400],
    ["limit=many", 400],
  ])("%s is answered %d", (query, status) => {
    const { exchange } = open();
    const answer = ask(exchange, `/markets?${query}`);
    expect(answer.status).toBe(status);
    const isMessage = typeof at(answer.json, "msg") === "string";
    expect(isMessage).toBe(status === 400);
  });

  test("min_updated_ts follows changes of the record, not trading", () => {
    const msg = { event_type: "close_date_updated", market_ticker: OTHER_TICKER };
    const world = new TinyWorld({
      steps: [
        stepOf({ type: "ticker", ticker: TICKER, atMs: START_MS + 1000 }),
        stepOf({ type: "lifecycle", msg, atMs: START_MS + 3000 }),
      ],
    });
    const { exchange } = open(world);
    const since = `/markets?mve_filter=exclude&min_updated_ts=${START_MS / 1000}`;
    expect(at(ask(exchange, since).json, "markets")).toEqual([]);
    exchange.runUntil(START_MS + 5000);
    const { json } = ask(exchange, since);
    expect(fieldsOf(at(json, "markets"), "ticker")).toEqual([OTHER_TICKER]);
    expect(fieldsOf(at(json, "markets"), "updated_time")).toEqual(["2026-08-17T04:50:03Z"]);
  });

  test("a cursor walks all pages, and the last one is empty", () => {
    const { exchange } = open();
    const first = call(exchange, "/markets?limit=1").json;
    expect(first.markets).toHaveLength(1);
    const second = call(exchange, `/markets?limit=1&cursor=${first.cursor}`).json;
    expect(second.markets[0]?.ticker).toBe(OTHER_TICKER);
    expect(second.cursor).toBe("");
  });

  test("a garbage cursor gives the first page", () => {
    const { exchange } = open();
    const { status, json } = call(exchange, "/markets?limit=1&cursor=garbage");
    expect(status).toBe(200);
    expect(json.markets[0]?.ticker).toBe(TICKER);
  });

  test("a limit over the maximum is refused with a bare msg, not clamped", () => {
    const { status, json } = call(open().exchange, "/markets?limit=1001");
    expect(status).toBe(400);
    expect(json).toEqual({
      msg: "Parameter validation failed for GetMarkets: Key: 'GetMarketsParams.Limit' Error:Field validation for 'Limit' failed on the 'lte' tag",
    });
  });
});
