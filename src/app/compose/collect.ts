import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Feed } from "../../ports.ts";
import { collectReport, renderCollect } from "../collect-report.ts";
import type { CollectOptions, CommandContext, CommandResult } from "../context.ts";
import { feedLine } from "../progress-line.ts";
import { runFeeds } from "../run.ts";
import { Session } from "../session.ts";
import { type Environment, SPOT_VENUES } from "./environment.ts";
import { kalshiFeed, kalshiRest, spotFeed } from "./feeds.ts";
import { openEnvironment } from "./open-environment.ts";
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
  const feeds = await wantedFeeds({ config, env, spotUsd }, ctx.signal);
  const log = openLog(ctx, config, "collect");
  const recorder = openRecorder(ctx, config, env, { mode: "collect", sim: options.sim });
  let exitCode = 1;
  try {
    session = new Session({
      recorder,
      engine: null,
      venue: null,
      startMs: env.clock.nowMs(),
      resync: () => {},
    });
    const live = session;
    log.info({ ev: "run.started", runId: recorder.runId }, "collect started");
    const end = await runFeeds(
      {
        feeds,
        session: live,
        clock: env.clock,
        real: env.real,
        drive: driverOf(env),
        stopWhen: () => null,
        seconds: config.collect.seconds,
        flushMs: config.storage.flush_ms,
        flush: () => recorder.flush(),
        progress: () =>
          ctx.progress.update(feedLine({ feeds, env, real: env.real, totals: live.totals })),
      },
      ctx.signal,
    );
    ctx.progress.stop();
    const truncated = env.sim?.truncated ?? null;
    const report = collectReport({
      runId: recorder.runId,
      environment: env.label,
      feeds,
      end,
      rows: recorder.counts(),
      stored: recorder.stored(),
      absent: absentFeeds(env),
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
      warnings: [...damage(env), ...absenceWarnings(env, config)],
      ...(error === null ? {} : { error }),
    };
  } finally {
    ctx.progress.stop();
    recorder.close(exitCode);
  }
}

async function wantedFeeds(
  wanted: {
    readonly config: Config;
    readonly env: Environment;
    readonly spotUsd: (product: string) => number | null;
  },
  signal: AbortSignal,
): Promise<readonly Feed[]> {
  const { config, env, spotUsd } = wanted;
  const feeds: Feed[] = [];
  if (config.collect.kalshi) {
    feeds.push(await kalshiFeed(config, env, { rest: kalshiRest(env), spotUsd }, signal));
  }
  for (const name of SPOT_VENUES) {
    if (config.collect[name]) feeds.push(spotFeed(name, config, env));
  }
  if (feeds.length > 0) return feeds;
  throw new KbtError({
    kind: "usage",
    code: "NO_FEEDS",
    message: "no feed is enabled",
    hint: "pass --coinbase, --kalshi or another feed, or enable one under [collect]",
  });
}

/** A recording without trades of a venue cannot deliver that venue. */
function absentFeeds(env: Environment): ReadonlySet<string> {
  return new Set(env.sim !== null && env.sim.products.length === 0 ? ["coinbase"] : []);
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
