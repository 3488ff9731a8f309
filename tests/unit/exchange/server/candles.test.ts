import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { MarketCandles } from "../../../../src/exchange/server/candles.ts";
import type { World } from "../../../../src/exchange/world.ts";
import {
  OTHER_TICKER,
  START_MS,
  TICKER,
  type TinyStep,
  TinyWorld,
  tinyMarket,
} from "../../../support/tiny-world.ts";
import { ask, at, fieldsOf } from "./rest-client.ts";

const START_S = START_MS / 1000;
const PATH = `/series/KXBTC15M/markets/${TICKER}/candlesticks`;

/** The touch is `bidCc` and `askCc` from here on. */
function quote(afterS: number, bidCc: number, askCc: number, ticker = TICKER): TinyStep {
  const atMs = START_MS + afterS * 1000;
  return {
    atMs,
    happening: { type: "ticker", ticker, atMs },
    apply: (world) =>
      world.bookMap.set(ticker, { yes: [[bidCc, 100]], no: [[10_000 - askCc, 100]] }),
  };
}

function trade(afterS: number, yesPriceCc: number, countCq: number): TinyStep {
  const atMs = START_MS + afterS * 1000;
  const told = { tradeId: `${afterS}`, ticker: TICKER, takerSide: "yes", atMs } as const;
  return { atMs, happening: { type: "trade", trade: { ...told, yesPriceCc, countCq } } };
}

// Minutes 1 and 4 have happenings, 2 and 3 are silent; the trade at 60 s sharp ends minute 1.
const STEPS = [
  quote(10, 3300, 3400),
  trade(20, 3400, 2000),
  quote(30, 3200, 3500),
  trade(60, 3300, 1000),
  quote(185, 4000, 4200),
];

function run(untilS: number) {
  const world = new TinyWorld({ steps: STEPS });
  const exchange = createLocalExchange({ world });
  exchange.runUntil(START_MS + untilS * 1000);
  return { world, exchange };
}

function candles(query: string, untilS = 240): unknown {
  const { json } = ask(run(untilS).exchange, `${PATH}?${query}`);
  return at(json, "candlesticks");
}

const ALL = `start_ts=${START_S}&end_ts=${START_S + 3600}&period_interval=1`;

const flat = (price: string) => ({
  open_dollars: price,
  low_dollars: price,
  high_dollars: price,
  close_dollars: price,
});

describe("candles of one market", () => {
  test("quotes by the ticker, prices and their weighted mean by the trades", () => {
    expect(at(candles(ALL), 0)).toEqual({
      end_period_ts: START_S + 60,
      yes_bid: {
        open_dollars: "0.3300",
        low_dollars: "0.3200",
        high_dollars: "0.3300",
        close_dollars: "0.3200",
      },
      yes_ask: {
        open_dollars: "0.3400",
        low_dollars: "0.3400",
        high_dollars: "0.3500",
        close_dollars: "0.3500",
      },
      price: {
        open_dollars: "0.3400",
        low_dollars: "0.3300",
        high_dollars: "0.3400",
        close_dollars: "0.3300",
        mean_dollars: "0.3367",
      },
      volume_fp: "30.00",
      open_interest_fp: "45545.22",
    });
  });

  test("a silent minute stands at the last quotes and has no price but the one before", () => {
    const all = candles(ALL);
    const silent = {
      yes_bid: flat("0.3200"),
      yes_ask: flat("0.3500"),
      price: { previous_dollars: "0.3300" },
      volume_fp: "0.00",
      open_interest_fp: "45545.22",
    };
    expect(at(all, 1)).toEqual({ end_period_ts: START_S + 120, ...silent });
    expect(at(all, 2)).toEqual({ end_period_ts: START_S + 180, ...silent });
  });

  test("quotes open where they closed, and without a trade there is no mean", () => {
    const last = at(candles(ALL), 3);
    expect(at(last, "yes_bid")).toEqual({
      open_dollars: "0.3200",
      low_dollars: "0.3200",
      high_dollars: "0.4000",
      close_dollars: "0.4000",
    });
    expect(at(last, "price")).toEqual({ previous_dollars: "0.3300" });
  });

  test("before any trade a candle has no price at all", () => {
    expect(at(candles(ALL, 15), 0, "price")).toEqual({});
  });

  test.each([
    [0, 3600, [60, 120, 180, 240]],
    [60, 120, [60, 120]],
    [61, 179, [120]],
    [200, 300, [240]],
    [-3600, 0, []],
  ])("start %d and end %d take in the candles that end between them", (from, to, ends) => {
    const query = `start_ts=${START_S + from}&end_ts=${START_S + to}&period_interval=1`;
    const found = fieldsOf(candles(query), "end_period_ts");
    expect(found).toEqual(ends.map((end) => START_S + end));
  });

  test("there are none from after the close, however long ago it was", () => {
    const query = `start_ts=${START_S + 540}&end_ts=${START_S + 3600}&period_interval=1`;
    const found = fieldsOf(candles(query, 3600), "end_period_ts");
    expect(found).toEqual([START_S + 540, START_S + 600]);
  });

  test("an hour is its minutes put together", () => {
    const query = `start_ts=${START_S}&end_ts=${START_S + 3600}&period_interval=60`;
    expect(candles(query)).toMatchObject([
      {
        end_period_ts: START_S + 600,
        yes_bid: { open_dollars: "0.3300", low_dollars: "0.3200", close_dollars: "0.4000" },
        price: { open_dollars: "0.3400", close_dollars: "0.3300" },
        volume_fp: "30.00",
      },
    ]);
  });

  test("the latest before the start is carried to the first boundary where no candle is", () => {
    const late = `start_ts=${START_S + 1230}&end_ts=${START_S + 3600}&period_interval=1`;
    expect(candles(late, 3600)).toEqual([]);
    expect(candles(`${late}&include_latest_before_start=true`, 3600)).toEqual([
      {
        end_period_ts: START_S + 1260,
        yes_bid: flat("0.4000"),
        yes_ask: flat("0.4200"),
        price: { previous_dollars: "0.3300" },
        volume_fp: "0.00",
        open_interest_fp: "45545.22",
      },
    ]);
    expect(candles(`${ALL}&include_latest_before_start=true`)).toHaveLength(4);
  });

  test.each([
    ["", 400],
    [`start_ts=${START_S}&end_ts=${START_S}`, 400],
    [`start_ts=${START_S}&period_interval=1`, 400],
    [`start_ts=${START_S}&end_ts=${START_S}&period_interval=5`, 400],
    [`start_ts=${START_S}&end_ts=${START_S - 1}&period_interval=1`, 400],
    [`start_ts=${START_S}&end_ts=${START_S + 9999 * 60}&period_interval=1`, 200],
    [`start_ts=${START_S}&end_ts=${START_S + 10_000 * 60}&period_interval=1`, 400],
    [`start_ts=${START_S}&end_ts=${START_S + 10_000 * 60}&period_interval=1440`, 200],
  ])("?%s is answered %d", (query, status) => {
    expect(ask(run(0).exchange, `${PATH}?${query}`).status).toBe(status);
  });

  test("a market under the wrong series, and one that is none", () => {
    const { exchange } = run(0);
    const wrong = `/series/KXBTCD/markets/${TICKER}/candlesticks?${ALL}`;
    expect(ask(exchange, wrong).json).toMatchObject({ error: { code: "market_not_found" } });
    expect(ask(exchange, `/series/KXBTC15M/markets/NOPE/candlesticks?${ALL}`).status).toBe(404);
  });
});

describe("candles of several markets", () => {
  test("by tickers, in the order asked for, unknown ones left out", () => {
    const { exchange } = run(240);
    const path = `/markets/candlesticks?market_tickers=NOPE,${OTHER_TICKER},${TICKER}&${ALL}`;
    const markets = at(ask(exchange, path).json, "markets");
    expect(fieldsOf(markets, "market_ticker")).toEqual([OTHER_TICKER, TICKER]);
    expect(fieldsOf(markets, "candlesticks")).toMatchObject([[], [{}, {}, {}, {}]]);
  });

  test("no more than a hundred tickers and ten thousand candles", () => {
    const { exchange } = run(0);
    const status = (tickers: number, minutes: number): number => {
      const names = Array.from({ length: tickers }, (_, index) => `T${index}`).join(",");
      const range = `start_ts=60&end_ts=${minutes * 60}&period_interval=1`;
      return ask(exchange, `/markets/candlesticks?market_tickers=${names}&${range}`).status;
    };
    expect([status(100, 100), status(100, 101), status(101, 1), status(0, 1)]).toEqual([
      200, 400, 400, 400,
    ]);
  });

  test("an event's answer is cut at its end where it would be too long, and says so", () => {
    const { world, exchange } = run(240);
    for (let index = 0; index < 99; index++) {
      world.addMarket(tinyMarket({ ticker: `T${index}` }), { yes: [], no: [] });
    }
    const path = "/series/KXBTC15M/events/KXBTC15M-26AUG170100/candlesticks";
    const short = `start_ts=${START_S}&end_ts=${START_S + 120}&period_interval=1`;
    const { json } = ask(exchange, `${path}?${short}`);
    expect(at(json, "market_tickers")).toHaveLength(100);
    expect(at(json, "market_candlesticks", 0)).toHaveLength(2);
    expect(at(json, "adjusted_end_ts")).toBe(START_S + 120);
    const long = `start_ts=${START_S}&end_ts=${START_S + 9000 * 60}&period_interval=1`;
    const cut = ask(exchange, `${path}?${long}`);
    expect(at(cut.json, "adjusted_end_ts")).toBe(START_S + 99 * 60);
    expect(
      ask(exchange, `/series/KXBTCD/events/KXBTC15M-26AUG170100/candlesticks?${long}`).status,
    ).toBe(404);
  });
});

test("the store forgets the market that began first when it holds too many minutes", () => {
  const world: World = new TinyWorld();
  const store = new MarketCandles(world, 3);
  const see = (ticker: string, minute: number): void =>
    store.observe({ type: "ticker", ticker, atMs: START_MS + minute * 60_000 + 1 });
  const count = (ticker: string): number =>
    store.latestBefore(ticker, Number.POSITIVE_INFINITY, 60) === undefined ? 0 : 1;
  see(TICKER, 0);
  see(TICKER, 1);
  see(OTHER_TICKER, 1);
  expect([count(TICKER), count(OTHER_TICKER)]).toEqual([1, 1]);
  see(OTHER_TICKER, 2);
  expect([count(TICKER), count(OTHER_TICKER)]).toEqual([0, 1]);
});
