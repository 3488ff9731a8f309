import { beforeEach, describe, expect, test } from "vitest";
import type { Feed } from "../../../../../src/ports.ts";
import { advance, type FakeNetwork, shape } from "../../fakes.ts";
import { HEARTBEAT, KrakenRig, STATUS, TIME, ticker } from "./rig.ts";

let rig: KrakenRig;
let network: FakeNetwork;
let feed: Feed;
let running: Promise<void>;

beforeEach(() => {
  rig = new KrakenRig(false);
  ({ network, feed } = rig);
});

function start(): void {
  running = rig.run();
  network.last.open();
}

const trades = (symbol: string, ...ids: number[]): Record<string, unknown> => ({
  channel: "trade",
  type: "update",
  data: ids.map((trade_id) => ({
    symbol,
    side: "buy",
    price: 100.2,
    qty: 0.5,
    trade_id,
    timestamp: TIME,
  })),
});

const tradeIds = (): (string | null)[] =>
  rig.events.map((event) => (event.type === "spot" ? event.tradeId : event.type));

describe("spot", () => {
  test("asks for tickers by touch and for trades without the past, and for no books", () => {
    start();
    expect(network.last.url).toBe("wss://kraken/v2");
    const symbol = ["BTC/USD", "SOL/USD"];
    expect(network.last.sent).toEqual([
      {
        method: "subscribe",
        params: { channel: "ticker", symbol, event_trigger: "bbo", snapshot: true },
        req_id: 1,
      },
      { method: "subscribe", params: { channel: "trade", symbol, snapshot: false }, req_id: 2 },
    ]);
  });

  test("quotes and trades become rig.events, everything else is control or refused by name", () => {
    start();
    network.last.push(
      STATUS,
      HEARTBEAT,
      ticker("BTC/USD"),
      trades("SOL/USD", 7),
      ticker("BTC/USD", { bid: 0 }),
      ticker("BTC/USD", { timestamp: "1970-01-01T00:00:00.000000Z" }),
      ticker("FOO/USD"),
      '{"channel":"level4","data":[]}',
      "{",
    );
    expect(rig.events).toMatchObject([
      { type: "spot", source: "kraken", product: "BTC-USD", kind: "quote", priceUsd: 100.2 },
      { type: "spot", source: "kraken", product: "SOL-USD", kind: "trade", tradeId: "7" },
    ]);
    expect(feed.stats).toMatchObject({ received: 7, emitted: 2, control: 2, gaps: 0 });
    expect(Object.fromEntries(feed.stats.rejected)).toEqual({
      bad_price: 1,
      bad_time: 1,
      unknown_product: 1,
      unknown_type: 1,
      bad_json: 1,
    });
    expect([...feed.stats.unknown]).toEqual([["level4", 1]]);
  });

  test("a hole in the trade ids of a symbol is a gap that names them", () => {
    start();
    network.last.push(trades("BTC/USD", 10, 11), trades("SOL/USD", 50), trades("BTC/USD", 15, 16));
    expect(shape(rig.events)).toEqual(["spot", "spot", "spot", "gap:trade_id", "spot", "spot"]);
    expect(rig.events[3]).toMatchObject({ source: "kraken", tickers: [], fromSeq: 12, toSeq: 14 });
    expect(feed.stats.gaps).toBe(1);
  });

  test("a repeated trade is a duplicate, a late one is not, and neither is a hole", () => {
    start();
    network.last.push(
      trades("BTC/USD", 10),
      trades("BTC/USD", 12),
      trades("BTC/USD", 11),
      trades("BTC/USD", 12),
      trades("BTC/USD", 13),
    );
    expect(tradeIds()).toEqual(["10", "gap", "12", "11", "13"]);
    expect(rig.rejected("duplicate")).toBe(1);
    expect(feed.stats).toMatchObject({ received: 5, emitted: 4 });
  });

  test("the trades between two connections are named by their ids, and what comes again is known", async () => {
    start();
    network.last.push(trades("BTC/USD", 10));
    network.last.drop();
    await advance(rig.clock, 1000);
    network.last.open();
    network.last.push(trades("BTC/USD", 10), trades("BTC/USD", 20));
    expect(shape(rig.events)).toEqual(["spot", "gap:disconnect", "gap:trade_id", "spot"]);
    expect(rig.events[2]).toMatchObject({ fromSeq: 11, toSeq: 19 });
    expect(rig.rejected("duplicate")).toBe(1);
    expect(feed.stats.connects).toBe(2);
  });

  test("5 s without a frame is a stall, heartbeats keep it alive", async () => {
    start();
    network.last.push(ticker("BTC/USD"));
    await rig.quiet(20);
    expect(network.sockets).toHaveLength(1);
    await advance(rig.clock, 6000);
    expect(shape(rig.events)).toEqual(["spot", "gap:stall"]);
    expect(rig.events[1]).toMatchObject({ tickers: [], fromSeq: null, toSeq: null });
    expect(network.sockets).toHaveLength(2);
  });

  test("a payload of another shape is kept once, and halts the third time in a row", () => {
    start();
    const changed = ticker("BTC/USD", { last: "100.2" });
    network.last.push(changed, changed, ticker("BTC/USD"), changed, changed, changed);
    expect(shape(rig.events)).toEqual(["drift", "spot", "drift"]);
    expect(rig.events[2]).toMatchObject({
      source: "kraken",
      messageType: "ticker",
      path: "$.data[0].last",
      halts: true,
    });
    expect(rig.rejected("bad_price")).toBe(5);
  });
});

const answer = (reqId: number, symbol: string, channel: string): Record<string, unknown> => ({
  method: "subscribe",
  result: { channel, symbol, snapshot: true },
  success: true,
  req_id: reqId,
});

describe("answers", () => {
  test("a refused symbol shows at once, one without an answer after 5 s", async () => {
    start();
    network.last.push(answer(1, "BTC/USD", "ticker"), answer(2, "BTC/USD", "trade"), {
      error: "Currency pair not supported SOL/USD",
      method: "subscribe",
      req_id: 1,
      success: false,
      symbol: "SOL/USD",
    });
    const refused = "ticker of SOL-USD (Currency pair not supported SOL/USD)";
    expect(feed.status()).toBe(`connected, BTC-USD SOL-USD; not subscribed: ${refused}`);
    await rig.quiet(5);
    expect(feed.status()).toContain(`not subscribed: ${refused}, trade of SOL-USD (no answer)`);
    network.last.push(answer(2, "SOL/USD", "trade"));
    expect(feed.status()).not.toContain("no answer");
    expect(feed.stats).toMatchObject({ received: 0, control: 9 });
  });

  test("a refusal without a symbol is about all of its request", () => {
    start();
    network.last.push({
      error: "Exceeded msg rate",
      method: "subscribe",
      req_id: 2,
      success: false,
    });
    expect(feed.status()).toContain(
      "not subscribed: trade of BTC-USD (Exceeded msg rate), trade of SOL-USD (Exceeded msg rate)",
    );
  });

  test("a complaint about no request of ours shows too", () => {
    start();
    network.last.push({ error: "Exceeded msg rate", success: false });
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD; Kraken said: Exceeded msg rate");
  });

  test("a system that is not online shows until it is again", () => {
    start();
    network.last.push(STATUS.replace("online", "cancel_only"));
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD; Kraken's system is cancel_only");
    network.last.push(STATUS);
    expect(feed.status()).toBe("connected, BTC-USD SOL-USD");
  });
});

describe("run", () => {
  test("when no connection comes about in four tries the run fails", async () => {
    network.refusal = { status: 451, error: "HTTP status 451" };
    const caught = rig.run().catch((error: unknown) => error);
    await advance(rig.clock, 3000);
    expect(await caught).toMatchObject({ kind: "network", code: "NETWORK_SOCKET" });
    expect(rig.events).toEqual([]);
  });

  test("after a connection it never gives up, and an abort is a normal end", async () => {
    start();
    network.refusal = { error: "gone" };
    network.last.drop();
    await advance(rig.clock, 120_000);
    expect(network.sockets.length).toBeGreaterThan(6);
    expect(feed.status()).toContain("not connected (gone)");
    rig.stop.abort();
    await expect(running).resolves.toBeUndefined();
    expect(feed.status()).toBe("stopped");
  });
});
