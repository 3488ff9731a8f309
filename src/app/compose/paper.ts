import { FeeWatch } from "../../adapters/feeds/kalshi/fee-watch.ts";
import type { Logger } from "../../adapters/platform/logger.ts";
import type { SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import type { Config } from "../../config/schema.ts";
import type { Engine } from "../../core/engine.ts";
import type { KbtError } from "../../core/errors.ts";
import { seriesOfTicker, underlyingOf } from "../../core/market.ts";
import type { ShadowAccount } from "../../core/sim/shadow.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Ms } from "../../core/units.ts";
import type { Feed, Recorder } from "../../ports.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { tradingStrategies, wantedFeeds } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, PaperOptions } from "../context.ts";
import { createHoldingLog } from "../holding-log.ts";
import { paperReport, renderPaper } from "../paper-report.ts";
import { tradeLine } from "../progress-line.ts";
import { type RunEnd, type RunParts, runFeeds, type StopReason } from "../run.ts";
import { Session } from "../session.ts";
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
import { openEnvironment } from "./open-environment.ts";
import { continued, pastOf, pastShadowOf } from "./past-account.ts";
import { pastSlippage } from "./past-slippage.ts";
import { pricingOf } from "./pricing.ts";
import {
  changedError,
  damage,
  driverOf,
  endError,
  exitOf,
  openLog,
  openRecorder,
} from "./record.ts";
import { startedEngine } from "./run-start.ts";
import { buildShadow, buildSimVenue, type FillTerms, shadowed } from "./sim-venue.ts";
import { withStrategySeries } from "./strategy-series.ts";

/** `kbt paper`: the decisions of live, fills against the recorded book, nothing written to the exchange. */
export async function paper(ctx: CommandContext, options: PaperOptions): Promise<CommandResult> {
  // Refuses an unknown name, and none at all, before anything is opened.
  const config = withStrategySeries(await ctx.loadConfig(), options.strategies);
  const env = await openEnvironment(config, options.sim);
  try {
    return await trade({ ctx, config, env, options, mode: "paper" });
  } finally {
    ctx.progress.stop();
    await env.close();
  }
}

interface Setting {
  readonly ctx: CommandContext;
  readonly config: Config;
  readonly env: Environment;
  readonly options: PaperOptions;
  readonly mode: "paper" | "backtest";
  /** What fills are believed; left out, the expected ones. */
  readonly fill?: FillTerms;
  /** What else is to hear of the rows; left out, the database alone. */
  readonly beside?: (recorder: Recorder, engine: Engine) => Recorder;
}

/** A run that is over. */
export interface TradingRun {
  readonly runId: number;
  readonly engine: Engine;
  readonly session: Session;
  readonly shadow: ShadowAccount;
  readonly end: RunEnd;
  readonly startMs: Ms;
  readonly endMs: Ms;
  readonly exitCode: number;
  readonly error: KbtError | null;
  readonly warnings: readonly string[];
}

/** What is wired together for one run. */
interface Wired {
  readonly recorder: Recorder;
  readonly engine: Engine;
  readonly shadow: ShadowAccount;
  readonly session: Session;
  readonly feeds: readonly Feed[];
  readonly warnings: readonly string[];
}

async function trade(setting: Setting): Promise<CommandResult> {
  const { ctx, env } = setting;
  const { endMs, error, exitCode, startMs, warnings, ...run } = await runTrading(setting);
  const report = paperReport({ ...run, environment: env.label, exchangeMs: endMs - startMs });
  return {
    exitCode,
    data: report,
    text: `${await renderPaper(ctx, report)}${nextStep(report.settled_markets)}`,
    warnings,
    ...(error === null ? {} : { error }),
  };
}

/** Runs feeds into the engine and the simulated venue to the end, everything recorded. */
export async function runTrading(setting: Setting): Promise<TradingRun> {
  const { ctx, config, env, mode } = setting;
  const log = openLog(ctx, config, mode);
  const startMs = env.clock.nowMs();
  const wired = await wire(setting);
  let exitCode = 1;
  try {
    log.info(
      { ev: "run.started", runId: wired.recorder.runId, environment: env.label },
      `${mode} started`,
    );
    const end = await runFeeds(runParts(setting, wired, log), ctx.signal);
    ctx.progress.stop();
    const error =
      endError(end.error, env.sim?.truncated ?? null) ?? changedError(wired.session.totals.changed);
    exitCode = error === null ? 0 : exitOf(error);
    log.info(
      { ev: "run.ended", runId: wired.recorder.runId, exitCode, ended_by: end.reason },
      `${mode} ended`,
    );
    const { engine, session, shadow, warnings } = wired;
    const { runId } = wired.recorder;
    const endMs = env.clock.nowMs();
    return { runId, engine, session, shadow, end, startMs, endMs, exitCode, error, warnings };
  } finally {
    await wired.recorder.close(exitCode, wired.feeds);
  }
}

/** Reads what the run needs to know before its first event, and only then opens the database. */
async function wire(setting: Setting): Promise<Wired> {
  const { ctx, env, mode, options } = setting;
  const rest = kalshiRest(env);
  await assertReachable(env, rest, ctx.signal);
  const bankroll = await withBankroll(setting.config, env, rest, ctx.signal);
  const { config } = bankroll;
  let session: Session | null = null;
  let held: readonly string[] = [];
  const watch = new FeeWatch(rest, env.clock);
  const kalshi = kalshiFeed(config, env, {
    rest,
    fees: watch,
    held: () => held,
    spotUsd: (product) => session?.spotUsd(product) ?? null,
  });
  const feeds = [kalshi, ...spotFeeds(config, env, options.strategies)];
  const followed = { series: followedSeries(config, env), nowMs: env.clock.nowMs() };
  const fees = await readFees(config, watch, followed, ctx.signal);
  const { candles, missing } = await candleHistory(config, env, ctx.signal);
  const slippage = slippageOf(config, env);
  const { maps, warnings: mapWarnings } = loadRecalibration(config, {
    ...followed,
    env: env.stamp,
  });
  const strategies = tradingStrategies(config, options.strategies);
  const pricing = pricingOf(config, maps);
  const run = { mode, sim: options.sim, slippage, pricing, strategies } as const;
  const recorder = openRecorder(ctx, config, env, run);
  const past = pastOf(config.storage.db_path, recorder.account, env.clock.nowMs());
  const start = { strategies: options.strategies, slippage, past: past ?? null, maps: [...maps] };
  recorder.startsFrom(start);
  const engine = startedEngine(config, { mode, runId: recorder.runId }, start);
  held = engine.settling.awaited();
  const shadow = shadowOf({ config, env }, engine, recorder);
  const live = new Session({
    recorder: setting.beside?.(recorder, engine) ?? recorder,
    engine,
    venue: shadowed(buildSimVenue(config, engine, setting.fill), shadow),
    proxy: indexProxy(config, env),
    startMs: env.clock.nowMs(),
    // Baselines that nobody named would drown what the others do.
    uncounted: new Set(options.strategies.length > 0 ? [] : BASELINES),
    resync: (ticker, reason) => kalshi.resync(ticker, reason),
  });
  session = live;
  for (const report of fees.reports) live.handle(report, null);
  for (const candle of candles) live.handle(candle, null);
  return {
    recorder,
    engine,
    shadow,
    session: live,
    feeds,
    warnings: [
      ...damage(env),
      ...keyWarnings(env),
      ...clockWarnings(rest.clockOffsetMs()),
      ...missing.map(noHistory),
      ...bankroll.warnings,
      ...fees.warnings,
      ...mapWarnings,
      ...unpriced(followed.series),
      ...continued(recorder.account, engine),
    ],
  };
}

function shadowOf(
  { config, env }: Pick<Setting, "config" | "env">,
  engine: Engine,
  recorder: SqliteRecorder,
): ShadowAccount {
  return buildShadow(config, engine, {
    past: pastShadowOf(config.storage.db_path, recorder.account, env.clock.nowMs()),
    record: (leg) => recorder.pessimistic(leg),
  });
}

/** The model's spot is Coinbase's; the others are watched when the configuration records them or a strategy needs them. */
function spotFeeds(config: Config, env: Environment, strategies: readonly string[]): Feed[] {
  const needed = new Set<SpotVenue>(["coinbase", ...wantedFeeds(config, strategies)]);
  const venues = SPOT_VENUES.filter((name) => needed.has(name) || config.collect[name]);
  return venues.map((name) => spotFeed(name, config, env));
}

/** In lockstep equal seeds make equal rows, whatever else is in the file. */
function slippageOf({ storage }: Config, env: Environment): readonly SlippageState[] {
  return env.sim?.speed === "max" ? [] : pastSlippage(storage.db_path, env.stamp, "paper");
}

function unpriced(series: readonly string[]): string[] {
  return series
    .filter((ticker) => underlyingOf(ticker) === undefined)
    .map((ticker) => `${ticker} is recorded but not evaluated: no model for what it settles on`);
}

function noHistory(product: string): string {
  return `no price history for ${product}: volatility is learnt from this run, which takes about two minutes`;
}

function runParts(setting: Setting, wired: Wired, log: Logger): RunParts {
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

function nextStep(settledMarkets: number): string {
  return settledMarkets > 0
    ? "next: kbt calibrate (is there an edge?), kbt ledger (what was traded)\n"
    : "next: kbt ledger settle (imports results once markets have closed)\n";
}
