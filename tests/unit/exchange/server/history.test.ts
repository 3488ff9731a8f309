import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { START_MS, TICKER, TinyWorld, tinyMarket } from "../../../support/tiny-world.ts";
import { ask, at, fieldsOf } from "./rest-client.ts";

const MINUTE_MS = 60_000;
const PERIOD = `start_ts=${START_MS / 1000 - 600}&end_ts=${START_MS / 1000}&period_interval=1`;

function minutesBack(minutes: number): (nowMs: number) => number {
  return (nowMs) => nowMs - minutes * MINUTE_MS;
}

function quotes(price: string): Record<string, string> {
  return { open: price, low: price, high: price, close: price };
}

/** Settled five and twenty minutes before the world begins; what is older than ten is history. */
function open() {
  const world = new TinyWorld();
  for (const [ticker, minutes] of [
    ["NEW", 5],
    ["OLD", 20],
  ] as const) {
    const settledMs = START_MS - minutes * MINUTE_MS;
    const times = { closeMs: settledMs - 5000, settledMs };
    const result = { status: "finalized", result: "yes", payoutCc: 10_000 } as const;
    world.addMarket(tinyMarket({ ticker, ...times, ...result }), { yes: [], no: [] });
    world.tradeMap.set(ticker, [
      {
        tradeId: `trade-${ticker}`,
        ticker,
        yesPriceCc: 9900,
        countCq: 100,
        takerSide: "yes",
        atMs: times.closeMs,
      },
    ]);
  }
  const historyCutoffMs = minutesBack(10);
  return { world, exchange: createLocalExchange({ world, historyCutoffMs }) };
}

const LIVE_PATHS = (ticker: string): string[] => [
  `/markets/${ticker}`,
  `/markets/${ticker}/orderbook`,
  `/series/KXBTC15M/markets/${ticker}/candlesticks?${PERIOD}`,
];
const OLD_PATHS = (ticker: string): string[] => [
  `/historical/markets/${ticker}`,
  `/historical/markets/${ticker}/candlesticks?${PERIOD}`,
];

describe("the two tiers", () => {
  test("the cutoff moves with the clock, and lies three months back by default", () => {
    const { exchange } = open();
    const cutoff = (of = exchange) => at(ask(of, "/historical/cutoff").json, "market_settled_ts");
    expect(cutoff()).toBe("2026-08-17T04:40:00Z");
    exchange.runUntil(START_MS + MINUTE_MS);
    expect(ask(exchange, "/historical/cutoff").json).toEqual({
      market_settled_ts: "2026-08-17T04:41:00Z",
      trades_created_ts: "2026-08-17T04:41:00Z",
      orders_updated_ts: "2026-08-17T05:41:00Z",
      market_positions_last_updated_ts: "2026-08-17T04:41:00Z",
    });
    const usual = createLocalExchange({ world: new TinyWorld() });
    expect(cutoff(usual)).toBe("2026-05-19T00:00:00Z");
    expect(at(ask(usual, "/historical/markets").json, "markets")).toEqual([]);
  });

  test("an old market is found in the historical tier only, a newer one in the live tier only", () => {
    const { exchange } = open();
    const statuses = (paths: readonly string[]) => paths.map((path) => ask(exchange, path).status);
    expect(statuses(LIVE_PATHS("NEW"))).toEqual([200, 200, 200]);
    expect(statuses(OLD_PATHS("NEW"))).toEqual([404, 404]);
    exchange.runUntil(START_MS + 2000);
    expect(statuses(LIVE_PATHS("OLD"))).toEqual([404, 404, 404]);
    expect(statuses(OLD_PATHS("OLD"))).toEqual([200, 200]);
  });

  test("lists cut at the same line, and a market crosses it as time passes", () => {
    const { exchange } = open();
    const tickers = (path: string) => fieldsOf(at(ask(exchange, path).json, "markets"), "ticker");
    expect(tickers("/markets?status=settled")).toEqual(["NEW"]);
    expect(tickers("/historical/markets")).toEqual(["OLD"]);
    exchange.runUntil(START_MS + 6 * MINUTE_MS);
    expect(tickers("/markets?status=settled")).toEqual([]);
    expect(tickers("/historical/markets")).toEqual(["NEW", "OLD"]);
  });

  test("trades too", () => {
    const { exchange } = open();
    const ids = (path: string) => fieldsOf(at(ask(exchange, path).json, "trades"), "trade_id");
    expect(ids("/markets/trades")).toEqual(["trade-NEW"]);
    expect(ids("/historical/trades")).toEqual(["trade-OLD"]);
    expect(ids("/historical/trades?ticker=NEW")).toEqual([]);
    expect(ask(exchange, "/historical/trades?limit=1001").status).toBe(400);
  });

  test("an event stays live without its old markets", () => {
    const { exchange } = open();
    const path = "/events/KXBTC15M-26AUG170100";
    const plain = ask(exchange, path).json;
    expect(fieldsOf(at(plain, "markets"), "ticker")).toEqual([TICKER, "NEW"]);
    const nested = ask(exchange, `${path}?with_nested_markets=true`).json;
    expect(fieldsOf(at(nested, "event", "markets"), "ticker")).toEqual([TICKER, "NEW"]);
  });
});

describe("filters of historical markets", () => {
  test.each([
    ["tickers=OLD,NEW", 200],
    ["event_ticker=KXBTC15M-26AUG170100", 200],
    ["series_ticker=KXBTC15M", 200],
    ["mve_filter=exclude", 200],
    ["mve_filter=only", 400],
    ["tickers=OLD&series_ticker=KXBTC15M", 400],
    ["event_ticker=A&series_ticker=B", 400],
    ["limit=1001", 400],
  ])("%s is answered %d", (query, status) => {
    const answer = ask(open().exchange, `/historical/markets?${query}`);
    expect(answer.status).toBe(status);
    if (status === 200) expect(fieldsOf(at(answer.json, "markets"), "ticker")).toEqual(["OLD"]);
    else expect(answer.json).toHaveProperty("msg");
  });
});

test("historical candles have names without units, and nulls where nothing traded", () => {
  const atMs = START_MS + 1000;
  const trade = { tradeId: "a", ticker: TICKER, yesPriceCc: 9500, countCq: 250, atMs };
  const world = new TinyWorld({
    steps: [{ atMs, happening: { type: "trade", trade: { ...trade, takerSide: "yes" } } }],
  });
  const exchange = createLocalExchange({ world, historyCutoffMs: minutesBack(1) });
  exchange.runUntil(START_MS + 600_000);
  const market = world.market(TICKER);
  if (market === undefined) throw new Error("no market");
  Object.assign(market, { status: "finalized", settledMs: START_MS + 600_000 });
  exchange.runUntil(START_MS + 700_000);
  const range = `start_ts=${START_MS / 1000}&end_ts=${START_MS / 1000 + 120}&period_interval=1`;
  const { json } = ask(exchange, `/historical/markets/${TICKER}/candlesticks?${range}`);
  const stand = { yes_bid: quotes("0.9520"), yes_ask: quotes("0.9530") };
  expect(json).toEqual({
    ticker: TICKER,
    candlesticks: [
      {
        end_period_ts: START_MS / 1000 + 60,
        ...stand,
        price: { ...quotes("0.9500"), mean: "0.9500", previous: null },
        volume: "2.50",
        open_interest: "45545.22",
      },
      {
        end_period_ts: START_MS / 1000 + 120,
        ...stand,
        price: { open: null, low: null, high: null, close: null, mean: null, previous: "0.9500" },
        volume: "0.00",
        open_interest: "45545.22",
      },
    ],
  });
});
