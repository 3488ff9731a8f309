import { expect, test } from "vitest";
import { bitstampSpec } from "../../../../src/adapters/feeds/bitstamp/feed.ts";
import { coinbaseSpec } from "../../../../src/adapters/feeds/coinbase/feed.ts";
import { geminiSpec } from "../../../../src/adapters/feeds/gemini/feed.ts";
import { createKalshiFeed } from "../../../../src/adapters/feeds/kalshi/feed.ts";
import { createSigner } from "../../../../src/adapters/kalshi/auth.ts";
import { createKalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import type { IndexTick, MarketEvent } from "../../../../src/core/events.ts";
import { IndexProxy } from "../../../../src/core/index/proxy.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange, type LocalExchange } from "../../../../src/exchange/exchange.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import { type SpotVenueName, spotUrls } from "../../../../src/exchange/spot/registry.ts";
import type { Feed } from "../../../../src/ports.ts";

// The stand-in over real feeds, against the index that the local exchange publishes beside them: one price is under all of
// them, so the stand-in must find it.

const BTC = { asset: "BTC", indexId: "BRTI", product: "BTC-USD" } as const;
const BEGIN = "2026-11-02T14:12:30Z";

function feedsOf(exchange: LocalExchange, clock: VirtualClock, level2: boolean): Feed[] {
  const http = createLockstepHttp(exchange, clock);
  const openSocket = createLockstepSocket(exchange);
  const signer = createSigner({ keyId: exchange.keyId, privateKeyPem: exchange.privateKeyPem });
  const url = "ws://exchange.local/trade-api/ws/v2";
  const kalshi = createKalshiFeed({
    rest: createKalshiRest({ baseUrl: "http://exchange.local/trade-api/v2", http, clock, signer }),
    stream: createKalshiStream({ url, openSocket, signer, clock, rng: mulberry32(1) }),
    clock,
    config: {
      series: ["KXBTC15M"],
      eventTicker: null,
      tickers: [],
      strikesAround: 3,
      pageLimit: 100,
      maxPages: 1,
      status: "open",
    },
    spotHint: () => null,
  });
  const venues: SpotVenueName[] = ["coinbase", "bitstamp", "gemini"];
  const spot = [coinbaseSpec, bitstampSpec, geminiSpec].map((spec, at) =>
    spec.create({
      urls: spotUrls("exchange.local")[venues[at] ?? "coinbase"],
      products: ["BTC-USD"],
      // Coinbase only quotes, so that taking one book away leaves less than a quorum of them.
      level2: level2 && spec !== coinbaseSpec,
      openSocket,
      http,
      clock,
      rng: mulberry32(2 + at),
    }),
  );
  return [kalshi, ...spot];
}

interface Reading {
  readonly second: number;
  /** Distance from the index of that second, basis points. */
  readonly errorBp: number;
  /** What the strikes taught, as a factor. */
  readonly learned: number;
  readonly proxy: IndexTick["proxy"];
}

interface Plan {
  readonly minutes: number;
  readonly level2: boolean;
  readonly at: (second: number, exchange: LocalExchange) => void;
}

/** Values of each second of a run; what the exchange publishes as index is kept from the stand-in. */
async function run({ minutes, level2, at }: Plan): Promise<Reading[]> {
  const startMs = Date.parse(BEGIN);
  const world = createScenarioWorld({ scenario: "fair", seed: 4, startMs });
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(startMs);
  const [proxy, unlearned] = [new IndexProxy([BTC]), new IndexProxy([BTC])];
  const found: { ms: number; tick: IndexTick; rawUsd: number }[] = [];
  const truth = new Map<number, number>();
  let nextMs = startMs;
  const pass = (nowMs: number): void => {
    for (; nextMs <= nowMs; nextMs += 1000) {
      const [[tick], [raw]] = [proxy.onSecond(nextMs), unlearned.onSecond(nextMs)];
      if (tick !== undefined) found.push({ ms: nextMs, tick, rawUsd: raw?.valueUsd ?? Number.NaN });
      at((nextMs - startMs) / 1000, exchange);
    }
  };
  const sink = (event: MarketEvent): void => {
    pass(event.recvMs);
    if (event.type === "index")
      truth.set(Math.round(event.exchangeMs / 1000) * 1000, event.valueUsd);
    else proxy.observe(event);
    if (event.type !== "index" && event.type !== "market") unlearned.observe(event);
  };
  const stop = new AbortController();
  const running = feedsOf(exchange, clock, level2).map((feed) => feed.run(sink, stop.signal));
  await turn();
  const real = createSystemClock();
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        if (nowMs >= startMs + minutes * 60_000) stop.abort();
      },
    },
    stop.signal,
  );
  await Promise.all(running);
  return found.map(({ ms, tick, rawUsd }) => ({
    second: (ms - startMs) / 1000,
    errorBp: (tick.valueUsd / (truth.get(ms) ?? Number.NaN) - 1) * 10_000,
    learned: tick.valueUsd / rawUsd,
    proxy: tick.proxy,
  }));
}

function between(readings: readonly Reading[], from: number, to: number): Reading[] {
  return readings.filter(({ second }) => second >= from && second < to);
}

/** Everything went on in each second, and this far from the index at most, and on average. */
function expectNear(readings: readonly Reading[], maxBp: number, meanBp: number): void {
  const errors = readings.flatMap(({ errorBp }) => (Number.isNaN(errorBp) ? [] : [errorBp]));
  expect(errors.length).toBeGreaterThan(readings.length * 0.9);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThan(maxBp);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  expect(Math.abs(mean)).toBeLessThan(meanBp);
}

/** Second at which the strike of 14:15 is surely out, and the second at which it can not be yet. */
const STRIKE_AT = 160;
const OPEN_AT = 150;

test("mids of three venues, and what the strike of a real market teaches", async () => {
  const readings = await run({ minutes: 4, level2: false, at: () => {} });
  expect(between(readings, 2, 240)).toHaveLength(238);
  for (const { proxy } of between(readings, 2, 240)) {
    expect(proxy).toMatchObject({ method: "mids", venues: 3 });
  }
  expect(new Set(between(readings, 1, OPEN_AT).map(({ learned }) => learned))).toEqual(
    new Set([1]),
  );
  const factors = between(readings, STRIKE_AT, 240).map(({ learned }) => (learned - 1) * 10_000);
  expect(Math.min(...factors)).toBeCloseTo(Math.max(...factors), 6);
  expect(Math.abs(factors[0] ?? 0)).toBeGreaterThan(0.01);
  expect(Math.abs(factors[0] ?? 0)).toBeLessThan(3);
  expectNear(between(readings, 2, OPEN_AT), 5, 1.5);
  expectNear(between(readings, STRIKE_AT, 240), 5, 1);
});

test("books of two venues, one of which goes wrong in one way after another", async () => {
  const readings = await run({
    minutes: 3,
    level2: true,
    at(second, { spot }) {
      if (second === 30) spot.faults("gemini", { priceFactor: 1.06 });
      else if (second === 60) spot.faults("gemini", { priceFactor: 1 });
      else if (second === 90) spot.faults("bitstamp", { book: "crossed" });
      else if (second === 105) spot.faults("bitstamp", { book: "one-sided" });
      else if (second === 120) spot.faults("bitstamp", { book: "whole" });
      else if (second === 150) spot.faults("bitstamp", { mute: true });
    },
  });
  // Each stretch begins some seconds after its fault, because a venue's price glides and a silent venue ages.
  const stretches: [from: number, to: number, method: string][] = [
    [2, 30, "books"],
    [35, 60, "mids"],
    [65, 90, "books"],
    [92, 120, "mids"],
    [122, 150, "books"],
    [157, 180, "mids"],
  ];
  for (const [from, to, method] of stretches) {
    const stretch = between(readings, from, to);
    expect(stretch).toHaveLength(to - from);
    for (const { proxy } of stretch) expect(proxy).toMatchObject({ method, venues: 2 });
    expectNear(stretch, 6, 4);
  }
  // On its way back a venue within half the limit counts again, and depth keeps it from counting much.
  expect(Math.max(...readings.map(({ errorBp }) => Math.abs(errorBp || 0)))).toBeLessThan(20);
});
