import { assetOptions } from "../../src/app/compose/pricing.ts";
import { DEFAULTS } from "../../src/config/defaults.ts";
import type { Config } from "../../src/config/schema.ts";
import { AssetState } from "../../src/core/asset-state.ts";
import type { Candle, FeeReport, MarketInfo, SpotTick } from "../../src/core/events.ts";
import type { Market, Underlying } from "../../src/core/market.ts";
import { price } from "../../src/core/units.ts";
import { frameMs, START_MS } from "./frames.ts";

// What surrounds the frames of the path: markets, price history and spot, made up but the same for every subject.

const SPOT_USD = 80_000;
const STRIKE_STEP_USD = 15;
const CANDLES = 180;
const OPEN_BEFORE_MS = 300_000;
const CLOSE_AFTER_MS = 600_000;
/** Twenty spot quotes a second of the bench's time. */
export const FRAMES_PER_SPOT = 250;

/** No order passes, so that every subject writes events and evaluations and nothing that only kbt has. */
export const BENCH_CONFIG: Config = {
  ...DEFAULTS,
  strategy: {
    ...DEFAULTS.strategy,
    "threshold-ev": { ...DEFAULTS.strategy["threshold-ev"], ev_min: 1 },
  },
};

/** What the markets settle on. */
export const BENCH_UNDERLYING: Underlying = {
  asset: "BTC",
  indexId: "BRTI",
  product: "BTC-USD",
};

/** Volatility and basis of the markets' underlying, and the law of its outcome, as the configuration gives them. */
export function benchAsset() {
  const state = new AssetState(BENCH_UNDERLYING, assetOptions(BENCH_CONFIG, BENCH_UNDERLYING));
  const { nu, shape } = BENCH_CONFIG.model;
  return { state, law: { nu, shape } };
}

/** The markets of the frames as one asset's, all open for the whole run, with strikes around spot. */
export function benchMarkets(tickers: readonly string[]): MarketInfo[] {
  return tickers.map((ticker, at) => ({
    type: "market",
    market: marketOf(ticker, SPOT_USD + (at - tickers.length / 2) * STRIKE_STEP_USD),
    recvMs: START_MS,
  }));
}

export function marketOf(ticker: string, floorUsd: number): Market {
  return {
    ticker,
    eventTicker: ticker.slice(0, ticker.lastIndexOf("-")),
    seriesTicker: "KXBTC15M",
    strikeType: "greater_or_equal",
    floorUsd,
    capUsd: null,
    openMs: START_MS - OPEN_BEFORE_MS,
    closeMs: START_MS + CLOSE_AFTER_MS,
    status: "active",
    result: "",
    expirationValue: null,
    settlementTimerS: 60,
    ranges: [
      { start: price(0), end: price(1000), step: 10 },
      { start: price(1000), end: price(9000), step: 100 },
      { start: price(9000), end: price(10_000), step: 10 },
    ],
    tickStructure: "tapered_deci_cent",
    exchangeIndex: null,
    valueDigits: 2,
    feeWaiverMs: null,
    rawJson: null,
  };
}

/** What their series charges, as `kbt paper` reads it before everything else. */
export function benchFees(): FeeReport {
  const terms = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];
  return { type: "fees", scope: "series", ticker: "KXBTC15M", terms, recvMs: START_MS };
}

/** Three hours of one-minute candles that end where the run begins. */
export function benchCandles(): Candle[] {
  const first = Math.floor(START_MS / 60_000) - CANDLES;
  return Array.from({ length: CANDLES }, (_, at) => {
    const closeUsd = SPOT_USD + 40 * Math.sin(at) + 15 * Math.sin(3.7 * at);
    return {
      type: "candle",
      source: "coinbase",
      product: "BTC-USD",
      openMs: (first + at) * 60_000,
      intervalS: 60,
      openUsd: closeUsd,
      highUsd: closeUsd,
      lowUsd: closeUsd,
      closeUsd,
      volume: 1,
      recvMs: START_MS,
    };
  });
}

/** The quote that arrives just before a frame. */
export function spotBefore(frame: number): SpotTick {
  const turn = frame / FRAMES_PER_SPOT;
  const midUsd = Math.round((SPOT_USD + 25 * Math.sin(turn / 9) + 4 * Math.sin(turn)) * 100) / 100;
  return {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "quote",
    priceUsd: midUsd,
    bidUsd: midUsd - 0.01,
    askUsd: midUsd + 0.01,
    size: null,
    tradeId: null,
    exchangeMs: frameMs(frame) - 20,
    recvMs: frameMs(frame),
  };
}
