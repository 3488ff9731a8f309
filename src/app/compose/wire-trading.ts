import { ExchangeWatch } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import type { KalshiFeed } from "../../adapters/feeds/kalshi/feed.ts";
import { type Patience, patiently, START_WAITS_MS } from "../../adapters/kalshi/patiently.ts";
import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Logger } from "../../adapters/platform/logger.ts";
import type { SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import { seriesOfTicker, underlyingOf } from "../../core/market.ts";
import type { EntryGuard } from "../../core/risk/entry-guard.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Strategy } from "../../core/strategy.ts";
import { type Money, type Ms, money } from "../../core/units.ts";
import type { Feed, Recorder, Venue } from "../../ports.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { tradingStrategies, wantedFeeds } from "../../strategies/registry.ts";
import type { CommandContext, PaperOptions } from "../context.ts";
import { heard } from "../heard-recorder.ts";
import { createHoldingLog } from "../holding-log.ts";
import { tradeLine } from "../progress-line.ts";
import type { RunParts, StopReason } from "../run.ts";
import { Session } from "../session.ts";
import { createTapeLog } from "../tape-log.ts";
import { withBankroll } from "./bankroll.ts";
import { clockWarnings } from "./clock-skew.ts";
import { readFees } from "./engine.ts";
import { type Environment, SPOT_VENUES, type SpotVenue } from "./environment.ts";
import {
  assertReachable,
  candleHistory,
  followedSeries,
  indexProxy,
  kalshiFeed,
  kalshiRest,
  keyWarnings,
  neededProducts,
  spotFeed,
} from "./feeds.ts";
import { loadRecalibration } from "./models.ts";
import { continued, pastOf } from "./past-account.ts";
import { pastSlippage } from "./past-slippage.ts";
import { pricingOf } from "./pricing.ts";
import { damage, driverOf, openRecorder } from "./record.ts";
import { type RunStart, startedEngine } from "./run-start.ts";
import type { RunWatch } from "./watch-run.ts";

// What paper and live have in common, which is everything but the venue.

export interface Setting {
  readonly ctx: CommandContext;
  readonly config: Config;
  readonly env: Environment;
  readonly options: PaperOptions;
  readonly watch: RunWatch;
}

/** In what one mode differs from the other. */
export interface TradingMode<V extends Venue> {
  readonly mode: "paper" | "backtest" | "live";
  readonly log: Logger;
  /** Names the run in client order ids. */
  readonly runKey: (runId: number) => string;
  /** Age of prices and books that is too old; left out, what is configured. */
  readonly staleMsMax?: Ms;
  /** What entries are held against besides the limits of every account; left out, nothing. */
  readonly guard?: (config: Config) => EntryGuard | undefined;
  readonly venue: (inputs: VenueInputs) => V;
  /** What a replay of the run has to start from, asked when the venue is there; null for a run that none can repeat. */
  readonly start?: (start: RunStart, runKey: string) => RunStart | null;
  /** What trades instead of the strategies of the options. */
  readonly own?: Strategy | undefined;
  /** The recorder as the session is to see it, with everybody who looks from outside beneath; left out, as it is. */
  readonly watch?: (recorder: Recorder, engine: Engine) => Recorder;
  /** Latches that were set in the run; left out where there can be none. */
  readonly latched?: () => Iterable<string>;
}

export interface VenueInputs {
  /** Whether the exchange trades, as the feed keeps reading it. */
  readonly exchange: Pick<ExchangeWatch, "holdReason">;
  /** With the bankroll of the run. */
  readonly config: Config;
  readonly rest: KalshiRest;
  readonly engine: Engine;
  readonly recorder: SqliteRecorder;
}

/** What is wired together for one run. */
export interface Wired<V extends Venue> {
  readonly config: Config;
  readonly rest: KalshiRest;
  readonly recorder: SqliteRecorder;
  readonly engine: Engine;
  readonly venue: V;
  readonly session: Session;
  readonly feeds: readonly Feed[];
  readonly warnings: readonly string[];
}

/** Reads what the run needs to know before its first event, and only then opens the database. */
export async function wireTrading<V extends Venue>(
  setting: Setting,
  trading: TradingMode<V>,
): Promise<Wired<V>> {
  const { ctx, env, options } = setting;
  const { mode } = trading;
  const rest = kalshiRest(env);
  const patience = patienceOf(setting, trading.log);
  const bankroll = await patiently(() => readBankroll(setting, rest), patience);
  const { config } = bankroll;
  let session: Session | null = null;
  let held: readonly string[] = [];
  const watch = new FeeWatch(rest, env.clock);
  const exchange = new ExchangeWatch();
  const kalshi = kalshiFeed(config, env, {
    rest,
    fees: watch,
    exchange,
    held: () => held,
    spotUsd: (product) => session?.spotUsd(product) ?? null,
  });
  const feeds = [kalshi, ...spotFeeds(config, env, options.strategies)];
  const followed = { series: followedSeries(config, env), nowMs: env.clock.nowMs() };
  const fees = await patiently(() => readFees(config, watch, followed, ctx.signal), patience);
  const { candles, missing } = await candleHistory(config, env, ctx.signal);
  const slippage = slippageOf(config, env, mode);
  const recalibration = loadRecalibration(config, { ...followed, env: env.stamp });
  const { maps } = recalibration;
  const pricing = pricingOf(config, maps);
  const { own } = trading;
  const strategies = own === undefined ? tradingStrategies(config, options.strategies) : [own.name];
  const run = { mode, sim: options.sim, slippage, pricing, strategies };
  const recorder = openRecorder(ctx, config, env, run);
  const { account, runId } = recorder;
  const past = pastOf(config.storage.db_path, { account, mode }, env.clock.nowMs());
  const start = { strategies: options.strategies, slippage, past: past ?? null, maps: [...maps] };
  const { guard, staleMsMax } = trading;
  const runKey = trading.runKey(runId);
  const identity = { own, runId, runKey, staleMsMax, guard: guard?.(config) };
  const engine = startedEngine(config, identity, start);
  held = engine.settling.awaited();
  const venue = trading.venue({ config, exchange, rest, engine, recorder });
  const proven = trading.start === undefined ? start : trading.start(start, runKey);
  if (proven !== null) recorder.startsFrom(proven);
  const live = sessionOf(setting, trading, { engine, kalshi, recorder, venue });
  session = live;
  setting.watch.follow({
    clock: env.clock,
    feeds,
    totals: live.totals,
    recorder,
    readTokens: () => rest.readTokens(),
    trading: { engine, bankroll: bankrollOf(config), latched: trading.latched ?? (() => []) },
  });
  for (const report of fees.reports) live.handle(report, null);
  for (const candle of candles) live.handle(candle, null);
  const warnings = [
    ...startWarnings(env, rest),
    ...missing.map(noHistory),
    ...bankroll.warnings,
    ...fees.warnings,
    ...recalibration.warnings,
    ...unpriced(followed.series),
    ...continued(recorder.account, engine),
  ];
  return { config, rest, recorder, engine, venue, session: live, feeds, warnings };
}

async function readBankroll({ config, ctx, env }: Setting, rest: KalshiRest) {
  await assertReachable(env, rest, ctx.signal);
  return withBankroll(config, env, rest, ctx.signal);
}

/**
 * A start tells the log of what it reads again. The local exchange in this process is asked once: until the run begins
 * nobody moves its time on, which waiting needs.
 */
export function patienceOf({ ctx, env }: Pick<Setting, "ctx" | "env">, log: Logger): Patience {
  const onTrouble = (message: string): void => log.warn({ ev: "start.again" }, message);
  const { clock, sim } = env;
  return { clock, signal: ctx.signal, onTrouble, waitsMs: sim === null ? START_WAITS_MS : [] };
}

function sessionOf<V extends Venue>(
  { config, env, options, watch }: Setting,
  trading: TradingMode<V>,
  parts: {
    readonly engine: Engine;
    readonly kalshi: KalshiFeed;
    readonly recorder: Recorder;
    readonly venue: V;
  },
): Session {
  const { engine, kalshi, recorder, venue } = parts;
  // Baselines that nobody named would drown what the others do.
  const unasked = new Set(options.strategies.length > 0 ? [] : BASELINES);
  const tape = createTapeLog({ log: trading.log, real: env.real, unasked });
  // What the mode itself puts on file while it listens is heard by everybody.
  const listened = watch.recorder(heard(recorder, tape));
  return new Session({
    recorder: trading.watch?.(listened, engine) ?? listened,
    engine,
    venue,
    proxy: indexProxy(config, env),
    startMs: env.clock.nowMs(),
    answersAreInputs: trading.mode === "live",
    uncounted: unasked,
    steps: watch.steps,
    resync: (ticker, reason) => kalshi.resync(ticker, reason),
  });
}

function bankrollOf({ risk }: Config): Money {
  return money(Math.round(risk.bankroll_usd * 1e6));
}

/** What there is to say of an environment before anything happens in it. */
function startWarnings(env: Environment, rest: KalshiRest): string[] {
  return [...damage(env), ...keyWarnings(env), ...clockWarnings(rest.clockOffsetMs())];
}

/** The model's spot is Coinbase's; the others are watched when the configuration records them or a strategy needs them. */
function spotFeeds(config: Config, env: Environment, strategies: readonly string[]): Feed[] {
  const needed = new Set<SpotVenue>(["coinbase", ...wantedFeeds(config, strategies)]);
  const venues = SPOT_VENUES.filter((name) => needed.has(name) || config.collect[name]);
  return venues.map((name) => spotFeed(name, config, env));
}

/** In lockstep equal seeds make equal rows, whatever else is in the file. */
function slippageOf(
  { storage }: Config,
  env: Environment,
  mode: "paper" | "backtest" | "live",
): readonly SlippageState[] {
  return env.sim?.speed === "max"
    ? []
    : pastSlippage(storage.db_path, env.stamp, mode === "live" ? mode : "paper");
}

function unpriced(series: readonly string[]): string[] {
  return series
    .filter((ticker) => underlyingOf(ticker) === undefined)
    .map((ticker) => `${ticker} is recorded but not evaluated: no model for what it settles on`);
}

function noHistory(product: string): string {
  return `no price history for ${product}: volatility is learnt from this run, which takes about two minutes`;
}

export function tradingRunParts(setting: Setting, wired: Wired<Venue>, log: Logger): RunParts {
  const { ctx, config, env, options } = setting;
  const { engine, feeds, recorder, session } = wired;
  const { totals } = session;
  const sayHolding = createHoldingLog({ feeds, log, real: env.real, totals });
  return {
    feeds,
    session,
    clock: env.clock,
    real: env.real,
    drive: driverOf(env),
    stopWhen: (nowMs) => stopReason(setting, session, nowMs),
    seconds: options.seconds,
    flushMs: config.storage.flush_ms,
    flush: () => recorder.flush(),
    drain: () => recorder.drain(),
    progress: () => {
      ctx.progress.update(tradeLine({ feeds, env, real: env.real, totals }, engine));
      sayHolding();
      setting.watch.tick();
    },
  };
}

function stopReason(
  { config, env, options }: Setting,
  session: Session,
  nowMs: Ms,
): StopReason | null {
  if (options.untilMs !== null && nowMs >= options.untilMs) return "until";
  if (options.windows !== null && session.settledWindows() >= options.windows) return "windows";
  if (!options.once || !session.isQuiet) return null;
  return session.everyMarketPriced((ticker) => hasSpot(ticker, config, env)) ? "once" : null;
}

/** False for a market without a model, and for one that is only held: nobody brings the price of its underlying. */
function hasSpot(ticker: string, config: Config, env: Environment): boolean {
  const underlying = underlyingOf(seriesOfTicker(ticker));
  return underlying !== undefined && neededProducts(config, env).includes(underlying.product);
}
