import { describe, expect, test } from "vitest";
import { createBinanceFeed } from "../../../../src/adapters/feeds/binance/feed.ts";
import { createCoinbaseFeed } from "../../../../src/adapters/feeds/coinbase/feed.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { FeedGap, MarketEvent } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { SpotFaults } from "../../../../src/exchange/spot/faults.ts";
import { spotUrls } from "../../../../src/exchange/spot/registry.ts";
import type { Feed } from "../../../../src/ports.ts";

// The feed against the local exchange in lockstep: the exchange is written from the protocol alone, so what it and the
// feed agree on is the protocol.

const MINUTE = 60_000;
const FUNDING_MS = 8 * 60 * MINUTE;

interface Run {
  readonly events: MarketEvent[];
  readonly feed: Feed;
  readonly coinbase: Feed;
  readonly startMs: number;
  /** One-minute candles of the exchange's own REST at the end. */
  readonly klines: readonly unknown[][];
}

/** Runs the feed for some minutes; each fault strikes at its time in milliseconds from the start. */
async function collect(
  minutes: number,
  faults: readonly (readonly [atMs: number, changes: Partial<SpotFaults>])[] = [],
): Promise<Run> {
  // Two minutes before a funding time, which is also the end of a quarter hour.
  const usual = createScenarioWorld({ scenario: "edge", seed: 1 }).startMs;
  const startMs = Math.ceil(usual / FUNDING_MS) * FUNDING_MS - 2 * MINUTE;
  const world = createScenarioWorld({ scenario: "edge", seed: 1, startMs });
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(startMs);
  const http = createLockstepHttp(exchange, clock);
  const openSocket = createLockstepSocket(exchange);
  const urls = spotUrls("exchange.local");
  const products = ["BTC-USD", "SOL-USD"];
  const common = { products, openSocket, clock };
  const feed = createBinanceFeed({ ...common, urls: urls.binance, http, rng: mulberry32(3) });
  const coinbase = createCoinbaseFeed({
    ...common,
    url: urls.coinbase.ws,
    restUrl: urls.coinbase.rest,
    level2: false,
    http,
    rng: mulberry32(2),
  });
  const waiting = [...faults];
  const strike = (nowMs: number): void => {
    for (
      let next = waiting[0];
      next !== undefined && startMs + next[0] <= nowMs;
      next = waiting[0]
    ) {
      exchange.spot.faults("binance", next[1]);
      waiting.shift();
    }
  };
  strike(startMs);
  const events: MarketEvent[] = [];
  const stop = new AbortController();
  const running = [
    feed.run((event) => events.push(event), stop.signal),
    coinbase.run(() => {}, stop.signal),
  ];
  await turn();
  const real = createSystemClock();
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        strike(nowMs);
        if (nowMs >= startMs + minutes * MINUTE) stop.abort();
      },
    },
    stop.signal,
  );
  await Promise.all(running);
  exchange.spot.clearFaults();
  const answer = exchange.handleHttp({
    method: "GET",
    path: "/binance/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000",
    headers: {},
    body: "",
  });
  return { events, feed, coinbase, startMs, klines: JSON.parse(answer.body) as unknown[][] };
}

const ofType = <T extends MarketEvent["type"]>(events: MarketEvent[], type: T) =>
  events.filter((event): event is Extract<MarketEvent, { type: T }> => event.type === type);

const idsOf = (events: MarketEvent[], product: string): number[] =>
  ofType(events, "spot")
    .filter((tick) => tick.kind === "trade" && tick.product === product)
    .map(({ tradeId }) => Number(tradeId));

/** Ids from the first to the last that are not there. */
function missing(ids: readonly number[]): number[] {
  const there = new Set(ids);
  const newest = Math.max(...ids);
  const absent: number[] = [];
  for (let id = Math.min(...ids); id < newest; id++) if (!there.has(id)) absent.push(id);
  return absent;
}

function covered(gaps: readonly FeedGap[]): number[] {
  return gaps.flatMap(({ fromSeq, toSeq }) => {
    if (fromSeq === null || toSeq === null) return [];
    return Array.from({ length: toSeq - fromSeq + 1 }, (_, at) => fromSeq + at);
  });
}

/** Received = emitted + rejected, emitted = what the sink got, time never runs back. */
function expectAccounts({ events, feed }: Run): void {
  const { stats } = feed;
  const rejected = [...stats.rejected.values()].reduce((sum, count) => sum + count, 0);
  expect(stats.received).toBe(stats.emitted + rejected);
  const observations = events.filter(({ type }) => type !== "gap" && type !== "drift");
  expect(observations).toHaveLength(stats.emitted);
  expect(ofType(events, "gap")).toHaveLength(stats.gaps);
  expect(ofType(events, "drift")).toEqual([]);
  expect(
    events.every((event, at) => at === 0 || event.recvMs >= (events[at - 1]?.recvMs ?? 0)),
  ).toBe(true);
}

describe("Binance", () => {
  test("over a funding time: quotes, trades, candles and funding, nothing rejected, no hole", async () => {
    const run = await collect(4);
    const { events, feed, startMs, klines } = run;
    expectAccounts(run);
    expect([...feed.stats.rejected]).toEqual([]);
    expect(feed.stats).toMatchObject({ gaps: 0, connects: 1 });
    expect(feed.status()).toBe("stopped");
    for (const product of ["BTC-USDT", "SOL-USDT"]) {
      expect(missing(idsOf(events, product)), product).toEqual([]);
      const quotes = ofType(events, "spot").filter(
        (tick) => tick.product === product && tick.kind === "quote",
      );
      expect(quotes.length, product).toBeGreaterThan(500);
      expect(quotes.every(({ exchangeMs }) => exchangeMs === null)).toBe(true);
    }
    const candles = ofType(events, "candle").filter(({ product }) => product === "BTC-USDT");
    const minutes = candles.filter(({ intervalS }) => intervalS === 60);
    const endMs = startMs + 2 * MINUTE;
    const live = minutes.filter(({ openMs, recvMs }) => recvMs === openMs + MINUTE);
    expect(live.map(({ openMs }) => (openMs - endMs) / MINUTE)).toEqual([-2, -1, 0, 1]);
    // Those from before the start came over REST.
    const opens = minutes.map(({ openMs }) => (openMs - endMs) / MINUTE).toSorted((a, b) => a - b);
    expect(opens).toEqual(Array.from({ length: 101 }, (_, at) => at - 99));
    const quarters = candles.filter(({ intervalS }) => intervalS === 900);
    expect(quarters).toHaveLength(97);
    expect(quarters.at(-1)).toMatchObject({ openMs: endMs - 15 * MINUTE, recvMs: endMs });
    // The stream's candles are those of the exchange's REST, which is another way to the same numbers.
    for (const candle of minutes) {
      const row = klines.find(([openMs]) => openMs === candle.openMs);
      expect(row?.slice(1, 6).map(Number), `${candle.openMs}`).toEqual([
        candle.openUsd,
        candle.highUsd,
        candle.lowUsd,
        candle.closeUsd,
        candle.volume,
      ]);
    }
    const funding = ofType(events, "funding").filter(({ product }) => product === "BTC-USDT");
    const paid = funding.filter(({ isEstimate }) => !isEstimate);
    expect(paid).toHaveLength(22);
    expect(paid.at(-1)?.atMs).toBe(endMs);
    const estimates = funding.filter(({ isEstimate }) => isEstimate);
    expect(new Set(estimates.map(({ atMs }) => atMs))).toEqual(
      new Set([endMs, endMs + FUNDING_MS]),
    );
  });

  test("an announced restart costs nothing", async () => {
    const run = await collect(2.5, [[1.5 * MINUTE, { restart: "announced" }]]);
    expectAccounts(run);
    expect(run.feed.stats).toMatchObject({ gaps: 0, connects: 2 });
    expect([...run.feed.stats.rejected.keys()]).toEqual(["duplicate"]);
    for (const product of ["BTC-USDT", "SOL-USDT"]) {
      expect(missing(idsOf(run.events, product)), product).toEqual([]);
    }
  });

  test("a sudden one is one gap", async () => {
    const run = await collect(2, [[MINUTE, { restart: "sudden" }]]);
    expectAccounts(run);
    expect(run.feed.stats).toMatchObject({ gaps: 1, connects: 2 });
    expect(ofType(run.events, "gap")).toMatchObject([{ reason: "disconnect", toSeq: null }]);
  });

  test("a country that is not served: one gap for each host, asked once, others go on", async () => {
    const run = await collect(2, [[0, { geoBlocked: true }]]);
    expectAccounts(run);
    const gaps = ofType(run.events, "gap");
    expect(new Set(gaps.map(({ source, reason }) => `${source} ${reason}`))).toEqual(
      new Set([
        "binance geo_blocked",
        "binance-candles geo_blocked",
        "binance-funding geo_blocked",
      ]),
    );
    expect(run.events).toHaveLength(3);
    expect(run.feed.stats).toMatchObject({ connects: 0, received: 0 });
    expect(run.coinbase.stats.emitted).toBeGreaterThan(100);
  });

  test("a block that begins while connected: what came before is kept, and it is tried once", async () => {
    const run = await collect(4, [
      [MINUTE, { geoBlocked: true }],
      [2 * MINUTE, { restart: "sudden" }],
      [3 * MINUTE, { geoBlocked: false }],
    ]);
    expectAccounts(run);
    const gaps = ofType(run.events, "gap");
    expect(gaps.map(({ source, reason }) => [source, reason])).toEqual([
      ["binance-funding", "geo_blocked"],
      ["binance", "disconnect"],
      ["binance", "geo_blocked"],
    ]);
    expect(ofType(run.events, "spot").at(-1)?.recvMs).toBeLessThanOrEqual(
      run.startMs + 2 * MINUTE + 200,
    );
    expect(run.feed.stats.connects).toBe(1);
  });

  test("lost, repeated and swapped trades: every id is stored or in a gap", async () => {
    const run = await collect(2, [
      [0.5 * MINUTE, { frames: "trade", loseFrames: 7 }],
      [MINUTE, { duplicateFrames: 5 }],
      [1.5 * MINUTE, { swapFrames: 3 }],
    ]);
    expectAccounts(run);
    expect(run.feed.stats.rejected.get("duplicate")).toBe(5);
    const gaps = ofType(run.events, "gap");
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(["trade_id"]));
    const lost = ["BTC-USDT", "SOL-USDT"].flatMap((product) => missing(idsOf(run.events, product)));
    expect(lost).toHaveLength(7);
    // A swapped trade was missing for a moment, and came.
    expect(covered(gaps)).toEqual(expect.arrayContaining(lost));
    expect(covered(gaps).length - lost.length).toBeLessThanOrEqual(3);
  });

  test("a venue that goes mute is a stall; data is back when it speaks again, the candles too", async () => {
    const run = await collect(4.5, [
      [MINUTE, { mute: true }],
      [2.2 * MINUTE, { mute: false }],
    ]);
    expectAccounts(run);
    const gaps = ofType(run.events, "gap");
    expect(gaps[0]).toMatchObject({ reason: "stall", toSeq: null });
    expect(gaps[0]?.recvMs).toBeLessThanOrEqual(run.startMs + MINUTE + 32_000);
    const late = ofType(run.events, "spot").filter(
      ({ recvMs }) => recvMs > run.startMs + 4 * MINUTE,
    );
    expect(late.length).toBeGreaterThan(100);
    const minutes = ofType(run.events, "candle")
      .filter(({ product, intervalS }) => product === "SOL-USDT" && intervalS === 60)
      .map(({ openMs }) => (openMs - run.startMs) / MINUTE)
      .filter((minute) => minute >= 0);
    expect(minutes.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  test("empty sides, crossed books and a skewed clock are no accidents of the feed", async () => {
    const run = await collect(2, [
      [0.5 * MINUTE, { book: "crossed" }],
      [MINUTE, { book: "one-sided", skewMs: -1300 }],
      [1.5 * MINUTE, { book: "whole", http: { status: 429, retryAfterS: 5.5 } }],
    ]);
    expectAccounts(run);
    expect(run.feed.stats.gaps).toBe(0);
    const rejects = [...run.feed.stats.rejected.keys()].toSorted();
    // A candle that does not begin with its minute is none; the one over REST does.
    expect(rejects).toEqual(["bad_time", "crossed", "one_sided"]);
  });

  test("the same seed gives the same events", async () => {
    const [one, two] = [await collect(1), await collect(1)];
    expect(JSON.stringify(one.events)).toBe(JSON.stringify(two.events));
  });
});
