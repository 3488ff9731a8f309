import { fetchCandles } from "../../adapters/feeds/coinbase/feed.ts";
import { createKalshiHistory } from "../../adapters/kalshi/history.ts";
import { createLimiter } from "../../adapters/platform/limiter.ts";
import { createHistoryStore } from "../../adapters/sqlite/history-store.ts";
import type { SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import { seriesOfTicker, underlyingOf } from "../../core/market.ts";
import { mulberry32 } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";
import type { HttpClient } from "../../ports.ts";
import {
  BackfillPace,
  type BackfillStep,
  backfillReport,
  renderBackfill,
} from "../backfill-report.ts";
import type { CollectOptions, CommandContext, CommandResult } from "../context.ts";
import {
  backfillCandles,
  backfillMarkets,
  backfillSpot,
  backfillTrades,
  type Past,
} from "./backfill-steps.ts";
import { BackfillLog, type BackfillParts } from "./backfill-work.ts";
import type { Environment } from "./environment.ts";
import { followedSeries, neededProducts } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { closing, driverOf, exitOf, openLog, openRecorder } from "./record.ts";

/** Half of what Coinbase allows an address (spot-feeds.md §1.1): its feed may be recorded at the same time. */
const COINBASE_CALLS_PER_S = 5;

/** `kbt collect --backfill DAYS`: what happened before anybody listened, as far as the exchange still tells. */
export async function backfill(
  ctx: CommandContext,
  options: CollectOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const env = await openEnvironment(config, options.sim);
  try {
    const recorder = openRecorder(ctx, config, env, { mode: "collect", sim: options.sim });
    return await closing(
      ctx,
      () => fill({ ctx, config, env, recorder, days: options.backfillDays ?? 1 }),
      async (exitCode) => {
        ctx.progress.stop();
        await recorder.close(exitCode);
      },
    );
  } finally {
    await env.close();
  }
}

interface Setting {
  readonly ctx: CommandContext;
  readonly config: Config;
  readonly env: Environment;
  readonly recorder: SqliteRecorder;
  readonly days: number;
}

async function fill(setting: Setting): Promise<CommandResult> {
  const { config, ctx, days, env, recorder } = setting;
  const log = openLog(ctx, config, "backfill");
  const store = createHistoryStore({ path: config.storage.db_path, env: env.stamp });
  const steps = new Map<string, BackfillStep>();
  const parts = partsOf(setting, { store, onStep: (step) => steps.set(step.name, step) });
  const toMs = env.clock.nowMs();
  const fromMs = toMs - days * DAY_MS;
  const startMono = env.real.monoMs();
  log.info({ ev: "run.started", runId: recorder.runId, days }, "backfill started");
  let failure: KbtError | null = null;
  try {
    failure = await driven(env, ctx.signal, (signal) =>
      allSteps(setting, { parts, fromMs, toMs }, signal),
    );
    // What was recorded of the part that was cut short is kept, and counts once it is on file.
    await recorder.drain();
  } finally {
    store.close();
  }
  const endedBy = failure !== null ? "error" : ctx.signal.aborted ? "signal" : "done";
  const { marketCandles, problemCount, problems } = parts.log;
  const report = backfillReport({
    runId: recorder.runId,
    environment: env.label,
    ended_by: endedBy,
    fromMs,
    toMs,
    realMs: env.real.monoMs() - startMono,
    steps: [...steps.values()],
    rows: new Map([...recorder.counts(), ["market_candles", marketCandles]]),
    problems: problemCount,
    problem_texts: problems,
  });
  ctx.progress.stop();
  const error = failure ?? incomplete(problemCount);
  const exitCode = error === null ? 0 : exitOf(error);
  log.info(
    { ev: "run.ended", runId: recorder.runId, exitCode, ended_by: endedBy },
    "backfill ended",
  );
  return {
    exitCode,
    data: report,
    text: await renderBackfill(ctx, report),
    warnings: problems,
    ...(error === null ? {} : { error }),
  };
}

function partsOf(
  { ctx, env, recorder }: Setting,
  to: { readonly store: BackfillParts["store"]; readonly onStep: (step: BackfillStep) => void },
): BackfillParts {
  const { clock, http, real, signer, urls } = env;
  const pace = new BackfillPace();
  const calm = calmHttp(env);
  return {
    history: createKalshiHistory({ baseUrl: urls.kalshiRest, http, clock, signer }),
    store: to.store,
    recorder,
    clock,
    real,
    log: new BackfillLog(),
    spotCandles: (of, signal) => {
      const nowMs = clock.nowMs();
      const baseUrl = urls.spot.coinbase.rest;
      return fetchCandles({ baseUrl, http: calm, nowMs, ...of }, signal);
    },
    progress: (step) => {
      to.onStep(step);
      ctx.progress.update(pace.line(step, real.monoMs()));
    },
  };
}

/** Coinbase over HTTP within its budget. */
function calmHttp({ clock, http }: Environment): HttpClient {
  const tokensPerSecond = COINBASE_CALLS_PER_S;
  const limiter = createLimiter({ clock, rng: mulberry32(4), name: "Coinbase", tokensPerSecond });
  return {
    async request(request, signal) {
      await limiter.take(1, signal);
      const response = await http.request(request, signal);
      if (response.status === 429) limiter.refused();
      else limiter.accepted();
      return response;
    },
  };
}

async function allSteps(
  { config, env }: Setting,
  {
    fromMs,
    parts,
    toMs,
  }: { readonly parts: BackfillParts; readonly fromMs: Ms; readonly toMs: Ms },
  signal: AbortSignal,
): Promise<void> {
  const past = pastOf(config, env, { fromMs, toMs });
  if (config.collect.kalshi) {
    const targets = await backfillMarkets(parts, past, signal);
    await backfillCandles(parts, targets, signal);
    await backfillTrades(parts, targets, signal);
  }
  if (config.collect.coinbase) {
    const named = past.series.flatMap((series) => underlyingOf(series)?.product ?? []);
    const products = [...new Set([...neededProducts(config, env), ...named])];
    await backfillSpot(parts, { fromMs, products, toMs }, signal);
  }
}

/** What `--series`, `--event` and `--tickers` mean for the past: the narrowest that is named counts. */
function pastOf(config: Config, env: Environment, range: Pick<Past, "fromMs" | "toMs">): Past {
  const { event_ticker: event, market_tickers: tickers } = config.kalshi;
  if (tickers.length > 0) {
    const named = new Set(tickers);
    const series = [...new Set(tickers.map(seriesOfTicker))];
    return { ...range, series, wants: ({ ticker }) => named.has(ticker) };
  }
  if (event !== null) {
    const series = [seriesOfTicker(event)];
    return { ...range, series, wants: ({ eventTicker }) => eventTicker === event };
  }
  return { ...range, series: followedSeries(config, env), wants: () => true };
}

/** Runs the work while time passes; what ended it early is returned, a request to stop is no failure. */
async function driven(
  env: Environment,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<KbtError | null> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  // Where time has ended nobody who waits would ever wake: a recording is over sooner than a long list of calls.
  const driving = driverOf(env)?.(() => {}, signal).then(() => stop.abort(recordingOver()));
  try {
    await work(signal);
    return null;
  } catch (error) {
    const isStop =
      error === outer.reason || (error instanceof Error && error.name === "AbortError");
    if (outer.aborted && isStop) return null;
    if (error instanceof KbtError) return error;
    throw error;
  } finally {
    stop.abort();
    await driving;
  }
}

function recordingOver(): KbtError {
  return new KbtError({
    kind: "data",
    code: "RECORDING_ENDED",
    message: "the recording ended before everything was fetched",
    hint: "ask for fewer days, or use --sim with a scenario",
  });
}

function incomplete(problems: number): KbtError | null {
  if (problems === 0) return null;
  return new KbtError({
    kind: "data",
    code: "BACKFILL_INCOMPLETE",
    message: `${problems} parts could not be had; everything else is stored`,
    hint: "run the same command again later: it asks for these parts only",
  });
}
