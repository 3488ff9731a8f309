import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBinanceFeed } from "../../../../../src/adapters/feeds/binance/feed.ts";
import { BINANCE_SHAPES, decodeBinance } from "../../../../../src/adapters/feeds/binance/frames.ts";
import { misfitOf } from "../../../../../src/adapters/platform/shape.ts";
import { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import { FakeHttp, FakeNetwork, noJitter } from "../../fakes.ts";
import { fixtureLines } from "../../fixtures.ts";

const products = new Map([["BTCUSDT", "BTC-USDT"]]);
const decode = (text: string, recvMs = 1) => decodeBinance(text, { recvMs, products });

interface Recorded {
  readonly recvMs: number;
  readonly text: string;
}

/** `<receive time in ns> <frame>`. */
function recorded(line: string): Recorded {
  const space = line.indexOf(" ");
  return { recvMs: Math.floor(Number(line.slice(0, space)) / 1e6), text: line.slice(space + 1) };
}

const lines = fixtureLines("binance/ws-btcusdt-20240808.txt").map(recorded);

const KLINE = {
  t: 1_723_160_700_000,
  T: 1_723_161_599_999,
  s: "BTCUSDT",
  i: "15m",
  f: 100,
  L: 200,
  o: "61700.00",
  c: "61737.63",
  h: "61750.00",
  l: "61690.10",
  v: "123.4",
  n: 101,
  x: true,
  q: "7616000.1",
  V: "60.2",
  Q: "3715000.5",
  B: "0",
};
const QUOTE = { u: 5, s: "BTCUSDT", b: "61737.50", B: "2.1", a: "61738.00", A: "0.4" };
const TRADE = {
  e: "trade",
  E: 1_723_161_255_208,
  s: "BTCUSDT",
  t: 3_733_201_920,
  p: "61737.63000000",
  q: "0.00081000",
  T: 1_723_161_255_207,
  m: true,
  M: true,
};

const combined = (stream: string, data: object): string => JSON.stringify({ stream, data });
const quote = (changes: object = {}): string =>
  combined("btcusdt@bookTicker", { ...QUOTE, ...changes });
const trade = (changes: object = {}): string => combined("btcusdt@trade", { ...TRADE, ...changes });
const kline = (changes: object = {}): string =>
  combined("btcusdt@kline_15m", { e: "kline", s: "BTCUSDT", k: { ...KLINE, ...changes } });

describe("frames", () => {
  test("the recorded frames are these events", () => {
    const events = lines.flatMap(({ text, recvMs }) => {
      const frame = decode(text, recvMs);
      return "event" in frame ? [frame.event] : [];
    });
    const expected = fixtureLines("binance/ws-btcusdt-20240808.events.jsonl").map((line): unknown =>
      JSON.parse(line),
    );
    expect(events).toEqual(expected);
  });

  test("a quote has the mid as its price, and no time", () => {
    expect(decode(quote())).toEqual({
      kind: "quote",
      type: "bookTicker",
      stream: "btcusdt@bookTicker",
      updateId: 5,
      event: {
        type: "spot",
        source: "binance",
        product: "BTC-USDT",
        kind: "quote",
        priceUsd: 61_737.75,
        bidUsd: 61_737.5,
        askUsd: 61_738,
        size: null,
        tradeId: null,
        exchangeMs: null,
        recvMs: 1,
      },
    });
  });

  test("a closed candle; its last millisecond is inclusive", () => {
    expect(decode(kline())).toEqual({
      kind: "candle",
      type: "kline",
      stream: "btcusdt@kline_15m",
      event: {
        type: "candle",
        source: "binance",
        product: "BTC-USDT",
        openMs: 1_723_160_700_000,
        intervalS: 900,
        openUsd: 61_700,
        highUsd: 61_750,
        lowUsd: 61_690.1,
        closeUsd: 61_737.63,
        volume: 123.4,
        recvMs: 1,
      },
    });
    expect(decode(kline({ v: "0.00000000" }))).toMatchObject({ event: { volume: 0 } });
  });

  test.each([
    ["a running candle", kline({ x: false }), { kind: "control" }],
    ["a candle of another length", kline({ i: "3m" }), { kind: "control" }],
    [
      "a depth update",
      combined("btcusdt@depth@100ms", { e: "depthUpdate", U: 1, u: 2 }),
      { kind: "control" },
    ],
    ["partial depth", combined("btcusdt@depth20", { lastUpdateId: 1 }), { kind: "control" }],
    ["partial depth, raw", '{"lastUpdateId":1,"bids":[],"asks":[]}', { kind: "control" }],
    ["an acknowledgement", '{"result":null,"id":1}', { kind: "control" }],
    ["an error", '{"code":2,"msg":"Invalid request"}', { kind: "error", text: "Invalid request" }],
    ["an error in an error", '{"error":{"code":2,"msg":"No"},"id":1}', { kind: "error" }],
    ["a shutdown, raw", '{"e":"serverShutdown","E":1770123456789}', { kind: "restart" }],
    [
      "a shutdown, combined",
      combined("!serverShutdown", { e: "serverShutdown", E: 1_770_123_456_789 }),
      { kind: "restart" },
    ],
    ["a new type", combined("btcusdt@x", { e: "novel" }), { kind: "unknown", type: "novel" }],
    ["a type without name", combined("btcusdt@novel", {}), { kind: "unknown", type: "novel" }],
  ])("%s", (_name, text, expected) => {
    expect(decode(text)).toMatchObject(expected);
  });

  test.each([
    ["not JSON", "{", null, "bad_json"],
    ["no object", "3", null, "not_an_object"],
    ["nothing we know", "{}", null, "no_stream"],
    ["a bare trade", JSON.stringify(TRADE), "trade", "no_stream"],
    ["no data", '{"stream":"btcusdt@trade","data":[]}', "trade", "no_data"],
    ["a symbol nobody asked for", trade({ s: "ETHUSDT" }), "trade", "unknown_symbol"],
    ["no symbol", quote({ s: 7 }), "bookTicker", "unknown_symbol"],
    ["no update id", quote({ u: "5" }), "bookTicker", "bad_update_id"],
    ["a bid in words", quote({ b: "x" }), "bookTicker", "bad_price"],
    ["a price as number", quote({ a: 61_737.64 }), "bookTicker", "bad_price"],
    ["no ask", quote({ a: undefined }), "bookTicker", "bad_price"],
    ["an empty side", quote({ b: "0.00000000" }), "bookTicker", "one_sided"],
    ["crossed", quote({ b: "61738.01" }), "bookTicker", "crossed"],
    ["no trade id", trade({ t: undefined }), "trade", "bad_trade_id"],
    ["a fraction as trade id", trade({ t: 1.5 }), "trade", "bad_trade_id"],
    ["price 0", trade({ p: "0.00000000" }), "trade", "bad_price"],
    ["a negative price", trade({ p: "-1" }), "trade", "bad_price"],
    ["size NaN", trade({ q: "NaN" }), "trade", "bad_size"],
    ["no time", trade({ T: undefined }), "trade", "bad_time"],
    ["microseconds", trade({ T: 1_723_161_255_207_123 }), "trade", "bad_time"],
    ["no candle", kline({ x: "true" }), "kline", "bad_candle"],
    ["an exclusive close", kline({ T: 1_723_161_600_000 }), "kline", "bad_time"],
    [
      "an opening between two candles",
      kline({ t: 1_723_160_700_001, T: 1_723_161_600_000 }),
      "kline",
      "bad_time",
    ],
    ["no open", kline({ o: undefined }), "kline", "bad_candle"],
    ["a close above the high", kline({ c: "61750.01" }), "kline", "bad_candle"],
    ["a negative volume", kline({ v: "-1" }), "kline", "bad_candle"],
  ])("refused: %s", (_name, text, type, reason) => {
    expect(decode(text)).toMatchObject({ kind: "refused", type, reason });
  });

  test.each([
    ["quote", quote(), "bookTicker"],
    ["trade", trade(), "trade"],
    ["kline", kline(), "kline"],
  ])("what is read of a %s is of the shape that is watched", (_name, text, type) => {
    expect(misfitOf(BINANCE_SHAPES[type] ?? "any", JSON.parse(text))).toBeNull();
  });

  test("mutated frames never throw", () => {
    const texts = [...lines.map(({ text }) => text), quote(), trade(), kline()];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(700),
        fc.string({ maxLength: 5 }),
        (line, at, text) => {
          const place = at % line.length;
          decode(line.slice(0, place) + text + line.slice(place + text.length));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("any JSON at all never throws", () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6 }),
        fc.constantFrom(...Object.keys(BINANCE_SHAPES)),
        (json, type) => {
          decode(json);
          decode(`{"stream":"btcusdt@${type}","data":${json}}`);
          decode(`{"stream":"btcusdt@kline_1m","data":{"e":"kline","k":${json}}}`);
        },
      ),
      { numRuns: 500 },
    );
  });
});

const RECORDING = fileURLToPath(
  new URL(
    "../../../../../../shared/data/spot/binance_spot_btcusdt_rawws_20240808.txt.gz",
    import.meta.url,
  ),
);
const isThere = existsSync(RECORDING);

describe.skipIf(!isThere)(isThere ? "recording" : "SKIPPED: no recording at ../shared/data", () => {
  test("every frame of six minutes is accounted for: no hole, nothing refused", async () => {
    const frames = gunzipSync(readFileSync(RECORDING)).toString("utf8").trim().split("\n");
    const first = recorded(frames[0] ?? "");
    const clock = new VirtualClock(first.recvMs);
    const network = new FakeNetwork(clock);
    const events: MarketEvent[] = [];
    const feed = createBinanceFeed({
      urls: { ws: "wss://spot", rest: "", futures: "" },
      products: ["BTC-USD"],
      openSocket: network.openSocket,
      http: new FakeHttp(() => ({ body: {} })),
      clock,
      rng: noJitter,
    });
    const stop = new AbortController();
    const running = feed.run((event) => events.push(event), stop.signal);
    await Promise.resolve();
    network.last.open();
    for (const line of frames) {
      const { recvMs, text } = recorded(line);
      clock.moveTo(recvMs);
      network.last.push(text);
    }
    stop.abort();
    await running;
    const ofKind = (kind: string): number =>
      events.filter((event) => event.type === "spot" && event.kind === kind).length;
    expect([ofKind("quote"), ofKind("trade"), events.length]).toEqual([28_040, 9757, 37_797]);
    expect(frames).toHaveLength(41_249);
    expect([...feed.stats.rejected]).toEqual([]);
    expect(feed.stats).toMatchObject({
      received: 37_797,
      emitted: 37_797,
      control: 3451 + 1,
      gaps: 0,
    });
  });
});
