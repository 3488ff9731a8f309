import type { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import type { Config } from "../../config/schema.ts";
import { Engine } from "../../core/engine.ts";
import type { EngineConfig } from "../../core/engine-config.ts";
import { KbtError } from "../../core/errors.ts";
import type { FeeReport } from "../../core/events.ts";
import { parseExitRule } from "../../core/exits/exit-rule.ts";
import type { ExitSettings } from "../../core/exits/exit-settings.ts";
import { FeeBook, type FeeRounding } from "../../core/fee-book.ts";
import { minuteEngine } from "../../core/minute-data.ts";
import type { PastTrading } from "../../core/past-trading.ts";
import type { EntryGuard } from "../../core/risk/entry-guard.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Strategy } from "../../core/strategy.ts";
import { type Ms, money, price } from "../../core/units.ts";
import { tradingFrom } from "../../strategies/from-time.ts";
import { createStrategies } from "../../strategies/registry.ts";
import { assetOptions, type Pricing } from "./pricing.ts";

/** Without any message of the book feed for this long, no book of it is believed. */
const STALE_BOOK_MS = 10_000;

export interface EngineOptions {
  readonly runId: number;
  readonly runKey: string;
  /** Names; empty means those that the configuration enables. */
  readonly strategies: readonly string[];
  /** One that is no entry of the registry, instead of those. */
  readonly own?: Strategy | undefined;
  /** What earlier runs of the mode measured. */
  readonly slippage: readonly SlippageState[];
  readonly pricing: Pricing;
  /** What earlier runs on the same account left. */
  readonly past?: PastTrading | undefined;
  /** Before it nothing is traded, only watched. */
  readonly tradesFromMs?: Ms | undefined;
  /** Prices are known once a minute only, as in fetched days. */
  readonly isMinuteData?: boolean | undefined;
  /** Prices and books older than this are not believed, whatever is configured; left out where nothing real is bought. */
  readonly staleMsMax?: Ms | undefined;
  /** What entries are held against besides the limits of every account. */
  readonly guard?: EntryGuard | undefined;
}

/** The engine as paper, live and preview use it; only what is around it differs. */
export function buildEngine(config: Config, options: EngineOptions): Engine {
  const { isMinuteData = false, pricing, tradesFromMs } = options;
  const { staleMsMax = Number.POSITIVE_INFINITY } = options;
  const own: EngineConfig = {
    runId: options.runId,
    runKey: options.runKey,
    strategies: strategiesOf(config, options).map((strategy) =>
      tradesFromMs === undefined ? strategy : tradingFrom(strategy, tradesFromMs),
    ),
    limits: {
      bankroll: money(Math.round(config.risk.bankroll_usd * 1e6)),
      maxDailyLossPct: config.risk.max_daily_loss_pct,
      maxPositionPct: config.risk.max_position_pct,
      maxOpenPositions: config.risk.max_open_positions,
    },
    guard: options.guard,
    exits: exitSettings(config),
    model: (series) => pricing.of(series),
    spotSource: "coinbase",
    staleSpotMs: Math.min(config.coinbase.stale_after_s * 1000, staleMsMax),
    staleBookMs: Math.min(STALE_BOOK_MS, staleMsMax),
    asset: (underlying) => assetOptions(config, underlying),
    feeRounding: roundingOf(config),
    slippage: { latencyMs: config.sim.latency_ms, past: options.slippage },
    indexSettleMs: config.sim.settle_by_index_after_s * 1000,
    past: options.past,
  };
  return new Engine(isMinuteData ? minuteEngine(own) : own);
}

function strategiesOf(config: Config, { own, strategies }: EngineOptions): readonly Strategy[] {
  return own === undefined ? createStrategies(config, strategies) : [own];
}

function exitSettings({ exits }: Config): ExitSettings {
  const { buffer_cents, cooldown_s, floor_cents, max_orders, max_seconds } = exits;
  return {
    rule: parseExitRule(exits.rule),
    terms: {
      floor: price(Math.round(floor_cents * 100)),
      maxMs: max_seconds * 1000,
      maxAttempts: max_orders,
    },
    buffer: buffer_cents / 100,
    cooldownMs: cooldown_s < 0 ? null : cooldown_s * 1000,
  };
}

export interface FeesRead {
  /** One for each series, for the engine to see before everything else. */
  readonly reports: readonly FeeReport[];
  /** For people: series that are not priced, because what they charge is not known. */
  readonly warnings: readonly string[];
}

/**
 * Fees as the exchange states them. A series whose type has no known rule is left unpriced (`fee_unknown`); when that is
 * every series, it is a `protocol` error.
 */
export async function readFees(
  config: Config,
  watch: FeeWatch,
  at: { readonly series: readonly string[]; readonly nowMs: Ms },
  signal: AbortSignal,
): Promise<FeesRead> {
  const { nowMs, series } = at;
  const reports = await Promise.all(series.map((ticker) => seriesOf(watch, ticker, signal)));
  const book = new FeeBook(roundingOf(config));
  for (const report of reports) book.take(report);
  const unknown = reports.filter(({ ticker: seriesTicker }) => {
    const anyMarket = { ticker: seriesTicker, seriesTicker, eventTicker: "", feeWaiverMs: null };
    return book.schedule(anyMarket, nowMs) === undefined;
  });
  const [first] = unknown;
  if (first !== undefined && unknown.length === series.length) throw unknownFees(first, nowMs);
  return {
    reports,
    warnings: unknown.map(({ ticker, terms }) => {
      return `${ticker} is recorded but not traded: charged by '${typeAt(terms, nowMs)}', which this version does not know`;
    }),
  };
}

async function seriesOf(watch: FeeWatch, ticker: string, signal: AbortSignal): Promise<FeeReport> {
  try {
    return await watch.read(ticker, signal);
  } catch (error) {
    if (!(error instanceof KbtError) || error.kind !== "venue") throw error;
    throw new KbtError({
      kind: "usage",
      code: "UNKNOWN_SERIES",
      message: `the exchange has no series ${ticker} (${error.message})`,
      hint: "crypto series are KXBTC15M, KXSOL15M, KXETH15M, KXBTCD, KXBTC, KXETHD and KXETH",
      cause: error,
    });
  }
}

function roundingOf(config: Config): FeeRounding {
  return { align: money(config.fees.align_ud), tradeQuantum: money(config.fees.trade_quantum_ud) };
}

function typeAt(terms: FeeReport["terms"], nowMs: Ms): string {
  return terms.findLast(({ fromMs }) => fromMs <= nowMs)?.feeType ?? "nothing";
}

/** A cost that is not known must not be guessed: every decision hangs on it. */
function unknownFees({ terms, ticker }: FeeReport, nowMs: Ms): KbtError {
  return new KbtError({
    kind: "protocol",
    code: "UNKNOWN_FEE_TYPE",
    message: `series ${ticker} is charged by '${typeAt(terms, nowMs)}', which this version does not know`,
    hint: "leave the series out with --series, or update kbt",
  });
}
