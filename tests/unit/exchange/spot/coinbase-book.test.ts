import { beforeEach, expect, test } from "vitest";
import type { WorldSpot } from "../../../../src/exchange/world.ts";
import { SpotBench, type SpotClient } from "./bench.ts";

interface Update {
  readonly side: "bid" | "offer";
  readonly price_level: string;
  readonly new_quantity: string;
}

interface Envelope {
  readonly channel: string;
  readonly sequence_num: number;
  readonly events: readonly {
    readonly type: string;
    readonly updates: readonly Update[];
    readonly tickers: readonly Record<string, string>[];
    readonly trades: readonly { readonly trade_id: string; readonly time: string }[];
    readonly products: readonly { readonly id: string }[];
  }[];
}

let bench: SpotBench;
let client: SpotClient;

beforeEach(() => {
  bench = new SpotBench();
  client = bench.client("coinbase", "/coinbase/ws");
});

function frames(): Envelope[] {
  return client.take();
}

function subscribe(channel: string, products = ["BTC-USD"]): void {
  client.say({ type: "subscribe", channel, product_ids: products });
}

/** What a client would hold after these frames. */
function bookOf(messages: readonly Envelope[]): Record<"bid" | "offer", Map<number, string>> {
  const book = { bid: new Map<number, string>(), offer: new Map<number, string>() };
  for (const { channel, events } of messages) {
    if (channel !== "l2_data") continue;
    for (const { side, price_level, new_quantity } of events.flatMap((event) => event.updates)) {
      if (new_quantity === "0") book[side].delete(Number(price_level));
      else book[side].set(Number(price_level), new_quantity);
    }
  }
  return book;
}

test("level2 begins with the full depth, bids descending, then offers ascending", () => {
  subscribe("level2");
  const text = client.texts[0] ?? "";
  const [snapshot] = frames();
  const updates = snapshot?.events[0]?.updates ?? [];
  const bids = updates.filter(({ side }) => side === "bid").map((each) => Number(each.price_level));
  const offers = updates.slice(bids.length).map((each) => Number(each.price_level));
  expect(snapshot?.channel).toBe("l2_data");
  expect(bids).toHaveLength(20_000);
  expect(updates.slice(bids.length).every(({ side }) => side === "offer")).toBe(true);
  expect(bids).toEqual(bids.toSorted((a, b) => b - a));
  expect(offers).toEqual(offers.toSorted((a, b) => a - b));
  // Clients need a receive limit far above the usual megabyte.
  expect(text.length).toBeGreaterThan(4_000_000);
});

test("the book a client keeps from updates is the venue's, and its touch is the ticker's", () => {
  subscribe("level2");
  subscribe("ticker");
  const messages = [];
  for (let each = 0; each < 40; each++) {
    bench.pass(250);
    messages.push(...frames());
  }
  const book = bookOf(messages);
  const { json } = bench.get(
    "/api/v3/brokerage/market/product_book?product_id=BTC-USD&limit=100000",
  );
  const served = json.pricebook as Record<"bids" | "asks", { price: string; size: string }[]>;
  expect(served.bids).toHaveLength(book.bid.size);
  const isKept = (side: "bid" | "offer") => (level: { price: string; size: string }) =>
    book[side].get(Number(level.price)) === level.size;
  expect(served.bids.every(isKept("bid"))).toBe(true);
  expect(served.asks.every(isKept("offer"))).toBe(true);
  const spot = bench.world.spot("BTC-USD");
  expect(Math.max(...book.bid.keys())).toBe(spot?.bid);
  expect(Math.min(...book.offer.keys())).toBe(spot?.ask);
  expect(book.bid.get(spot?.bid ?? 0)).toBe(`${spot?.bidSize}`);
});

test("quantities are written without trailing zeros and 0 removes a level", () => {
  subscribe("level2");
  frames();
  bench.pass(5000);
  const updates = frames().flatMap(({ events }) => events.flatMap((event) => event.updates ?? []));
  expect(updates.some(({ new_quantity }) => new_quantity === "0")).toBe(true);
  for (const { price_level, new_quantity } of updates) {
    expect(`${price_level} ${new_quantity}`).not.toMatch(/\.\d*0( |$)/);
  }
});

interface Trade {
  readonly side: "BUY" | "SELL";
  readonly size: string;
}

/** Size that should be left of the level a trade hit, and what is; the side is the maker's. */
function afterTrade(trade: Trade, before: WorldSpot, after: WorldSpot): [number, number] {
  const side = trade.side === "SELL" ? "askSize" : "bidSize";
  return [(before[side] ?? 0) - Number(trade.size), after[side] ?? 0];
}

test("a taker's trade takes its size off the level it hit", () => {
  subscribe("market_trades");
  client.take();
  let checked = 0;
  let before = bench.world.spot("BTC-USD") as WorldSpot;
  for (let each = 0; each < 3000; each++) {
    bench.pass(10);
    const after = bench.world.spot("BTC-USD") as WorldSpot;
    const trades: Trade[] = client.take().flatMap(({ events }) => events[0].trades);
    const isStill = before.bid === after.bid && before.ask === after.ask;
    if (trades.length === 1 && isStill) {
      const [expected, left] = afterTrade(trades[0]!, before, after);
      if (expected > 0) {
        expect(left).toBeCloseTo(expected, 8);
        checked++;
      }
    }
    before = after;
  }
  expect(checked).toBeGreaterThan(2);
});

test("market_trades begins with a hundred trades of the past, newest first, ids without a hole", () => {
  subscribe("market_trades");
  const trades = frames()[0]?.events[0]?.trades ?? [];
  const ids = trades.map((trade) => Number(trade.trade_id));
  expect(ids).toHaveLength(100);
  expect(ids).toEqual(Array.from(ids, (_, index) => (ids[0] ?? 0) - index));
  expect(Date.parse(trades.at(-1)?.time ?? "")).toBeLessThan(bench.startMs - 60_000);
  bench.pass(4000);
  const next = frames().flatMap(({ events }) => events.flatMap((event) => event.trades ?? []));
  expect(Number(next[0]?.trade_id)).toBe((ids[0] ?? 0) + 1);
});

test("status comes every five seconds and without products is about all of them", () => {
  client.say({ type: "subscribe", channel: "heartbeats" });
  subscribe("status", ["BTC-USD"]);
  bench.pass(10_000);
  const status = frames().filter((frame) => frame.channel === "status");
  expect(status).toHaveLength(3);
  expect(status[0]?.events[0]?.products.map(({ id }) => id)).toEqual(["BTC-USD"]);
});

test("ticker_batch speaks every five seconds", () => {
  subscribe("ticker_batch");
  bench.pass(10_000);
  const batches = frames().filter((frame) => frame.channel === "ticker_batch");
  expect(batches.map(({ events }) => events[0]?.type)).toEqual(["snapshot", "update", "update"]);
});

test("a book that is crossed or has one side shows as such and becomes whole again", () => {
  subscribe("level2");
  const messages = frames();
  const touch = (): [number, number] => {
    bench.pass(500);
    messages.push(...frames());
    const { bid, offer } = bookOf(messages);
    return [Math.max(...bid.keys()), Math.min(...offer.keys())];
  };
  bench.faults("coinbase", { book: "crossed" });
  const [bid, ask] = touch();
  expect(bid).toBeGreaterThan(ask);
  bench.faults("coinbase", { book: "one-sided" });
  expect(touch()[1]).toBe(Number.POSITIVE_INFINITY);
  bench.faults("coinbase", { book: "whole" });
  const [lastBid, lastAsk] = touch();
  expect(lastBid).toBeLessThan(lastAsk);
});

test.each([
  ["/time", 200],
  ["/market/products", 200],
  ["/market/products/BTC-USDC", 200],
  ["/market/products/FOO-USD", 404],
  ["/market/product_book?product_id=FOO-USD", 404],
  ["/market/product_book?product_id=BTC-USD&limit=0", 400],
  ["/market/nonsense", 404],
])("REST %s answers %d", (path, status) => {
  expect(bench.get(`/api/v3/brokerage${path}`).status).toBe(status);
});
