import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { OTHER_TICKER, START_MS, TICKER, TinyWorld } from "../../../support/tiny-world.ts";
import { call } from "./client.ts";
import { ask, at } from "./rest-client.ts";

function open(world = new TinyWorld()) {
  return { world, exchange: createLocalExchange({ world }) };
}

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

  test.each([
    ["depth=0", 2],
    ["depth=-1", 2],
    ["depth=100", 2],
  ])("%s is the whole book", (query, levels) => {
    const { json } = ask(open().exchange, `/markets/${TICKER}/orderbook?${query}`);
    expect(at(json, "orderbook_fp", "no_dollars")).toHaveLength(levels);
  });

  test("books of no market, of too many and of an unknown one", () => {
    const { exchange } = open();
    const many = Array.from({ length: 101 }, (_, index) => `tickers=T${index}`).join("&");
    expect(ask(exchange, "/markets/orderbooks").status).toBe(400);
    expect(ask(exchange, `/markets/orderbooks?${many}`).status).toBe(400);
    expect(ask(exchange, "/markets/NOPE/orderbook").json).toMatchObject({
      error: { code: "market_not_found" },
    });
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

  test("trades of all markets are one list, newest first, page by page", () => {
    const { world, exchange } = open();
    const trade = { yesPriceCc: 9460, countCq: 777, takerSide: "yes" } as const;
    const of = (ticker: string, tradeId: string, atMs: number) => ({
      ...trade,
      ticker,
      tradeId,
      atMs,
    });
    world.tradeMap.set(TICKER, [of(TICKER, "d", START_MS), of(TICKER, "a", START_MS - 3000)]);
    world.tradeMap.set(OTHER_TICKER, [of(OTHER_TICKER, "c", START_MS - 1000)]);
    const ids: unknown[] = [];
    let cursor = "";
    do {
      const { json } = ask(exchange, `/markets/trades?limit=1&cursor=${cursor}`);
      ids.push(at(json, "trades", 0, "trade_id"));
      cursor = String(at(json, "cursor"));
    } while (cursor !== "");
    expect(ids).toEqual(["d", "c", "a"]);
    expect(at(ask(exchange, "/markets/trades?is_block_trade=true").json, "trades")).toEqual([]);
    expect(at(ask(exchange, "/markets/trades?is_block_trade=false").json, "trades")).toHaveLength(
      3,
    );
    expect(ask(exchange, "/markets/trades?is_block_trade=perhaps").status).toBe(400);
    expect(ask(exchange, "/markets/trades?limit=1001").status).toBe(400);
  });
});
