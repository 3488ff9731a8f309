import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  createCoinbaseFeed,
  fetchCandles,
} from "../../../../../src/adapters/feeds/coinbase/feed.ts";
import { decodeCoinbase } from "../../../../../src/adapters/feeds/coinbase/frames.ts";
import { fetchSpot } from "../../../../../src/adapters/feeds/coinbase/spot.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import {
  advance,
  FakeHttp,
  FakeNetwork,
  newClock,
  noJitter,
  START_MS,
  shape,
} from "../../fakes.ts";
import { fixtureLines } from "../../fixtures.ts";

const lines = fixtureLines("coinbase/advanced-ws.jsonl");

describe("frames", () => {
  test("the recording holds nothing that is rejected", () => {
    expect(lines.flatMap((line) => decodeCoinbase(line, 1).rejects)).toEqual([]);
  });

  test("a ticker becomes a quote at the envelope's time", () => {
    const ticks = lines.flatMap((line) => decodeCoinbase(line, 5).ticks);
    expect(ticks).toEqual([
      {
        type: "spot",
        source: "coinbase",
        product: "BTC-USD",
        kind: "trade",
        priceUsd: 83_277.26,
        bidUsd: null,
        askUsd: null,
        size: 0.00058346,
        tradeId: "1100253488",
        exchangeMs: Date.parse("2026-09-30T02:39:53.977Z"),
        recvMs: 5,
      },
      {
        type: "spot",
        source: "coinbase",
        product: "BTC-USD",
        kind: "quote",
        priceUsd: 64_281.7,
        bidUsd: 64_281.7,
        askUsd: 64_281.71,
        size: null,
        tradeId: null,
        exchangeMs: Date.parse("2026-06-14T05:35:45.435Z"),
        recvMs: 5,
      },
    ]);
  });

  test.each([
    ["not JSON", "{", "bad_json"],
    ["no object", "3", "not_an_object"],
    ["no channel", "{}", "no_channel"],
    ["no events", '{"channel":"ticker","sequence_num":1}', "no_events"],
    ["no number", '{"channel":"ticker","events":[]}', "no_sequence"],
    ["no list", '{"channel":"ticker","sequence_num":1,"events":[{}]}', "not_an_object"],
    [
      "no product",
      '{"channel":"ticker","sequence_num":1,"events":[{"tickers":[{"price":"1"}]}]}',
      "no_product",
    ],
    [
      "price 0",
      '{"channel":"ticker","sequence_num":1,"events":[{"tickers":[{"product_id":"P","price":"0"}]}]}',
      "bad_price",
    ],
    [
      "bid in words",
      '{"channel":"ticker","sequence_num":1,"events":[{"tickers":[{"product_id":"P","price":"1","best_bid":"x"}]}]}',
      "bad_price",
    ],
    [
      "trade id in words",
      '{"channel":"market_trades","sequence_num":1,"events":[{"type":"update","trades":[{"product_id":"P","price":"1","trade_id":"x"}]}]}',
      "bad_trade_id",
    ],
  ])("refused: %s", (_name, text, reason) => {
    expect(decodeCoinbase(text, 1).rejects).toEqual([reason]);
  });

  test("a frame of a recording without quotes or sizes has nulls", () => {
    const text =
      '{"channel":"ticker","sequence_num":1,"events":[{"tickers":[{"product_id":"P","price":"1","best_bid":"","best_ask":""}]}]}';
    expect(decodeCoinbase(text, 1).ticks).toMatchObject([
      { bidUsd: null, askUsd: null, exchangeMs: null },
    ]);
  });

  test("mutated frames never throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(3000),
        fc.string({ maxLength: 5 }),
        (line, at, text) => {
          const place = at % line.length;
          decodeCoinbase(line.slice(0, place) + text + line.slice(place + text.length), 1);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const beat = (seq: number): object => ({
  channel: "heartbeats",
  timestamp: "",
  sequence_num: seq,
  events: [{}],
});
const trades = (seq: number, type: string, ids: number[]): Record<string, unknown> => ({
  channel: "market_trades",
  timestamp: "2026-08-17T04:45:00Z",
  sequence_num: seq,
  events: [
    {
      type,
      trades: ids.map((id) => ({
        product_id: "BTC-USD",
        trade_id: `${id}`,
        price: "60000.5",
        size: "0.1",
        time: "2026-08-17T04:45:00.5Z",
        side: "BUY",
      })),
    },
  ],
});

describe("feed", () => {
  let clock: VirtualClock;
  let network: FakeNetwork;
  let feed: Feed;
  let events: MarketEvent[];
  let stop: AbortController;
  let running: Promise<void>;

  beforeEach(() => {
    clock = newClock();
    network = new FakeNetwork(clock);
    events = [];
    stop = new AbortController();
    feed = createCoinbaseFeed({
      url: "wss://spot",
      restUrl: "https://c",
      products: ["BTC-USD", "SOL-USD"],
      level2: false,
      openSocket: network.openSocket,
      http: new FakeHttp(() => ({ body: { trades: [] } })),
      clock,
      rng: noJitter,
    });
  });

  const start = (): void => {
    running = feed.run((event) => events.push(event), stop.signal);
    network.last.open();
  };
  test("subscribes one channel a message as soon as it is open", () => {
    start();
    expect(network.last.sent).toEqual([
      { type: "subscribe", product_ids: ["BTC-USD", "SOL-USD"], channel: "ticker" },
      { type: "subscribe", product_ids: ["BTC-USD", "SOL-USD"], channel: "market_trades" },
      { type: "subscribe", channel: "heartbeats" },
    ]);
  });

  test("new trades come oldest first and once; those of the snapshot are not new", () => {
    start();
    network.last.push(
      trades(0, "snapshot", [9, 8]),
      trades(1, "update", [12, 11, 10]),
      trades(2, "update", [12, 13]),
    );
    expect(events.map((event) => (event.type === "spot" ? event.tradeId : event.type))).toEqual([
      "10",
      "11",
      "12",
      "13",
    ]);
    expect(feed.stats.rejected.get("duplicate")).toBe(1);
    expect(feed.stats).toMatchObject({ received: 5, emitted: 4, control: 1 });
  });

  test("a hole in the connection's sequence is a gap, a repeated frame is dropped", () => {
    start();
    network.last.push(trades(0, "update", [1]), trades(3, "update", [2]), trades(3, "update", [3]));
    expect(shape(events)).toEqual(["spot", "gap:seq", "spot"]);
    expect(events[1]).toMatchObject({ source: "coinbase", tickers: [], fromSeq: 1, toSeq: 2 });
    expect(feed.stats.gaps).toBe(1);
  });

  test("a product missing from the acknowledgement shows in the status after 5 s", async () => {
    start();
    const ack = {
      ticker: ["BTC-USD", "SOL-USD"],
      market_trades: ["BTC-USD"],
      heartbeats: ["heartbeats"],
    };
    network.last.push({
      channel: "subscriptions",
      sequence_num: 0,
      events: [{ subscriptions: ack }],
    });
    for (let seq = 1; seq <= 6; seq++) {
      await advance(clock, 1000);
      network.last.push({ ...beat(seq) });
    }
    expect(feed.status()).toBe(
      "connected, BTC-USD SOL-USD; not subscribed: market_trades of SOL-USD",
    );
  });

  test("5 s of silence is a stall, and the gap says so", async () => {
    start();
    network.last.push(trades(0, "update", [1]));
    await advance(clock, 6000);
    expect(shape(events)).toEqual(["spot", "gap:stall"]);
    expect(network.sockets).toHaveLength(2);
    network.last.open();
    network.last.push(trades(0, "update", [1, 2]));
    expect(feed.stats).toMatchObject({ connects: 2, emitted: 2 });
  });

  test("an error frame shows in the status", () => {
    start();
    network.last.push({ type: "error", message: "authentication failure" });
    expect(feed.status()).toContain("authentication failure");
  });

  test("when no connection comes about in four tries the run fails", async () => {
    network.refusal = { error: "connect ECONNREFUSED" };
    running = feed.run((event) => events.push(event), stop.signal);
    const caught = running.catch((error: unknown) => error);
    await advance(clock, 3000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_SOCKET" });
    expect(network.sockets).toHaveLength(4);
    expect(events).toEqual([]);
  });

  test("after a connection it never gives up, and an abort is a normal end", async () => {
    start();
    network.refusal = { error: "gone" };
    network.last.drop();
    await advance(clock, 120_000);
    expect(network.sockets.length).toBeGreaterThan(6);
    stop.abort();
    await expect(running).resolves.toBeUndefined();
    expect(feed.status()).toBe("stopped");
  });
});

const row = (s: number): object => ({
  start: `${s}`,
  open: "1",
  high: "3",
  low: "0.5",
  close: "2",
  volume: "0.1",
});

const spot = (body: object): Promise<unknown> =>
  fetchSpot(
    {
      baseUrl: "https://c",
      product: "BTC-USD",
      nowMs: START_MS,
      http: new FakeHttp(() => ({ body })),
    },
    new AbortController().signal,
  );

describe("REST", () => {
  const { signal } = new AbortController();
  const base = { baseUrl: "https://c", product: "BTC-USD", nowMs: START_MS };
  const startS = START_MS / 1000 - 600 * 60;
  test("candles come oldest first over several pages, without the running minute", async () => {
    const http = new FakeHttp((url) => {
      const from = Number(url.searchParams.get("start"));
      const to = Number(url.searchParams.get("end"));
      const rows: object[] = [];
      // Newest first and both ends included, as Coinbase does.
      for (let s = to; s >= from; s -= 60) rows.push(row(s));
      return { body: { candles: rows } };
    });
    const candles = await fetchCandles(
      { ...base, http, startS, endS: START_MS / 1000 + 60 },
      signal,
    );
    expect(http.requests).toHaveLength(3);
    expect(candles).toHaveLength(600);
    expect(candles[0]).toEqual({
      type: "candle",
      source: "coinbase",
      product: "BTC-USD",
      openMs: startS * 1000,
      intervalS: 60,
      openUsd: 1,
      highUsd: 3,
      lowUsd: 0.5,
      closeUsd: 2,
      volume: 0.1,
      recvMs: START_MS,
    });
    expect(candles.at(-1)?.openMs).toBe(START_MS - 60_000);
  });

  test.each([
    [{ body: { candles: [{ start: "60" }] } }, "protocol", "PAYLOAD_CHANGED"],
    [{ body: "<html>" }, "protocol", "PAYLOAD_CHANGED"],
    [{ status: 404, body: { error: "INVALID_ARGUMENT" } }, "protocol", "COINBASE_REFUSED"],
    [{ status: 429, body: "" }, "network", "COINBASE_UNAVAILABLE"],
  ])("answer %j", async (answer, kind, code) => {
    const http = new FakeHttp(() => answer);
    const asked = fetchCandles({ ...base, http, startS, endS: startS + 60 }, signal);
    await expect(asked).rejects.toMatchObject({ kind, code });
  });

  test("the spot price is the newest trade, else the mid", async () => {
    const quote = { best_bid: "9", best_ask: "11" };
    const trade = { price: "10.5", time: "2026-08-17T04:45:00Z" };
    expect(await spot({ ...quote, trades: [trade] })).toMatchObject({
      priceUsd: 10.5,
      bidUsd: 9,
    });
    expect(await spot({ ...quote, trades: [] })).toMatchObject({ priceUsd: 10, kind: "quote" });
    await expect(spot({})).rejects.toMatchObject({ kind: "protocol" });
    await expect(spot({ best_bid: "", best_ask: "" })).rejects.toMatchObject({ kind: "protocol" });
  });

  test("before the first trade there is no spot, which is not an error", async () => {
    expect(await spot({ best_bid: "", best_ask: "", trades: [] })).toBeNull();
  });
});
