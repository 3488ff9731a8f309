import { describe, expect, test } from "vitest";
import { createBinanceFeed } from "../../../../../src/adapters/feeds/binance/feed.ts";
import { networkError } from "../../../../../src/adapters/platform/network-error.ts";
import type { Candle, MarketEvent } from "../../../../../src/core/events.ts";
import {
  type Answer,
  advance,
  FakeHttp,
  FakeNetwork,
  newClock,
  noJitter,
  START_MS,
} from "../../fakes.ts";

const row = (openMs: number, lengthMs: number, close = "2.00000000"): unknown[] => {
  const prices = ["1.00000000", "3.00000000", "0.50000000", close];
  return [openMs, ...prices, "0.00000000", openMs + lengthMs - 1, "0", 0, "0", "0", "0"];
};

/** Candles of a venue that lacks one. */
function venue(absent: number | null = null): (url: URL) => Answer {
  return (url) => {
    const lengthMs = url.searchParams.get("interval") === "1m" ? 60_000 : 900_000;
    const number = (name: string): number => Number(url.searchParams.get(name));
    const rows: unknown[] = [];
    const limit = number("limit");
    for (
      let at = number("startTime");
      at <= number("endTime") && rows.length < limit;
      at += lengthMs
    ) {
      if (at !== absent) rows.push(row(at, lengthMs));
    }
    return { body: rows };
  };
}

function rig(answer: (url: URL) => Answer | Error, products = ["BTC-USD"]) {
  const clock = newClock();
  const network = new FakeNetwork(clock);
  const http = new FakeHttp(answer);
  const events: MarketEvent[] = [];
  const feed = createBinanceFeed({
    urls: { ws: "wss://spot", rest: "https://rest", futures: "" },
    products,
    openSocket: network.openSocket,
    http,
    clock,
    rng: noJitter,
  });
  const running = feed.run((event) => events.push(event), new AbortController().signal);
  /** Lets time pass on a connection that is well. */
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at++) {
      await advance(clock, 1000);
      for (const socket of network.sockets) socket.ping();
    }
  };
  const candles = (intervalS = 60): Candle[] =>
    events
      .filter((event) => event.type === "candle")
      .filter((each) => each.intervalS === intervalS);
  const closed = (openMs: number): void => {
    const k = { t: openMs, T: openMs + 59_999, s: "BTCUSDT", i: "1m", x: true };
    const prices = { o: "1", h: "3", l: "0.5", c: "2", v: "0" };
    network.last.push({
      stream: "btcusdt@kline_1m",
      data: { e: "kline", s: "BTCUSDT", k: { ...k, ...prices } },
    });
  };
  return { network, http, events, feed, running, pass, candles, closed };
}

const minutesOf = (candles: readonly Candle[]): number[] =>
  candles.map(({ openMs }) => (openMs - START_MS) / 60_000);

describe("candles", () => {
  test("those from before the start come once, and nothing is asked while none is missing", async () => {
    const { network, http, feed, pass, candles, closed } = rig(venue());
    await pass(1);
    network.last.open();
    for (let at = 0; at < 5; at++) {
      await pass(60);
      closed(START_MS + at * 60_000);
    }
    // A minute ends at the start; it may still come over the socket for ten seconds.
    const first = START_MS - 97 * 60_000;
    expect(http.requests.map(({ url }) => url)).toEqual([
      `https://rest/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${first}&endTime=${START_MS - 120_000}&limit=1000`,
      `https://rest/api/v3/klines?symbol=BTCUSDT&interval=15m&startTime=${START_MS - 97 * 900_000}&endTime=${START_MS - 1_800_000}&limit=1000`,
      `https://rest/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${START_MS - 60_000}&endTime=${START_MS - 60_000}&limit=1000`,
      `https://rest/api/v3/klines?symbol=BTCUSDT&interval=15m&startTime=${START_MS - 900_000}&endTime=${START_MS - 900_000}&limit=1000`,
    ]);
    expect(minutesOf(candles())).toEqual(Array.from({ length: 102 }, (_, at) => at - 97));
    expect(candles(900)).toHaveLength(97);
    expect(candles()[0]).toEqual({
      type: "candle",
      source: "binance",
      product: "BTC-USDT",
      openMs: first,
      intervalS: 60,
      openUsd: 1,
      highUsd: 3,
      lowUsd: 0.5,
      closeUsd: 2,
      volume: 0,
      recvMs: START_MS,
    });
    expect([...feed.stats.rejected]).toEqual([]);
  });

  test("after an outage of everything the missing ones are asked for page by page", async () => {
    let isDown = false;
    const { feed, pass, candles } = rig((url) =>
      isDown
        ? networkError("https://rest", { code: "ECONNREFUSED", message: "refused" })
        : venue()(url),
    );
    await pass(70);
    isDown = true;
    await pass(1200 * 60);
    expect(feed.status()).toContain("no candles: no answer from rest: refused");
    isDown = false;
    await pass(180);
    expect(feed.status()).not.toContain("no candles");
    const minutes = minutesOf(candles());
    expect(minutes).toEqual(Array.from(minutes, (_, at) => at - 97));
    expect(minutes.at(-1)).toBeGreaterThanOrEqual(1202);
    expect([...feed.stats.rejected]).toEqual([]);
  });

  test("a minute that the venue does not have is asked for once", async () => {
    const absent = START_MS - 50 * 60_000;
    const { http, pass, candles } = rig(venue(absent));
    await pass(55);
    expect(minutesOf(candles())).not.toContain(-50);
    expect(candles()).toHaveLength(95);
    expect(http.requests).toHaveLength(2);
  });

  test.each([
    ["a row that is none", [3], "bad_time"],
    ["a price in words", [row(START_MS - 120_000, 60_000, "x")], "bad_candle"],
    ["an exclusive close", [row(START_MS - 120_000, 60_001)], "bad_time"],
    ["the running minute", [row(START_MS, 60_000)], "not_asked_for"],
    [
      "a minute twice",
      [row(START_MS - 120_000, 60_000), row(START_MS - 120_000, 60_000)],
      "duplicate",
    ],
    ["no list", { rows: [] }, "bad_candle"],
  ])("refused: %s", async (_name, body, reason) => {
    const { feed, pass } = rig((url) => ({
      body: url.searchParams.get("interval") === "1m" ? JSON.stringify(body) : [],
    }));
    await pass(1);
    expect([...feed.stats.rejected]).toEqual([[reason, 1]]);
    expect(feed.stats.received).toBe(feed.stats.emitted + 1);
  });

  test("an answer of another shape is kept, and one that stays so halts", async () => {
    const { events, pass } = rig(() => ({ body: { rows: [] } }));
    await pass(60);
    const drifts = events.filter((event) => event.type === "drift");
    expect(drifts.map(({ messageType, path, halts }) => [messageType, path, halts])).toEqual([
      ["klines", "$", false],
      ["klines", "$", true],
    ]);
  });

  test("a host that refuses this place is asked once; prices go on", async () => {
    const { network, http, events, feed, pass } = rig(() => ({ status: 451, body: {} }));
    await pass(1);
    network.last.open();
    await pass(600);
    expect(http.requests).toHaveLength(1);
    expect(events).toMatchObject([
      { type: "gap", source: "binance-candles", reason: "geo_blocked" },
    ]);
    expect(feed.status()).toMatch(/^connected, .*; no candles: rest does not serve this place/);
  });
});
