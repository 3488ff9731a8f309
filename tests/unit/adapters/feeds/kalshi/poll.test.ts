import { beforeEach, describe, expect, test } from "vitest";
import {
  createKalshiFeed,
  type KalshiFeed,
} from "../../../../../src/adapters/feeds/kalshi/feed.ts";
import { createKalshiPoll } from "../../../../../src/adapters/feeds/kalshi/poll.ts";
import { createKalshiRest } from "../../../../../src/adapters/kalshi/rest.ts";
import { networkError } from "../../../../../src/adapters/platform/network-error.ts";
import type { VirtualClock } from "../../../../../src/adapters/platform/virtual-clock.ts";
import type { MarketEvent } from "../../../../../src/core/events.ts";
import { type Answer, advance, FakeHttp, newClock, START_MS, shape } from "../../fakes.ts";
import { feeAnswer } from "./rig.ts";

type Json = Record<string, unknown>;

/** Public REST of an exchange whose books, quotes and trades the test sets. */
class PublicRest {
  readonly clock: VirtualClock;
  /** What every request is answered with while set. */
  failure: Answer | Error | null = null;
  /** Statuses of the two ways to ask for books. */
  many = 200;
  each = 200;
  tickers = ["KXBTC15M-W0-00"];
  yes: unknown = [["0.4000", "10.00"]];
  bid = "0.4000";
  trades: Json[] = [];
  pageSize = 1000;
  /** Milliseconds after the start at which each request came, with its path. */
  readonly log: [ms: number, path: string][] = [];

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  paths(from = 0): string[] {
    return this.log.slice(from).map(([, path]) => path);
  }

  addTrade(id: string, atMs = this.clock.nowMs()): void {
    this.trades.unshift({
      trade_id: id,
      ticker: this.tickers[0],
      count_fp: "2.00",
      yes_price_dollars: "0.4100",
      taker_outcome_side: "yes",
      created_time: new Date(atMs).toISOString(),
    });
  }

  readonly answer = (url: URL): Answer | Error => {
    const path = url.pathname.replace("/trade-api/v2", "");
    this.log.push([this.clock.nowMs() - START_MS, path]);
    if (this.failure !== null) return this.failure;
    const book = { orderbook_fp: { yes_dollars: this.yes, no_dollars: [["0.5000", "5.00"]] } };
    if (path === "/markets/orderbooks") {
      const tickers = url.searchParams.getAll("tickers");
      const orderbooks = tickers.map((ticker) => ({ ticker, ...book }));
      return { status: this.many, body: this.many === 200 ? { orderbooks } : {} };
    }
    if (path.endsWith("/orderbook")) {
      return { status: this.each, body: this.each === 200 ? book : {} };
    }
    if (path === "/markets") {
      const tickers = url.searchParams.get("tickers")?.split(",") ?? [];
      const markets = tickers.map((ticker) => this.#market(ticker));
      return { body: { markets, cursor: "" } };
    }
    if (path === "/markets/trades") return this.#trades(url);
    return feeAnswer(url) ?? { status: 404, body: { error: { code: "not_found" } } };
  };

  #market(ticker: string): Json {
    return {
      ticker,
      event_ticker: "KXBTC15M-W0",
      open_time: new Date(START_MS).toISOString(),
      close_time: new Date(START_MS + 900_000).toISOString(),
      status: "active",
      result: "",
      settlement_timer_seconds: 1,
      strike_type: "greater_or_equal",
      floor_strike: 63_000,
      price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
      yes_bid_dollars: this.bid,
      yes_bid_size_fp: "10.00",
      yes_ask_dollars: "0.5000",
      yes_ask_size_fp: "5.00",
      last_price_dollars: "0.0000",
      volume_fp: "0.00",
      open_interest_fp: "0.00",
    };
  }

  #trades(url: URL): Answer {
    const minMs = Number(url.searchParams.get("min_ts")) * 1000;
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const found = this.trades
      .filter((trade) => trade["ticker"] === url.searchParams.get("ticker"))
      .filter((trade) => Date.parse(String(trade["created_time"])) >= minMs);
    const next = from + this.pageSize;
    const cursor = next < found.length ? String(next) : "";
    return { body: { trades: found.slice(from, next), cursor } };
  }
}

let clock: VirtualClock;
let server: PublicRest;
let feed: KalshiFeed;
let events: MarketEvent[];
let stop: AbortController;
/** How the run ended: null when it was stopped. */
let ended: Promise<unknown>;

beforeEach(() => {
  clock = newClock();
  server = new PublicRest(clock);
  events = [];
  stop = new AbortController();
});

async function run(): Promise<void> {
  const http = new FakeHttp(server.answer);
  const rest = createKalshiRest({ baseUrl: "https://h/trade-api/v2", http, clock, signer: null });
  feed = createKalshiFeed({
    rest,
    stream: createKalshiPoll({ rest, clock }),
    clock,
    config: {
      series: [],
      eventTicker: null,
      tickers: server.tickers,
      strikesAround: 5,
      pageLimit: 100,
      maxPages: 1,
      status: "open",
    },
    spotHint: () => null,
  });
  ended = feed
    .run((event) => events.push(event), stop.signal)
    .then(
      () => null,
      (error: unknown) => error,
    );
  await advance(clock, 500);
}

const ofType = <T extends MarketEvent["type"]>(type: T) =>
  events.filter((event): event is Extract<MarketEvent, { type: T }> => event.type === type);

function rejected(): number {
  return [...feed.stats.rejected.values()].reduce((sum, count) => sum + count, 0);
}

describe("looking", () => {
  test("books and quotes become events when they change; nothing else does", async () => {
    await run();
    expect(shape(events)).toEqual(["market", "snapshot", "ticker"]);
    expect(events[1]).toMatchObject({
      sid: 0,
      seq: 1,
      yes: [[4000, 1000]],
      no: [[5000, 500]],
      recvMs: START_MS,
    });
    expect(events[2]).toMatchObject({
      yesBid: 4000,
      yesAsk: 5000,
      yesBidQty: 1000,
      last: null,
      exchangeMs: null,
      sid: 0,
    });
    await advance(clock, 3000);
    expect(shape(events)).toEqual(["market", "snapshot", "ticker", "fees"]);
    server.yes = [["0.4100", "10.00"]];
    server.bid = "0.4100";
    await advance(clock, 1000);
    expect(shape(events.slice(4))).toEqual(["snapshot", "ticker"]);
    expect(ofType("snapshot").at(-1)).toMatchObject({ seq: 2, yes: [[4100, 1000]] });
    expect(feed.status()).toBe("polling REST every 1 s, 1 market");
    const { emitted, received } = feed.stats;
    expect([received, emitted]).toEqual([6, 6]);
  });

  test("a still book is told again every five seconds, as a sign of life", async () => {
    await run();
    await advance(clock, 20_000);
    expect(ofType("snapshot").map(({ recvMs }) => recvMs - START_MS)).toEqual([
      0, 5000, 10_000, 15_000, 20_000,
    ]);
  });

  test("named tickers need no discovery: no list of events is ever asked for", async () => {
    await run();
    await advance(clock, 60_000);
    expect(new Set(server.paths())).toEqual(
      new Set([
        "/markets",
        "/markets/orderbooks",
        "/markets/trades",
        "/exchange/status",
        // What they cost.
        "/series/KXBTC15M",
        "/series/fee_changes",
        "/events/KXBTC15M-W0",
        "/events/fee_changes",
      ]),
    );
  });

  test("a book that cannot be read is counted once and named; the next good one replaces it", async () => {
    await run();
    server.yes = [["2.0000", "1.00"]];
    await advance(clock, 10_000);
    expect([...feed.stats.rejected]).toEqual([["book_unreadable", 1]]);
    expect(ofType("drift")).toMatchObject([
      { path: "$.orderbooks[0].orderbook_fp.yes_dollars", messageType: "rest_book", halts: false },
    ]);
    expect(ofType("gap")).toMatchObject([{ reason: "poll_failed", tickers: server.tickers }]);
    server.yes = [["0.4000", "10.00"]];
    await advance(clock, 2000);
    expect(events.at(-1)).toMatchObject({ type: "snapshot", yes: [[4000, 1000]] });
    expect(feed.stats.received).toBe(feed.stats.emitted + rejected());
  });

  test("a resync invalidates the book and brings it again", async () => {
    await run();
    feed.resync(server.tickers[0] ?? "", "crossed");
    await advance(clock, 1000);
    expect(shape(events.slice(3))).toEqual(["gap:crossed", "snapshot"]);
    expect(ofType("gap")[0]).toMatchObject({ fromSeq: 1, toSeq: 1, tickers: server.tickers });
  });
});

describe("trades", () => {
  test("each once, oldest first, with the exchange's time, from the start of the run on", async () => {
    server.addTrade("before", START_MS - 5000);
    await run();
    server.addTrade("a");
    server.addTrade("b");
    await advance(clock, 1000);
    // It was late in the list, and is older than what is known already.
    server.addTrade("late", START_MS + 200);
    await advance(clock, 5000);
    expect(ofType("trade").map(({ exchangeMs, tradeId }) => [tradeId, exchangeMs])).toEqual([
      ["a", START_MS + 500],
      ["b", START_MS + 500],
      ["late", START_MS + 200],
    ]);
    expect(events.every(({ recvMs }, at) => recvMs >= (events[at - 1]?.recvMs ?? 0))).toBe(true);
  });

  test("pages are followed", async () => {
    server.pageSize = 3;
    await run();
    for (let at = 0; at < 11; at++) server.addTrade(`t${at}`);
    await advance(clock, 2000);
    expect(ofType("trade").map(({ tradeId }) => tradeId)).toEqual(
      Array.from({ length: 11 }, (_, at) => `t${at}`),
    );
    expect(ofType("gap")).toEqual([]);
  });

  test("more than one look may read is a hole with both its ends", async () => {
    server.pageSize = 1;
    await run();
    for (let at = 0; at < 30; at++) server.addTrade(`t${at}`, START_MS + 600 + at);
    await advance(clock, 4000);
    expect(ofType("trade")).toHaveLength(20);
    expect(ofType("gap")).toMatchObject([
      {
        reason: "trade_pages",
        tickers: [],
        fromMs: START_MS,
        toMs: START_MS + 610,
        fromSeq: 0,
        toSeq: 0,
      },
    ]);
  });
});

describe("without books", () => {
  const ONE = "/markets/KXBTC15M-W0-00/orderbook";
  test.each([
    ["many at once refused", { many: 401, each: 200 }, ONE, true],
    ["no such call", { many: 404, each: 200 }, ONE, true],
    ["both refused", { many: 403, each: 401 }, "/markets", false],
  ])("%s", async (_name, statuses, path, hasBooks) => {
    Object.assign(server, statuses);
    await run();
    await advance(clock, 20_000);
    expect(server.paths().filter((one) => one === "/markets/orderbooks")).toHaveLength(1);
    expect(server.paths(10)).toContain(path);
    expect(ofType("snapshot").length > 0).toBe(hasBooks);
    expect(ofType("ticker").length).toBeGreaterThan(0);
    expect(ofType("gap")).toEqual([]);
    expect(feed.status().includes("no books without a key, quotes only")).toBe(!hasBooks);
  });
});

describe("trouble", () => {
  const TOO_MANY: Answer = { status: 429, body: { error: "too many requests" } };
  const DOWN = networkError("https://h", { code: "ECONNREFUSED", message: "refused" });

  test("an outage is a gap that lasts until data flows again, and then every book comes anew", async () => {
    await run();
    server.failure = DOWN;
    await advance(clock, 30_000);
    expect(shape(events.slice(3))).toEqual(["gap:poll_failed"]);
    expect(ofType("gap")[0]).toMatchObject({
      source: "kalshi",
      tickers: server.tickers,
      fromMs: START_MS,
      toSeq: null,
    });
    expect(feed.status()).toContain("refused");
    server.failure = null;
    await advance(clock, 9000);
    expect(shape(events.slice(4, 6))).toEqual(["snapshot", "ticker"]);
    expect(feed.stats).toMatchObject({ gaps: 1, connects: 2 });
    // The fees are asked for again a minute after they failed; until then it stays said.
    expect(feed.status()).toContain("polling REST every 1 s, 1 market");
    await advance(clock, 60_000);
    expect(feed.status()).toBe("polling REST every 1 s, 1 market");
  });

  test("a storm of 429 at the start neither ends the run nor is answered with a storm", async () => {
    server.failure = TOO_MANY;
    await run();
    await advance(clock, 120_000);
    expect(server.log.length).toBeLessThan(25);
    expect(feed.status()).toContain("429");
    server.failure = null;
    await advance(clock, 10_000);
    expect(shape(events)).toContain("snapshot");
    stop.abort();
    expect(await ended).toBeNull();
    expect(clock.nextTimerMs()).toBeNull();
  });

  test("one in the middle pauses, 0.25 s to 8 s, and shows as a gap", async () => {
    await run();
    server.failure = TOO_MANY;
    const from = server.log.length;
    await advance(clock, 60_000);
    const times = server.log.slice(from).map(([ms]) => ms);
    const waits = times.slice(1).map((ms, at) => ms - (times[at] ?? 0));
    expect(Math.max(...waits)).toBeGreaterThan(5000);
    expect(Math.max(...waits)).toBeLessThan(9100);
    expect(shape(events.slice(3))).toEqual(["gap:poll_failed"]);
    server.failure = null;
    await advance(clock, 10_000);
    expect(shape(events.slice(4))).toContain("snapshot");
  });

  test("many markets stay within the budget of an address without a key", async () => {
    server.tickers = Array.from({ length: 160 }, (_, at) => `KXBTC15M-W0-${at}`);
    await run();
    await advance(clock, 60_000);
    expect(server.log.length).toBeGreaterThan(300);
    for (const [first, [fromMs]] of server.log.entries()) {
      const inSecond = server.log.slice(first).filter(([ms]) => ms < fromMs + 1000).length;
      expect(inSecond * 10).toBeLessThanOrEqual(150);
    }
    expect(server.log.length * 10).toBeLessThanOrEqual(50 + 60.5 * 100);
    expect(new Set(ofType("snapshot").map(({ ticker }) => ticker)).size).toBe(160);
    expect(ofType("gap")).toEqual([]);
  });

  test("what is refused for good ends the run", async () => {
    server.failure = { status: 403, body: {} };
    await run();
    expect(await ended).toMatchObject({ kind: "auth" });
  });
});
