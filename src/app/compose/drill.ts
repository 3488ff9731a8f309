import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import { costOf, PRICE_ONE, qty } from "../../core/units.ts";
import type { CommandContext, CommandResult, DoctorOptions } from "../context.ts";
import { Drill } from "../live/drill.ts";
import { recordDrill } from "./drill-record.ts";
import type { Environment } from "./environment.ts";
import { clearKillFile, isKilledOnlyFor, setKillFile } from "./kill-file.ts";
import { type LiveOutcome, throughGates } from "./live.ts";
import { isOwnHost } from "./live-gates.ts";
import { inEnvironment } from "./open-environment.ts";
import { exitOf } from "./record.ts";

/** Of the exchange's time. */
const WAIT_MS = 90_000;
const REASON = "kbt doctor --drill";
const ONE_CONTRACT = costOf(PRICE_ONE, qty(100));

/** `kbt doctor --drill`: an order, its cancel and the kill switch, on demo or on the local exchange, line by line. */
export async function drill(ctx: CommandContext, options: DoctorOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  if (options.sim === null && config.kalshi.env === "prod") {
    throw new KbtError({
      kind: "risk",
      code: "DRILL_REFUSED",
      message: "a drill places orders, which it does not do on the real exchange",
    });
  }
  return inEnvironment(config, options.sim, (env) => drillIn(ctx, { config, env, options }));
}

interface DrillSetting {
  readonly config: Config;
  readonly env: Environment;
  readonly options: DoctorOptions;
}

async function drillIn(ctx: CommandContext, setting: DrillSetting): Promise<CommandResult> {
  const { config, env, options } = setting;
  const path = config.storage.db_path;
  const own = new Drill();
  let killMs: number | null = null;
  const isOver = (): boolean => {
    if (own.isReady && killMs === null) {
      killMs = env.clock.nowMs();
      setKillFile(path, REASON);
    }
    return own.problem !== null;
  };
  const bounds = { strategies: [], seconds: null, windows: null, once: false, sim: options.sim };
  // It buys nothing, so there is nothing to confirm.
  const confirmed = { confirmLive: config.kalshi.series, yes: true };
  const asked = { ...bounds, ...confirmed, untilMs: env.clock.nowMs() + WAIT_MS };
  const errand = { own, isHarmless: true, maxCost: ONE_CONTRACT, isOver };
  try {
    return await throughGates({ ctx, config, env, options: asked, errand }, (_setting, outcome) =>
      resultOf(ctx, setting, linesOf(env, own, killMs, outcome)),
    );
  } finally {
    // Somebody who has pulled it meanwhile meant it.
    if (killMs !== null && isKilledOnlyFor(path, REASON)) clearKill(setting);
  }
}

interface DrillLine {
  readonly step: string;
  readonly state: "ok" | "fail";
  readonly detail: string;
}

function linesOf(
  env: Environment,
  own: Drill,
  killMs: number | null,
  { ending, run }: LiveOutcome,
): readonly DrillLine[] {
  const { venue } = run.orders;
  const done = own.steps.map(({ endMs, startMs, step }): DrillLine => {
    const what = step === "cancel" ? "over" : "rests";
    return endMs === null
      ? { step, state: "fail", detail: own.problem ?? "the exchange did not say so in time" }
      : { step, state: "ok", detail: `${what} by the exchange's word after ${endMs - startMs} ms` };
  });
  const isKill = killMs !== null && venue.latched.has("kill");
  const fills = run.wired.session.totals.fills;
  return [
    ...done,
    own.ticker === null
      ? { step: "market", state: "fail", detail: "no open market in which an order could rest" }
      : { step: "market", state: "ok", detail: own.ticker },
    isKill
      ? { step: "kill", state: "ok", detail: "the kill file was seen, and trading latched" }
      : { step: "kill", state: "fail", detail: "the kill file was not seen" },
    ending.isVerified
      ? {
          step: "empty",
          state: "ok",
          detail: `nothing rests: read ${env.clock.nowMs() - (killMs ?? 0)} ms after the kill`,
        }
      : { step: "empty", state: "fail", detail: "it is not certain that nothing rests" },
    fills === 0
      ? { step: "fills", state: "ok", detail: "none: nothing was bought" }
      : { step: "fills", state: "fail", detail: `${fills}: kbt ledger shows what was bought` },
  ];
}

async function resultOf(
  ctx: CommandContext,
  { config, env }: DrillSetting,
  steps: readonly DrillLine[],
): Promise<CommandResult> {
  const failed = steps.filter(({ state }) => state === "fail");
  const isGood = failed.length === 0;
  if (isGood) {
    const atMs = createSystemClock().nowMs();
    // An exchange on this machine may be called demo; it is none.
    const isTold = env.stamp !== "demo" || isOwnHost("demo", config.kalshi.rest_url);
    if (isTold) recordDrill(ctx.homeDir, { atMs, env: env.stamp, version: ctx.version });
  }
  const error = isGood
    ? null
    : new KbtError({
        kind: "check",
        code: "DRILL_FAILED",
        message: `the drill failed: ${failed.map(({ step }) => step).join(", ")}`,
      });
  return {
    exitCode: error === null ? 0 : exitOf(error),
    data: { environment: env.label, steps, failed: failed.length },
    text: await ctx.table({
      columns: [{ title: "step" }, { title: "state" }, { title: "what was seen" }],
      rows: steps.map(({ detail, state, step }) => [step, state, ctx.clean(detail, 200)]),
    }),
    warnings: [],
    ...(error === null ? {} : { error }),
  };
}

/** The switch that was pulled for the drill goes back, and both are on file. */
function clearKill({ config, env }: DrillSetting): void {
  const path = config.storage.db_path;
  const ledger = createLedgerWriter({ path, env: env.stamp });
  try {
    const atMs = createSystemClock().nowMs();
    ledger.clearLatch({ mode: "live", kind: "kill", atMs, reason: REASON });
    clearKillFile(path);
  } finally {
    ledger.close();
  }
}
