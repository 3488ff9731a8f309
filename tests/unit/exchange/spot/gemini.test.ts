import { beforeEach, describe, expect, test } from "vitest";
import { SpotBench, type SpotClient } from "./bench.ts";

let bench: SpotBench;

beforeEach(() => {
  bench = new SpotBench();
});

type Change = [side: "buy" | "sell", price: string, size: string];

describe("v2 market data", () => {
  let client: SpotClient;

  beforeEach(() => {
    client = bench.client("gemini", "/gemini/v2/marketdata");
  });

  function subscribe(name: string, symbols: unknown = ["BTCUSD"]): void {
    client.say({ type: "subscribe", subscriptions: [{ name, symbols }] });
  }

  test("l2 begins with the whole book and recent trades, then changes and trades", () => {
    subscribe("l2");
    const [first] = client.take();
    expect(first).toMatchObject({ type: "l2_updates", symbol: "BTCUSD", auction_events: [] });
    expect(first.trades).toHaveLength(50);
    const book = { buy: new Map<string, string>(), sell: new Map<string, string>() };
    const apply = (changes: Change[]): void => {
      for (const [side, price, size] of changes) {
        if (size === "0") book[side].delete(price);
        else book[side].set(price, size);
      }
    };
    apply(first.changes);
    bench.pass(60_000);
    const frames = client.take();
    for (const frame of frames) if (frame.type === "l2_updates") apply(frame.changes);
    const { bids, asks } = bench.get("/gemini/v1/book/btcusd?limit_bids=0&limit_asks=0").json;
    expect(Object.fromEntries(book.buy)).toEqual(
      Object.fromEntries(
        bids.map((each: { price: string; amount: string }) => [each.price, each.amount]),
      ),
    );
    expect(book.sell.size).toBe(asks.length);
    const trades = frames.filter(({ type }) => type === "trade");
    expect(trades.length).toBeGreaterThan(3);
    expect(trades[0].event_id).toBe(first.trades.at(-1).event_id + 1);
    expect(frames.find(({ type }) => type === "l2_updates").timestamp).toBeUndefined();
  });

  test("heartbeats every five seconds with milliseconds", () => {
    subscribe("candles_1m");
    bench.pass(10_000);
    const beats = client.take().filter(({ type }) => type === "heartbeat");
    expect(beats.map(({ timestamp }) => timestamp - bench.startMs)).toEqual([5000, 10_000]);
  });

  test("candles: the past newest first, then the running one with each trade", () => {
    subscribe("candles_5m");
    bench.pass(60_000);
    const [first, ...rest] = client.take().filter(({ type }) => type === "candles_5m_updates");
    const times = first.changes.map(([time]: [number]) => time);
    expect(times).toEqual(times.map((_: number, at: number) => times[0] - at * 300_000));
    expect(rest.length).toBeGreaterThan(3);
    for (const { changes } of rest) expect(changes).toHaveLength(1);
  });

  test.each([
    ["l2", ["FOOUSD"], "InvalidSymbol"],
    ["l3", ["BTCUSD"], "InvalidRequest"],
    ["candles_7m", ["BTCUSD"], "InvalidRequest"],
    ["l2", "BTCUSD", "InvalidRequest"],
  ])("subscription %s %j is %s", (name, symbols, reason) => {
    subscribe(name, symbols);
    expect(client.take()).toMatchObject([{ result: "error", reason }]);
  });

  test("text that is no JSON is InvalidJson; unsubscribing ends a feed", () => {
    client.say("{");
    expect(client.take()).toMatchObject([{ result: "error", reason: "InvalidJson" }]);
    subscribe("l2");
    client.take();
    client.say({ type: "unsubscribe", subscriptions: [{ name: "l2", symbols: ["BTCUSD"] }] });
    bench.pass(20_000);
    expect(client.take()).toEqual([]);
  });
});

describe("v3 streams", () => {
  const STREAMS = ["btcusd@depth@100ms", "btcusd@bookTicker", "btcusd@trade"];

  test("the first depthUpdate is the book; later ones overlap at most; E is in nanoseconds", () => {
    const client = bench.client("gemini", "/gemini/ws?snapshot=-1");
    client.say({ method: "SUBSCRIBE", params: STREAMS, id: 1 });
    bench.pass(30_000);
    const texts = client.takeTexts();
    const frames = texts.map((text) => JSON.parse(text));
    expect(frames[0]).toEqual({ id: 1, status: 200 });
    const depths = frames.filter(({ e }) => e === "depthUpdate");
    expect(depths[0].b.length).toBeGreaterThan(500);
    expect(depths.length).toBeGreaterThan(50);
    for (const [index, { U, u }] of depths.entries()) {
      if (index > 0) expect(U).toBeLessThanOrEqual(depths[index - 1].u + 1);
      expect(U).toBeLessThanOrEqual(u);
    }
    const times = texts.slice(1).map((text) => BigInt(/"E":(\d+)/.exec(text)?.[1] ?? 0));
    for (const time of times) expect(time / 1_000_000n).toBeGreaterThanOrEqual(bench.startMs);
    expect(times[0]).toBeGreaterThan(2n ** 53n);
    expect(frames.filter(({ m }) => m !== undefined).length).toBeGreaterThan(1);
    expect(frames.filter(({ c }) => c !== undefined).length).toBeGreaterThan(10);
  });

  test.each(["/gemini", "/gemini/", "/gemini/ws"])(
    "at %s, as at the root of the real host",
    (path) => {
      const client = bench.client("gemini", `${path}?snapshot=-1`);
      client.say({ method: "SUBSCRIBE", params: STREAMS, id: 1 });
      const [answer, book] = client.take();
      expect(answer).toEqual({ id: 1, status: 200 });
      expect(book.b.length).toBeGreaterThan(500);
    },
  );

  test("without snapshot=-1 there is no book first", () => {
    const client = bench.client("gemini", "/gemini/ws");
    client.say({ method: "SUBSCRIBE", params: ["btcusd@depth@100ms"], id: 1 });
    expect(client.take()).toEqual([{ id: 1, status: 200 }]);
    bench.pass(5000);
    const frames = client.take();
    expect(frames[0].b.length).toBeLessThan(50);
  });

  test.each([
    [{ method: "SUBSCRIBE", params: ["foousd@trade"], id: 2 }],
    [{ method: "DANCE", params: [], id: 2 }],
  ])("%j is refused", (message) => {
    const client = bench.client("gemini", "/gemini/ws");
    client.say(message);
    expect(client.take()).toMatchObject([{ id: 2, status: 400 }]);
  });
});

test("REST: symbols, details, tickers, trades, candles, and errors", () => {
  const get = (path: string) => bench.get(`/gemini/${path}`);
  expect(get("v1/symbols").json).toEqual(["btcusd", "solusd"]);
  expect(get("v1/symbols/details/btcusd").json).toMatchObject({ quote_increment: 0.01 });
  const { bid, ask } = get("v1/pubticker/btcusd").json;
  expect(Number(bid)).toBeLessThan(Number(ask));
  expect(get("v2/ticker/btcusd").json.changes).toHaveLength(24);
  const trades = get("v1/trades/btcusd?limit_trades=5").json;
  expect(trades).toHaveLength(5);
  expect(trades[0].timestampms).toBeGreaterThan(trades[4].timestampms);
  expect(get("v2/candles/btcusd/1hr").json[0][0]).toBe(
    Math.floor(bench.startMs / 3_600_000) * 3_600_000,
  );
  expect(get("v1/book/foousd")).toMatchObject({ status: 400, json: { reason: "InvalidSymbol" } });
  expect(get("v1/nonsense/btcusd").status).toBe(404);
});

test("other WebSocket paths are refused", () => {
  expect(() => bench.client("gemini", "/gemini/v9")).toThrow("404");
});
