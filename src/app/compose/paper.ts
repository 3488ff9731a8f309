import type { Engine } from "../../core/engine.ts";
import type { KbtError } from "../../core/errors.ts";
import type { ShadowAccount } from "../../core/sim/shadow.ts";
import type { Ms } from "../../core/units.ts";
import type { Recorder } from "../../ports.ts";
import type { CommandContext, CommandResult, PaperOptions } from "../context.ts";
import { paperReport, renderPaper } from "../paper-report.ts";
import { type RunEnd, runFeeds } from "../run.ts";
import type { Session } from "../session.ts";
import { inEnvironment } from "./open-environment.ts";
import { pastShadowOf } from "./past-account.ts";
import { changedError, closing, endError, exitOf, openLog } from "./record.ts";
import { buildShadow, buildSimVenue, type FillTerms, shadowed } from "./sim-venue.ts";
import { withStrategySeries } from "./strategy-series.ts";
import { watched } from "./watch-run.ts";
import { type Setting, tradingRunParts, type VenueInputs, wireTrading } from "./wire-trading.ts";

/** `kbt paper`: the decisions of live, fills against the recorded book, nothing written to the exchange. */
export async function paper(ctx: CommandContext, options: PaperOptions): Promise<CommandResult> {
  // Refuses an unknown name, and none at all, before anything is opened.
  const config = withStrategySeries(await ctx.loadConfig(), options.strategies);
  return watched({ ctx, config, mode: "paper", isErrand: false }, (watch) =>
    inEnvironment(config, options.sim, (env) =>
      trade({ ctx, config, env: watch.environment(env), options, watch, mode: "paper" }),
    ),
  );
}

interface SimSetting extends Setting {
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

async function trade(setting: SimSetting): Promise<CommandResult> {
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
export async function runTrading(setting: SimSetting): Promise<TradingRun> {
  const { beside, ctx, config, env, mode, watch } = setting;
  const log = watch.log(openLog(ctx, config, mode));
  const startMs = env.clock.nowMs();
  const wired = await wireTrading(setting, {
    mode,
    log,
    runKey: (runId) => `${mode}/${runId}`,
    venue: (inputs) => simVenue(setting, inputs),
    ...(beside === undefined ? {} : { watch: beside }),
  });
  const work = async (): Promise<TradingRun> => {
    log.info(
      { ev: "run.started", runId: wired.recorder.runId, environment: env.label },
      `${mode} started`,
    );
    const end = await runFeeds(tradingRunParts(setting, wired, log), ctx.signal);
    ctx.progress.stop();
    const error =
      endError(end.error, env.sim?.truncated ?? null) ?? changedError(wired.session.totals.changed);
    const exitCode = error === null ? 0 : exitOf(error);
    log.info(
      { ev: "run.ended", runId: wired.recorder.runId, exitCode, ended_by: end.reason },
      `${mode} ended`,
    );
    const { engine, session, venue, warnings } = wired;
    const { shadow } = venue;
    const { runId } = wired.recorder;
    const endMs = env.clock.nowMs();
    return { runId, engine, session, shadow, end, startMs, endMs, exitCode, error, warnings };
  };
  return closing(ctx, work, (exitCode) => wired.recorder.close(exitCode, wired.feeds));
}

/** The expected account, and beside it the pessimistic one. */
function simVenue({ env, fill }: SimSetting, { config, engine, recorder }: VenueInputs) {
  const shadow = buildShadow(config, engine, {
    past: pastShadowOf(config.storage.db_path, recorder.account, env.clock.nowMs()),
    record: (leg) => recorder.pessimistic(leg),
  });
  return { ...shadowed(buildSimVenue(config, engine, fill), shadow), shadow };
}

function nextStep(settledMarkets: number): string {
  return settledMarkets > 0
    ? "next: kbt calibrate (is there an edge?), kbt ledger (what was traded)\n"
    : "next: kbt ledger settle (imports results once markets have closed)\n";
}
