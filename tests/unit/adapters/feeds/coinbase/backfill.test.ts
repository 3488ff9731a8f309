import { describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import { START_MS } from "../../fakes.ts";
import { CoinbaseRig, tradeRow } from "./rig.ts";

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** A REST answer with trades newest first, as Coinbase gives them. */
const answer = (product: string, ids: readonly number[]) => ({
  body: { trades: ids.map((id) => tradeRow(product, id)).toReversed() },
});

const gapsOf = (events: readonly MarketEvent[]) => events.filter(({ type }) => type === "gap");

function rigWith(rest: CoinbaseRig["rest"]): CoinbaseRig {
  const rig = new CoinbaseRig(false);
  rig.rest = rest;
  return rig;
}

describe("a hole in the trade ids", () => {
  test("is filled from REST, oldest first, and leaves no trace but the trades", async () => {
    const rig = rigWith((product) => answer(product, range(90, 107)));
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "BTC-USD", [104, 106]);
    await rig.pass(2000);
    expect(rig.http.requests.map(({ url }) => url)).toEqual([
      "https://c/api/v3/brokerage/market/products/BTC-USD/ticker?limit=100",
    ]);
    expect(rig.take()).toEqual(["100", "104", "106", "101", "102", "103", "105", "107"]);
    // What the socket brings after all is known by then.
    rig.trades("update", "BTC-USD", [107, 108]);
    expect(rig.take()).toEqual(["108"]);
    expect(rig.feed.stats.rejected).toEqual(new Map([["duplicate", 1]]));
    expect(rig.feed.stats).toMatchObject({ received: 10, emitted: 9, gaps: 0 });
  });

  test("a trade from REST carries its own time and that of its arrival", async () => {
    const rig = rigWith((product) => answer(product, [101]));
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "BTC-USD", [102]);
    await rig.pass(1000);
    expect(rig.events.at(-1)).toEqual({
      type: "spot",
      source: "coinbase",
      product: "BTC-USD",
      kind: "trade",
      priceUsd: 60_000.5,
      bidUsd: null,
      askUsd: null,
      size: 0.1,
      tradeId: "101",
      exchangeMs: Date.parse("2026-08-17T04:44:59.5Z"),
      recvMs: START_MS + 1000,
    });
  });

  test("what REST does not have is a gap with the ids, after three tries", async () => {
    const rig = rigWith((product) => answer(product, [102, 103, 105, 106]));
    rig.trades("update", "BTC-USD", [100]);
    await rig.pass(500);
    rig.trades("update", "BTC-USD", [107]);
    await rig.pass(2500);
    expect(rig.take()).toEqual(
      ["100", "107", "102", "103", "105", "106"].concat(["gap:trade_id", "gap:trade_id"]),
    );
    expect(rig.http.requests).toHaveLength(3);
    await rig.pass(1000);
    expect(rig.http.requests).toHaveLength(3);
    // Given up is given up: it was said to be lost.
    rig.trades("update", "BTC-USD", [104]);
    expect(rig.take()).toEqual([]);
    expect(rig.feed.stats).toMatchObject({ received: 7, emitted: 6, gaps: 2 });
  });

  test("the gap says which ids, and when they were missed", async () => {
    const rig = rigWith(() => new Error("unused"));
    rig.rest = () => ({ status: 503, body: "" });
    rig.trades("update", "BTC-USD", [100]);
    await rig.pass(500);
    rig.trades("update", "BTC-USD", [103]);
    await rig.pass(2000);
    expect(rig.feed.status()).toContain("no backfill: GET");
    await rig.pass(500);
    expect(gapsOf(rig.events)).toEqual([
      {
        type: "gap",
        source: "coinbase",
        reason: "trade_id",
        tickers: [],
        sid: null,
        fromSeq: 101,
        toSeq: 102,
        fromMs: START_MS,
        toMs: START_MS + 500,
        recvMs: START_MS + 3000,
      },
    ]);
  });

  test("more than a hundred missing are asked for together, a thousand at most", async () => {
    const rig = rigWith((product) => answer(product, []));
    rig.trades("update", "BTC-USD", [1000]);
    rig.trades("update", "BTC-USD", [1500]);
    await rig.pass(1000);
    rig.trades("update", "BTC-USD", [90_000]);
    await rig.pass(1000);
    const limits = rig.http.requests.map(({ url }) => new URL(url).searchParams.get("limit"));
    expect(limits).toEqual(["550", "1000"]);
  });

  test("an answer that cannot be read is no answer", async () => {
    const rig = rigWith(() => ({ body: { trades: [{ trade_id: "x" }] } }));
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "BTC-USD", [102]);
    await rig.pass(3000);
    expect(rig.take()).toEqual(["100", "102", "gap:trade_id"]);
  });

  test("what is still missing when the run ends is lost", async () => {
    const rig = rigWith((product) => answer(product, []));
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "BTC-USD", [102]);
    rig.stop.abort();
    await rig.running;
    expect(rig.take()).toEqual(["100", "102", "gap:trade_id"]);
  });

  test("a bug is not taken for a failed answer", async () => {
    const rig = rigWith(() => new RangeError("a bug"));
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "BTC-USD", [102]);
    const caught = rig.running.catch((error: unknown) => error);
    await rig.pass(1000);
    expect(await caught).toMatchObject({ message: "a bug" });
  });
});

describe("lost frames", () => {
  test("trades of a lost frame are fetched, also when no trade follows it", async () => {
    const rig = rigWith((product) =>
      answer(product, product === "BTC-USD" ? range(95, 102) : [7, 8]),
    );
    rig.trades("update", "BTC-USD", [100]);
    rig.trades("update", "SOL-USD", [8]);
    rig.lose();
    rig.push("heartbeats", {});
    await rig.pass(1000);
    expect(rig.take()).toEqual(["100", "8", "gap:seq", "101", "102"]);
  });

  test("nothing is fetched of a product that was never traded: all of it would be history", async () => {
    const rig = rigWith((product) => answer(product, [1, 2]));
    rig.lose();
    rig.push("heartbeats", {});
    await rig.pass(3000);
    expect(rig.http.requests).toEqual([]);
    expect(rig.take()).toEqual(["gap:seq"]);
  });

  test("while nothing is missing REST is asked again only after a failure", async () => {
    let fails = 2;
    const rig = rigWith((product) =>
      fails-- > 0 ? { status: 429, body: "" } : answer(product, []),
    );
    rig.trades("update", "BTC-USD", [100]);
    rig.lose();
    for (let second = 0; second < 8; second++) {
      rig.push("heartbeats", {});
      await rig.pass(1000);
    }
    expect(rig.http.requests).toHaveLength(3);
    expect(rig.feed.status()).not.toContain("backfill");
  });
});

describe("a new connection", () => {
  test("its snapshot brings the trades that were missed, and REST those before it", async () => {
    const rig = rigWith((product) => answer(product, range(100, 120)));
    rig.trades("snapshot", "BTC-USD", range(91, 100).toReversed());
    rig.trades("update", "BTC-USD", [101]);
    expect(rig.take()).toEqual(["101"]);
    await rig.reconnect();
    rig.trades("snapshot", "BTC-USD", range(106, 110).toReversed());
    expect(rig.take()).toEqual(["gap:disconnect", ...range(106, 110).map(String)]);
    rig.trades("update", "BTC-USD", [111]);
    await rig.pass(1000);
    expect(rig.take()).toEqual(["111", "102", "103", "104", "105", ...range(112, 120).map(String)]);
    expect(rig.feed.stats).toMatchObject({ gaps: 1, connects: 2 });
  });

  test("trades of the outage are fetched although the socket says nothing of them", async () => {
    const rig = rigWith((product) => answer(product, range(100, 103)));
    rig.trades("update", "BTC-USD", [100]);
    await rig.reconnect();
    rig.push("heartbeats", {});
    await rig.pass(1000);
    expect(rig.take()).toEqual(["100", "gap:disconnect", "101", "102", "103"]);
  });

  test("the first snapshot is where the record begins: the trade after it must follow", async () => {
    const rig = rigWith((product) => answer(product, range(1, 4)));
    rig.trades("snapshot", "BTC-USD", [2, 1]);
    rig.trades("update", "BTC-USD", [4]);
    await rig.pass(1000);
    expect(rig.take()).toEqual(["4", "3"]);
  });
});

describe("control frames", () => {
  test("each is counted, whatever its number and whatever it holds", () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    const ack = rig.frame("subscriptions", { subscriptions: { heartbeats: ["heartbeats"] } });
    const beat = rig.frame("heartbeats", { heartbeat_counter: "7" });
    const old = { ...rig.frame("subscriptions", { subscriptions: {} }), sequence_num: 0 };
    rig.network.last.push(ack, beat, beat, old, { ...rig.frame("ticker"), sequence_num: 2 });
    expect(rig.feed.stats).toMatchObject({ received: 0, control: 5, gaps: 0 });
  });

  test("an acknowledgement that comes again late does not undo the newer one", async () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    const products = ["BTC-USD", "SOL-USD"];
    const subscriptions = { ticker: products, market_trades: products, heartbeats: ["heartbeats"] };
    const first = rig.frame("subscriptions", { subscriptions: {} });
    rig.network.last.push(first, rig.frame("subscriptions", { subscriptions }), first);
    for (let second = 1; second <= 6; second++) {
      await rig.pass(1000);
      rig.push("heartbeats", { heartbeat_counter: second });
    }
    expect(rig.feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("unknown channels are counted by name", () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    rig.push("futures_balance_summary", {});
    rig.push("futures_balance_summary", {});
    expect(rig.feed.stats.unknown).toEqual(new Map([["futures_balance_summary", 2]]));
    expect(rig.feed.stats.rejected).toEqual(new Map([["unknown_type", 2]]));
  });

  test("missed heartbeats and their absence show in the status, and nothing else happens", async () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    rig.push("heartbeats", { heartbeat_counter: 10 });
    rig.push("heartbeats", { heartbeat_counter: "13" });
    expect(rig.feed.status()).toContain("2 heartbeats missed");
    for (let second = 0; second < 6; second++) {
      await rig.pass(1000);
      rig.trades("update", "BTC-USD", [second]);
    }
    expect(rig.feed.status()).toContain("no heartbeat for 6 s, 2 heartbeats missed");
    expect(rig.network.sockets).toHaveLength(1);
    expect(gapsOf(rig.events)).toEqual([]);
  });

  test("a counter that starts anew on the same connection ends it", async () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    for (let seq = 0; seq < 20; seq++) rig.push("heartbeats", {});
    for (let seq = 0; seq < 8; seq++) {
      rig.network.last.push({ ...rig.frame("heartbeats", {}), sequence_num: seq });
    }
    await rig.pass(1000);
    expect(rig.take()).toEqual(["gap:seq"]);
    expect(rig.network.sockets).toHaveLength(2);
  });
});

describe("a changed payload", () => {
  test.each([
    ["ticker", { tickers: [{ product_id: "BTC-USD", last: "1" }] }, "$.events[0].tickers[0].price"],
    [
      "market_trades",
      { type: "update", trades: [{ ...tradeRow("BTC-USD", 1), trade_id: 1 }] },
      "$.events[0].trades[0].trade_id",
    ],
  ])("%s: kept at the first, halts at the third in a row", (channel, event, path) => {
    const rig = rigWith(() => answer("BTC-USD", []));
    for (let each = 0; each < 3; each++) rig.push(channel, event);
    expect(rig.events).toMatchObject([
      { type: "drift", source: "coinbase", messageType: channel, path, halts: false },
      { type: "drift", source: "coinbase", messageType: channel, path, halts: true },
    ]);
    const { emitted, received, rejected } = rig.feed.stats;
    expect(received).toBe(emitted + [...rejected.values()].reduce((a, b) => a + b, 0));
  });

  test("a damaged frame between good ones halts nothing", () => {
    const rig = rigWith(() => answer("BTC-USD", []));
    for (let each = 1; each <= 5; each++) {
      rig.push("ticker", { tickers: [{ product_id: "BTC-USD", price: "?" }] });
      rig.trades("update", "BTC-USD", [each]);
      rig.push("ticker", { tickers: [{ product_id: "BTC-USD", price: "1" }] });
    }
    const drifts = rig.events.filter((event) => event.type === "drift");
    expect(drifts.map(({ halts }) => halts)).toEqual([false]);
  });
});
