import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import { Engine } from "../../core/engine.ts";
import { KbtError } from "../../core/errors.ts";
import { type FeeSchedule, feeScheduleOf, QUADRATIC_FEES } from "../../core/fees.ts";
import { SimVenue } from "../../core/sim/venue.ts";
import { money } from "../../core/units.ts";
import type { Venue } from "../../ports.ts";
import { createStrategies } from "../../strategies/registry.ts";
import { assetOptions, pricingOf } from "./pricing.ts";

/** Without any message of the book feed for this long, no book of it is believed. */
const STALE_BOOK_MS = 10_000;

export interface EngineOptions {
  readonly runId: number;
  readonly runKey: string;
  /** Names; empty means every strategy. */
  readonly strategies: readonly string[];
  readonly fees: ReadonlyMap<string, FeeSchedule>;
}

/** The engine as paper, live and preview use it; only what is around it differs. */
export function buildEngine(config: Config, options: EngineOptions): Engine {
  const standard = standardFees(config);
  const pricing = pricingOf(config);
  return new Engine({
    runId: options.runId,
    runKey: options.runKey,
    strategies: createStrategies(config.strategy, options.strategies),
    limits: {
      bankroll: money(Math.round(config.risk.bankroll_usd * 1e6)),
      maxDailyLossPct: config.risk.max_daily_loss_pct,
      maxPositionPct: config.risk.max_position_pct,
      maxOpenPositions: config.risk.max_open_positions,
    },
    model: (series) => pricing.of(series),
    spotSource: "coinbase",
    staleSpotMs: config.coinbase.stale_after_s * 1000,
    staleBookMs: STALE_BOOK_MS,
    asset: (underlying) => assetOptions(config, underlying),
    fees: (series) => options.fees.get(series) ?? standard,
  });
}

/** The venue of paper: fills against the engine's own books. */
export function buildSimVenue(config: Config, engine: Engine): Venue {
  return new SimVenue(
    {
      latencyMs: config.sim.latency_ms,
      participation: config.sim.participation,
      haircut: config.sim.haircut,
      bookStaleMs: config.sim.book_stale_ms,
    },
    {
      book: (ticker) => engine.book(ticker),
      closeMs: (ticker) => engine.market(ticker)?.closeMs,
      bookFeedMs: () => engine.bookFeedMs,
      fees: (ticker) => engine.fees(ticker),
    },
  );
}

/** Fee schedules as the exchange states them per series; an unknown fee type is a `protocol` error. */
export async function readFees(
  config: Config,
  rest: KalshiRest,
  series: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, FeeSchedule>> {
  const fees = new Map<string, FeeSchedule>();
  for (const ticker of series) {
    const { feeType, feeMultiplier } = await seriesOf(rest, ticker, signal);
    const multiplierBps = Math.round(feeMultiplier * 10_000);
    const schedule = feeScheduleOf({ feeType, multiplierBps, ...quanta(config) });
    if (schedule === undefined) throw unknownFees(ticker, feeType);
    fees.set(ticker, schedule);
  }
  return fees;
}

async function seriesOf(rest: KalshiRest, ticker: string, signal: AbortSignal) {
  try {
    return await rest.series(ticker, signal);
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

function standardFees(config: Config): FeeSchedule {
  return { ...QUADRATIC_FEES, ...quanta(config) };
}

function quanta(config: Config): Pick<FeeSchedule, "align" | "tradeQuantum"> {
  return { align: money(config.fees.align_ud), tradeQuantum: money(config.fees.trade_quantum_ud) };
}

/** A cost that is not known must not be guessed: every decision hangs on it. */
function unknownFees(series: string, feeType: string): KbtError {
  return new KbtError({
    kind: "protocol",
    code: "UNKNOWN_FEE_TYPE",
    message: `series ${series} is charged by '${feeType}', which this version does not know`,
    hint: "leave the series out with --series, or update kbt",
  });
}
