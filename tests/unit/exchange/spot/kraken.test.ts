import { beforeEach, describe, expect, test } from "vitest";
import { bookChecksum } from "../../../../src/exchange/spot/kraken/checksum.ts";
import { SpotBench, type SpotClient } from "./bench.ts";

// The worked example of spot-feeds.md §2.4.
const ASKS = `45285.2/0.00100000, 45286.4/1.54571953, 45286.6/1.54571109, 45289.6/1.54560911, 45290.2/0.15890660, 45291.8/1.54553491, 45294.7/0.04454749, 45296.1/0.35380000, 45297.5/0.09945542, 45299.5/0.18772827`;
const BIDS = `45283.5/0.10000000, 45283.4/1.54582015, 45282.1/0.10000000, 45281.0/0.10000000, 45280.3/1.54592586, 45279.0/0.07990000, 45277.6/0.03310103, 45277.5/0.30000000, 45277.3/1.54602737, 45276.6/0.15445238`;

function unitsOf(levels: string): [number, number][] {
  return levels.split(", ").map((level) => {
    const [price = "", size = ""] = level.split("/");
    return [Number(price.replace(".", "")), Number(size.replace(".", ""))];
  });
}

/** CRC-32 and the book as a client does them: on the text of the frame, not on parsed numbers. */
function crc32(text: string): number {
  let crc = -1;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function digits(text: string): string {
  return text.replace(".", "").replace(/^0+/, "");
}

function top(side: Map<number, string>): string {
  return [...side.values()].slice(0, 10).join("");
}

class TextBook {
  readonly depth: number;
  bids = new Map<number, string>();
  asks = new Map<number, string>();

  constructor(depth: number) {
    this.depth = depth;
  }

  /** Applies a raw frame as §2.3 says; the checksums the frame and this book have. */
  apply(frame: string): { told: number; own: number } {
    if (frame.includes('"type":"snapshot"')) [this.bids, this.asks] = [new Map(), new Map()];
    const [, bids = "", asks = ""] = /"bids":\[(.*?)\],"asks":\[(.*?)\]/.exec(frame) ?? [];
    this.bids = this.#side(this.bids, bids, -1);
    this.asks = this.#side(this.asks, asks, 1);
    const told = Number(/"checksum":(\d+)/.exec(frame)?.[1]);
    return { told, own: crc32(top(this.asks) + top(this.bids)) };
  }

  #side(side: Map<number, string>, changes: string, sign: 1 | -1): Map<number, string> {
    for (const [, price = "", qty = ""] of changes.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)) {
      if (digits(qty) === "") side.delete(Number(price));
      else side.set(Number(price), digits(price) + digits(qty));
    }
    const sorted = [...side].toSorted(([a], [b]) => sign * (a - b));
    return new Map(sorted.slice(0, this.depth));
  }
}

let bench: SpotBench;
let client: SpotClient;

beforeEach(() => {
  bench = new SpotBench();
  client = bench.client("kraken", "/kraken/v2");
});

function subscribe(channel: string, symbol: readonly string[], more: object = {}): void {
  client.say({ method: "subscribe", params: { channel, symbol, ...more }, req_id: 7 });
}

function texts(channel: string): string[] {
  return client.takeTexts().filter((text) => text.startsWith(`{"channel":"${channel}"`));
}

describe("checksum", () => {
  test("the worked example of the reference", () => {
    expect(bookChecksum(unitsOf(ASKS), unitsOf(BIDS))).toBe(3_310_070_434);
  });

  test.each([10, 25, 100, 500, 1000])(
    "a client's book of depth %d agrees with every checksum",
    (depth) => {
      subscribe("book", ["BTC/USD"], { depth });
      subscribe("book", ["SOL/USD"], { depth });
      const books = { "BTC/USD": new TextBook(depth), "SOL/USD": new TextBook(depth) };
      let updates = 0;
      for (let each = 0; each < 20; each++) {
        for (const text of texts("book")) {
          const symbol = text.includes("BTC/USD") ? "BTC/USD" : "SOL/USD";
          const { told, own } = books[symbol].apply(text);
          expect(own).toBe(told);
          updates++;
        }
        bench.pass(1000);
      }
      expect(updates).toBeGreaterThan(100);
      expect(books["BTC/USD"].bids.size).toBe(depth);
    },
  );

  test("a lost book frame shows as a mismatch", () => {
    subscribe("book", ["BTC/USD"]);
    const book = new TextBook(10);
    texts("book").forEach((text) => book.apply(text));
    bench.faults("kraken", { loseFrames: 1, frames: "book" });
    bench.pass(3000);
    const checks = texts("book").map((text) => book.apply(text));
    expect(checks.some(({ told, own }) => told !== own)).toBe(true);
  });
});

describe("connection", () => {
  test("a status greets, with a connection id beyond 2^53", () => {
    const [text = ""] = client.takeTexts();
    expect(JSON.parse(text)).toMatchObject({
      channel: "status",
      type: "update",
      data: [{ system: "online", api_version: "v2", version: "2.0.10" }],
    });
    expect(BigInt(/"connection_id":(\d+)/.exec(text)?.[1] ?? 0)).toBeGreaterThan(2n ** 53n);
  });

  test("ping is answered with its id and two times", () => {
    client.take();
    client.say({ method: "ping", req_id: 42 });
    expect(client.take()).toEqual([
      {
        method: "pong",
        req_id: 42,
        time_in: "2026-12-01T14:03:30.000599Z",
        time_out: "2026-12-01T14:03:30.000648Z",
      },
    ]);
  });

  test("heartbeats fill silence once a second, only with a subscription", () => {
    client.take();
    bench.pass(3000);
    expect(client.take()).toEqual([]);
    client.say({ method: "subscribe", params: { channel: "instrument" } });
    client.take();
    bench.pass(5000);
    expect(client.take()).toEqual(Array.from({ length: 5 }, () => ({ channel: "heartbeat" })));
  });

  test("whoever neither subscribes nor pings for 60 s is dropped", () => {
    bench.pass(50_000);
    client.say({ method: "ping" });
    bench.pass(59_000);
    expect(client.closeCode).toBeNull();
    bench.pass(2000);
    expect(client.closeCode).toBe(1000);
  });

  test("a change of the operating state is told to everybody and by REST", () => {
    client.take();
    bench.faults("kraken", { status: "maintenance" });
    expect(client.take()).toMatchObject([{ channel: "status", data: [{ system: "maintenance" }] }]);
    const { json } = bench.get("/kraken/0/public/SystemStatus");
    expect(json.result.status).toBe("maintenance");
  });
});

describe("subscriptions", () => {
  test("one acknowledgement per symbol; an unknown one fails alone", () => {
    client.take();
    subscribe("ticker", ["BTC/USD", "FOO/USD"], { event_trigger: "bbo" });
    expect(client.take()).toMatchObject([
      {
        method: "subscribe",
        success: true,
        req_id: 7,
        result: { channel: "ticker", symbol: "BTC/USD", event_trigger: "bbo", snapshot: true },
      },
      { channel: "ticker", type: "snapshot", data: [{ symbol: "BTC/USD" }] },
      {
        method: "subscribe",
        success: false,
        req_id: 7,
        symbol: "FOO/USD",
        error: "Currency pair not supported FOO/USD",
      },
    ]);
  });

  test.each([
    [{ method: "subscribe", params: { channel: "book", symbol: ["BTC/USD"], depth: 11 } }],
    [{ method: "subscribe", params: { channel: "ohlc", symbol: ["BTC/USD"], interval: 2 } }],
    [{ method: "subscribe", params: { channel: "nonsense", symbol: ["BTC/USD"] } }],
    [{ method: "subscribe", params: { channel: "heartbeat" } }],
    [{ method: "subscribe", params: { channel: "ticker" } }],
    [{ method: "unsubscribe", params: { channel: "ticker", symbol: ["BTC/USD"] } }],
    [{ method: "subscribe" }],
    [{ method: "dance" }],
  ])("%j is refused with success false", (message) => {
    client.take();
    client.say(message);
    expect(client.take()).toMatchObject([{ success: false, error: expect.any(String) }]);
  });

  test("subscribing twice is refused; a book is unsubscribed by its depth", () => {
    subscribe("book", ["BTC/USD"], { depth: 25 });
    client.take();
    subscribe("book", ["BTC/USD"], { depth: 25 });
    expect(client.take()).toMatchObject([{ success: false, error: "Already subscribed" }]);
    const params = { channel: "book", symbol: ["BTC/USD"] };
    client.say({ method: "unsubscribe", params });
    expect(client.take()).toMatchObject([{ success: false }]);
    client.say({ method: "unsubscribe", params: { ...params, depth: 25 } });
    expect(client.take()).toMatchObject([{ method: "unsubscribe", success: true }]);
    bench.pass(3000);
    expect(texts("book")).toEqual([]);
  });
});

describe("data", () => {
  test("trades: ids without a hole, taker's side, a snapshot only on request", () => {
    subscribe("trade", ["BTC/USD"], { snapshot: true });
    bench.pass(60_000);
    const [first, ...rest] = texts("trade").map((text) => JSON.parse(text));
    expect(first.type).toBe("snapshot");
    expect(first.data).toHaveLength(50);
    const all = [first, ...rest].flatMap((frame) => frame.data);
    const ids = all.map((trade) => trade.trade_id);
    expect(ids).toEqual(ids.map((_: number, index: number) => ids[0] + index));
    const other = bench.client("kraken", "/kraken/v2");
    other.say({ method: "subscribe", params: { channel: "trade", symbol: ["BTC/USD"] } });
    expect(other.takeTexts().filter((text) => text.includes('"snapshot",'))).toEqual([]);
  });

  test("a buyer takes from the ask: the trade is at the ask the book had", () => {
    subscribe("trade", ["BTC/USD"]);
    subscribe("book", ["BTC/USD"]);
    const book = new TextBook(10);
    let checked = 0;
    for (let each = 0; each < 60; each++) {
      bench.pass(1000);
      for (const text of client.takeTexts()) {
        if (text.startsWith('{"channel":"book"')) book.apply(text);
        if (!text.startsWith('{"channel":"trade"')) continue;
        const [first] = JSON.parse(text).data;
        const [touch] = first.side === "buy" ? book.asks.keys() : book.bids.keys();
        expect(first.price).toBe(touch);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(10);
  });

  test("a ticker follows trades, or the touch when asked to", () => {
    subscribe("ticker", ["BTC/USD"]);
    subscribe("trade", ["BTC/USD"]);
    const quick = bench.client("kraken", "/kraken/v2");
    const params = {
      channel: "ticker",
      symbol: ["BTC/USD"],
      event_trigger: "bbo",
      snapshot: false,
    };
    quick.say({ method: "subscribe", params });
    client.take();
    quick.take();
    bench.pass(30_000);
    const all = client.takeTexts();
    const tickers = all.filter((text) => text.startsWith('{"channel":"ticker"'));
    const trades = all.filter((text) => text.startsWith('{"channel":"trade"'));
    expect(tickers).toHaveLength(trades.length);
    expect(quick.take().length).toBeGreaterThan(3 * tickers.length);
  });

  test("instrument has the precisions of every pair", () => {
    client.take();
    client.say({ method: "subscribe", params: { channel: "instrument" } });
    const [, snapshot] = client.take();
    expect(snapshot).toMatchObject({
      channel: "instrument",
      type: "snapshot",
      data: {
        pairs: [
          { symbol: "BTC/USD", price_precision: 1, qty_precision: 8, price_increment: 0.1 },
          { symbol: "SOL/USD", price_precision: 2, qty_precision: 8, price_increment: 0.01 },
        ],
      },
    });
  });

  test("numbers keep all their digits on the wire", () => {
    subscribe("book", ["BTC/USD"], { depth: 100 });
    const [text = ""] = texts("book");
    const levels = [...text.matchAll(/"price":([^,]+),"qty":([^}]+)}/g)];
    expect(levels).toHaveLength(200);
    for (const [, price, qty] of levels) {
      expect(price).toMatch(/^\d+\.\d$/);
      expect(qty).toMatch(/^\d+\.\d{8}$/);
    }
  });

  test("ohlc: a snapshot of past candles, then the running one with each trade", () => {
    subscribe("ohlc", ["BTC/USD"], { interval: 5 });
    bench.pass(20_000);
    const [first, ...rest] = texts("ohlc").map((text) => JSON.parse(text));
    expect(first.data).toHaveLength(100);
    expect(first.data[0]).toMatchObject({ symbol: "BTC/USD", interval: 5 });
    expect(rest.length).toBeGreaterThan(2);
    for (const { data } of rest) {
      expect(data[0].interval_begin).toBe("2026-12-01T14:00:00.000000000Z");
      expect(data[0].low).toBeLessThanOrEqual(data[0].close);
    }
  });
});

const get = (path: string) => bench.get(`/kraken/0/public/${path}`);

describe("REST", () => {
  test.each([
    ["Ticker?pair=FOOUSD", "EQuery:Unknown asset pair"],
    ["Ticker", "EGeneral:Invalid arguments"],
    ["OHLC?pair=XBTUSD&interval=2", "EGeneral:Invalid arguments"],
    ["Trades?pair=XBTUSD&since=yesterday", "EGeneral:Invalid arguments"],
    ["Nonsense", "EGeneral:Unknown method"],
  ])("%s: an error under status 200", (path, error) => {
    expect(get(path)).toMatchObject({ status: 200, json: { error: [error] } });
  });

  test("the result's key is not the pair that was asked for", () => {
    expect(Object.keys(get("Ticker?pair=XBTUSD").json.result)).toEqual(["XXBTZUSD"]);
    expect(Object.keys(get("Ticker?pair=SOLUSD").json.result)).toEqual(["SOLUSD"]);
    expect(get("Ticker?pair=XBTUSD").json.result.XXBTZUSD.a[0]).toMatch(/^\d+\.\d{5}$/);
  });

  test("OHLC: at most 720 rows, the last one unfinished", () => {
    const { result } = get("OHLC?pair=XBTUSD&interval=1").json;
    const rows = result.XXBTZUSD;
    expect(rows).toHaveLength(720);
    expect(rows.at(-1)[0]).toBe(Math.floor(bench.world.nowMs() / 60_000) * 60);
    expect(result.last).toBe(rows.at(-2)[0]);
  });

  test("Depth agrees with the feed's book", () => {
    subscribe("book", ["BTC/USD"]);
    const snapshot = JSON.parse(texts("book")[0] ?? "").data[0];
    const { bids } = get("Depth?pair=XBTUSD&count=10").json.result.XXBTZUSD;
    expect(bids.map(([price]: [string]) => Number(price))).toEqual(
      snapshot.bids.map(({ price }: { price: number }) => price),
    );
  });

  test("Trades are read on from `last`", () => {
    const first = get("Trades?pair=XBTUSD&count=40").json.result;
    const next = get(`Trades?pair=XBTUSD&since=${first.last}`).json.result;
    expect(first.XXBTZUSD).toHaveLength(40);
    expect(next.XXBTZUSD[0][6]).toBe(first.XXBTZUSD[39][6] + 1);
  });

  test("too many requests are told so, under status 200, until a second has passed", () => {
    for (let each = 0; each < 15; each++) expect(get("Time").json.error).toEqual([]);
    expect(get("Time")).toMatchObject({
      status: 200,
      json: { error: ["EGeneral:Too many requests"] },
    });
    bench.pass(1000);
    expect(get("Time").json.error).toEqual([]);
  });
});
