import { fetchCandles } from "../../adapters/feeds/coinbase/feed.ts";
import type { ExchangeWatch } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import type { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import {
  createKalshiFeed,
  type KalshiFeed,
  type KalshiFeedConfig,
} from "../../adapters/feeds/kalshi/feed.ts";
import { createKalshiPoll, POLL_MS } from "../../adapters/feeds/kalshi/poll.ts";
import { SPOT_FEEDS } from "../../adapters/feeds/spot/registry.ts";
import { createKalshiRest, type KalshiRest } from "../../adapters/kalshi/rest.ts";
import { createKalshiStream } from "../../adapters/kalshi/stream.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Candle } from "../../core/events.ts";
import { IndexProxy } from "../../core/index/proxy.ts";
import { type Underlying, underlyingOf } from "../../core/market.ts";
import { mulberry32 } from "../../core/rng.ts";
import type { Clock, Feed } from "../../ports.ts";
import type { Environment, SpotVenue } from "./environment.ts";

/** Candles asked for at the start: a day of minutes is what the slow volatility estimate looks back on. */
export const CANDLE_HISTORY_S = 24 * 3600;

/** `clock` is the one that waits for the budget; the run's own, unless nobody moves that. */
export function kalshiRest(env: Environment, clock: Clock = env.clock): KalshiRest {
  return createKalshiRest({
    baseUrl: env.urls.kalshiRest,
    http: env.http,
    clock,
    signer: env.signer,
  });
}

/** Series that this run follows: the configured ones, of which a recording may hold only some. */
export function followedSeries(config: Config, env: Environment): readonly string[] {
  if (env.sim === null || !env.sim.isReplay) return config.kalshi.series;
  return env.sim.series;
}

/** Spot products that those series are priced with, the configured one first. */
export function neededProducts(config: Config, env: Environment): readonly string[] {
  const products = new Set<string>([config.coinbase.product_id]);
  for (const series of followedSeries(config, env)) {
    const underlying = underlyingOf(series);
    if (underlying !== undefined) products.add(underlying.product);
  }
  return [...products];
}

/** Which markets this run looks for. */
export function discoveryConfig(config: Config, env: Environment): KalshiFeedConfig {
  return {
    series: followedSeries(config, env),
    eventTicker: config.kalshi.event_ticker,
    tickers: config.kalshi.market_tickers,
    strikesAround: config.kalshi.strikes_around,
    pageLimit: config.kalshi.market_limit,
    maxPages: config.kalshi.market_max_pages,
    status: config.kalshi.market_status,
  };
}

/** Kalshi's market data feed: over its WebSocket with a key, over its public REST endpoints without one. */
export function kalshiFeed(
  config: Config,
  env: Environment,
  hooks: {
    readonly rest: KalshiRest;
    /** What has read the fees already. */
    readonly fees?: FeeWatch;
    readonly exchange?: ExchangeWatch;
    held?(): readonly string[];
    spotUsd(product: string): number | null;
  },
): KalshiFeed {
  const { clock, openSocket, signer } = env;
  const { rest } = hooks;
  const url = env.urls.kalshiWs;
  return createKalshiFeed({
    rest,
    stream:
      signer === null
        ? createKalshiPoll({ rest, clock })
        : createKalshiStream({ url, openSocket, signer, clock, rng: mulberry32(1) }),
    clock,
    config: discoveryConfig(config, env),
    held: () => hooks.held?.() ?? [],
    ...(hooks.fees === undefined ? {} : { fees: hooks.fees }),
    ...(hooks.exchange === undefined ? {} : { exchange: hooks.exchange }),
    spotHint: (seriesTicker) => {
      const underlying = underlyingOf(seriesTicker);
      return underlying === undefined ? null : hooks.spotUsd(underlying.product);
    },
  });
}

/** Throws when a run without a key would find no exchange at all, so that nothing is opened for it. */
export async function assertReachable(
  env: Environment,
  rest: KalshiRest,
  signal: AbortSignal,
): Promise<void> {
  if (env.signer !== null) return;
  try {
    await rest.exchangeStatus(signal);
  } catch (error) {
    // Whatever the exchange answers, it is there; the feed knows what to do about it.
    const isAnswer = error instanceof KbtError && error.details?.["status"] !== undefined;
    if (!isAnswer) throw error;
  }
}

/** What a run without a key has to say about it. */
export function keyWarnings(env: Environment): string[] {
  if (env.signer !== null) return [];
  return [
    `no key: polling REST every ${POLL_MS / 1000} s; WebSocket data need KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH`,
  ];
}

/** A stand-in for the index of each underlying that the followed series settle on. */
export function indexProxy(config: Config, env: Environment): IndexProxy {
  const underlyings = new Map<string, Underlying>();
  for (const series of followedSeries(config, env)) {
    const underlying = underlyingOf(series);
    if (underlying !== undefined) underlyings.set(underlying.asset, underlying);
  }
  return new IndexProxy([...underlyings.values()]);
}

/** The feed of one spot venue, for the products that the followed series are priced with. */
export function spotFeed(name: SpotVenue, config: Config, env: Environment): Feed {
  const at = SPOT_FEEDS.findIndex((each) => each.name === name);
  const spec = SPOT_FEEDS[at];
  if (spec === undefined) throw new RangeError(`no feed is called ${name}`);
  return spec.create({
    urls: env.urls.spot[name],
    products: neededProducts(config, env),
    level2: config.collect.level2,
    openSocket: env.openSocket,
    http: env.http,
    clock: env.clock,
    // Each feed has its own chance, so that one more of them changes nothing for the others.
    rng: mulberry32(2 + at),
  });
}

/** One-minute candles of the last day, or of so many seconds, for each product; a product without them is left out. */
export async function candleHistory(
  config: Config,
  env: Environment,
  signal: AbortSignal,
  historyS: number = CANDLE_HISTORY_S,
): Promise<{ candles: Candle[]; missing: string[] }> {
  const endS = Math.floor(env.clock.nowMs() / 60_000) * 60;
  const candles: Candle[] = [];
  const missing: string[] = [];
  for (const product of neededProducts(config, env)) {
    try {
      const found = await fetchCandles(
        {
          baseUrl: env.urls.spot.coinbase.rest,
          http: env.http,
          product,
          startS: endS - historyS,
          endS,
          nowMs: env.clock.nowMs(),
        },
        signal,
      );
      candles.push(...found);
      if (found.length === 0) missing.push(product);
    } catch (error) {
      if (!(error instanceof KbtError) || error.kind === "bug") throw error;
      missing.push(product);
    }
  }
  return { candles, missing };
}
