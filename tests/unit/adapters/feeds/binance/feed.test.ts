import { beforeEach, describe, expect, test } from "vitest";
import { createBinanceFeed } from "../../../../../src/adapters/feeds/binance/feed.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import {
  advance,
  FakeHttp,
  FakeNetwork,
  type FakeSocket,
  newClock,
  noJitter,
  START_MS,
  settle,
  shape,
} from "../../fakes.ts";

type Frame = Record<string, unknown>;

const trade = (t: number, symbol = "BTCUSDT"): Frame => ({
  stream: `${symbol.toLowerCase()}@trade`,
  data: { e: "trade", s: symbol, t, p: "60000.50", q: "0.10", T: START_MS + t },
});
const quote = (u: number): Frame => ({
  stream: "btcusdt@bookTicker",
  data: { u, s: "BTCUSDT", b: "60000.00", B: "1", a: "60001.00", A: "1" },
});
const kline = (openMs: number, x: boolean): Frame => {
  const prices = { o: "1", h: "2", l: "1", c: "2", v: "0" };
  const k = { t: openMs, T: openMs + 59_999, s: "BTCUSDT", i: "1m", x, ...prices };
  return { stream: "btcusdt@kline_1m", data: { e: "kline", s: "BTCUSDT", k } };
};
const shutdown: Frame = { stream: "!serverShutdown", data: { e: "serverShutdown", E: 1 } };

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
    feed = createBinanceFeed({
      urls: { ws: "wss://spot", rest: "", futures: "" },
      products: ["BTC-USD", "SOL-USD"],
      openSocket: network.openSocket,
      http: new FakeHttp(() => ({ body: {} })),
      clock,
      rng: noJitter,
    });
  });

  const start = async (): Promise<FakeSocket> => {
    running = feed.run((event) => events.push(event), stop.signal);
    await settle();
    network.last.open();
    return network.last;
  };
  const tradeIds = (): (string | null)[] =>
    events.flatMap((event) => (event.type === "spot" ? [event.tradeId] : []));
  const rejected = (): number => [...feed.stats.rejected.values()].reduce((sum, n) => sum + n, 0);
  /** Lets time pass on a connection whose candles run. */
  const pass = async (seconds: number, sockets = [network.last]): Promise<void> => {
    for (let at = 0; at < seconds; at++) {
      await advance(clock, 1000);
      for (const socket of sockets) socket.push(kline(START_MS, false));
    }
  };

  test("asks for its streams in the address, lower case, and says nothing", async () => {
    const socket = await start();
    expect(socket.url).toBe(
      "wss://spot/stream?streams=btcusdt@bookTicker/btcusdt@trade/btcusdt@kline_1m/btcusdt@kline_15m/" +
        "solusdt@bookTicker/solusdt@trade/solusdt@kline_1m/solusdt@kline_15m",
    );
    expect(socket.sent).toEqual([]);
  });

  test("every frame is counted once: emitted, rejected or control", async () => {
    const socket = await start();
    socket.push(
      quote(7),
      quote(6),
      quote(7),
      trade(1),
      trade(1),
      trade(9, "SOLUSDT"),
      kline(START_MS, false),
      kline(START_MS, true),
      kline(START_MS, true),
      { result: null, id: 1 },
      { stream: "btcusdt@new", data: { e: "new" } },
      { stream: "btcusdt@trade", data: {} },
      "{",
    );
    expect(shape(events)).toEqual(["spot", "spot", "spot", "candle", "drift"]);
    expect([...feed.stats.rejected]).toEqual([
      ["duplicate", 4],
      ["unknown_type", 1],
      ["unknown_symbol", 1],
      ["bad_json", 1],
    ]);
    expect([...feed.stats.unknown]).toEqual([["new", 1]]);
    expect(feed.stats).toMatchObject({ emitted: 4, control: 2, gaps: 0 });
    expect(feed.stats.received).toBe(feed.stats.emitted + rejected());
  });

  test("a hole in the trade ids of one product is a gap before the trade that showed it", async () => {
    const socket = await start();
    socket.push(trade(1), trade(50, "SOLUSDT"));
    await advance(clock, 500);
    socket.push(trade(4), trade(51, "SOLUSDT"));
    expect(shape(events)).toEqual(["spot", "spot", "gap:trade_id", "spot", "spot"]);
    expect(events[2]).toMatchObject({
      source: "binance",
      tickers: [],
      fromSeq: 2,
      toSeq: 3,
      fromMs: START_MS,
      toMs: START_MS + 500,
    });
    expect(feed.stats.gaps).toBe(1);
  });

  test("a changed payload is kept with its place, and thrice in a row it halts", async () => {
    const socket = await start();
    const renamed = { stream: "btcusdt@bookTicker", data: { u: 1, s: "BTCUSDT", bid: "1" } };
    socket.push(renamed, renamed, renamed);
    expect(events).toMatchObject([
      {
        type: "drift",
        source: "binance",
        messageType: "bookTicker",
        path: "$.data.b",
        halts: false,
      },
      { halts: true },
    ]);
    socket.push({ ...quote(3), data: { u: 3, s: "BTCUSDT", b: "0.00000000", a: "1" } });
    expect(feed.stats.rejected.get("one_sided")).toBe(1);
    expect(events).toHaveLength(2);
  });

  test("streams that never spoke are named after ten seconds", async () => {
    await start();
    await pass(9);
    expect(feed.status()).toBe("connected, BTC-USDT SOL-USDT");
    network.last.push(quote(1), trade(1), trade(2, "SOLUSDT"));
    await pass(2);
    expect(feed.status()).toBe(
      "connected, BTC-USDT SOL-USDT; never heard: btcusdt@kline_15m solusdt@bookTicker solusdt@kline_1m solusdt@kline_15m",
    );
  });

  test("30 s without a frame or a ping are a stall", async () => {
    const socket = await start();
    socket.push(trade(1));
    await advance(clock, 29_000);
    socket.ping();
    await advance(clock, 29_000);
    expect(shape(events)).toEqual(["spot"]);
    await advance(clock, 2000);
    expect(shape(events)).toEqual(["spot", "gap:stall"]);
    expect(events[1]).toMatchObject({ fromMs: START_MS, toSeq: null });
    expect(network.sockets).toHaveLength(2);
  });

  test("pings without data are a stall too, after a minute", async () => {
    const socket = await start();
    socket.push(trade(1));
    for (let at = 0; at < 58; at++) {
      await advance(clock, 1000);
      socket.ping();
    }
    expect(shape(events)).toEqual(["spot"]);
    for (let at = 0; at < 4; at++) {
      socket.ping();
      await advance(clock, 1000);
    }
    expect(shape(events)).toEqual(["spot", "gap:stall"]);
  });

  test("a lost connection is one gap; what comes after it makes no second one", async () => {
    const socket = await start();
    socket.push(trade(1), quote(100));
    socket.drop();
    await advance(clock, 1000);
    network.last.open();
    network.last.push(trade(500), quote(3), trade(501), trade(500));
    expect(shape(events)).toEqual(["spot", "spot", "gap:disconnect", "spot", "spot", "spot"]);
    expect(feed.stats).toMatchObject({ connects: 2, gaps: 1 });
    expect([...feed.stats.rejected]).toEqual([["duplicate", 1]]);
  });

  test("after 23 hours a second connection takes over without a gap", async () => {
    const first = await start();
    first.push(trade(1));
    for (let hour = 0; hour < 23; hour++) {
      for (let at = 0; at < 3600; at += 20) {
        await advance(clock, 20_000);
        first.push(kline(START_MS, false));
      }
    }
    expect(network.sockets).toHaveLength(2);
    const second = network.last;
    second.open();
    // The new connection is ahead of what the old one still has to tell.
    first.push(trade(2), trade(3));
    second.push(trade(6), trade(7));
    expect(first.closed).toBe(false);
    first.push(trade(4), trade(5), trade(6));
    await pass(6, [second]);
    expect([first.closed, second.closed]).toEqual([true, false]);
    second.push(trade(8));
    expect(tradeIds()).toEqual(["1", "2", "3", "6", "7", "4", "5", "8"]);
    expect(shape(events)).not.toContain("gap:trade_id");
    expect(feed.stats).toMatchObject({ connects: 2, gaps: 0 });
    expect(feed.stats.rejected.get("duplicate")).toBe(1);
    expect(feed.status()).toContain("connected");
  });

  test("what neither of two connections had is a gap when one is left", async () => {
    const first = await start();
    first.push(trade(1));
    await pass(60);
    first.push(shutdown);
    await settle();
    const second = network.last;
    second.open();
    second.push(trade(5));
    expect(shape(events)).toEqual(["spot", "spot"]);
    first.push(trade(2));
    await pass(7, [second]);
    expect(events.at(-1)).toMatchObject({ reason: "trade_id", fromSeq: 3, toSeq: 4 });
    expect(feed.stats.gaps).toBe(1);
  });

  test.each([shutdown, { e: "serverShutdown", E: 1 }])(
    "an announced restart is a relief in time: %j",
    async (announced) => {
      const first = await start();
      first.push(trade(1));
      await pass(60);
      first.push(announced, announced);
      await settle();
      expect(network.sockets).toHaveLength(2);
      network.last.open();
      network.last.push(trade(2));
      first.drop({ code: 1001, reason: "going away" });
      await pass(10);
      network.last.push(trade(3));
      expect(tradeIds()).toEqual(["1", "2", "3"]);
      expect(feed.stats).toMatchObject({ connects: 2, gaps: 0 });
      expect(network.sockets).toHaveLength(2);
    },
  );

  test("a connection that ends before its relief delivers is a gap, and is not connected again", async () => {
    const first = await start();
    first.push(trade(1));
    await pass(60);
    first.push(shutdown);
    await settle();
    first.drop();
    await advance(clock, 100);
    network.last.open();
    network.last.push(trade(9));
    expect(shape(events)).toEqual(["spot", "gap:disconnect", "spot"]);
    await pass(10);
    expect(network.sockets).toHaveLength(2);
  });

  test("a server that announces its end to whoever comes is not called again and again", async () => {
    await start();
    network.last.push(trade(1), shutdown);
    await pass(20);
    expect(network.sockets).toHaveLength(1);
  });

  test.each([451, 403])("HTTP %i on the upgrade is for good, said once", async (status) => {
    network.refusal = { status, error: `HTTP status ${status}` };
    let isOver = false;
    running = feed
      .run((event) => events.push(event), stop.signal)
      .finally(() => {
        isOver = true;
      });
    await advance(clock, 3_600_000);
    expect(network.sockets).toHaveLength(1);
    expect(events).toEqual([
      {
        type: "gap",
        source: "binance",
        reason: "geo_blocked",
        tickers: [],
        sid: null,
        fromSeq: null,
        toSeq: null,
        fromMs: null,
        toMs: START_MS,
        recvMs: START_MS,
      },
    ]);
    expect(feed.stats.gaps).toBe(1);
    expect(feed.status()).toBe(
      `spot does not serve this place (HTTP ${status}): set binance.ws_url to a host that does ` +
        "(in the US wss://stream.binance.us:9443), or leave out --binance",
    );
    expect(isOver).toBe(false);
    stop.abort();
    await running;
  });

  test("a host that bans is left alone for two minutes and does not end the run", async () => {
    network.refusal = { status: 429, error: "HTTP status 429" };
    running = feed.run((event) => events.push(event), stop.signal);
    await advance(clock, 119_000);
    expect(network.sockets).toHaveLength(1);
    expect(feed.status()).toBe("not connected (HTTP status 429), next try in 120.0 s");
    await advance(clock, 3_600_000);
    expect(network.sockets.length).toBeLessThan(35);
  });

  test("when no connection comes about in four tries the run fails", async () => {
    network.refusal = { error: "connect ECONNREFUSED" };
    running = feed.run((event) => events.push(event), stop.signal);
    const caught = running.catch((error: unknown) => error);
    await advance(clock, 3000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_SOCKET" });
    expect(network.sockets).toHaveLength(4);
  });

  test("an error of the venue shows in the status, an abort is a normal end", async () => {
    const socket = await start();
    socket.push({ error: { code: 3, msg: "Invalid JSON" } });
    expect(feed.status()).toBe("connected, BTC-USDT SOL-USDT; Binance said: Invalid JSON");
    stop.abort();
    await expect(running).resolves.toBeUndefined();
    expect(feed.status()).toBe("stopped");
    expect(socket.closed).toBe(true);
  });
});
