import type { Logger } from "../../adapters/platform/logger.ts";
import type { SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { Feed, Recorder } from "../../ports.ts";
import { collectReport, renderCollect } from "../collect-report.ts";
import type { CollectOptions, CommandContext, CommandResult } from "../context.ts";
import { feedLine } from "../progress-line.ts";
import { type RunEnd, type RunParts, runFeeds } from "../run.ts";
import { Session } from "../session.ts";
import { absentFeeds, runWarnings, type WiredFeeds, wireFeeds } from "./collect-feeds.ts";
import type { Environment } from "./environment.ts";
import { indexProxy } from "./feeds.ts";
import { type FileWatch, watchFile } from "./file-watch.ts";
import { inEnvironment } from "./open-environment.ts";
import type { RawFiles } from "./raw.ts";
import {
  changedError,
  closing,
  driverOf,
  endError,
  exitOf,
  openLog,
  openRecorder,
} from "./record.ts";
import { type RunWatch, watched } from "./watch-run.ts";

/** `kbt collect`: feeds into the database, and proof that everything that arrived is there. */
export async function collect(
  ctx: CommandContext,
  options: CollectOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  return watched({ ctx, config, mode: "collect", isErrand: false }, (watch) =>
    inEnvironment(config, options.sim, (env) =>
      record(ctx, { config, env: watch.environment(env), watch }, options),
    ),
  );
}

interface Setting {
  readonly config: Config;
  readonly env: Environment;
  readonly watch: RunWatch;
}

async function record(
  ctx: CommandContext,
  setting: Setting,
  options: CollectOptions,
): Promise<CommandResult> {
  const { config, env } = setting;
  const wired = await wireFeeds(config, env, ctx.signal);
  try {
    const log = setting.watch.log(openLog(ctx, config, "collect"));
    const recorder = openRecorder(ctx, config, env, { mode: "collect", sim: options.sim });
    return await recordTo(ctx, { ...wired, ...setting, log, recorder });
  } finally {
    ctx.progress.stop();
    await wired.raw?.close();
  }
}

async function recordTo(ctx: CommandContext, run: Opened): Promise<CommandResult> {
  const { config, env, feeds, follow, log, raw, recorder, watch } = run;
  let file: FileWatch | null = null;
  const work = async (): Promise<CommandResult> => {
    file = watchFile({ config, env, log, runId: recorder.runId });
    const session = follow(
      new Session({
        recorder: watch.recorder(recorder),
        engine: null,
        venue: null,
        proxy: indexProxy(config, env),
        startMs: env.clock.nowMs(),
        resync: () => {},
      }),
    );
    const { totals } = session;
    const { readTokens } = run;
    watch.follow({ clock: env.clock, feeds, totals, recorder, readTokens, trading: null });
    log.info({ ev: "run.started", runId: recorder.runId }, "collect started");
    const parts = { config, env, feeds, recorder, session, raw, watch };
    const end = await runFeeds(runParts(ctx, parts), ctx.signal);
    ctx.progress.stop();
    await raw?.close();
    const result = await resultOf(ctx, { ...parts, file, end });
    log.info(
      { ev: "run.ended", runId: recorder.runId, exitCode: result.exitCode, ended_by: end.reason },
      "collect ended",
    );
    return result;
  };
  return closing(ctx, work, async (exitCode) => {
    try {
      await file?.close();
    } finally {
      // Whatever else went wrong: a run that is not closed is taken for a killed one.
      await recorder.close(exitCode, feeds);
    }
  });
}

interface Opened extends WiredFeeds, Setting {
  readonly log: Logger;
  readonly recorder: SqliteRecorder;
}

interface Parts {
  readonly config: Config;
  readonly env: Environment;
  readonly feeds: readonly Feed[];
  readonly recorder: Recorder;
  readonly session: Session;
  readonly raw: RawFiles | null;
  readonly watch: RunWatch;
}

async function resultOf(
  ctx: CommandContext,
  run: Parts & { readonly file: FileWatch; readonly end: RunEnd },
): Promise<CommandResult> {
  const { config, env, feeds, recorder, session, raw, file, end } = run;
  const rows = recorder.counts();
  const kept = await file.end(rows, end.realMs);
  const truncated = env.sim?.truncated ?? null;
  const report = collectReport({
    runId: recorder.runId,
    environment: env.label,
    feeds,
    end,
    rows,
    stored: recorder.stored(),
    gaps: session.totals.gaps,
    delivered: session.totals.delivered,
    absent: absentFeeds(env),
    raw: raw?.files ?? [],
    truncated,
    upkeep: kept.upkeep,
    size: kept.size,
  });
  const error =
    endError(end.error, truncated) ??
    kept.error ??
    changedError(session.totals.changed) ??
    notDone(report.not_met);
  return {
    exitCode: error === null ? 0 : exitOf(error),
    data: report,
    text: await renderCollect(ctx, report),
    warnings: runWarnings(env, config),
    ...(error === null ? {} : { error }),
  };
}

function runParts(
  ctx: CommandContext,
  { config, env, feeds, recorder, session, raw, watch }: Parts,
): RunParts {
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
    progress: () => {
      ctx.progress.update(feedLine({ feeds, env, real: env.real, totals: session.totals }));
      watch.tick();
    },
  };
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
