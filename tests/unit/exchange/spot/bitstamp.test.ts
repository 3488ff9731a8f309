import { beforeEach, expect, test } from "vitest";
import { TinyWorld } from "../../../support/tiny-world.ts";
import { SpotBench, type SpotClient } from "./bench.ts";

let bench: SpotBench;
let client: SpotClient;

beforeEach(() => {
  bench = new SpotBench();
  client = bench.client("bitstamp", "/bitstamp");
});

function subscribe(channel: unknown): void {
  client.say({ event: "bts:subscribe", data: { channel } });
}

type Level = [string, string];

function top(side: Map<string, string>, sign: 1 | -1): Level[] {
  return [...side].toSorted(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, 100);
}

test("a subscription is confirmed; order_book begins with the top hundred", () => {
  subscribe("order_book_btcusd");
  const [confirmed, book] = client.take();
  expect(confirmed).toEqual({
    event: "bts:subscription_succeeded",
    channel: "order_book_btcusd",
    data: {},
  });
  expect(book).toMatchObject({ event: "data", channel: "order_book_btcusd" });
  expect(book.data.bids).toHaveLength(100);
  expect(book.data.microtimestamp).toMatch(new RegExp(`^${book.data.timestamp}\\d{6}$`));
  expect(book.data.bids[0][0]).toMatch(/^\d+\.\d\d$/);
  expect(book.data.bids[0][1]).toMatch(/^\d+\.\d{8}$/);
});

test("REST book and later diffs give the book that order_book sends", () => {
  subscribe("diff_order_book_btcusd");
  subscribe("order_book_btcusd");
  bench.pass(500);
  client.take();
  const rest = bench.get("/bitstamp/api/v2/order_book/btcusd/?group=1").json;
  const sides = {
    bids: new Map<string, string>(rest.bids),
    asks: new Map<string, string>(rest.asks),
  };
  bench.pass(30_000);
  const frames = client.take();
  const diffs = frames.filter(({ channel }) => channel === "diff_order_book_btcusd");
  let before = BigInt(rest.microtimestamp);
  for (const { data } of diffs) {
    expect(BigInt(data.microtimestamp)).toBeGreaterThan(before);
    before = BigInt(data.microtimestamp);
    for (const side of ["bids", "asks"] as const) {
      for (const [price, size] of data[side] as Level[]) {
        if (Number(size) === 0) sides[side].delete(price);
        else sides[side].set(price, size);
      }
    }
  }
  const whole = frames.findLast(({ channel }) => channel === "order_book_btcusd").data;
  expect(diffs.length).toBeGreaterThan(50);
  expect(whole.microtimestamp).toBe(diffs.at(-1).data.microtimestamp);
  expect(top(sides.bids, -1)).toEqual(whole.bids);
  expect(top(sides.asks, 1)).toEqual(whole.asks);
});

test("trades: numbers and their texts, type 0 for a buyer, the newer order being the taker's", () => {
  subscribe("live_trades_btcusd");
  client.take();
  bench.pass(60_000);
  const trades = client.take();
  expect(trades.length).toBeGreaterThan(3);
  for (const { event, data } of trades) {
    expect(event).toBe("trade");
    expect(Number(data.amount_str)).toBe(data.amount);
    expect(Number(data.price_str)).toBe(data.price);
    expect(data.buy_order_id > data.sell_order_id).toBe(data.type === 0);
  }
  const ids = trades.map(({ data }) => data.id);
  expect(ids).toEqual(ids.map((_, index) => ids[0] + index));
});

test.each([
  ["order_book_foousd", null],
  ["nonsense_btcusd", null],
  [7, null],
  ["private-my_orders_btcusd", 4009],
])("channel %j is an error", (channel, code) => {
  subscribe(channel);
  expect(client.take()).toMatchObject([{ event: "bts:error", data: { code } }]);
});

test("a heartbeat is answered, words that mean nothing are an error", () => {
  client.say({ event: "bts:heartbeat" });
  client.say("{");
  expect(client.take()).toMatchObject([{ event: "bts:heartbeat" }, { event: "bts:error" }]);
});

test("a connection lives ninety days", () => {
  const still = new SpotBench(new TinyWorld());
  const old = still.client("bitstamp", "/bitstamp");
  still.pass(90 * 86_400_000 - 1);
  expect(old.closeCode).toBeNull();
  still.pass(1);
  expect(old.closeCode).toBe(1000);
});

test("nothing is kept of connections that are gone", () => {
  const still = new SpotBench(new TinyWorld());
  for (const [name, path] of [
    ["bitstamp", "/bitstamp"],
    ["binance", "/binance/ws"],
    ["kraken", "/kraken/v2"],
    ["gemini", "/gemini/v2/marketdata"],
    ["coinbase", "/coinbase/ws"],
  ] as const) {
    still.client(name, path).hangUp();
  }
  still.pass(3_600_000);
  expect(still.venues.nextTimerMs()).toBe(Number.POSITIVE_INFINITY);
});

test("unsubscribing ends the channel, once", () => {
  subscribe("order_book_btcusd");
  client.take();
  const message = { event: "bts:unsubscribe", data: { channel: "order_book_btcusd" } };
  client.say(message);
  client.say(message);
  expect(client.take()).toMatchObject([
    { event: "bts:unsubscription_succeeded" },
    { event: "bts:error" },
  ]);
  bench.pass(5000);
  expect(client.take()).toEqual([]);
});

test("REST: ticker, transactions, candles, markets, and what is not there", () => {
  const get = (path: string) => bench.get(`/bitstamp/api/v2/${path}`);
  expect(get("markets/").json.map((each: { market_symbol: string }) => each.market_symbol)).toEqual(
    ["btcusd", "solusd"],
  );
  const ticker = get("ticker/btcusd/").json;
  expect(Number(ticker.bid)).toBeLessThan(Number(ticker.ask));
  const hour = get("transactions/btcusd/?time=hour").json;
  const minute = get("transactions/btcusd/?time=minute").json;
  expect(hour).toHaveLength(100);
  expect(minute.length).toBeLessThan(hour.length);
  const candles = get("ohlc/btcusd/?step=900&limit=5").json.data.ohlc;
  expect(candles).toHaveLength(5);
  expect(Number(candles.at(-1).timestamp)).toBe(Math.floor(bench.startMs / 900_000) * 900);
  expect(get("ohlc/btcusd/?step=7&limit=5").status).toBe(400);
  expect(get("ticker/foousd/").status).toBe(404);
});
