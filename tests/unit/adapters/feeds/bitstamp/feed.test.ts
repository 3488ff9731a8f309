import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createBitstampFeed } from "../../../../../src/adapters/feeds/bitstamp/feed.ts";
import { decodeBitstamp } from "../../../../../src/adapters/feeds/bitstamp/frames.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import type { Feed } from "../../../../../src/ports.ts";
import { advance, FakeNetwork, newClock, noJitter, START_MS, shape } from "../../fakes.ts";
import { fixtureLines } from "../../fixtures.ts";

const lines = fixtureLines("bitstamp/ws.jsonl");

const bookText = (data: string, channel = "order_book_btcusd"): string =>
  `{"event":"data","channel":"${channel}","data":${data}}`;
const tradeText = (fields: object, channel = "live_trades_btcusd"): string =>
  JSON.stringify({
    event: "trade",
    channel,
    data: {
      id: 1,
      microtimestamp: "1785888000557673",
      price_str: "2",
      amount_str: "3",
      ...fields,
    },
  });

describe("frames", () => {
  test("each frame of the fixture", () => {
    expect(lines.map((line) => decodeBitstamp(line, 5))).toEqual([
      { kind: "subscribed", channel: "order_book_btcusd" },
      {
        kind: "book",
        changedUs: 1_785_887_999_338_397,
        depth: {
          type: "depth",
          source: "bitstamp",
          product: "BTC-USD",
          kind: "snapshot",
          bids: [[83_277, 0.42]],
          asks: [[83_278, 0.1]],
          exchangeMs: 1_785_887_999_338,
          recvMs: 5,
        },
        quote: {
          type: "spot",
          source: "bitstamp",
          product: "BTC-USD",
          kind: "quote",
          priceUsd: 83_277.5,
          bidUsd: 83_277,
          askUsd: 83_278,
          size: null,
          tradeId: null,
          exchangeMs: 1_785_887_999_338,
          recvMs: 5,
        },
      },
      {
        kind: "trade",
        tick: {
          type: "spot",
          source: "bitstamp",
          product: "BTC-USD",
          kind: "trade",
          priceUsd: 83_277,
          bidUsd: null,
          askUsd: null,
          size: 0.02834,
          tradeId: "590708212",
          exchangeMs: 1_785_888_000_557,
          recvMs: 5,
        },
      },
      { kind: "error", text: "Connection is unauthorized." },
      { kind: "reconnect" },
    ]);
  });

  test.each([
    ["not JSON", "{", "bad_json", null],
    ["no object", "[1]", "not_an_object", null],
    ["a pair in euros", bookText("{}", "order_book_btceur"), "no_product", null],
    ["no data", bookText("null"), "bad_time", "order_book"],
    [
      "seconds for microseconds",
      bookText('{"microtimestamp":"1785887999"}'),
      "bad_time",
      "order_book",
    ],
    [
      "a level without size",
      bookText('{"microtimestamp":"1785887999338397","bids":[["1"]],"asks":[]}'),
      "bad_level",
      "order_book",
    ],
    [
      "a negative size",
      bookText('{"microtimestamp":"1785887999338397","bids":[],"asks":[["1","-2"]]}'),
      "bad_level",
      "order_book",
    ],
    [
      "a price of zero",
      bookText('{"microtimestamp":"1785887999338397","bids":[["0","2"]],"asks":[]}'),
      "bad_level",
      "order_book",
    ],
    ["no sides", bookText('{"microtimestamp":"1785887999338397"}'), "bad_level", "order_book"],
    ["a trade id as text", tradeText({ id: "1" }), "bad_trade_id", "live_trades"],
    ["a trade id beyond 2^53", tradeText({ id: 2 ** 60 }), "bad_trade_id", "live_trades"],
    ["a price in words", tradeText({ price_str: "much" }), "bad_price", "live_trades"],
    ["no size", tradeText({ amount_str: undefined }), "bad_size", "live_trades"],
    ["no time", tradeText({ microtimestamp: 1 }), "bad_time", "live_trades"],
    ["a trade in euros", tradeText({}, "live_trades_btceur"), "no_product", null],
  ])("refused: %s", (_name, text, reason, type) => {
    expect(decodeBitstamp(text, 1)).toEqual({ kind: "rejected", reason, type });
  });

  test.each([
    ['{"event":"dance"}', "dance"],
    ["{}", "none"],
    ['{"event":"data","channel":"diff_order_book_btcusd"}', "data"],
    ['{"event":"trade","channel":7}', "trade"],
  ])("unknown: %s", (text, type) => {
    expect(decodeBitstamp(text, 1)).toEqual({ kind: "unknown", type });
  });

  test("an error without words and one about a channel", () => {
    expect(decodeBitstamp('{"event":"bts:error","data":3}', 1)).toMatchObject({
      text: "unnamed error",
    });
    const text = '{"event":"bts:error","channel":"c","data":{"message":"Bad."}}';
    expect(decodeBitstamp(text, 1)).toMatchObject({ text: "Bad. (c)" });
  });

  test("mutated frames never throw", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(400),
        fc.string({ maxLength: 5 }),
        (line, at, text) => {
          const place = at % line.length;
          decodeBitstamp(line.slice(0, place) + text + line.slice(place + text.length), 1);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const CHANNELS = [
  "order_book_btcusd",
  "live_trades_btcusd",
  "order_book_solusd",
  "live_trades_solusd",
];

interface Sides {
  bids?: string[][];
  asks?: string[][];
}

/** A book that changed so many microseconds after the start. */
function bookAt(us: number, sides: Sides = {}, symbol = "btcusd"): Record<string, unknown> {
  const { asks = [["101", "2"]], bids = [["99", "1"]] } = sides;
  const data = { microtimestamp: `${START_MS * 1000 + us}`, bids, asks };
  return { event: "data", channel: `order_book_${symbol}`, data };
}

function tradeOf(id: number, symbol = "btcusd"): Record<string, unknown> {
  const data = {
    id,
    microtimestamp: `${START_MS}000`,
    price_str: "100.5",
    amount_str: "1",
    type: 0,
  };
  return { event: "trade", channel: `live_trades_${symbol}`, data };
}

const succeeded = (channel: string): Record<string, unknown> => ({
  event: "bts:subscription_succeeded",
  channel,
  data: {},
});

describe("feed", () => {
  let clock: VirtualClock;
  let network: FakeNetwork;
  let feed: Feed;
  let events: MarketEvent[];
  let stop: AbortController;
  let running: Promise<void>;

  function start(level2 = false): void {
    clock = newClock();
    network = new FakeNetwork(clock);
    events = [];
    stop = new AbortController();
    feed = createBitstampFeed({
      url: "wss://spot",
      products: ["BTC-USD", "SOL-USD"],
      level2,
      openSocket: network.openSocket,
      clock,
      rng: noJitter,
    });
    running = feed.run((event) => events.push(event), stop.signal);
    network.last.open();
  }

  /** Every channel is acknowledged, which is no news. */
  function acknowledge(): void {
    network.last.push(...CHANNELS.map(succeeded));
    feed.stats.control = 0;
  }

  /** Received observations are those handed on and those rejected, whatever happened. */
  function expectExactAccounts(): void {
    const rejected = [...feed.stats.rejected.values()].reduce((sum, each) => sum + each, 0);
    const observations = events.filter(({ type }) => type === "spot" || type === "depth").length;
    expect(feed.stats.emitted).toBe(observations);
    expect(feed.stats.received).toBe(observations + rejected);
  }

  beforeEach(() => start());

  test("subscribes to books and trades of each product", () => {
    expect(network.last.sent).toEqual(
      CHANNELS.map((channel) => ({ event: "bts:subscribe", data: { channel } })),
    );
  });

  test("a book is a quote at its mid; with level2 a depth snapshot as well", () => {
    network.last.push(bookAt(1));
    expect(events).toMatchObject([{ type: "spot", priceUsd: 100, bidUsd: 99, askUsd: 101 }]);
    start(true);
    network.last.push(bookAt(1), bookAt(2, { bids: [["98", "1"]] }));
    expect(shape(events)).toEqual(["spot", "depth", "spot", "depth"]);
    expect(events[3]).toMatchObject({ kind: "snapshot", bids: [[98, 1]], asks: [[101, 2]] });
    expect(feed.stats).toMatchObject({ received: 4, emitted: 4 });
    expectExactAccounts();
  });

  test("a book with one side is no quote, but a book", () => {
    start(true);
    network.last.push(bookAt(1, { asks: [] }));
    expect(shape(events)).toEqual(["depth"]);
    expect([...feed.stats.rejected]).toEqual([["one_sided", 1]]);
    expectExactAccounts();
  });

  test("a frame that is not newer counts for each event it would have been", () => {
    start(true);
    network.last.push(bookAt(5), bookAt(5), bookAt(4), bookAt(3, {}, "solusd"));
    expect(shape(events)).toEqual(["spot", "depth", "spot", "depth"]);
    expect([...feed.stats.rejected]).toEqual([
      ["duplicate", 2],
      ["out_of_order", 2],
    ]);
    expectExactAccounts();
  });

  test("each trade once, also after a reconnect", async () => {
    network.last.push(tradeOf(1), tradeOf(1), tradeOf(2));
    network.last.drop();
    await advance(clock, 300);
    network.last.open();
    network.last.push(tradeOf(2), tradeOf(3));
    expect(shape(events)).toEqual(["spot", "spot", "gap:disconnect", "spot"]);
    expect([...feed.stats.rejected]).toEqual([["duplicate", 2]]);
    expectExactAccounts();
  });

  test("what was not asked for, is unknown or cannot be read is counted", () => {
    network.last.push(
      bookAt(1, {}, "dogeusd"),
      tradeOf(1, "dogeusd"),
      { event: "dance" },
      "{",
      tradeOf(2 ** 60),
    );
    expect(Object.fromEntries(feed.stats.rejected)).toEqual({
      unknown_product: 2,
      unknown_type: 1,
      bad_json: 1,
      bad_trade_id: 1,
    });
    expect([...feed.stats.unknown]).toEqual([["dance", 1]]);
    expectExactAccounts();
  });

  test("a new shape is kept and halts when it stays", () => {
    const changed = {
      ...bookAt(1),
      data: { microtimestamp: `${START_MS}000`, bids: {}, asks: [] },
    };
    network.last.push(changed, changed, changed);
    expect(events).toMatchObject([
      { type: "drift", messageType: "order_book", path: "$.data.bids", halts: false },
      { type: "drift", path: "$.data.bids", halts: true },
    ]);
    expectExactAccounts();
  });

  test("a quiet market is asked every two seconds, and its answers keep it alive", async () => {
    acknowledge();
    const beats = (): number =>
      network.last.sent.filter(({ event }) => event === "bts:heartbeat").length;
    for (let round = 1; round <= 5; round++) {
      await advance(clock, 2000);
      expect(beats()).toBe(round);
      network.last.push({ event: "bts:heartbeat", channel: "", data: { status: "success" } });
    }
    expect(network.sockets).toHaveLength(1);
    expect(feed.stats).toMatchObject({ control: 5, received: 0, gaps: 0 });
  });

  test("a busy market is asked every ten seconds", async () => {
    acknowledge();
    for (let second = 1; second <= 21; second++) {
      await advance(clock, 1000);
      network.last.push(bookAt(second));
    }
    const beats = network.last.sent.filter(({ event }) => event === "bts:heartbeat");
    expect(beats).toHaveLength(2);
  });

  test("without an answer the connection is dead after 5 s", async () => {
    acknowledge();
    network.last.push(bookAt(1));
    await advance(clock, 6000);
    expect(shape(events)).toEqual(["spot", "gap:stall"]);
    expect(events[1]).toMatchObject({
      source: "bitstamp",
      tickers: [],
      fromSeq: null,
      toSeq: null,
      fromMs: START_MS,
    });
    expect(network.sockets).toHaveLength(2);
  });

  test("an announced restart is followed at once", async () => {
    network.last.push(bookAt(1), { event: "bts:request_reconnect", channel: "", data: "" });
    expect(network.last.closed).toBe(true);
    expect(shape(events)).toEqual(["spot", "gap:rotate"]);
    await advance(clock, 0);
    expect(network.sockets).toHaveLength(2);
    network.last.open();
    network.last.push(bookAt(1));
    expect(shape(events)).toEqual(["spot", "gap:rotate", "spot"]);
    expect(feed.stats).toMatchObject({ connects: 2, gaps: 1, control: 1 });
  });

  /** Lets seconds pass in which data flows. */
  async function seconds(count: number): Promise<void> {
    for (let second = 1; second <= count; second++) {
      await advance(clock, 1000);
      network.last.push(bookAt(second));
    }
  }

  test("a channel that is never acknowledged ends the connection after 5 s", async () => {
    network.last.push(...CHANNELS.slice(1).map(succeeded));
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD");
    await seconds(6);
    expect(shape(events).filter((each) => each !== "spot")).toEqual(["gap:no_answer"]);
    expect(network.sockets).toHaveLength(2);
  });

  test("a refused channel shows and the others stay", async () => {
    network.last.push(...CHANNELS.slice(1).map(succeeded), {
      event: "bts:error",
      channel: "order_book_btcusd",
      data: { code: null, message: "Bad subscription string." },
    });
    const said =
      "connected, BTC-USD SOL-USD; Bitstamp said: Bad subscription string. (order_book_btcusd)";
    expect(feed.status()).toBe(said);
    await seconds(30);
    expect(feed.status()).toBe(`${said}; not subscribed: order_book_btcusd`);
    expect(network.sockets).toHaveLength(1);
  });

  test("when no connection comes about in four tries the run fails", async () => {
    stop.abort();
    await running;
    network.refusal = { error: "connect ECONNREFUSED" };
    const refused = createBitstampFeed({
      url: "wss://spot",
      products: ["BTC-USD"],
      level2: false,
      openSocket: network.openSocket,
      clock,
      rng: noJitter,
    });
    const caught = refused
      .run(() => {}, new AbortController().signal)
      .catch((error: unknown) => error);
    await advance(clock, 3000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_SOCKET" });
    expect(refused.status()).toContain("not connected");
  });

  test("an abort is a normal end", async () => {
    stop.abort();
    await expect(running).resolves.toBeUndefined();
    expect(feed.status()).toBe("stopped");
  });
});
