import { describe, expect, test } from "vitest";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { START_MS, type TinyStep, TinyWorld } from "../../../support/tiny-world.ts";
import { TestSocket } from "../server/client.ts";

const BTC = { product_ids: ["BTC-USD"] };

function tradesAt(afterMs: number, tradeIds: readonly number[]): TinyStep {
  const atMs = START_MS + afterMs;
  const trades = tradeIds.map((tradeId) => ({
    product: "BTC-USD",
    tradeId,
    price: 83_277.26,
    size: 0.000_583_46,
    makerSide: "SELL" as const,
    atMs,
  }));
  return { atMs, happening: { type: "spotTrades", trades, atMs } };
}

function spotAt(afterMs: number, price: number): TinyStep {
  const atMs = START_MS + afterMs;
  const spot = {
    product: "BTC-USD",
    price,
    bid: null,
    ask: null,
    bidSize: null,
    askSize: null,
  };
  return {
    atMs,
    happening: { type: "spot", spot, atMs },
    apply: (world) => world.spotMap.set("BTC-USD", spot),
  };
}

function open(steps: readonly TinyStep[] = []) {
  const world = new TinyWorld({ steps });
  const exchange = createLocalExchange({ world });
  return { world, exchange, socket: new TestSocket(exchange, "coinbase") };
}

function subscribe(socket: TestSocket, channel: string, more: Record<string, unknown> = {}): void {
  socket.say({ type: "subscribe", channel, ...more });
}

describe("subscriptions", () => {
  test("the snapshot comes first, then an acknowledgement of everything so far", () => {
    const { socket } = open();
    subscribe(socket, "heartbeats");
    subscribe(socket, "ticker", BTC);
    const [first, snapshot, second] = socket.frames;
    expect(first?.events).toEqual([{ subscriptions: { heartbeats: ["heartbeats"] } }]);
    expect(snapshot).toMatchObject({ channel: "ticker", events: [{ type: "snapshot" }] });
    expect(second?.events).toEqual([
      { subscriptions: { heartbeats: ["heartbeats"], ticker: ["BTC-USD"] } },
    ]);
  });

  test("sequence_num is one counter for the connection, from 0", () => {
    const { exchange, socket } = open([spotAt(500, 64_000), tradesAt(600, [1, 2])]);
    subscribe(socket, "heartbeats");
    subscribe(socket, "ticker", BTC);
    subscribe(socket, "market_trades", BTC);
    exchange.runUntil(START_MS + 2500);
    const frames = socket.frames;
    expect(frames.map((frame) => frame.sequence_num)).toEqual(frames.map((_, at) => at));
    expect(frames).toHaveLength(9);
  });

  test("an unknown product is missing from the acknowledgement, without an error", () => {
    const { socket } = open();
    subscribe(socket, "ticker", { product_ids: ["BTC-USD", "FOO-USD"] });
    expect(socket.frames.at(-1)?.events[0]?.subscriptions).toEqual({ ticker: ["BTC-USD"] });
    subscribe(socket, "market_trades", { product_ids: ["FOO-USD"] });
    expect(socket.frames.at(-1)?.events[0]?.subscriptions).toEqual({ ticker: ["BTC-USD"] });
  });

  test("BTC-USDC is the same book as BTC-USD", () => {
    const { socket } = open();
    subscribe(socket, "ticker", { product_ids: ["BTC-USDC"] });
    expect(socket.frames[0]?.events[0]?.tickers[0]?.product_id).toBe("BTC-USD");
  });

  test.each(["user", "futures_balance_summary", "nonsense"])(
    "channel %s is an error without envelope",
    (channel) => {
      const { socket } = open();
      subscribe(socket, channel, BTC);
      expect(socket.frames).toEqual([{ type: "error", message: "authentication failure" }]);
    },
  );

  test.each(["{", '{"type":"dance","channel":"ticker"}', '{"type":"subscribe"}'])(
    "%s is malformed",
    (text) => {
      const { socket } = open();
      socket.say(text);
      expect(socket.frames).toEqual([{ type: "error", message: "failure to subscribe" }]);
    },
  );

  test("unsubscribe stops a product and acknowledges what is left", () => {
    const { exchange, socket } = open([spotAt(100, 64_000)]);
    subscribe(socket, "heartbeats");
    subscribe(socket, "ticker", BTC);
    socket.take();
    socket.say({ type: "unsubscribe", channel: "ticker", ...BTC });
    exchange.runUntil(START_MS + 500);
    expect(socket.frames).toMatchObject([
      { channel: "subscriptions", events: [{ subscriptions: { heartbeats: ["heartbeats"] } }] },
    ]);
  });

  test("a connection without heartbeats that hears nothing for 90 s is dropped", () => {
    const { exchange, socket } = open([spotAt(30_000, 64_000)]);
    subscribe(socket, "ticker", BTC);
    exchange.runUntil(START_MS + 119_999);
    expect(socket.closeCode).toBeNull();
    exchange.runUntil(START_MS + 120_000);
    expect(socket.closeCode).toBe(1008);
  });

  test("heartbeats keep a connection that hears nothing else", () => {
    const { exchange, socket } = open();
    subscribe(socket, "heartbeats");
    subscribe(socket, "ticker", BTC);
    exchange.runUntil(START_MS + 300_000);
    expect(socket.closeCode).toBeNull();
  });

  test("a heartbeat that is unsubscribed and subscribed again still comes once a second", () => {
    const { exchange, socket } = open();
    subscribe(socket, "heartbeats");
    socket.say({ type: "unsubscribe", channel: "heartbeats" });
    subscribe(socket, "heartbeats");
    socket.take();
    exchange.runUntil(START_MS + 2000);
    expect(socket.timesMs).toEqual([START_MS + 1000, START_MS + 2000]);
  });

  test("the ninth message in a second is refused", () => {
    const { exchange, socket } = open();
    for (let each = 0; each < 9; each++) subscribe(socket, "ticker", BTC);
    const limit = { type: "error", message: "rate limit exceeded" };
    const refusals = () =>
      socket.take().filter((frame) => JSON.stringify(frame) === JSON.stringify(limit)).length;
    expect(refusals()).toBe(1);
    exchange.runUntil(START_MS + 1000);
    subscribe(socket, "ticker", BTC);
    expect(refusals()).toBe(0);
  });

  test("whoever subscribes to nothing within 5 s is dropped", () => {
    const { exchange, socket } = open();
    expect(exchange.nextMs()).toBe(START_MS + 5000);
    exchange.runUntil(START_MS + 4999);
    expect(socket.closeCode).toBeNull();
    exchange.runUntil(START_MS + 5000);
    expect(socket.closeCode).toBe(1008);
  });
});

describe("data", () => {
  test("a ticker has the recorded fields", () => {
    const { socket } = open();
    subscribe(socket, "ticker", BTC);
    expect(socket.frames[0]).toMatchObject({
      channel: "ticker",
      timestamp: "2026-08-17T04:50:00.000000313Z",
      sequence_num: 0,
    });
    expect(socket.frames[0]?.events[0]?.tickers[0]).toEqual({
      type: "ticker",
      product_id: "BTC-USD",
      price: "64281.7",
      volume_24_h: "0.00000000",
      low_24_h: "64281.7",
      high_24_h: "64281.7",
      low_52_w: "64281.7",
      high_52_w: "64281.7",
      price_percent_chg_24_h: "0.00000000000000",
      best_bid: "64281.7",
      best_ask: "64281.71",
      best_bid_quantity: "0.21558849",
      best_ask_quantity: "0.02287045",
    });
  });

  test("quotes a recording does not have are empty", () => {
    const { exchange, socket } = open([spotAt(100, 64_000.5)]);
    subscribe(socket, "ticker", BTC);
    exchange.runUntil(START_MS + 100);
    expect(socket.frames.at(-1)?.events).toMatchObject([
      {
        type: "update",
        tickers: [{ price: "64000.5", best_bid: "", best_ask: "", best_bid_quantity: "" }],
      },
    ]);
  });

  test("market_trades: recent ones newest first, then each batch in one frame", () => {
    const { exchange, socket } = open([tradesAt(100, [1, 2]), tradesAt(1350, [3, 4])]);
    exchange.runUntil(START_MS + 1000);
    subscribe(socket, "market_trades", BTC);
    exchange.runUntil(START_MS + 2000);
    const [snapshot, , update] = socket.frames;
    expect(snapshot?.events[0]?.type).toBe("snapshot");
    expect(snapshot?.events[0]?.trades.map((trade) => trade.trade_id)).toEqual(["2", "1"]);
    expect(update?.events[0]?.type).toBe("update");
    expect(update?.events[0]?.trades[0]).toEqual({
      product_id: "BTC-USD",
      trade_id: "3",
      price: "83277.26",
      size: "0.00058346",
      time: "2026-08-17T04:50:01.350003Z",
      side: "SELL",
    });
    expect(update?.events[0]?.trades).toHaveLength(2);
  });

  test("a size or side the recording does not have is left out", () => {
    const atMs = START_MS + 10;
    const trade = { product: "BTC-USD", tradeId: 1, price: 1, size: null, makerSide: null, atMs };
    const { exchange, socket } = open([
      { atMs, happening: { type: "spotTrades", trades: [trade], atMs } },
    ]);
    subscribe(socket, "market_trades", BTC);
    exchange.runUntil(atMs);
    const sent = socket.frames.at(-1)?.events[0]?.trades[0];
    expect(Object.keys(sent ?? {})).toEqual(["product_id", "trade_id", "price", "time"]);
  });

  test("a heartbeat each second of exchange time, with Go's clock text", () => {
    const { exchange, socket } = open();
    subscribe(socket, "heartbeats");
    socket.take();
    exchange.runUntil(START_MS + 3500);
    expect(socket.timesMs).toEqual([START_MS + 1000, START_MS + 2000, START_MS + 3000]);
    expect(socket.frames[1]?.events).toEqual([
      {
        current_time: "2026-08-17 04:50:02 +0000 UTC m=+2.000000000",
        heartbeat_counter: 2,
      },
    ]);
  });
});

function get(exchange: ReturnType<typeof open>["exchange"], path: string) {
  const request = { method: "GET", path: `/api/v3/brokerage${path}`, headers: {}, body: "" };
  const { status, body } = exchange.handleHttp(request);
  return { status, json: JSON.parse(body) };
}

describe("REST", () => {
  const CANDLES = "/market/products/BTC-USD/candles";
  const START_S = START_MS / 1000;

  test("candles are newest first, as strings", () => {
    const { world, exchange } = open();
    const candle = { open: 3, high: 4.5, low: 2, close: 3.5, volume: 0.1 };
    world.candleMap.set("BTC-USD", [
      { startS: START_S - 120, ...candle },
      { startS: START_S - 60, ...candle },
    ]);
    const query = `start=${START_S - 120}&end=${START_S - 60}&granularity=ONE_MINUTE`;
    const { json } = get(exchange, `${CANDLES}?${query}`);
    expect(json.candles).toEqual([
      {
        start: `${START_S - 60}`,
        low: "2",
        high: "4.5",
        open: "3",
        close: "3.5",
        volume: "0.1",
      },
      expect.objectContaining({ start: `${START_S - 120}` }),
    ]);
  });

  test.each([
    [`${CANDLES}?start=0&end=21060&granularity=ONE_MINUTE`, 400],
    [`${CANDLES}?start=0&end=21000&granularity=ONE_MINUTE`, 200],
    [`${CANDLES}?start=0&end=60&granularity=ONE_FORTNIGHT`, 400],
    [`${CANDLES}?granularity=ONE_MINUTE`, 400],
    ["/market/products/FOO-USD/candles?start=0&end=60&granularity=ONE_MINUTE", 404],
    ["/market/products/FOO-USD/ticker", 404],
  ])("%s answers %d", (path, status) => {
    expect(get(open().exchange, path).status).toBe(status);
  });

  test("ticker: recent trades and the touch", () => {
    const { exchange } = open([tradesAt(100, [1, 2, 3])]);
    exchange.runUntil(START_MS + 100);
    const { json } = get(exchange, "/market/products/BTC-USD/ticker?limit=2");
    expect(json).toMatchObject({
      trades: [{ trade_id: "3", bid: "", ask: "" }, { trade_id: "2" }],
      best_bid: "64281.7",
      best_ask: "64281.71",
    });
  });

  test("time is the exchange's", () => {
    expect(get(open().exchange, "/time").json).toEqual({
      iso: "2026-08-17T04:50:00Z",
      epochSeconds: `${START_S}`,
      epochMillis: `${START_MS}`,
    });
  });
});
