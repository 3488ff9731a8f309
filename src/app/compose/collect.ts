import type { KalshiRest } from "../../adapters/kalshi/rest.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Feed, Recorder } from "../../ports.ts";
import { collectReport, renderCollect } from "../collect-report.ts";
import type { CollectOptions, CommandContext, CommandResult } from "../context.ts";
import { feedLine } from "../progress-line.ts";
import { type RunParts, runFeeds } from "../run.ts";
import { Session } from "../session.ts";
import { type Environment, SPOT_VENUES } from "./environment.ts";
import {
  assertReachable,
  indexProxy,
  kalshiFeed,
  kalshiRest,
  keyWarnings,
  spotFeed,
} from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
import { openRawFiles, type RawFiles } from "./raw.ts";
import { damage, driverOf, endError, exitOf, openLog, openRecorder } from "./record.ts";

/** `kbt collect`: feeds into the database, and proof that everything that arrived is there. */
export async function collect(
  ctx: CommandContext,
  options: CollectOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const env = await openEnvironment(config, options.sim);
  try {
    return await record(ctx, config, env, options);
  } finally {
    await env.close();
  }
}

async function record(
  ctx: CommandContext,
  config: Config,
  env: Environment,
  options: CollectOptions,
): Promise<CommandResult> {
  let session: Session | null = null;
  const spotUsd = (product: string): number | null => session?.spotUsd(product) ?? null;
  const raw = config.collect.raw ? openRawFiles(env, config.storage.db_path) : null;
  const wires = async (feed: string): Promise<Environment> =>
    raw === null ? env : raw.environmentOf(feed);
  const rest = kalshiRest(config.collect.kalshi ? await wires("kalshi") : env);
  if (config.collect.kalshi) await assertReachable(env, rest, ctx.signal);
  const feeds = await wantedFeeds({ config, wires, raw, rest, spotUsd });
  const log = openLog(ctx, config, "collect");
  const recorder = openRecorder(ctx, config, env, { mode: "collect", sim: options.sim });
  let exitCode = 1;
  try {
    session = new Session({
      recorder,
      engine: null,
      venue: null,
      proxy: indexProxy(config, env),
      startMs: env.clock.nowMs(),
      resync: () => {},
    });
    log.info({ ev: "run.started", runId: recorder.runId }, "collect started");
    const end = await runFeeds(
      runParts(ctx, { config, env, feeds, recorder, session, raw }),
      ctx.signal,
    );
    ctx.progress.stop();
    await raw?.close();
    const truncated = env.sim?.truncated ?? null;
    const report = collectReport({
      runId: recorder.runId,
      environment: env.label,
      feeds,
      end,
      rows: recorder.counts(),
      stored: recorder.stored(),
      gaps: session.totals.gaps,
      absent: absentFeeds(env),
      raw: raw?.files ?? [],
      truncated,
    });
    const error = endError(end.error, truncated) ?? notDone(report.not_met);
    exitCode = error === null ? 0 : exitOf(error);
    log.info(
      { ev: "run.ended", runId: recorder.runId, exitCode, ended_by: end.reason },
      "collect ended",
    );
    return {
      exitCode,
      data: report,
      text: await renderCollect(ctx, report),
      warnings: runWarnings(env, config),
      ...(error === null ? {} : { error }),
    };
  } finally {
    ctx.progress.stop();
    await recorder.close(exitCode, feeds);
  }
}

function runParts(
  ctx: CommandContext,
  run: {
    readonly config: Config;
    readonly env: Environment;
    readonly feeds: readonly Feed[];
    readonly recorder: Recorder;
    readonly session: Session;
    readonly raw: RawFiles | null;
  },
): RunParts {
  const { config, env, feeds, recorder, session, raw } = run;
  return {
    feeds,
    session,
    clock: env.clock,
    real: env.real,
    drive: driverOf(env),
    stopWhen: () => null,
    seconds: config.collect.seconds,
    flushMs: config.storage.flush_ms,
    flush: () => {
      recorder.flush();
      raw?.flush();
    },
    drain: () => recorder.drain(),
    progress: () =>
      ctx.progress.update(feedLine({ feeds, env, real: env.real, totals: session.totals })),
  };
}

async function wantedFeeds(wanted: {
  readonly config: Config;
  /** The environment as one feed sees it. */
  readonly wires: (feed: string) => Promise<Environment>;
  readonly raw: RawFiles | null;
  readonly rest: KalshiRest;
  readonly spotUsd: (product: string) => number | null;
}): Promise<readonly Feed[]> {
  const { config, wires, raw, rest, spotUsd } = wanted;
  const feeds: Feed[] = [];
  if (config.collect.kalshi) {
    const feed = kalshiFeed(config, await wires("kalshi"), { rest, spotUsd });
    feeds.push(raw === null ? feed : noting(feed, raw));
  }
  for (const name of SPOT_VENUES) {
    if (config.collect[name]) feeds.push(spotFeed(name, config, await wires(name)));
  }
  if (feeds.length > 0) return feeds;
  throw new KbtError({
    kind: "usage",
    code: "NO_FEEDS",
    message: "no feed is enabled",
    hint: "pass --coinbase, --kalshi or another feed, or enable one under [collect]",
  });
}

/** The same feed, with the markets it finds noted for whoever replays the file. */
function noting(feed: Feed, raw: RawFiles): Feed {
  return {
    name: feed.name,
    stats: feed.stats,
    status: () => feed.status(),
    run: (sink, signal) =>
      feed.run((event) => {
        if (event.type === "market") raw.market(event.market);
        sink(event);
      }, signal),
  };
}

/** A recording without trades of a venue cannot deliver that venue. */
function absentFeeds(env: Environment): ReadonlySet<string> {
  return new Set(env.sim !== null && env.sim.products.length === 0 ? ["coinbase"] : []);
}

function runWarnings(env: Environment, config: Config): string[] {
  const ofKey = config.collect.kalshi ? keyWarnings(env) : [];
  return [...damage(env), ...absenceWarnings(env, config), ...ofKey];
}

function absenceWarnings(env: Environment, config: Config): string[] {
  if (!config.collect.coinbase || absentFeeds(env).size === 0) return [];
  return [
    "the recording holds no Coinbase trades for these minutes, so coinbase delivered nothing",
  ];
}

function notDone(reasons: readonly string[]): KbtError | null {
  if (reasons.length === 0) return null;
  return new KbtError({
    kind: "data",
    code: "NOT_DONE",
    message: `definition of done not met: ${reasons.join("; ")}`,
    hint: "look at the feed table above and at the log file",
  });
}
