import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import {
  OTHER_TICKER,
  START_MS,
  TICKER,
  TinyWorld,
  tinyMarket,
} from "../../../support/tiny-world.ts";
import { call } from "./client.ts";

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

describe("order books and trades", () => {
  test("bids of both sides, ascending, with an empty side as null", () => {
    const { exchange } = open();
    expect(call(exchange, `/markets/${TICKER}/orderbook`).json).toEqual({
      orderbook_fp: {
        yes_dollars: [
          ["0.9400", "500.00"],
          ["0.9520", "310.00"],
        ],
        no_dollars: [
          ["0.0010", "626.00"],
          ["0.0470", "120.55"],
        ],
      },
    });
    expect(call(exchange, `/markets/${OTHER_TICKER}/orderbook`).json.orderbook_fp).toEqual({
      yes_dollars: null,
      no_dollars: null,
    });
  });

  test("depth keeps the best levels", () => {
    const { exchange } = open();
    const { orderbook_fp } = call(exchange, `/markets/${TICKER}/orderbook?depth=1`).json;
    expect(orderbook_fp.yes_dollars).toEqual([["0.9520", "310.00"]]);
    expect(call(exchange, `/markets/${TICKER}/orderbook?depth=101`).status).toBe(400);
  });

  test("several books by repeated parameter", () => {
    const path = `/markets/orderbooks?tickers=${TICKER}&tickers=NOPE`;
    const { orderbooks } = call(open().exchange, path).json;
    expect(orderbooks.map((each) => each.ticker)).toEqual([TICKER]);
  });

  test("trades have both prices and the taker in three spellings", () => {
    const { world, exchange } = open();
    const trade = { ticker: TICKER, yesPriceCc: 9460, countCq: 777, takerSide: "no" } as const;
    world.tradeMap.set(TICKER, [
      { ...trade, tradeId: "b", atMs: START_MS - 493 },
      { ...trade, tradeId: "a", atMs: START_MS - 60_000 },
    ]);
    const { trades } = call(exchange, `/markets/trades?ticker=${TICKER}`).json;
    expect(trades).toHaveLength(2);
    expect(trades[0]).toEqual({
      trade_id: "b",
      ticker: TICKER,
      count_fp: "7.77",
      yes_price_dollars: "0.9460",
      no_price_dollars: "0.0540",
      taker_outcome_side: "no",
      taker_book_side: "ask",
      taker_side: "no",
      created_time: "2026-08-17T04:49:59.507Z",
      is_block_trade: false,
    });
    const since = `/markets/trades?ticker=${TICKER}&min_ts=${START_MS / 1000 - 30}`;
    expect(call(exchange, since).json.trades).toHaveLength(1);
  });
});

describe("events and series", () => {
  test("an event, with its markets beside it or nested", () => {
    const { exchange } = open();
    const plain = call(exchange, "/events/KXBTC15M-26AUG170100").json;
    expect(plain.event).toMatchObject({
      series_ticker: "KXBTC15M",
      sub_title: "Aug 17, 2026 at 1am EDT",
      strike_date: "2026-08-17T05:00:00Z",
      mutually_exclusive: false,
      exchange_index: 2,
    });
    expect(plain.markets).toHaveLength(1);
    const nested = call(exchange, "/events/KXBTC15M-26AUG170100?with_nested_markets=true").json;
    expect(nested.event.markets).toHaveLength(1);
    expect(call(exchange, "/events/NOPE").status).toBe(404);
  });

  test("events by series and status", () => {
    const { exchange } = open();
    const { events, cursor } = call(exchange, "/events?series_ticker=KXBTC15M&status=open").json;
    expect(events.map((each) => each.event_ticker)).toEqual(["KXBTC15M-26AUG170100"]);
    expect(cursor).toBe("");
    expect(call(exchange, "/events?limit=201").status).toBe(400);
  });

  test("a series tells its fees", () => {
    const { exchange } = open();
    expect(call(exchange, "/series/KXBTC15M").json.series).toMatchObject({
      ticker: "KXBTC15M",
      frequency: "fifteen_min",
      category: "Crypto",
      fee_type: "quadratic",
      fee_multiplier: 1,
      tags: ["BTC", "15 min"],
      additional_prohibitions: null,
    });
    expect(call(exchange, "/series?category=Sports").json).toEqual({ series: [] });
    expect(call(exchange, "/series/fee_changes").json).toEqual({ series_fee_change_arr: [] });
  });
});

describe("exchange and account", () => {
  test("status names the crypto shard", () => {
    const { json } = call(open().exchange, "/exchange/status");
    expect(json.trading_active).toBe(true);
    expect(json.exchange_index_statuses[1]).toMatchObject({
      exchange_index: 2,
      description: "Crypto",
      trading_active: true,
    });
  });

  test("the Date header is the exchange's time", () => {
    const { headers } = call(open().exchange, "/exchange/schedule");
    expect(headers["date"]).toBe("Mon, 17 Aug 2026 04:50:00 GMT");
  });

  test("an empty account with $1000 where crypto trades", () => {
    const { exchange } = open();
    expect(call(exchange, "/portfolio/balance", { signed: true }).json).toEqual({
      balance: 100_000,
      balance_dollars: "1000.0000",
      portfolio_value: 0,
      updated_ts: START_MS / 1000,
      balance_breakdown: [
        { exchange_index: 0, balance: "0.0000" },
        { exchange_index: 2, balance: "1000.0000" },
      ],
    });
    const shard0 = call(exchange, "/portfolio/balance?exchange_index=0", { signed: true });
    expect(shard0.json.balance).toBe(0);
    const positions = call(exchange, "/portfolio/positions", { signed: true });
    expect(positions.json).toEqual({ market_positions: [], event_positions: [], cursor: "" });
    expect(call(exchange, "/portfolio/fills", { signed: true }).json).toEqual({
      fills: [],
      cursor: "",
    });
    expect(call(exchange, "/portfolio/orders/abc", { signed: true }).status).toBe(404);
  });

  test.each([
    "/portfolio/balance",
    "/portfolio/orders",
    "/portfolio/settlements",
    "/account/limits",
  ])("%s needs a key", (path) => {
    const { exchange } = open();
    expect(call(exchange, path).status).toBe(401);
    expect(call(exchange, path, { signed: true }).status).toBe(200);
  });

  test.each([
    ["POST", "/portfolio/events/orders", 409, "trading_is_paused"],
    ["DELETE", "/portfolio/events/orders/abc?exchange_index=2", 409, "trading_is_paused"],
    ["POST", "/portfolio/events/orders/abc/amend", 409, "trading_is_paused"],
    ["POST", "/portfolio/orders", 410, "deprecated_v1_order_endpoint"],
    ["DELETE", "/portfolio/orders/abc", 410, "deprecated_v1_order_endpoint"],
  ])("%s %s is refused with %d %s", (method, path, status, code) => {
    const { exchange } = open();
    expect(call(exchange, path, { method }).status).toBe(401);
    const answer = call(exchange, path, { method, signed: true });
    expect(answer.status).toBe(status);
    expect(answer.json.error.code).toBe(code);
  });

  test("public account pages, and a path that does not exist", () => {
    const { exchange } = open();
    expect(call(exchange, "/account/endpoint_costs").json.default_cost).toBe(10);
    expect(call(exchange, "/exchange/user_data_timestamp").json).toEqual({
      as_of_time: "2026-08-17T04:50:00Z",
    });
    expect(call(exchange, "/historical/cutoff").json.market_settled_ts).toBe(
      "2026-05-19T00:00:00Z",
    );
    expect(call(exchange, "/nothing/here").json.error.code).toBe("not_found");
  });
});
