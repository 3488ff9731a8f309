import { describe, expect, test } from "vitest";
import { createCoinbaseFeed } from "../../../../src/adapters/feeds/coinbase/feed.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { DepthLevel, MarketEvent, SpotDepth, SpotTick } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { SpotBook } from "../../../../src/core/spot-book.ts";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { SpotFaults } from "../../../../src/exchange/spot/faults.ts";
import type { Feed } from "../../../../src/ports.ts";

// The books against the local exchange in lockstep, and what becomes of them when frames are lost, repeated or wrong.

interface Run {
  readonly events: readonly MarketEvent[];
  readonly feed: Feed;
  readonly exchange: LocalExchange;
  /** What its status said when the faults were about to end. */
  readonly status: string;
}

const FAULT_MS = 10_000;

/** Half a minute of Coinbase; `faults` hold from the tenth second, until `clear` is set after so many milliseconds more. */
async function collect(faults: Partial<SpotFaults>, clearAfterMs = 5000): Promise<Run> {
  const world = createScenarioWorld({ scenario: "edge", seed: 4 });
  const { startMs } = world;
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(startMs);
  const feed = createCoinbaseFeed({
    url: "ws://exchange.local/coinbase/ws",
    restUrl: "http://exchange.local",
    products: ["BTC-USD", "SOL-USD"],
    level2: true,
    openSocket: createLockstepSocket(exchange),
    http: createLockstepHttp(exchange, clock),
    clock,
    rng: mulberry32(2),
  });
  const events: MarketEvent[] = [];
  const stop = new AbortController();
  const running = feed.run((event) => events.push(event), stop.signal);
  await turn();
  const real = createSystemClock();
  let status = "";
  const plan = new Map([
    [FAULT_MS, () => exchange.spot.faults("coinbase", faults)],
    [
      FAULT_MS + clearAfterMs,
      () => {
        status = feed.status();
        exchange.spot.faults("coinbase", { mute: false, heartbeatStop: false, book: "whole" });
      },
    ],
    [30_000, () => stop.abort()],
  ]);
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        for (const [atMs, act] of plan) {
          if (nowMs - startMs < atMs) continue;
          plan.delete(atMs);
          act();
        }
      },
    },
    stop.signal,
  );
  await running;
  return { events, feed, exchange, status };
}

/** Books as a reader of the events would keep them: what a gap names is gone until its next snapshot. */
class Reader {
  readonly books = new Map<string, SpotBook>();
  readonly #quotes = new Map<string, SpotTick>();
  compared = 0;
  /** Moments in which a book's touch was not the quoted one. */
  readonly differences: string[] = [];

  take(event: MarketEvent): void {
    if (event.type === "gap") for (const product of event.tickers) this.books.delete(product);
    else if (event.type === "spot" && event.kind === "quote") {
      this.#quotes.set(event.product, event);
    } else if (event.type === "depth") this.#depth(event);
  }

  #depth(event: SpotDepth): void {
    const { product } = event;
    const book = event.kind === "snapshot" ? new SpotBook() : this.books.get(product);
    if (book === undefined) {
      this.differences.push(`${product}: a change of an unknown book`);
      return;
    }
    this.books.set(product, book);
    const isRead = keep(book, event);
    const quote = this.#quotes.get(product);
    this.compared++;
    const [kept, quoted] = [
      [book.bidUsd, book.askUsd].join(" "),
      [quote?.bidUsd, quote?.askUsd].join(" "),
    ];
    if (!isRead || kept !== quoted) this.differences.push(`${product}: ${kept}, quoted ${quoted}`);
  }
}

function keep(book: SpotBook, { asks, bids, kind }: SpotDepth): boolean {
  return kind === "snapshot" ? book.replace(bids, asks) : book.apply(bids, asks);
}

function read(events: readonly MarketEvent[]): Reader {
  const reader = new Reader();
  for (const event of events) reader.take(event);
  return reader;
}

/** The book as Coinbase's REST shows it. */
function served(exchange: LocalExchange, product: string): Record<"bid" | "ask", DepthLevel[]> {
  const path = `/api/v3/brokerage/market/product_book?product_id=${product}&limit=100000`;
  const { body } = exchange.handleHttp({ method: "GET", path, headers: {}, body: "" });
  const { pricebook } = JSON.parse(body) as {
    pricebook: Record<"bids" | "asks", { price: string; size: string }[]>;
  };
  const levels = (side: "bids" | "asks"): DepthLevel[] =>
    pricebook[side].map(({ price, size }) => [Number(price), Number(size)]);
  return { bid: levels("bids"), ask: levels("asks") };
}

function expectServedBooks({ exchange }: Run, reader: Reader): void {
  for (const product of ["BTC-USD", "SOL-USD"]) {
    const book = reader.books.get(product);
    const kept = { bid: [...(book?.levels("bid") ?? [])], ask: [...(book?.levels("ask") ?? [])] };
    expect(kept).toEqual(served(exchange, product));
  }
}

const gapsOf = (events: readonly MarketEvent[]) =>
  events.flatMap((event) => (event.type === "gap" ? [event] : []));

/** Trade ids of a product, in the order of the trades. */
function tradeIds(events: readonly MarketEvent[], product: string): number[] {
  const ids = events.flatMap((event) =>
    event.type === "spot" && event.kind === "trade" && event.product === product
      ? [Number(event.tradeId)]
      : [],
  );
  return ids.toSorted((a, b) => a - b);
}

function expectEveryTradeOnce(events: readonly MarketEvent[]): void {
  for (const product of ["BTC-USD", "SOL-USD"]) {
    const ids = tradeIds(events, product);
    expect(ids.length, product).toBeGreaterThan(5);
    const first = ids[0] ?? 0;
    expect(ids, product).toEqual(ids.map((_, at) => first + at));
  }
}

function expectAccounted({ feed, events }: Run): void {
  const { emitted, received, rejected } = feed.stats;
  expect(received).toBe(emitted + [...rejected.values()].reduce((a, b) => a + b, 0));
  expect(events.filter(({ type }) => type === "spot" || type === "depth")).toHaveLength(emitted);
}

test("the books kept from the events are the exchange's, and their touch is the quoted one", async () => {
  const run = await collect({});
  const reader = read(run.events);
  expect(reader.differences).toEqual([]);
  expect(reader.compared).toBeGreaterThan(500);
  expectServedBooks(run, reader);
  expectEveryTradeOnce(run.events);
  expectAccounted(run);
  expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
  expect([...run.feed.stats.rejected]).toEqual([]);
});

describe("faults", () => {
  test("a lost change: books are cold until their snapshots, and right after them", async () => {
    const run = await collect({ loseFrames: 1, frames: "book" });
    expect(gapsOf(run.events)).toMatchObject([{ reason: "seq", tickers: ["BTC-USD", "SOL-USD"] }]);
    const reader = read(run.events);
    expect(reader.differences).toEqual([]);
    expectServedBooks(run, reader);
    expectAccounted(run);
    const snapshots = run.events.filter(
      (event) => event.type === "depth" && event.kind === "snapshot",
    );
    expect(snapshots).toHaveLength(4);
  });

  test("repeated changes are refused and counted", async () => {
    const run = await collect({ duplicateFrames: 3, frames: "book" });
    expect(run.feed.stats.rejected).toEqual(new Map([["duplicate", 3]]));
    expect(run.feed.stats.gaps).toBe(0);
    const reader = read(run.events);
    expect(reader.differences).toEqual([]);
    expectServedBooks(run, reader);
  });

  test("two changes in the wrong order: the later one shows the hole, the earlier one is too late", async () => {
    const run = await collect({ swapFrames: 1, frames: "book" });
    expect(gapsOf(run.events).map(({ reason }) => reason)).toEqual(["seq"]);
    expect(run.feed.stats.rejected.get("duplicate")).toBe(1);
    const reader = read(run.events);
    expect(reader.differences).toEqual([]);
    expectServedBooks(run, reader);
    expectAccounted(run);
  });

  test("a crossed book is never handed on, and is right again when the exchange's is", async () => {
    const run = await collect({ book: "crossed" });
    const gaps = gapsOf(run.events);
    expect(gaps.length).toBeGreaterThanOrEqual(2);
    for (const gap of gaps) expect(gap).toMatchObject({ reason: "crossed", source: "coinbase" });
    expect(run.status).toContain("waiting for the book of");
    const books = new Map<string, SpotBook>();
    for (const event of run.events) {
      if (event.type !== "depth") continue;
      const book = books.get(event.product) ?? new SpotBook();
      books.set(event.product, book);
      keep(book, event);
      expect(book.isCrossed).toBe(false);
    }
    expectServedBooks(run, read(run.events));
    expectAccounted(run);
  });

  test("lost trades are fetched over REST, and no trade is missing in the end", async () => {
    const run = await collect({ loseFrames: 4, frames: "trade" });
    const reasons = new Set(gapsOf(run.events).map(({ reason }) => reason));
    expect([...reasons]).toEqual(["seq"]);
    expectEveryTradeOnce(run.events);
    expectAccounted(run);
  });

  test("trades of an outage are there after it", async () => {
    const run = await collect({ mute: true }, 8000);
    const [gap, ...others] = gapsOf(run.events);
    expect(gap).toMatchObject({ reason: "stall", tickers: ["BTC-USD", "SOL-USD"], toSeq: null });
    expect(others.filter(({ reason }) => reason === "trade_id")).toEqual([]);
    expect(run.feed.stats.connects).toBeGreaterThan(1);
    expectEveryTradeOnce(run.events);
    expectServedBooks(run, read(run.events));
    expectAccounted(run);
  });

  test("heartbeats that stop while data flows are a note and nothing else", async () => {
    const run = await collect({ heartbeatStop: true }, 8000);
    expect(run.status).toContain("no heartbeat for");
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
  });
});
