import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createCoinbaseFeed, fetchCandles } from "../../../../src/adapters/feeds/coinbase/feed.ts";
import { fetchSpot } from "../../../../src/adapters/feeds/coinbase/spot.ts";
import { createKalshiFeed } from "../../../../src/adapters/feeds/kalshi/feed.ts";
import { createSigner } from "../../../../src/adapters/kalshi/auth.ts";
import { createKalshiRest } from "../../../../src/adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../../../src/adapters/kalshi/stream.ts";
import { createSystemClock } from "../../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../../src/adapters/platform/virtual-clock.ts";
import { createLockstepHttp, createLockstepSocket } from "../../../../src/app/compose/lockstep.ts";
import { drive } from "../../../../src/app/drive.ts";
import { Book } from "../../../../src/core/book.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { mulberry32 } from "../../../../src/core/rng.ts";
import { createLocalExchange } from "../../../../src/exchange/exchange.ts";
import { openReplayWorld } from "../../../../src/exchange/replay/replay-world.ts";
import { createScenarioWorld } from "../../../../src/exchange/scenario/scenario-world.ts";
import type { World } from "../../../../src/exchange/world.ts";
import type { Feed } from "../../../../src/ports.ts";

// The feeds against the local exchange in lockstep: the exchange is written from the protocol alone, so what it and the
// feeds agree on is the protocol.

interface Run {
  readonly events: MarketEvent[];
  readonly kalshi: Feed;
  readonly coinbase: Feed;
}

async function collect(world: World, series: readonly string[], untilMs: number): Promise<Run> {
  const exchange = createLocalExchange({ world });
  const clock = new VirtualClock(world.startMs);
  const http = createLockstepHttp(exchange, clock);
  const openSocket = createLockstepSocket(exchange);
  const signer = createSigner({ keyId: exchange.keyId, privateKeyPem: exchange.privateKeyPem });
  const url = "ws://exchange.local/trade-api/ws/v2";
  const kalshi = createKalshiFeed({
    rest: createKalshiRest({ baseUrl: "http://exchange.local/trade-api/v2", http, clock, signer }),
    stream: createKalshiStream({ url, openSocket, signer, clock, rng: mulberry32(1) }),
    clock,
    config: {
      series,
      eventTicker: null,
      tickers: [],
      strikesAround: 3,
      pageLimit: 100,
      maxPages: 1,
      status: "open",
    },
    spotHint: () => null,
  });
  const coinbase = createCoinbaseFeed({
    url: "ws://exchange.local/coinbase/ws",
    restUrl: "http://exchange.local",
    products: world.products(),
    level2: false,
    openSocket,
    http,
    clock,
    rng: mulberry32(2),
  });
  const events: MarketEvent[] = [];
  const stop = new AbortController();
  const feeds = [kalshi, coinbase].map((feed) =>
    feed.run((event) => events.push(event), stop.signal),
  );
  await turn();
  const real = createSystemClock();
  await drive(
    {
      simulation: exchange,
      clock,
      speed: "max",
      real: { monoMs: () => real.monoMs(), sleep: (ms, signal) => real.sleep(ms, signal), turn },
      onTime: (nowMs) => {
        if (nowMs >= untilMs) stop.abort();
      },
    },
    stop.signal,
  );
  stop.abort();
  await Promise.all(feeds);
  return { events, kalshi, coinbase };
}

const ofType = <T extends MarketEvent["type"]>(events: MarketEvent[], type: T) =>
  events.filter((event): event is Extract<MarketEvent, { type: T }> => event.type === type);

/** Books rebuilt from the events; the number of changes that made a level negative. */
function negatives(events: MarketEvent[]): number {
  const books = new Map<string, Book>();
  let count = 0;
  for (const event of events) {
    if (event.type !== "snapshot" && event.type !== "delta") continue;
    const book = books.get(event.ticker) ?? new Book();
    books.set(event.ticker, book);
    if (event.type === "snapshot") book.replace(event.yes, event.no, event.recvMs);
    else if (!book.apply(event.side, event.price, event.delta, event.recvMs)) count++;
  }
  return count;
}

async function jumpyRun(): Promise<string> {
  const world = createScenarioWorld({ scenario: "jumpy", seed: 7 });
  const { events } = await collect(world, ["KXBTC15M"], world.startMs + 5 * 60_000);
  return JSON.stringify(events);
}

describe("scenario", () => {
  test("two series over a roll: nothing rejected, no hole, every window settled once and finally", async () => {
    const world = createScenarioWorld({ scenario: "edge", seed: 1 });
    const { events, kalshi, coinbase } = await collect(
      world,
      ["KXBTC15M", "KXSOL15M"],
      world.startMs + 17 * 60_000,
    );
    for (const { stats } of [kalshi, coinbase]) {
      expect(stats).toMatchObject({ gaps: 0, connects: 1, received: stats.emitted });
      expect([...stats.rejected]).toEqual([]);
    }
    expect(negatives(events)).toBe(0);
    for (const type of ["spot", "index", "market", "snapshot", "delta", "ticker"] as const) {
      expect(ofType(events, type).length, type).toBeGreaterThan(0);
    }
    const finals = ofType(events, "settlement").filter(({ final }) => final);
    expect(finals.length).toBe(2);
    expect(new Set(finals.map(({ ticker }) => ticker)).size).toBe(finals.length);
    const strikes = new Map(
      ofType(events, "market").map(({ market }) => [market.ticker, market.floorUsd]),
    );
    expect([...strikes.values()].filter((strike) => strike !== null).length).toBeGreaterThanOrEqual(
      4,
    );
    expect(
      events.every((event, at) => at === 0 || event.recvMs >= (events[at - 1]?.recvMs ?? 0)),
    ).toBe(true);
  });

  test("the same seed gives the same events", async () => {
    expect(await jumpyRun()).toBe(await jumpyRun());
  });

  test("REST: status, series, trades, order book, candles and spot", async () => {
    const world = createScenarioWorld({ scenario: "fair", seed: 1 });
    const exchange = createLocalExchange({ world });
    const clock = new VirtualClock(world.startMs);
    const http = createLockstepHttp(exchange, clock);
    const { signal } = new AbortController();
    const baseUrl = "http://exchange.local/trade-api/v2";
    // Nobody moves this clock, so all calls have to fit into what may be asked at once.
    const signer = createSigner({ keyId: exchange.keyId, privateKeyPem: exchange.privateKeyPem });
    const rest = createKalshiRest({ baseUrl, http, clock, signer });
    expect(await rest.exchangeStatus(signal)).toMatchObject({ exchangeActive: true });
    expect(await rest.series("KXBTC15M", signal)).toMatchObject({ feeType: "quadratic" });
    const { markets } = await rest.markets({ seriesTicker: "KXBTC15M", status: "open" }, signal);
    const ticker = markets[0]?.ticker ?? "";
    expect(await rest.market(ticker, signal)).toMatchObject({ ticker });
    const book = await rest.orderbook(ticker, signal);
    expect(book.yes.length + book.no.length).toBeGreaterThan(0);
    const several = await rest.orderbooks([ticker, "NONE"], signal);
    expect(several).toEqual({ books: new Map([[ticker, book]]), unreadable: [] });
    expect(await rest.trades(ticker, {}, signal)).toMatchObject({ complete: true });
    await expect(rest.market("NONE", signal)).rejects.toMatchObject({ code: "MARKET_NOT_FOUND" });
    const spot = {
      baseUrl: "http://exchange.local",
      http,
      product: "BTC-USD",
      nowMs: world.startMs,
    };
    const endS = Math.floor(world.startMs / 60_000) * 60;
    const candles = await fetchCandles({ ...spot, startS: endS - 7200, endS }, signal);
    expect(candles.length).toBeGreaterThan(100);
    expect((await fetchSpot(spot, signal))?.priceUsd).toBeGreaterThan(0);
  });
});

const CAPTURE = fileURLToPath(
  new URL("../../../../../shared/data/kalshi/ws-btc15m/20260515T023655Z.jsonl.gz", import.meta.url),
);
const isThere = existsSync(CAPTURE);

describe.skipIf(!isThere)(isThere ? "recording" : "SKIPPED: no recording at ../shared/data", () => {
  test("every recorded frame arrives", async () => {
    const world = openReplayWorld(CAPTURE);
    const { events, kalshi } = await collect(world, ["KXBTC15M"], Number.POSITIVE_INFINITY);
    const count = (type: MarketEvent["type"]): number => ofType(events, type).length;
    expect([count("snapshot"), count("delta"), count("ticker")]).toEqual([1, 4469, 28]);
    expect([...kalshi.stats.rejected]).toEqual([]);
    expect(negatives(events)).toBe(0);
  });
});
