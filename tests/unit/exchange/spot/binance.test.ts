import { beforeEach, describe, expect, test } from "vitest";
import { TinyWorld } from "../../../support/tiny-world.ts";
import { SpotBench, type SpotClient } from "./bench.ts";
import { SpotWorld } from "./spot-world.ts";

let bench: SpotBench;

beforeEach(() => {
  bench = new SpotBench();
});

function combined(...streams: string[]): SpotClient {
  return bench.client("binance", `/binance/stream?streams=${streams.join("/")}`);
}

const get = (path: string) => bench.get(`/binance/api/v3/${path}`);

type Level = [price: string, size: string];

function top(side: Map<string, string>, sign: 1 | -1): Level[] {
  return [...side].toSorted(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, 1000);
}

class LocalBook {
  lastId: number;
  readonly bids: Map<string, string>;
  readonly asks: Map<string, string>;

  constructor(snapshot: { lastUpdateId: number; bids: Level[]; asks: Level[] }) {
    this.lastId = snapshot.lastUpdateId;
    this.bids = new Map(snapshot.bids);
    this.asks = new Map(snapshot.asks);
  }

  apply(event: { b: Level[]; a: Level[]; u: number }): void {
    for (const [side, levels] of [
      [this.bids, event.b],
      [this.asks, event.a],
    ] as const) {
      for (const [price, size] of levels) {
        if (size === "0.00000000") side.delete(price);
        else side.set(price, size);
      }
    }
    this.lastId = event.u;
  }
}

describe("streams", () => {
  test("a raw connection gives bare payloads, a combined one names the stream", () => {
    const raw = bench.client("binance", "/binance/ws/btcusdt@trade");
    const both = combined("btcusdt@trade", "solusdt@trade");
    bench.pass(3000);
    const [bare] = raw.take();
    expect(Object.keys(bare ?? {})).toEqual(["e", "E", "s", "t", "p", "q", "T", "m", "M"]);
    const frames = both.take() as unknown as { stream: string; data: { s: string } }[];
    expect(new Set(frames.map(({ stream }) => stream))).toEqual(
      new Set(["btcusdt@trade", "solusdt@trade"]),
    );
    for (const { stream, data } of frames) {
      expect(stream).toBe(`${data.s.toLowerCase()}@trade`);
    }
  });

  test("trade ids have no hole; E is the time, microseconds on request", () => {
    const millis = bench.client("binance", "/binance/ws/btcusdt@trade");
    const micros = bench.client("binance", "/binance/ws/btcusdt@trade?timeUnit=MICROSECOND");
    bench.pass(5000);
    const trades = millis.take() as unknown as { t: number; T: number }[];
    const ids = trades.map(({ t }) => t);
    expect(ids.length).toBeGreaterThan(10);
    expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) + index));
    expect(trades[0]?.T).toBeGreaterThanOrEqual(bench.startMs);
    const [first] = micros.take();
    expect(first?.T).toBe((trades[0]?.T ?? 0) * 1000);
  });

  test("m says that the buyer was the maker: the trade was at the bid", () => {
    const client = combined("btcusdt@trade", "btcusdt@bookTicker");
    client.say({ method: "LIST_SUBSCRIPTIONS", id: 1 });
    let touch = { b: "", a: "" };
    let checked = 0;
    let lastTime = 0;
    bench.pass(20_000);
    for (const { stream, data } of client.take()) {
      if (stream === "btcusdt@bookTicker") touch = data;
      // A sweep prints through the book before the touch is told again: its first print is at the old touch.
      if (stream !== "btcusdt@trade" || touch.b === "") continue;
      if (data.T !== lastTime) {
        expect(data.p).toBe(data.m ? touch.b : touch.a);
        checked++;
      }
      lastTime = data.T;
    }
    expect(checked).toBeGreaterThan(30);
  });

  test("bookTicker has no time and a growing update id", () => {
    const client = bench.client("binance", "/binance/ws/btcusdt@bookTicker");
    bench.pass(3000);
    const frames = client.take();
    expect(Object.keys(frames[0] ?? {})).toEqual(["u", "s", "b", "B", "a", "A"]);
    const ids = frames.map(({ u }) => u);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test("aggTrade carries the id of its trade", () => {
    const client = combined("btcusdt@trade", "btcusdt@aggTrade");
    bench.pass(2000);
    const frames = client.take();
    const trades = frames.filter(({ data }) => data.e === "trade").map(({ data }) => data);
    const aggregates = frames.filter(({ data }) => data.e === "aggTrade").map(({ data }) => data);
    expect(aggregates.map(({ f, l, p }) => [f, l, p])).toEqual(trades.map(({ t, p }) => [t, t, p]));
  });

  test.each(["depth5", "depth20@100ms"])("partial %s is a whole small book", (name) => {
    const client = bench.client("binance", `/binance/ws/btcusdt@${name}`);
    bench.pass(1000);
    const frames = client.take();
    expect(frames).toHaveLength(name === "depth5" ? 1 : 10);
    expect(Object.keys(frames[0])).toEqual(["lastUpdateId", "bids", "asks"]);
    expect(frames[0].bids).toHaveLength(Number.parseInt(name.slice(5), 10));
  });

  test.each(["ticker", "miniTicker"])("%s once a second", (name) => {
    const client = bench.client("binance", `/binance/ws/btcusdt@${name}`);
    bench.pass(5000);
    const frames = client.take();
    expect(frames.map(({ E }) => E - bench.startMs)).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(Number(frames[0].v)).toBeGreaterThan(1);
  });

  test("klines every two seconds, final exactly once and at their end", () => {
    const client = combined("btcusdt@kline_1m", "btcusdt@kline_15m");
    bench.pass(95_000);
    const frames = client.take().map(({ data }) => data);
    const minutes = frames.filter(({ k }) => k.i === "1m");
    expect(minutes).toHaveLength(47);
    const final = minutes.filter(({ k }) => k.x);
    expect(final.map(({ E, k }) => [E - k.T, k.T - k.t])).toEqual([
      [1, 59_999],
      [1, 59_999],
    ]);
    const [first] = final;
    const [row] = get(`klines?symbol=BTCUSDT&interval=1m&startTime=${first.k.t}&limit=1`).json;
    expect([row[1], row[2], row[3], row[4], row[5]]).toEqual([
      first.k.o,
      first.k.h,
      first.k.l,
      first.k.c,
      first.k.v,
    ]);
    expect(frames.filter(({ k }) => k.i === "15m" && k.x)).toEqual([]);
  });
});

describe("local book", () => {
  test("the diff stream and a REST snapshot make the venue's book, without a break", () => {
    const client = bench.client("binance", "/binance/ws/btcusdt@depth@100ms");
    bench.pass(730);
    const book = new LocalBook(get("depth?symbol=BTCUSDT&limit=5000").json);
    bench.pass(59_270);
    const events = client.take();
    const fresh = events.filter(({ u }) => u > book.lastId);
    expect(events.length).toBeGreaterThan(fresh.length);
    expect(fresh[0].U).toBeLessThanOrEqual(book.lastId + 1);
    fresh.forEach((event, index) => {
      if (index > 0) expect(event.U).toBe(book.lastId + 1);
      book.apply(event);
    });
    const { lastUpdateId, bids, asks } = get("depth?symbol=BTCUSDT&limit=1000").json;
    expect(book.lastId).toBe(lastUpdateId);
    expect(top(book.bids, -1)).toEqual(bids);
    expect(top(book.asks, 1)).toEqual(asks);
  });

  test("a lost frame breaks the chain of U and u", () => {
    const client = bench.client("binance", "/binance/ws/btcusdt@depth@100ms");
    bench.pass(1000);
    bench.faults("binance", { loseFrames: 1 });
    bench.pass(1000);
    const events = client.take();
    const breaks = events.filter((event, at) => at > 0 && event.U !== events[at - 1].u + 1);
    expect(breaks).toHaveLength(1);
  });
});

describe("commands", () => {
  test("subscriptions are acknowledged, unknown streams too; the list has both", () => {
    const client = bench.client("binance", "/binance/ws");
    client.say({ method: "SUBSCRIBE", params: ["btcusdt@trade", "foo@bar"], id: 1 });
    client.say({ method: "LIST_SUBSCRIPTIONS", id: 3 });
    expect(client.take()).toEqual([
      { result: null, id: 1 },
      { result: ["btcusdt@trade", "foo@bar"], id: 3 },
    ]);
    bench.pass(1000);
    client.say({ method: "UNSUBSCRIBE", params: ["btcusdt@trade"], id: 4 });
    client.take();
    bench.pass(5000);
    expect(client.take()).toEqual([]);
  });

  test.each([
    ['{"method":"DANCE","id":1}', { code: 2, id: 1, msg: expect.stringContaining("DANCE") }],
    ['{"method":"SUBSCRIBE","params":1,"id":2}', { code: 2, id: 2, msg: expect.any(String) }],
    ['{"method":"SUBSCRIBE","params":[]}', { code: 2, msg: expect.stringContaining("`id`") }],
    ["{", { code: 3, msg: expect.stringContaining("Invalid JSON") }],
  ])("%s is refused with a code", (text, error) => {
    const client = bench.client("binance", "/binance/ws");
    client.say(text);
    expect(client.take()).toEqual([error]);
  });

  test("a sixth message within a second ends the connection, pings and pongs included", () => {
    const client = bench.client("binance", "/binance/ws");
    for (let each = 0; each < 3; each++) client.say({ method: "LIST_SUBSCRIPTIONS", id: each });
    client.control("ping");
    client.control("pong");
    expect(client.closeCode).toBeNull();
    client.say({ method: "LIST_SUBSCRIPTIONS", id: 9 });
    expect(client.closeCode).toBe(1008);
  });

  test("other paths are no stream", () => {
    expect(() => bench.client("binance", "/binance/nonsense")).toThrow("404");
  });
});

describe("keeping alive", () => {
  test("a ping with payload every 20 s; without a pong the connection ends a minute later", () => {
    const client = bench.client("binance", "/binance/ws/btcusdt@trade");
    client.answersPings = false;
    bench.pass(40_000);
    expect(client.pings).toEqual([`${bench.startMs + 20_000}`, `${bench.startMs + 40_000}`]);
    client.control("pong");
    bench.pass(79_000);
    expect(client.closeCode).toBeNull();
    bench.pass(2000);
    expect(client.closeCode).toBe(1008);
  });

  test("every connection ends after 24 hours", () => {
    const still = new SpotBench(new TinyWorld());
    const client = still.client("binance", "/binance/ws");
    still.pass(86_399_000);
    expect(client.closeCode).toBeNull();
    expect(client.pings).toHaveLength(4319);
    still.pass(1000);
    expect(client.closeCode).toBe(1000);
  });
});

describe("REST", () => {
  test.each([
    ["depth", 400, -1102],
    ["depth?symbol=btcusdt", 400, -1100],
    ["depth?symbol=FOOUSDT", 400, -1121],
    ["klines?symbol=BTCUSDT", 400, -1102],
    ["klines?symbol=BTCUSDT&interval=7m", 400, -1120],
    ["trades?symbol=BTCUSDT&limit=5000", 400, -1100],
  ])("%s answers %d with code %d", (path, status, code) => {
    expect(get(path)).toMatchObject({ status, json: { code, msg: expect.any(String) } });
  });

  test("klines: ascending, the last one unfinished, a page from startTime", () => {
    const rows = get("klines?symbol=BTCUSDT&interval=15m&limit=50").json;
    expect(rows).toHaveLength(50);
    const opens = rows.map(([open]: [number]) => open);
    expect(opens).toEqual(opens.map((_: number, at: number) => opens[0] + at * 900_000));
    expect(opens.at(-1)).toBe(Math.floor(bench.startMs / 900_000) * 900_000);
    expect(rows[0][6]).toBe(opens[0] + 899_999);
    const page = get(`klines?symbol=BTCUSDT&interval=15m&limit=10&startTime=${opens[5]}`).json;
    expect(page.map(([open]: [number]) => open)).toEqual(opens.slice(5, 15));
  });

  test("weight is counted; beyond it 429 with Retry-After, and 418 for whoever goes on", () => {
    for (let each = 0; each < 24; each++) get("depth?symbol=BTCUSDT&limit=5000");
    const last = get("ping");
    expect(last.status).toBe(429);
    expect(last.headers["x-mbx-used-weight-1m"]).toBe("6001");
    expect(last.headers["retry-after"]).toBe("30");
    expect(last.json.code).toBe(-1003);
    for (let each = 0; each < 9; each++) expect(get("ping").status).toBe(429);
    const banned = get("ping");
    expect(banned).toMatchObject({ status: 418, headers: { "retry-after": "120" } });
    bench.pass(119_000);
    expect(get("ping").status).toBe(418);
    bench.pass(1000);
    expect(get("ping").status).toBe(200);
  });

  test("24-hour figures, prices and the book's touch agree", () => {
    bench.client("binance", "/binance/ws/btcusdt@trade");
    bench.pass(3000);
    const day = get("ticker/24hr?symbol=BTCUSDT").json;
    const last = get("ticker/price?symbol=BTCUSDT").json.price;
    expect(day.lastPrice).toBe(last);
    expect(Number(day.highPrice)).toBeGreaterThanOrEqual(Number(last));
    expect(get("trades?symbol=BTCUSDT&limit=1").json[0].price).toBe(last);
  });
});

const futures = (path: string) => bench.get(`/binance-futures/fapi/v1/${path}`);

describe("funding", () => {
  const FUNDING_MS = 28_800_000;
  test("premiumIndex: the running estimate of the next funding", () => {
    const { json } = futures("premiumIndex?symbol=BTCUSDT");
    expect(json).toEqual({
      symbol: "BTCUSDT",
      markPrice: expect.stringMatching(/^\d+\.\d{8}$/),
      indexPrice: expect.stringMatching(/^\d+\.\d{8}$/),
      estimatedSettlePrice: expect.stringMatching(/^\d+\.\d{8}$/),
      lastFundingRate: expect.stringMatching(/^-?0\.\d{8}$/),
      interestRate: "0.00010000",
      nextFundingTime: Math.ceil(bench.startMs / 28_800_000) * 28_800_000,
      time: bench.startMs,
    });
    expect(futures("premiumIndex").json).toHaveLength(2);
  });

  test("the estimate ends at the rate that is then paid", () => {
    const start = FUNDING_MS * 224_000;
    const late = new SpotBench(new SpotWorld(5, start - 2000));
    const at = (path: string) => late.get(`/binance-futures/fapi/v1/${path}&symbol=BTCUSDT`).json;
    expect(at("premiumIndex?").nextFundingTime).toBe(start);
    late.pass(1999);
    const estimate = at("premiumIndex?").lastFundingRate;
    late.pass(10);
    const paid = at("fundingRate?limit=1");
    expect(paid).toHaveLength(1);
    expect(paid[0].fundingRate).toBe(estimate);
    expect(paid[0].fundingTime - start).toBeLessThan(10);
  });

  test("fundingRate: ascending, within start and end", () => {
    const start = bench.startMs - 10 * 28_800_000;
    const rows = futures(`fundingRate?symbol=BTCUSDT&startTime=${start}&limit=1000`).json;
    expect(rows).toHaveLength(10);
    expect(rows[0].fundingTime).toBeGreaterThanOrEqual(start);
    expect(futures("fundingRate?symbol=FOO").status).toBe(400);
  });

  test("markPrice is spoken on the futures' sockets only", () => {
    const futuresClient = bench.client(
      "binance",
      "/binance-futures/market/ws/btcusdt@markPrice@1s",
    );
    const spotClient = bench.client("binance", "/binance/ws/btcusdt@markPrice@1s");
    bench.pass(3000);
    expect(spotClient.take()).toEqual([]);
    const frames = futuresClient.take();
    expect(frames).toHaveLength(3);
    expect(Object.keys(frames[0] ?? {})).toEqual(["e", "E", "s", "p", "ap", "P", "i", "r", "T"]);
  });
});
