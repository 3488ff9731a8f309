import type { Signer } from "../../adapters/kalshi/auth.ts";
import type { Logger } from "../../adapters/platform/logger.ts";
import type { Lock } from "../../adapters/sqlite/lock.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult, LiveOptions } from "../context.ts";
import { BreakerDesk } from "../live/breaker-desk.ts";
import type { MachineWatch } from "../live/machine-watch.ts";
import { liveReport, renderLive } from "../live/report.ts";
import type { LiveVenue } from "../live/venue.ts";
import { type Ending, windDown } from "../live/wind-down.ts";
import { type RunEnd, runFeeds } from "../run.ts";
import type { Environment } from "./environment.ts";
import { confirmedOnly, type Gate, liveGates, refused } from "./live-gates.ts";
import { takeLiveLocks } from "./live-locks.ts";
import { machineWatch } from "./live-machine.ts";
import { entryGuard, type LivePast, livePast } from "./live-rules.ts";
import { type CashLedger, cashLedger, orderTasks, startProblem } from "./live-tasks.ts";
import { type LiveOrders, openLiveVenue } from "./live-venue.ts";
import { inEnvironment } from "./open-environment.ts";
import { changedError, endError, exitOf, openLog } from "./record.ts";
import { withStrategySeries } from "./strategy-series.ts";
import { watched } from "./watch-run.ts";
import { type Setting, tradingRunParts, type Wired, wireTrading } from "./wire-trading.ts";

/** `kbt live`: places real orders when every gate is open, and leaves none behind. */
export async function live(ctx: CommandContext, options: LiveOptions): Promise<CommandResult> {
  const loaded = withStrategySeries(await ctx.loadConfig(), options.strategies);
  const config = confirmedOnly(loaded, options);
  return watched({ ctx, config, mode: "live" }, (watch) =>
    inEnvironment(config, options.sim, (env) =>
      throughGates({ ctx, config, env: watch.environment(env), options, watch }),
    ),
  );
}

async function throughGates(
  setting: Setting & Pick<LiveSetting, "options">,
): Promise<CommandResult> {
  const { config, ctx, env, options } = setting;
  let lock: Lock | null = null;
  try {
    lock = takeLiveLocks(ctx, config, env);
    const isLocked = lock !== null;
    const gates = liveGates({ config, env, isLocked, options, variables: ctx.env });
    const { signer } = env;
    if (signer === null || gates.some(({ open }) => !open)) {
      return await refused(ctx, [...gates, UNCOMPARED]);
    }
    return await trade({ ...setting, signer, gates });
  } finally {
    lock?.release();
  }
}

/** Nothing is asked of the exchange while another gate is shut. */
const UNCOMPARED: Gate = {
  gate: "reconcile",
  open: false,
  need: "a clean comparison with the exchange, once the other gates are open",
};

interface LiveSetting extends Setting {
  readonly options: LiveOptions;
  readonly signer: Signer;
  readonly gates: readonly Gate[];
}

/** What is bought for money is bought on prices of now (reliability.md part 3). */
const STALE_MS_MAX = 2_000;

/** One live run while it lasts. */
interface LiveRun {
  readonly wired: Wired<LiveVenue>;
  readonly orders: LiveOrders;
  readonly cash: CashLedger;
  readonly machine: MachineWatch;
  readonly log: Logger;
  readonly startMs: number;
}

async function trade(setting: LiveSetting): Promise<CommandResult> {
  const { ctx, config, env, signer, watch } = setting;
  const log = watch.log(openLog(ctx, config, "live"));
  const startMs = env.clock.nowMs();
  const cash = cashLedger();
  const machine = machineWatch(config, env, log);
  const machineHold = () => machine.holdReason();
  const opened: { orders?: LiveOrders; past?: LivePast } = {};
  const wired = await wireTrading(setting, {
    mode: "live",
    log,
    // An id is used once and for ever, and a new file begins again at run 1: the start makes them different.
    runKey: (runId) => `live/${env.stamp}/${runId}/${startMs}`,
    staleMsMax: STALE_MS_MAX,
    guard: (own) => {
      opened.past = livePast(own, env);
      return entryGuard(own, opened.past);
    },
    venue: (inputs) => {
      opened.orders = openLiveVenue(env, signer, inputs, { log, machineHold });
      return opened.orders.venue;
    },
    watch: (recorder) => {
      const { orders, past } = opened;
      if (orders === undefined || past === undefined) throw new Error("nothing is open");
      const desk = new BreakerDesk(past, (cause) => orders.venue.latch(cause));
      desk.start(startMs);
      return desk.hear(cash.watch(recorder));
    },
    latched: () => opened.orders?.venue.latched ?? [],
  });
  const { orders } = opened;
  if (orders === undefined) throw new Error("the venue was not opened");
  const run: LiveRun = { wired, orders, cash, machine, log, startMs };
  let exitCode = 1;
  try {
    const result = await runOrRefuse(setting, run);
    exitCode = result.exitCode;
    return result;
  } finally {
    await run.orders.venue.abandon();
    run.orders.close();
    await wired.recorder.close(exitCode, wired.feeds);
  }
}

async function runOrRefuse(setting: LiveSetting, run: LiveRun): Promise<CommandResult> {
  const { ctx, env, gates } = setting;
  const { cash, log, machine, orders, wired } = run;
  const parts = { ...wired, env, config: wired.config, orders, cash, machine };
  const problem = await startProblem(parts, ctx.signal);
  // What was found out about the orders of earlier runs goes on file first.
  wired.session.advance(env.clock.nowMs());
  if (problem !== null) return refused(ctx, [...gates, { gate: "reconcile", ...problem }]);
  const runId = wired.recorder.runId;
  log.info({ ev: "run.started", runId, environment: env.label }, "live started");
  let ending: Ending = { isVerified: false, doubtful: [], resting: null };
  const usual = tradingRunParts(setting, wired, log);
  const end = await runFeeds(
    {
      ...usual,
      stopWhen: (nowMs) => (orders.venue.isKilled ? "killed" : usual.stopWhen(nowMs)),
      beside: orderTasks(parts),
      windDown: async () => {
        ending = await endWithin(env, (signal) =>
          windDown({ venue: orders.venue, reads: wired.rest, clock: env.clock }, signal),
        );
      },
    },
    ctx.signal,
  );
  ctx.progress.stop();
  return resultOf(setting, run, { end, ending });
}

/** Of the user's own time: a clock that has stopped must not keep the end from coming. */
const END_REAL_MS = 90_000;

async function endWithin<T>(
  env: Environment,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const over = new AbortController();
  const watch = env.real
    .sleep(END_REAL_MS, over.signal)
    .then(() => patience.abort(new DOMException("too late", "AbortError")))
    .catch(() => {});
  try {
    return await work(patience.signal);
  } finally {
    over.abort(new DOMException("done", "AbortError"));
    await watch;
  }
}

async function resultOf(
  { ctx, env }: LiveSetting,
  { log, orders, startMs, wired }: LiveRun,
  { end, ending }: { readonly end: RunEnd; readonly ending: Ending },
): Promise<CommandResult> {
  const latched = [...orders.venue.latched];
  const error = liveError(ending, latched) ?? runError(end, env, wired);
  const exitCode = error === null ? 0 : exitOf(error);
  const runId = wired.recorder.runId;
  log.info({ ev: "run.ended", runId, exitCode, ended_by: end.reason }, "live ended");
  const report = liveReport({
    runId,
    environment: env.label,
    engine: wired.engine,
    session: wired.session,
    end,
    exchangeMs: env.clock.nowMs() - startMs,
    ending,
    latched,
  });
  return {
    exitCode,
    data: report,
    text: await renderLive(ctx, report),
    warnings: wired.warnings,
    ...(error === null ? {} : { error }),
  };
}

function runError(end: RunEnd, env: Environment, { session }: Wired<LiveVenue>): KbtError | null {
  return endError(end.error, env.sim?.truncated ?? null) ?? changedError(session.totals.changed);
}

/** Doubt about an order beats every other reason to end. */
function liveError({ doubtful, isVerified, resting }: Ending, latched: string[]): KbtError | null {
  if (!isVerified) {
    const unknown = doubtful.map(({ order }) => order.orderId).join(", ");
    const rests = (resting ?? []).map(({ exchangeId }) => exchangeId).join(", ");
    return new KbtError({
      kind: "doubt",
      code: "ORDERS_IN_DOUBT",
      message: `it is not certain that no order rests${unknown && `; without a known end: ${unknown}`}${rests && `; resting: ${rests}`}`,
      hint: "kbt live cancel-all ends what rests; the next kbt live finds out what became of the others",
    });
  }
  const [kind] = latched;
  if (kind === undefined) return null;
  return new KbtError({
    kind: "risk",
    code: "LATCHED",
    message: `trading was stopped: ${latched.join(", ")}`,
    hint: `look at what happened, then kbt live reset ${kind} --reason TEXT`,
  });
}
