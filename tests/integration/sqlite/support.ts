import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import {
  createRecorder,
  type RecorderOptions,
  type RunMode,
  type SqliteRecorder,
} from "../../../src/adapters/sqlite/recorder.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import type { LedgerRecord, Opportunity, OrderRecord } from "../../../src/core/records.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";

/** 2026-11-02T19:00:00Z. */
export const T0 = 1_793_646_000_000;
export const TICKER = "KXBTC15M-26NOV021415-15";

/** A path in a fresh folder that is removed after the test. */
export function tempDb(): string {
  const folder = mkdtempSync(join(tmpdir(), "kbt-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data", "kbt.sqlite");
}

/** Result of a query on the stored file, through the contract's names. */
export function rows(path: string, sql: string): unknown[] {
  const reader = openReader(path);
  try {
    return reader.db.prepare(sql).all();
  } finally {
    reader.close();
  }
}

export function aRecorder(
  path: string,
  mode: RunMode = "paper",
  overrides: Partial<RecorderOptions> = {},
): SqliteRecorder {
  const recorder = createRecorder({
    path,
    env: "sim",
    run: { mode, startedMs: T0, version: "0.1.0", config: { a: 1 }, command: mode },
    nowMs: () => T0 + 60_000,
    ...overrides,
  });
  onTestFinished(async () => {
    try {
      await recorder.close(1);
    } catch {
      // The test has already looked at what it wanted to see.
    }
  });
  return recorder;
}

export function anOpportunity(
  recorder: { runId: number },
  nr: number,
  overrides: Partial<Opportunity> = {},
): Opportunity {
  return {
    opportunityId: recorder.runId * 1e10 + nr,
    strategy: "favorite",
    ticker: TICKER,
    atMs: T0 + 1_000 + nr,
    tauS: 299.999,
    spotUsd: 100_123.455,
    sigma: 8.1234567e-5,
    pModel: 0.912345678,
    pLow: 0.9,
    pHigh: 0.925,
    pMarket: 0.905,
    pStrategy: null,
    side: "yes",
    yesBid: price(9_000),
    yesAsk: price(9_100),
    yesBidQty: qty(12_300),
    yesAskQty: qty(4_500),
    cost: money(915_700),
    ev: -0.003355,
    decision: "no_trade",
    reason: "ev",
    failed: "ev",
    model: null,
    basisMean: 0.000123456,
    basisSd: 0.0001,
    knownCount: 0,
    knownSumUsd: null,
    knownSource: null,
    referenceCount: null,
    referenceSumUsd: null,
    referenceSource: null,
    spotAgeMs: 120,
    bookAgeMs: 35,
    ...overrides,
  };
}

export function anOrder(opportunityId: number, overrides: Partial<OrderRecord> = {}): OrderRecord {
  return {
    orderId: "o1",
    clientOrderId: "c1",
    strategy: "favorite",
    opportunityId,
    ticker: TICKER,
    side: "yes",
    action: "buy",
    price: price(9_100),
    qty: qty(100),
    state: "pending",
    createdMs: T0 + 2_000,
    ...overrides,
  };
}

export function aLeg(overrides: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    atMs: T0 + 3_000,
    action: "buy",
    side: "yes",
    ticker: TICKER,
    price: price(9_100),
    qty: qty(100),
    cost: money(915_700),
    pnl: null,
    status: "filled",
    source: "sim",
    strategy: "favorite",
    orderId: "o1",
    payload: { why: "test" },
    ...overrides,
  };
}

/** One event of every kind, with and without its optional parts. */
export const EVENTS: readonly MarketEvent[] = [
  { type: "wake", recvMs: T0 + 1_000 },
  {
    type: "market",
    market: aMarket({ openMs: T0, closeMs: T0 + 900_000, rawJson: null }),
    recvMs: T0 + 1_001,
  },
  {
    type: "fees",
    scope: "event",
    ticker: "KXBTC15M-26NOV021415",
    terms: [
      { fromMs: 0, feeType: null, multiplierBps: null },
      { fromMs: T0 + 60_000, feeType: "quadratic_with_maker_fees", multiplierBps: 12_500 },
    ],
    recvMs: T0 + 1_001,
  },
  {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "quote",
    priceUsd: 100_123.455,
    bidUsd: 100_123.45,
    askUsd: 100_123.46,
    size: null,
    tradeId: null,
    exchangeMs: T0 + 950,
    recvMs: T0 + 1_002,
  },
  {
    type: "spot",
    source: "coinbase",
    product: "BTC-USD",
    kind: "trade",
    priceUsd: 100_123.46,
    bidUsd: null,
    askUsd: null,
    size: 0.0125,
    tradeId: "923451",
    exchangeMs: null,
    recvMs: T0 + 1_003,
  },
  {
    type: "index",
    indexId: "BRTI",
    valueUsd: 100_120.11,
    avg60Usd: null,
    windowAvgUsd: null,
    windowCount: null,
    proxy: null,
    exchangeMs: T0 + 1_000,
    recvMs: T0 + 1_004,
  },
  {
    type: "index",
    indexId: "BRTI",
    valueUsd: 100_120.5,
    avg60Usd: null,
    windowAvgUsd: 100_119.25,
    windowCount: 12,
    proxy: { method: "mids", venues: 3, maxAgeMs: 812, dispersionBp: 0.75 },
    exchangeMs: T0 + 1_000,
    recvMs: T0 + 1_004,
  },
  {
    type: "depth",
    source: "kraken",
    product: "BTC-USD",
    kind: "snapshot",
    bids: [[100_123.4, 0.25]],
    asks: [],
    exchangeMs: T0 + 1_001,
    recvMs: T0 + 1_004,
  },
  {
    type: "depth",
    source: "kraken",
    product: "BTC-USD",
    kind: "update",
    bids: [[100_123.4, 0]],
    asks: [[100_123.5, 1.5]],
    exchangeMs: null,
    recvMs: T0 + 1_005,
  },
  {
    type: "funding",
    source: "binance",
    product: "BTC-USDT",
    rate: -0.00006042,
    atMs: T0 + 3_600_000,
    isEstimate: true,
    recvMs: T0 + 1_005,
  },
  {
    type: "news",
    source: "rss:example.org",
    publishedMs: null,
    title: "'; DROP TABLE runs; -- \u202e",
    url: null,
    recvMs: T0 + 1_005,
  },
  {
    type: "forecast",
    series: "KXHIGHNY",
    station: "KNYC",
    targetDate: "2026-11-03",
    value: 61.5,
    source: "nws",
    atMs: T0 - 3_600_000,
    recvMs: T0 + 1_005,
  },
  {
    type: "drift",
    source: "kalshi",
    messageType: "ticker",
    path: "$.msg.yes_bid_dollars",
    raw: '{"type":"ticker"}',
    halts: false,
    recvMs: T0 + 1_005,
  },
  {
    type: "candle",
    source: "coinbase",
    product: "BTC-USD",
    openMs: T0 - 60_000,
    intervalS: 60,
    openUsd: 100_000,
    highUsd: 100_200.5,
    lowUsd: 99_990,
    closeUsd: 100_120,
    volume: 12.5,
    recvMs: T0 + 1_005,
  },
  {
    type: "snapshot",
    ticker: TICKER,
    sid: 7,
    seq: 1,
    yes: [[price(9_000), qty(12_300)]],
    no: [],
    recvMs: T0 + 1_006,
  },
  {
    type: "delta",
    ticker: TICKER,
    sid: 7,
    seq: 2,
    side: "yes",
    price: price(9_000),
    delta: qty(-5_400),
    exchangeMs: T0 + 990,
    recvMs: T0 + 1_007,
  },
  {
    type: "delta",
    ticker: TICKER,
    sid: 7,
    seq: 3,
    side: "no",
    price: price(0),
    delta: qty(1),
    exchangeMs: null,
    recvMs: T0 + 1_007,
  },
  {
    type: "ticker",
    ticker: TICKER,
    sid: 8,
    yesBid: price(9_000),
    yesAsk: price(9_100),
    last: null,
    yesBidQty: qty(6_900),
    yesAskQty: null,
    volume: qty(1_000_000),
    openInterest: qty(500),
    exchangeMs: T0 + 1_000,
    recvMs: T0 + 1_008,
  },
  {
    type: "trade",
    ticker: TICKER,
    tradeId: "t-1",
    yesPrice: price(9_100),
    qty: qty(250),
    takerSide: "yes",
    exchangeMs: T0 + 1_000,
    recvMs: T0 + 1_009,
  },
  {
    type: "gap",
    source: "kalshi",
    reason: "seq",
    tickers: [TICKER],
    sid: 7,
    fromSeq: 4,
    toSeq: 6,
    fromMs: null,
    toMs: T0 + 1_010,
    recvMs: T0 + 1_010,
  },
  {
    type: "settlement",
    ticker: TICKER,
    eventTicker: "KXBTC15M-26NOV021415",
    result: "yes",
    yesPayout: null,
    expirationValue: "100120.11",
    settledMs: T0 + 900_000,
    final: true,
    source: "kalshi",
    recvMs: T0 + 900_500,
  },
];
