import { beforeAll, describe, expect, test } from "vitest";
import { krakenSpec } from "../../../../src/adapters/feeds/kraken/feed.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { FeedGap, MarketEvent, SpotDepth } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { SpotFaults } from "../../../../src/exchange/spot/faults.ts";
import type { Feed, OpenSocket } from "../../../../src/ports.ts";

// The feed against the local exchange in lockstep: the exchange is written from the protocol alone.

interface Run {
  readonly feed: Feed;
  readonly events: readonly MarketEvent[];
  /** Every frame that reached the feed. */
  readonly texts: readonly string[];
  readonly startMs: number;
}

/** What goes wrong and when, in seconds from the start. */
type Plan = readonly (readonly [atS: number, faults: Partial<SpotFaults>])[];

async function collect(
  seconds: number,
  plan: Plan,
  more: { level2?: boolean; products?: readonly string[] } = {},
): Promise<Run> {
  const world = createScenarioWorld({ scenario: "edge", seed: 3 });
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(world.startMs);
  const texts: string[] = [];
  const inner = createLockstepSocket(exchange);
  const openSocket: OpenSocket = (url, headers, handlers) =>
    inner(url, headers, {
      ...handlers,
      onMessage: (text, recvMs) => {
        texts.push(text);
        handlers.onMessage(text, recvMs);
      },
    });
  const feed = krakenSpec.create({
    urls: { ws: "ws://exchange.local/kraken", rest: "", futures: "" },
    products: more.products ?? world.products(),
    level2: more.level2 ?? true,
    openSocket,
    http: createLockstepHttp(exchange, clock),
    clock,
    rng: mulberry32(2),
  });
  const events: MarketEvent[] = [];
  const stop = new AbortController();
  const running = feed.run((event) => events.push(event), stop.signal);
  await turn();
  const due = [...plan];
  const real = createSystemClock();
  let status = "";
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        while (due[0] !== undefined && nowMs >= world.startMs + due[0][0] * 1000) {
          exchange.spot.faults("kraken", due.shift()?.[1] ?? {});
        }
        if (nowMs < world.startMs + seconds * 1000) return;
        status = feed.status();
        stop.abort();
      },
    },
    stop.signal,
  );
  await running;
  return { feed: { ...feed, status: () => status }, events, texts, startMs: world.startMs };
}

/** Observations in the frames, counted without the feed's own decoder. */
function sent(texts: readonly string[]): number {
  return texts
    .map((text) => JSON.parse(text))
    .filter(({ channel }) => ["ticker", "trade", "book"].includes(channel))
    .reduce((sum, { data }) => sum + data.length, 0);
}

/** Every observation that arrived was handed on or refused by name, and each event was counted. */
function expectAccounts({ feed, events, texts }: Run): void {
  const { stats } = feed;
  const refused = [...stats.rejected.values()].reduce((sum, count) => sum + count, 0);
  expect(stats.received).toBe(sent(texts));
  expect(stats.received).toBe(stats.emitted + refused);
  expect(events.filter(({ type }) => type !== "gap" && type !== "drift")).toHaveLength(
    stats.emitted,
  );
  expect(gapsOf(events)).toHaveLength(stats.gaps);
}

const gapsOf = (events: readonly MarketEvent[]): FeedGap[] =>
  events.filter((event): event is FeedGap => event.type === "gap");
const depthsOf = (events: readonly MarketEvent[], product: string): SpotDepth[] =>
  events.filter((event): event is SpotDepth => event.type === "depth" && event.product === product);

/** Plays a book's events as a reader of the record would; the largest side, and whether a bid ever met an ask. */
function replay(depths: readonly SpotDepth[]): { size: number; crossed: boolean } {
  const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  let size = 0;
  let crossed = false;
  for (const event of depths) {
    for (const side of ["bids", "asks"] as const) {
      if (event.kind === "snapshot") sides[side].clear();
      for (const [price, rests] of event[side]) {
        if (rests === 0) sides[side].delete(price);
        else sides[side].set(price, rests);
      }
      size = Math.max(size, sides[side].size);
    }
    crossed ||= Math.max(...sides.bids.keys()) >= Math.min(...sides.asks.keys());
  }
  return { size, crossed };
}

describe("nothing goes wrong", () => {
  let run: Run;
  beforeAll(async () => {
    run = await collect(90, []);
  });

  test("everything arrives, nothing is refused, no hole", () => {
    expectAccounts(run);
    expect([...run.feed.stats.rejected]).toEqual([]);
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
    expect(run.feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("quotes, trades and books of every product, in the order of their times", () => {
    for (const product of ["BTC-USD", "SOL-USD"]) {
      const kinds = run.events.map((event) =>
        event.type === "spot" && event.product === product ? event.kind : event.type,
      );
      expect(new Set(kinds)).toContain("quote");
      expect(new Set(kinds)).toContain("trade");
      const depths = depthsOf(run.events, product);
      expect(depths.filter(({ kind }) => kind === "snapshot")).toHaveLength(1);
      expect(depths.length).toBeGreaterThan(100);
      expect(replay(depths)).toEqual({ size: 100, crossed: false });
    }
    const times = run.events.map(({ recvMs }) => recvMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("without books only quotes and trades are asked for", async () => {
    const plain = await collect(20, [], { level2: false });
    expectAccounts(plain);
    expect(new Set(plain.events.map(({ type }) => type))).toEqual(new Set(["spot"]));
    expect(plain.texts.filter((text) => /"channel":"(book|instrument)"/.test(text))).toEqual([]);
  });
});

describe("faults", () => {
  test("a lost book frame is a gap of that book, healed by a new snapshot", async () => {
    const run = await collect(40, [[10, { loseFrames: 1, frames: "book" }]]);
    expectAccounts(run);
    const gaps = gapsOf(run.events);
    expect(gaps).toHaveLength(1);
    const [gap] = gaps;
    expect(gap).toMatchObject({ source: "kraken", reason: "checksum", toSeq: null });
    const [product = ""] = gap?.tickers ?? [];
    const depths = depthsOf(run.events, product);
    const again = depths.filter(({ kind }) => kind === "snapshot");
    expect(again).toHaveLength(2);
    expect(again[1]?.recvMs).toBeGreaterThanOrEqual(gap?.toMs ?? Infinity);
    expect((again[1]?.recvMs ?? 0) - (gap?.toMs ?? 0)).toBeLessThan(1000);
    expect(replay(depths)).toEqual({ size: 100, crossed: false });
    expect(run.feed.stats).toMatchObject({ connects: 1, gaps: 1 });
    expect(run.feed.stats.rejected.get("checksum")).toBe(1);
    expect(run.feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("book frames that change places are as good as lost, and no book is wrong for it", async () => {
    const run = await collect(40, [[10, { swapFrames: 6, frames: "book" }]]);
    expectAccounts(run);
    const reasons = gapsOf(run.events).map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(["checksum"]));
    for (const product of ["BTC-USD", "SOL-USD"]) {
      expect(replay(depthsOf(run.events, product))).toEqual({ size: 100, crossed: false });
    }
  });

  test("books that fall silent while quotes go on are given up, and come back", async () => {
    const run = await collect(60, [
      [10, { loseFrames: 1_000_000, frames: "book" }],
      [40, { loseFrames: 0 }],
    ]);
    expectAccounts(run);
    const gaps = gapsOf(run.events);
    expect(gaps[0]).toMatchObject({ reason: "stall" });
    expect((gaps[0]?.toMs ?? 0) - (gaps[0]?.fromMs ?? 0)).toBeLessThan(7000);
    expect(run.events.findLast(({ type }) => type === "spot")?.recvMs).toBeGreaterThan(
      run.startMs + 59_000,
    );
    expect(run.feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("book frames sent twice change nothing", async () => {
    const run = await collect(30, [[10, { duplicateFrames: 5, frames: "book" }]]);
    expectAccounts(run);
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
  });

  test("lost trades are told by their ids, repeated ones are refused", async () => {
    const run = await collect(120, [
      [20, { loseFrames: 3, frames: "trade" }],
      [70, { duplicateFrames: 3, frames: "trade" }],
    ]);
    expectAccounts(run);
    const gaps = gapsOf(run.events);
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(["trade_id"]));
    const told = gaps.reduce(
      (sum, { fromSeq, toSeq }) => sum + (toSeq ?? 0) - (fromSeq ?? 0) + 1,
      0,
    );
    expect(told).toBeGreaterThanOrEqual(3);
    expect(run.feed.stats.rejected.get("duplicate")).toBeGreaterThanOrEqual(3);
    for (const product of ["BTC-USD", "SOL-USD"]) {
      const ids = run.events
        .filter((event) => event.type === "spot" && event.product === product)
        .flatMap((event) =>
          event.type === "spot" && event.tradeId !== null ? [Number(event.tradeId)] : [],
        );
      expect(new Set(ids).size).toBe(ids.length);
      // Whatever is missing between the first id and the last one is in a gap.
      const missing = (ids.at(-1) ?? 0) - (ids[0] ?? 0) + 1 - ids.length;
      const inGaps = gaps.filter(
        ({ fromSeq }) => (fromSeq ?? 0) > (ids[0] ?? 0) && (fromSeq ?? 0) < (ids.at(-1) ?? 0),
      );
      expect(missing).toBe(
        inGaps.reduce((sum, { fromSeq, toSeq }) => sum + (toSeq ?? 0) - (fromSeq ?? 0) + 1, 0),
      );
    }
  });

  test("books that never fit end the connection, over and over, and come back when they do", async () => {
    // More than three a minute, and as fast as new snapshots can come.
    const plan: Plan = Array.from({ length: 40 }, (_, at) => [
      10 + at * 0.4,
      { loseFrames: 1, frames: "book" as const },
    ]);
    const run = await collect(60, plan);
    expectAccounts(run);
    expect(run.feed.stats.connects).toBeGreaterThan(1);
    expect(gapsOf(run.events).at(-1)?.toMs).toBeLessThan(run.startMs + 50_000);
    expect(run.feed.status()).toBe("connected, BTC-USD SOL-USD");
  });

  test("a mute venue is a stall, a restart is a lost connection, both begin anew", async () => {
    const run = await collect(60, [
      [10, { mute: true }],
      [20, { mute: false }],
      [30, { restart: "sudden" }],
    ]);
    expectAccounts(run);
    const reasons = gapsOf(run.events).map(({ reason, tickers }) => `${reason} ${tickers.join()}`);
    expect(reasons[0]).toBe("stall BTC-USD,SOL-USD");
    expect(reasons.at(-1)).toBe("disconnect BTC-USD,SOL-USD");
    expect(run.feed.stats.connects).toBeGreaterThanOrEqual(3);
    for (const product of ["BTC-USD", "SOL-USD"]) {
      const depths = depthsOf(run.events, product);
      expect(depths.filter(({ kind }) => kind === "snapshot")).toHaveLength(3);
      expect(replay(depths)).toEqual({ size: 100, crossed: false });
    }
  });

  test("a quiet market lives on heartbeats alone", async () => {
    const run = await collect(60, [[10, { quiet: true }]]);
    expectAccounts(run);
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
    expect(run.events.at(-1)?.recvMs).toBeLessThan(run.startMs + 15_000);
  });

  test("a side without levels is a quote of zero, which is refused; its book is handed on as it is", async () => {
    const run = await collect(20, [[10, { book: "one-sided" }]]);
    expectAccounts(run);
    expect(run.feed.stats.rejected.get("bad_price")).toBeGreaterThan(0);
    expect([...run.feed.stats.rejected.keys()]).toEqual(["bad_price"]);
    expect(run.feed.stats.gaps).toBe(0);
  });

  test("a product that Kraken does not list shows, the others go on", async () => {
    const run = await collect(10, [], { products: ["BTC-USD", "FOO-USD"] });
    expectAccounts(run);
    const refused = "(Currency pair not supported FOO/USD)";
    expect(run.feed.status()).toBe(
      `connected, BTC-USD FOO-USD; no book of FOO-USD; not subscribed: ticker of FOO-USD ${refused}, trade of FOO-USD ${refused}`,
    );
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 1 });
  });

  test("maintenance is shown", async () => {
    const run = await collect(20, [[10, { status: "maintenance" }]]);
    expect(run.feed.status()).toContain("Kraken's system is maintenance");
  });

  test("the same seed and faults give the same events", async () => {
    const plan: Plan = [[5, { loseFrames: 2, swapFrames: 1 }]];
    const [first, second] = [await collect(20, plan), await collect(20, plan)];
    expect(JSON.stringify(first.events)).toBe(JSON.stringify(second.events));
  });
});
