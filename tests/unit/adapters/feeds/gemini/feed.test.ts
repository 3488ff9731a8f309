import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createGeminiFeed } from "../../../../../src/adapters/feeds/gemini/feed.ts";
import { decodeGemini } from "../../../../../src/adapters/feeds/gemini/frames.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import { advance, FakeNetwork, newClock, noJitter, START_MS, shape } from "../../fakes.ts";
import { fixtureLines } from "../../fixtures.ts";

const lines = fixtureLines("gemini/ws-v3.jsonl");

const E = '"E":1784851199088426630';

describe("frames", () => {
  test("each frame of the fixture", () => {
    const origin = { product: "BTC-USD", recvMs: 5 };
    expect(lines.map((line) => decodeGemini(line, 5))).toEqual([
      { kind: "answer", id: 1, error: null },
      {
        kind: "depth",
        type: "depthUpdate",
        firstId: 1_764_550_512_767_893,
        lastId: 1_764_550_512_767_893,
        bids: [],
        asks: [[83_277.26, 1.325499]],
        exchangeMs: 1_784_851_199_088,
        ...origin,
      },
      {
        kind: "quote",
        type: "bookTicker",
        product: "BTC-USD",
        updateId: 1_764_549_594_389_752,
        tick: {
          type: "spot",
          source: "gemini",
          kind: "quote",
          priceUsd: 83_277.255,
          bidUsd: 83_277.25,
          askUsd: 83_277.26,
          size: null,
          tradeId: null,
          exchangeMs: 1_783_981_140_076,
          ...origin,
        },
      },
      {
        kind: "trade",
        type: "trade",
        product: "BTC-USD",
        tick: {
          type: "spot",
          source: "gemini",
          kind: "trade",
          priceUsd: 83_277.25,
          bidUsd: null,
          askUsd: null,
          size: 0.01625222,
          tradeId: "2840141014190422",
          exchangeMs: 1_783_981_140_085,
          ...origin,
        },
      },
    ]);
  });

  test("nanoseconds and trade ids beyond 2^53 stay exact", () => {
    // As a number it would be …9007199254740993 → …992, and the last nanosecond before a millisecond would round up into it.
    const text =
      '{"E": 1784851199088999999,"s":"btcusd","t" :9007199254740993,"p":"1","q":"1","m":true}';
    expect(decodeGemini(text, 1)).toMatchObject({
      tick: { exchangeMs: 1_784_851_199_088, tradeId: "9007199254740993" },
    });
  });

  test.each([
    ["not JSON", "{", "bad_json", null],
    ["no object", "3", "not_an_object", null],
    ["a pair in euros", `{"e":"depthUpdate",${E},"s":"btceur"}`, "no_product", "depthUpdate"],
    ["no time", '{"s":"btcusd","t":1,"p":"1"}', "bad_time", "trade"],
    ["milliseconds", '{"E":1784851199088,"s":"btcusd","t":1,"p":"1"}', "bad_time", "trade"],
    ["a float of nanoseconds", '{"E":1.7e18,"s":"btcusd","t":1,"p":"1","q":"1"}', "bad_json", null],
    [
      "ids that end before they begin",
      `{"e":"depthUpdate",${E},"s":"btcusd","U":3,"u":2,"b":[],"a":[]}`,
      "bad_update_id",
      "depthUpdate",
    ],
    [
      "an update id beyond 2^53",
      `{"e":"depthUpdate",${E},"s":"btcusd","U":1,"u":9007199254740993,"b":[],"a":[]}`,
      "bad_update_id",
      "depthUpdate",
    ],
    [
      "one side",
      `{"e":"depthUpdate",${E},"s":"btcusd","U":1,"u":2,"b":[]}`,
      "bad_level",
      "depthUpdate",
    ],
    ["a quote without id", `{${E},"s":"btcusd","b":"1","a":"2"}`, "bad_update_id", "bookTicker"],
    ["a quote without ask", `{${E},"s":"btcusd","u":1,"b":"1","a":""}`, "bad_price", "bookTicker"],
    ["a trade id in words", `{${E},"s":"btcusd","t":"x","p":"1"}`, "bad_trade_id", "trade"],
    ["a trade for nothing", `{${E},"s":"btcusd","t":1,"p":"0"}`, "bad_price", "trade"],
    ["a trade without size", `{${E},"s":"btcusd","t":1,"p":"1"}`, "bad_size", "trade"],
  ])("refused: %s", (_name, text, reason, type) => {
    expect(decodeGemini(text, 1)).toEqual({ kind: "rejected", reason, type });
  });

  test.each([
    ['{"e":"dance"}', "dance"],
    ["{}", "none"],
  ])("unknown: %s", (text, type) => {
    expect(decodeGemini(text, 1)).toEqual({ kind: "unknown", type });
  });

  test.each([
    ['{"id":7,"status":400,"error":{"code":-2,"msg":"Invalid stream"}}', 7, "Invalid stream"],
    ['{"id":null,"status":400}', null, "unnamed error"],
    ['{"id":"x","status":200,"result":{}}', null, null],
    ['{"id":"7","status":200}', 7, null],
  ])("answer: %s", (text, id, error) => {
    expect(decodeGemini(text, 1)).toEqual({ kind: "answer", id, error });
  });

  test("mutated frames never throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(300),
        fc.string({ maxLength: 5 }),
        (line, at, text) => {
          const place = at % line.length;
          decodeGemini(line.slice(0, place) + text + line.slice(place + text.length), 1);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

type Pair = readonly [price: string, size: string];

function depth(firstId: number, lastId: number, bids: readonly Pair[] = []): string {
  const levels = JSON.stringify(bids);
  return `{"e":"depthUpdate","E":${START_MS}000001,"s":"btcusd","U":${firstId},"u":${lastId},"b":${levels},"a":[]}`;
}

function quote(id: number, symbol = "btcusd"): string {
  return `{"u":${id},"E":${START_MS}000001,"s":"${symbol}","b":"99","B":"1","a":"101","A":"1"}`;
}

function trade(id: number): string {
  return `{"E":${START_MS}000001,"s":"btcusd","t":${id},"p":"100","q":"1","m":false}`;
}

describe("feed", () => {
  let clock: VirtualClock;
  let network: FakeNetwork;
  let feed: Feed;
  let events: MarketEvent[];
  let stop: AbortController;
  let running: Promise<void>;

  function start(level2 = true): void {
    clock = newClock();
    network = new FakeNetwork(clock);
    events = [];
    stop = new AbortController();
    feed = createGeminiFeed({
      url: "wss://spot",
      products: ["BTC-USD"],
      level2,
      openSocket: network.openSocket,
      clock,
      rng: noJitter,
    });
    running = feed.run((event) => events.push(event), stop.signal);
    network.last.open();
  }

  /** Every stream is acknowledged, which is no news. */
  function acknowledge(): void {
    network.last.push(...[2, 3, 4].map((id) => ({ id, status: 200 })));
    feed.stats.control = 0;
  }

  /** Received observations are those handed on and those rejected, whatever happened. */
  function expectExactAccounts(): void {
    const rejected = [...feed.stats.rejected.values()].reduce((sum, each) => sum + each, 0);
    const observations = events.filter(({ type }) => type === "spot" || type === "depth").length;
    expect(feed.stats.emitted).toBe(observations);
    expect(feed.stats.received).toBe(observations + rejected);
  }

  /** What each depth event says: its kind and its bids. */
  const depths = (): unknown[] =>
    events.flatMap((event) => (event.type === "depth" ? [[event.kind, ...event.bids]] : []));

  beforeEach(() => start());

  test("asks for whole books in the address and for one stream a command", () => {
    expect(network.last.url).toBe("wss://spot?snapshot=-1");
    expect(network.last.sent).toEqual([
      { method: "SUBSCRIBE", params: ["btcusd@bookTicker"], id: 2 },
      { method: "SUBSCRIBE", params: ["btcusd@trade"], id: 3 },
      { method: "SUBSCRIBE", params: ["btcusd@depth@100ms"], id: 4 },
    ]);
    start(false);
    expect(network.last.sent).toHaveLength(2);
  });

  test("the first depth frame is the book, those that touch or overlap it change it", () => {
    network.last.push(
      depth(10, 10, [["99", "1"]]),
      depth(11, 12, [["99", "2"]]),
      depth(12, 15, [["98", "3"]]),
    );
    expect(depths()).toEqual([
      ["snapshot", [99, 1]],
      ["update", [99, 2]],
      ["update", [98, 3]],
    ]);
    expect(events[0]).toMatchObject({ source: "gemini", product: "BTC-USD", exchangeMs: START_MS });
    expectExactAccounts();
  });

  test("what holds nothing new is a duplicate", () => {
    network.last.push(depth(10, 10), depth(11, 12), depth(11, 12), quote(5), quote(5), quote(4));
    network.last.push(trade(1), trade(1));
    expect(shape(events)).toEqual(["depth", "depth", "spot", "spot"]);
    expect(Object.fromEntries(feed.stats.rejected)).toEqual({ duplicate: 3, out_of_order: 1 });
    expectExactAccounts();
  });

  test("a hole ends the book until the stream has begun anew", () => {
    network.last.push(depth(10, 10), depth(11, 12), depth(15, 16), depth(17, 17));
    expect(shape(events)).toEqual(["depth", "depth", "gap:seq"]);
    expect(events[2]).toMatchObject({ tickers: ["BTC-USD"], fromSeq: 13, toSeq: 14 });
    const [leaving] = network.last.sent.slice(3);
    expect(leaving).toEqual({ method: "UNSUBSCRIBE", params: ["btcusd@depth@100ms"], id: 5 });
    network.last.push({ id: 5, status: 200 });
    expect(network.last.sent.slice(4)).toEqual([
      { method: "SUBSCRIBE", params: ["btcusd@depth@100ms"], id: 6 },
    ]);
    network.last.push(depth(40, 40), depth(41, 41));
    expect(depths()).toEqual([["snapshot"], ["update"], ["snapshot"], ["update"]]);
    expect([...feed.stats.rejected]).toEqual([["after_hole", 2]]);
    expect(feed.stats).toMatchObject({ gaps: 1, connects: 1 });
    expectExactAccounts();
  });

  test("quotes and trades go on while a book is asked for anew", () => {
    network.last.push(depth(10, 10), depth(15, 15), quote(1), trade(1));
    expect(shape(events)).toEqual(["depth", "gap:seq", "spot", "spot"]);
  });

  test("when the end of the old stream is never confirmed the connection is given up", async () => {
    acknowledge();
    network.last.push(depth(10, 10), depth(15, 15));
    for (let second = 1; second <= 6; second++) {
      await advance(clock, 1000);
      network.last.push(quote(second));
    }
    expect(shape(events).filter((each) => each !== "spot")).toEqual([
      "depth",
      "gap:seq",
      "gap:no_answer",
    ]);
    expect(network.sockets).toHaveLength(2);
    network.last.open();
    network.last.push(depth(50, 50));
    expect(depths()).toEqual([["snapshot"], ["snapshot"]]);
  });

  test("what was not asked for, is unknown or cannot be read is counted", () => {
    network.last.push(quote(1, "dogeusd"), { e: "dance" }, "{", quote(2).replace("99", "x"));
    expect(Object.fromEntries(feed.stats.rejected)).toEqual({
      unknown_product: 1,
      unknown_type: 1,
      bad_json: 1,
      bad_price: 1,
    });
    expect([...feed.stats.unknown]).toEqual([["dance", 1]]);
    expect(events).toMatchObject([{ type: "drift", messageType: "bookTicker", path: "$.b" }]);
    expectExactAccounts();
  });

  test("a depth frame that cannot be read leaves a hole, and the next one shows it", () => {
    network.last.push(depth(10, 10), depth(11, 11, [["x", "1"]]), depth(12, 12));
    expect(shape(events)).toEqual(["depth", "drift", "gap:seq"]);
    expectExactAccounts();
  });

  test("a quiet market is asked, and any answer keeps it alive", async () => {
    acknowledge();
    for (let round = 1; round <= 4; round++) {
      await advance(clock, 2000);
      const pings = network.last.sent.filter(({ method }) => method === "ping");
      expect(pings).toHaveLength(round);
      network.last.push({ id: pings[0]?.["id"], status: 400, error: { msg: "Invalid request" } });
    }
    expect(network.sockets).toHaveLength(1);
    expect(feed.stats).toMatchObject({ control: 4, received: 0, gaps: 0 });
    expect(feed.status()).not.toContain("Invalid");
  });

  test("without an answer the connection is dead after 5 s", async () => {
    acknowledge();
    network.last.push(quote(1));
    await advance(clock, 6000);
    expect(shape(events)).toEqual(["spot", "gap:stall"]);
    expect(events[1]).toMatchObject({ source: "gemini", tickers: ["BTC-USD"], toSeq: null });
    expect(network.sockets).toHaveLength(2);
  });

  test("a refused stream shows and the others stay", async () => {
    network.last.push({ id: 2, status: 200 }, { id: 4, status: 200 });
    network.last.push({ id: 3, status: 400, error: { code: -2, msg: "Invalid stream" } });
    for (let second = 1; second <= 20; second++) {
      await advance(clock, 1000);
      network.last.push(quote(second));
    }
    expect(feed.status()).toBe("connected, BTC-USD; Gemini said: Invalid stream (btcusd@trade)");
    expect(network.sockets).toHaveLength(1);
  });

  test("a stream that is never answered ends the connection after 5 s", async () => {
    network.last.push({ id: 2, status: 200 }, { id: 3, status: 200 });
    for (let second = 1; second <= 6; second++) {
      await advance(clock, 1000);
      network.last.push(quote(second));
    }
    expect(shape(events)).toContain("gap:no_answer");
    expect(network.sockets).toHaveLength(2);
  });

  test("an abort is a normal end", async () => {
    stop.abort();
    await expect(running).resolves.toBeUndefined();
    expect(feed.status()).toBe("stopped");
  });
});
