import { beforeEach, describe, expect, test } from "vitest";
import { bitstampSpec } from "../../../../src/adapters/feeds/bitstamp/feed.ts";
import { geminiSpec } from "../../../../src/adapters/feeds/gemini/feed.ts";
import type { SpotFeedSpec } from "../../../../src/adapters/feeds/spot/feed.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { MarketEvent, SpotDepth, SpotTick } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { SpotFaults } from "../../../../src/exchange/spot/faults.ts";
import { spotUrls } from "../../../../src/exchange/spot/registry.ts";
import type { Feed } from "../../../../src/ports.ts";

// The feeds of Bitstamp and Gemini against the local exchange in lockstep, in good order and with every fault of
// spot-feeds.md §7 that their servers can show. The exchange is written from the protocol alone.

type Name = "bitstamp" | "gemini";

const SPECS: Readonly<Record<Name, SpotFeedSpec>> = { bitstamp: bitstampSpec, gemini: geminiSpec };
const PRODUCTS = ["BTC-USD", "SOL-USD"];

/** One feed on a fresh exchange, run piece by piece. */
class Bench {
  readonly events: MarketEvent[] = [];
  readonly feed: Feed;
  readonly exchange: LocalExchange;
  readonly failed: Promise<unknown>;
  readonly #name: Name;
  readonly #clock: VirtualClock;
  readonly #stop = new AbortController();

  constructor(name: Name, before: Partial<SpotFaults> = {}) {
    const world = createScenarioWorld({ scenario: "fair", seed: 3 });
    this.#name = name;
    this.exchange = createLocalExchange({ world });
    this.#clock = new VirtualClock(world.startMs);
    this.faults(before);
    this.feed = SPECS[name].create({
      urls: spotUrls("exchange.local")[name],
      products: PRODUCTS,
      level2: true,
      openSocket: createLockstepSocket(this.exchange),
      http: createLockstepHttp(this.exchange, this.#clock),
      clock: this.#clock,
      rng: mulberry32(2),
    });
    const running = this.feed.run((event) => this.events.push(event), this.#stop.signal);
    this.failed = running.then(
      () => null,
      (error: unknown) => error,
    );
  }

  faults(faults: Partial<SpotFaults>): void {
    this.exchange.spot.faults(this.#name, faults);
  }

  async pass(ms: number): Promise<void> {
    await turn();
    const piece = new AbortController();
    const untilMs = this.#clock.nowMs() + ms;
    const real = createSystemClock();
    await drive(
      {
        simulation: this.exchange,
        clock: this.#clock,
        speed: "max",
        real: {
          monoMs: () => real.monoMs(),
          sleep: (each, signal) => real.sleep(each, signal),
          turn,
        },
        onTime: (nowMs) => {
          if (nowMs >= untilMs) piece.abort();
        },
      },
      piece.signal,
    );
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.failed;
  }

  gaps(): string[] {
    return this.events.flatMap((event) => (event.type === "gap" ? [event.reason] : []));
  }

  ticks(kind: SpotTick["kind"], product = "BTC-USD"): SpotTick[] {
    return this.events.filter(
      (event): event is SpotTick =>
        event.type === "spot" && event.kind === kind && event.product === product,
    );
  }

  /** What REST says now. */
  get(path: string) {
    return JSON.parse(
      this.exchange.handleHttp({ method: "GET", path, headers: {}, body: "" }).body,
    );
  }
}

interface Sides {
  bids: Map<number, number>;
  asks: Map<number, number>;
}

/** The book of a product rebuilt from its events; a hole empties it. */
function rebuilt(events: readonly MarketEvent[], product: string): Sides {
  let book: Sides = { bids: new Map(), asks: new Map() };
  const apply = ({ kind, bids, asks }: SpotDepth): void => {
    if (kind === "snapshot") book = { bids: new Map(), asks: new Map() };
    for (const side of ["bids", "asks"] as const) {
      for (const [price, size] of side === "bids" ? bids : asks) {
        if (size === 0) book[side].delete(price);
        else book[side].set(price, size);
      }
    }
  };
  for (const event of events) {
    if (event.type === "depth" && event.product === product) apply(event);
    else if (event.type === "gap" && (event.toSeq === null || event.tickers.includes(product))) {
      book = { bids: new Map(), asks: new Map() };
    }
  }
  return book;
}

/** The venue's own book over REST, as deep as its socket shows it. */
function restBook(bench: Bench, name: Name): Sides {
  if (name === "bitstamp") {
    const { bids, asks } = bench.get("/bitstamp/api/v2/order_book/btcusd/");
    return { bids: pairs(bids.slice(0, 100)), asks: pairs(asks.slice(0, 100)) };
  }
  const { bids, asks } = bench.get("/gemini/v1/book/btcusd?limit_bids=0&limit_asks=0");
  return { bids: rows(bids), asks: rows(asks) };
}

function pairs(levels: [string, string][]): Map<number, number> {
  return new Map(levels.map(([price, size]) => [Number(price), Number(size)]));
}

function rows(levels: { price: string; amount: string }[]): Map<number, number> {
  return pairs(levels.map(({ price, amount }) => [price, amount]));
}

function sorted(side: Map<number, number>): [number, number][] {
  return [...side].toSorted(([a], [b]) => a - b);
}

describe.each(["bitstamp", "gemini"] as const)("%s", (name) => {
  let bench: Bench;

  beforeEach(async () => {
    bench = new Bench(name);
    await bench.pass(5000);
    return async () => {
      await bench.end();
      // The invariant of every feed, whatever was done to it (reliability.md I27).
      const { emitted, received, rejected, gaps } = bench.feed.stats;
      const observations = bench.events.filter(({ type }) => type === "spot" || type === "depth");
      const refused = [...rejected.values()].reduce((sum, each) => sum + each, 0);
      expect(emitted).toBe(observations.length);
      expect(received).toBe(emitted + refused);
      expect(gaps).toBe(bench.gaps().length);
    };
  });

  /** Waits for a moment at which no change is under way, then compares. */
  async function expectTheVenuesBook(): Promise<void> {
    bench.faults({ quiet: true });
    await bench.pass(1000);
    const [mine, theirs] = [rebuilt(bench.events, "BTC-USD"), restBook(bench, name)];
    expect(theirs.bids.size).toBeGreaterThan(50);
    expect(sorted(mine.bids)).toEqual(sorted(theirs.bids));
    expect(sorted(mine.asks)).toEqual(sorted(theirs.asks));
  }

  test("in good order nothing is rejected and nothing is missing", async () => {
    await bench.pass(60_000);
    expect([...bench.feed.stats.rejected]).toEqual([]);
    expect(bench.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
    for (const product of PRODUCTS) {
      const ids = bench.ticks("trade", product).map(({ tradeId }) => Number(tradeId));
      expect(ids.length).toBeGreaterThan(3);
      expect(ids).toEqual(ids.map((_, at) => (ids[0] ?? 0) + at));
      expect(bench.ticks("quote", product).length).toBeGreaterThan(20);
    }
    const late = bench.events.filter(
      (event) => event.type === "spot" && event.recvMs - (event.exchangeMs ?? 0) > 200,
    );
    expect(late).toEqual([]);
    expect(bench.feed.status()).toBe("connected, BTC-USD SOL-USD");
    await expectTheVenuesBook();
  });

  test("a quiet market is not a dead feed", async () => {
    bench.faults({ quiet: true });
    await bench.pass(60_000);
    expect(bench.gaps()).toEqual([]);
    expect(bench.feed.stats.connects).toBe(1);
    expect(bench.feed.stats.control).toBeGreaterThan(20);
  });

  test("a mute connection is dead within six seconds, and the next one begins anew", async () => {
    bench.faults({ mute: true });
    await bench.pass(6500);
    expect(bench.gaps()).toEqual(["stall"]);
    // The next connection's subscriptions were lost as well: it hears answers to heartbeats, and yet is given up.
    bench.faults({ mute: false });
    await bench.pass(20_000);
    expect(bench.gaps()).toEqual(["stall", "no_answer"]);
    expect(bench.feed.stats.connects).toBe(3);
    await expectTheVenuesBook();
  });

  test("a sudden restart is a gap and a new connection", async () => {
    bench.faults({ restart: "sudden" });
    await bench.pass(5000);
    expect(bench.gaps()).toEqual(["disconnect"]);
    expect(bench.feed.stats.connects).toBe(2);
    await expectTheVenuesBook();
  });

  test("doubled frames are counted and change nothing", async () => {
    bench.faults({ duplicateFrames: 20 });
    await bench.pass(20_000);
    const { rejected } = bench.feed.stats;
    // A doubled frame of Bitstamp's book would have been two events.
    expect(rejected.get("duplicate")).toBeGreaterThanOrEqual(20);
    expect(bench.gaps()).toEqual([]);
    await expectTheVenuesBook();
  });

  test("frames that changed places do not leave a wrong book", async () => {
    bench.faults({ swapFrames: 200, frames: "book" });
    await bench.pass(60_000);
    expect(bench.feed.stats.rejected.size).toBeGreaterThan(0);
    bench.faults({ swapFrames: 0 });
    await bench.pass(5000);
    await expectTheVenuesBook();
  });

  test("lost frames do not leave a wrong book", async () => {
    bench.faults({ loseFrames: 5, frames: "book" });
    await bench.pass(30_000);
    // Bitstamp's frames are whole books, so the next one mends it; a hole in Gemini's changes is seen.
    expect(new Set(bench.gaps())).toEqual(new Set(name === "gemini" ? ["seq"] : []));
    expect(bench.feed.stats.connects).toBe(1);
    await expectTheVenuesBook();
  });

  test("crossed and one-sided books are told as they are", async () => {
    bench.faults({ book: "crossed" });
    await bench.pass(5000);
    const crossed = bench.ticks("quote").at(-1);
    expect(crossed?.bidUsd ?? 0).toBeGreaterThan(crossed?.askUsd ?? 0);
    bench.faults({ book: "one-sided" });
    await bench.pass(5000);
    const book = rebuilt(bench.events, "BTC-USD");
    expect(Math.min(book.bids.size, book.asks.size)).toBe(0);
    bench.faults({ book: "whole" });
    await bench.pass(5000);
    expect(bench.gaps()).toEqual([]);
    await expectTheVenuesBook();
  });

  test("a wrong clock moves exchange times only", async () => {
    bench.faults({ skewMs: 1300 });
    await bench.pass(10_000);
    const last = bench.ticks("quote").at(-1);
    expect((last?.exchangeMs ?? 0) - (last?.recvMs ?? 0)).toBeGreaterThan(1000);
    expect(bench.gaps()).toEqual([]);
  });
});

test("bitstamp: an announced restart is left before it happens", async () => {
  const bench = new Bench("bitstamp");
  await bench.pass(5000);
  bench.faults({ restart: "announced" });
  await bench.pass(15_000);
  await bench.end();
  expect(bench.gaps()).toEqual(["rotate"]);
  expect(bench.feed.stats.connects).toBe(2);
});

test("bitstamp: a quiet market whose heartbeats are not answered is a dead connection", async () => {
  const bench = new Bench("bitstamp");
  await bench.pass(5000);
  bench.faults({ quiet: true, heartbeatStop: true });
  await bench.pass(7000);
  await bench.end();
  expect(bench.gaps()[0]).toBe("stall");
});

test.each([
  ["bitstamp", { geoBlocked: true }, 451],
  ["gemini", { refuseUpgrades: 503 }, 503],
] as const)(
  "%s: refused upgrades (%j) end a run that never was connected",
  async (name, faults, status) => {
    const bench = new Bench(name, faults);
    await bench.pass(10_000);
    expect(await bench.failed).toMatchObject({ kind: "network", details: { status } });
    expect(bench.events).toEqual([]);
  },
);

test.each(["bitstamp", "gemini"] as const)(
  "%s: the same seed gives the same events",
  async (name) => {
    const runs = [new Bench(name), new Bench(name)];
    for (const bench of runs) {
      await bench.pass(10_000);
      await bench.end();
    }
    const [a, b] = runs.map(({ events }) => JSON.stringify(events));
    expect(a).toBe(b);
    expect(a?.length).toBeGreaterThan(1000);
  },
);
