import { beforeEach, describe, expect, test } from "vitest";
import type { SpotVenueName } from "../../../../src/exchange/spot/registry.ts";
import { SpotBench, type SpotClient } from "./bench.ts";

// Every row of spot-feeds.md §7 that a venue's server can show.

let bench: SpotBench;

beforeEach(() => {
  bench = new SpotBench();
});

/** A client that listens to all of a venue's BTC data. */
function listener(name: SpotVenueName): SpotClient {
  const paths: Record<SpotVenueName, string> = {
    coinbase: "/coinbase/ws",
    kraken: "/kraken/v2",
    binance: "/binance/ws/btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms",
    bitstamp: "/bitstamp",
    gemini: "/gemini/v2/marketdata",
  };
  const client = bench.client(name, paths[name]);
  const commands: Record<SpotVenueName, unknown[]> = {
    coinbase: ["heartbeats", "ticker", "market_trades"].map((channel) => ({
      type: "subscribe",
      channel,
      product_ids: ["BTC-USD"],
    })),
    kraken: ["ticker", "trade", "book"].map((channel) => ({
      method: "subscribe",
      params: { channel, symbol: ["BTC/USD"] },
    })),
    binance: [],
    bitstamp: ["live_trades_btcusd", "order_book_btcusd"].map((channel) => ({
      event: "bts:subscribe",
      data: { channel },
    })),
    gemini: [{ type: "subscribe", subscriptions: [{ name: "l2", symbols: ["BTCUSD"] }] }],
  };
  for (const command of commands[name]) client.say(command);
  client.take();
  return client;
}

const VENUES: readonly SpotVenueName[] = ["coinbase", "kraken", "binance", "bitstamp", "gemini"];
const HEARTBEAT = /"heartbeats?"/;

const get = (path: string) => bench.get(path).json;

/** Price of one coin at a venue, by its own REST. */
function priceAt(name: SpotVenueName): number {
  switch (name) {
    case "coinbase":
      return Number(get("/api/v3/brokerage/market/products/BTC-USD/ticker").best_bid);
    case "kraken":
      return Number(get("/kraken/0/public/Ticker?pair=XBTUSD").result.XXBTZUSD.b[0]);
    case "binance":
      return Number(get("/binance/api/v3/ticker/bookTicker?symbol=BTCUSDT").bidPrice);
    case "bitstamp":
      return Number(get("/bitstamp/api/v2/ticker/btcusd/").bid);
    case "gemini":
      return Number(get("/gemini/v1/pubticker/btcusd").bid);
  }
}

describe.each(VENUES)("%s", (name) => {
  test("quiet: nobody quotes or trades, and then everybody does again", () => {
    const client = listener(name);
    bench.faults(name, { quiet: true });
    bench.pass(100);
    client.take();
    bench.pass(20_000);
    expect(client.takeTexts().filter((text) => !HEARTBEAT.test(text))).toEqual([]);
    expect(client.closeCode).toBeNull();
    bench.faults(name, { quiet: false });
    bench.pass(20_000);
    expect(client.take().length).toBeGreaterThan(10);
  });

  test("mute: nothing comes and nothing is heard, but the connection stays", () => {
    const client = listener(name);
    bench.faults(name, { mute: true });
    bench.pass(10_000);
    client.say("{");
    expect([client.take(), client.closeCode, client.pings]).toEqual([[], null, []]);
  });

  test("a price factor moves every price of this venue and of no other", () => {
    const other = name === "kraken" ? "binance" : "kraken";
    const before = [priceAt(name), priceAt(other)];
    bench.faults(name, { priceFactor: 1.06 });
    bench.pass(5000);
    const after = [priceAt(name), priceAt(other)];
    expect((after[0] ?? 0) / (before[0] ?? 1)).toBeCloseTo(1.06, 2);
    expect((after[1] ?? 0) / (before[1] ?? 1)).toBeCloseTo(1, 2);
    bench.faults(name, { priceFactor: 1 });
    bench.pass(10_000);
    expect(priceAt(name) / (before[0] ?? 1)).toBeCloseTo(1, 2);
  });

  test("lost, doubled and split frames", () => {
    const [plain, twice] = [listener(name), listener(name)];
    bench.faults(name, { loseFrames: 4 });
    bench.pass(30_000);
    const [a, b] = [plain.takeTexts().length, twice.takeTexts().length];
    // The venue's next four data frames are gone, whoever they were for.
    expect(a + b).toBeGreaterThan(10);
    expect(a).toBe(b);
    bench.faults(name, { duplicateFrames: 2 });
    bench.pass(30_000);
    const texts = [plain.takeTexts(), twice.takeTexts()].map((all) =>
      all.filter((text, at) => at > 0 && text === all[at - 1] && !HEARTBEAT.test(text)),
    );
    expect(texts.flat()).toHaveLength(2);
    bench.faults(name, { splitFrames: true });
    bench.pass(2000);
    expect(plain.pieces.length).toBe(plain.take().length);
    expect(plain.pieces.every((pieces) => pieces === 3)).toBe(true);
  });

  test("a sudden restart closes every connection, an announced one some seconds later", () => {
    const first = listener(name);
    bench.faults(name, { restart: "sudden" });
    expect(first.closeCode).toBe(1001);
    const second = listener(name);
    bench.faults(name, { restart: "announced" });
    bench.pass(9000);
    expect(second.closeCode).toBeNull();
    bench.pass(1000);
    expect(second.closeCode).toBe(1001);
  });

  test("upgrades and requests are refused where the venue does not serve", () => {
    bench.faults(name, { geoBlocked: true });
    expect(() => listener(name)).toThrow("451");
    expect(bench.get(`/${name === "coinbase" ? "api" : name}/anything`).status).toBe(451);
    bench.faults(name, { geoBlocked: false, refuseUpgrades: 403 });
    expect(() => listener(name)).toThrow("403");
  });

  test("REST fails as it is told to", () => {
    const path = `/${name === "coinbase" ? "api" : name}/anything`;
    bench.faults(name, { http: { status: 429, retryAfterS: 1.5 } });
    const limited = bench.get(path);
    expect(limited).toMatchObject({ status: 429, headers: { "retry-after": "1.5" } });
    expect(JSON.stringify(limited.json)).not.toBe("{}");
    bench.faults(name, { http: { status: 418, retryAfterS: 120 } });
    expect(bench.get(path)).toMatchObject({ status: 418, headers: { "retry-after": "120" } });
    bench.faults(name, { http: { status: 200, message: "EService:Busy" } });
    expect(bench.get(path).status).toBe(200);
    expect(JSON.stringify(bench.get(path).json)).toContain("EService:Busy");
    bench.venues.clearFaults();
    expect(JSON.stringify(bench.get(path).json ?? "")).not.toContain("EService:Busy");
  });
});

test("frames that change places: the successor comes first", () => {
  const client = listener("coinbase");
  bench.faults("coinbase", { swapFrames: 1 });
  bench.pass(3000);
  const seqs = client.take().map((frame) => frame.sequence_num);
  const late = seqs.findIndex((seq, at) => at > 0 && seq < seqs[at - 1]);
  expect(late).toBeGreaterThan(0);
  expect(seqs.toSorted((a, b) => a - b)).toEqual(seqs.map((_, at) => Math.min(...seqs) + at));
});

test("a lost Coinbase frame is a jump of sequence_num by two", () => {
  const client = listener("coinbase");
  bench.faults("coinbase", { loseFrames: 1 });
  bench.pass(3000);
  // The listener's subscriptions took the numbers up to 4.
  const seqs = [4, ...client.take().map((frame) => frame.sequence_num as number)];
  const jumps = seqs.slice(1).map((seq, at) => seq - (seqs[at] ?? 0));
  expect(jumps.filter((jump) => jump !== 1)).toEqual([2]);
});

test("faults can be about trades alone", () => {
  const client = listener("kraken");
  bench.faults("kraken", { loseFrames: 1000, frames: "trade" });
  bench.pass(30_000);
  const texts = client.takeTexts();
  expect(texts.filter((text) => text.startsWith('{"channel":"trade"'))).toEqual([]);
  expect(texts.filter((text) => text.startsWith('{"channel":"book"')).length).toBeGreaterThan(50);
});

test.each(["coinbase", "kraken", "gemini"] as const)(
  "%s: heartbeats stop, data goes on",
  (name) => {
    const client = listener(name);
    // Kraken's heartbeats only fill silence.
    bench.faults(name, { heartbeatStop: true, quiet: name === "kraken" });
    bench.pass(20_000);
    const texts = client.takeTexts();
    expect(texts.filter((text) => HEARTBEAT.test(text))).toEqual([]);
    if (name !== "kraken") expect(texts.length).toBeGreaterThan(0);
  },
);

test("after a quiet time Coinbase's trade ids go on without a hole", () => {
  const client = listener("coinbase");
  const ids = (): number[] =>
    client
      .take()
      .filter((frame) => frame.channel === "market_trades")
      .flatMap((frame) =>
        frame.events[0].trades.map((trade: { trade_id: string }) => Number(trade.trade_id)),
      );
  bench.pass(5000);
  const before = ids();
  bench.faults("coinbase", { quiet: true });
  bench.pass(5000);
  bench.faults("coinbase", { quiet: false });
  bench.pass(5000);
  expect(ids()[0]).toBe((before.at(-1) ?? 0) + 1);
});

test.each([
  ["coinbase", () => Date.parse(bench.get("/api/v3/brokerage/time").json.iso)],
  ["kraken", () => bench.get("/kraken/0/public/Time").json.result.unixtime * 1000],
  ["binance", () => bench.get("/binance/api/v3/time").json.serverTime],
] as const)("%s: a clock that is wrong and drifts", (name, clock) => {
  bench.faults(name, { skewMs: -1300 });
  expect(clock()).toBeLessThanOrEqual(bench.world.nowMs() - 1300);
  bench.faults(name, { skewMs: 2000, driftPpm: 10_000 });
  bench.pass(100_000);
  expect(Math.floor((clock() - bench.world.nowMs()) / 1000)).toBe(3);
});

test("a clock that is wrong stamps the frames", () => {
  const client = listener("binance");
  bench.faults("binance", { skewMs: 60_000 });
  bench.pass(2000);
  const trades = client.take().filter(({ e }) => e === "trade");
  expect(trades.length).toBeGreaterThan(0);
  for (const { T } of trades) expect(T).toBeGreaterThan(bench.world.nowMs() + 50_000);
});

test.each(["kraken", "binance", "bitstamp", "gemini"] as const)(
  "%s: a crossed book, one without asks, and a whole one again",
  (name) => {
    const touch = (): [number, number] => {
      bench.pass(2000);
      const sides: Record<typeof name, () => [unknown, unknown]> = {
        kraken: () => {
          const book = bench.get("/kraken/0/public/Depth?pair=XBTUSD&count=1").json.result.XXBTZUSD;
          return [book.bids[0]?.[0], book.asks[0]?.[0]];
        },
        binance: () => {
          const book = bench.get("/binance/api/v3/depth?symbol=BTCUSDT&limit=1").json;
          return [book.bids[0]?.[0], book.asks[0]?.[0]];
        },
        bitstamp: () => {
          const book = bench.get("/bitstamp/api/v2/order_book/btcusd/").json;
          return [book.bids[0]?.[0], book.asks[0]?.[0]];
        },
        gemini: () => {
          const book = bench.get("/gemini/v1/book/btcusd").json;
          return [book.bids[0]?.price, book.asks[0]?.price];
        },
      };
      const [bid, ask] = sides[name]();
      return [Number(bid), Number(ask)];
    };
    bench.faults(name, { book: "crossed" });
    const [bid, ask] = touch();
    expect(bid).toBeGreaterThan(ask);
    bench.faults(name, { book: "one-sided" });
    expect(touch()).toEqual([expect.any(Number), Number.NaN]);
    bench.faults(name, { book: "whole" });
    const [lastBid, lastAsk] = touch();
    expect(lastBid).toBeLessThan(lastAsk);
  },
);

test.each([
  ["binance", '{"e":"serverShutdown"'],
  ["bitstamp", '{"event":"bts:request_reconnect","channel":"","data":""}'],
] as const)("%s announces a restart in its own words", (name, words) => {
  const client = listener(name);
  bench.faults(name, { restart: "announced" });
  expect(client.takeTexts().join()).toContain(words);
});

test("a combined Binance connection names the stream of the announcement", () => {
  const client = bench.client("binance", "/binance/stream?streams=btcusdt@trade");
  bench.faults("binance", { restart: "announced" });
  expect(client.take()).toEqual([
    { stream: "!serverShutdown", data: { e: "serverShutdown", E: bench.startMs } },
  ]);
});

test.each([
  [
    "binance",
    { geoBlocked: true },
    { code: 0, msg: expect.stringContaining("restricted location") },
  ],
  ["kraken", { http: { status: 200 } }, { error: ["EService:Unavailable"] }],
  ["kraken", { http: { status: 429 } }, { error: ["EGeneral:Too many requests"] }],
  ["gemini", { http: { status: 429 } }, { result: "error", reason: "RateLimit" }],
  ["bitstamp", { http: { status: 500 } }, { status: "error" }],
] as const)("%s says what went wrong in its own shape: %j", (name, faults, body) => {
  bench.faults(name, faults);
  expect(bench.get(`/${name}/anything`).json).toMatchObject(body);
});
