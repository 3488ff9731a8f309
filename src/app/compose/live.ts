import type { Signer } from "../../adapters/kalshi/auth.ts";
import type { Logger } from "../../adapters/platform/logger.ts";
import type { Lock } from "../../adapters/sqlite/lock.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { TrackedOrder } from "../../core/live/tracked-order.ts";
import type { Strategy } from "../../core/strategy.ts";
import type { Money } from "../../core/units.ts";
import type { CommandContext, CommandResult, LiveOptions } from "../context.ts";
import { heard, type RowListener } from "../heard-recorder.ts";
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
import { changedError, closing, endError, exitOf, openLog } from "./record.ts";
import { withStrategySeries } from "./strategy-series.ts";
import { watched } from "./watch-run.ts";
import {
  patienceOf,
  type Setting,
  tradingRunParts,
  type Wired,
  wireTrading,
} from "./wire-trading.ts";

/** `kbt live`: places real orders when every gate is open, and leaves none behind. */
export async function live(ctx: CommandContext, options: LiveOptions): Promise<CommandResult> {
  return inEnvironment(await configOf(ctx, options), options.sim, (env) =>
    liveIn(ctx, env, options),
  );
}

async function configOf(ctx: CommandContext, options: LiveOptions): Promise<Config> {
  return confirmedOnly(withStrategySeries(await ctx.loadConfig(), options.strategies), options);
}

/** The same in an environment that is open already, and stays so. */
export async function liveIn(
  ctx: CommandContext,
  env: Environment,
  options: LiveOptions,
): Promise<CommandResult> {
  const config = await configOf(ctx, options);
  return throughGates({ ctx, config, env, options, errand: null }, resultOf);
}

/** One run behind the gates and with the locks of all of them. */
export function throughGates(asked: Asked, tell: Tell): Promise<CommandResult> {
  const { config, ctx, errand } = asked;
  return watched({ ctx, config, mode: "live", isErrand: errand !== null }, (watch) =>
    locked({ ...asked, env: watch.environment(asked.env), watch }, tell),
  );
}

async function locked(setting: Asked & Setting, tell: Tell): Promise<CommandResult> {
  const { config, ctx, env, options } = setting;
  let lock: Lock | null = null;
  try {
    lock = takeLiveLocks(ctx, config, env);
    const isLocked = lock !== null;
    const byHand = setting.errand?.maxCost ?? null;
    const gates = liveGates({ config, env, isLocked, options, ctx, byHand });
    const { signer } = env;
    if (signer === null || gates.some(({ open }) => !open)) {
      return await refused(ctx, [...gates, UNCOMPARED]);
    }
    return await trade({ ...setting, signer, gates }, tell);
  } finally {
    ctx.progress.stop();
    lock?.release();
  }
}

type Tell = (setting: LiveSetting, outcome: LiveOutcome) => Promise<CommandResult>;

/** Nothing is asked of the exchange while another gate is shut. */
const UNCOMPARED: Gate = {
  gate: "reconcile",
  open: false,
  need: "a clean comparison with the exchange, once the other gates are open",
};

/** What a live run is made of. */
export interface Asked extends Omit<Setting, "watch"> {
  readonly options: LiveOptions;
  /** What is done instead of trading by the strategies of the options; null for nothing else. */
  readonly errand: Errand | null;
}

interface LiveSetting extends Asked, Setting {
  readonly options: LiveOptions;
  readonly signer: Signer;
  readonly gates: readonly Gate[];
}

/** A strategy of its own that wants one thing, and is told of every row. */
export interface Errand {
  readonly own: RowListener & { readonly strategy: Strategy };
  /** What it buys costs next to nothing and is far from any market: no rule of entries is about that. */
  readonly isHarmless: boolean;
  /** What it may spend. */
  readonly maxCost: Money;
  /** There is nothing more to wait for. */
  isOver(venue: LiveVenue): boolean;
}

/** What a live run came to. */
export interface LiveOutcome {
  readonly run: LiveRun;
  readonly end: RunEnd;
  readonly ending: Ending;
  /** Why it did not end as it should have; doubt about an order before everything else. */
  readonly error: KbtError | null;
}

/** What is bought for money is bought on prices of now (reliability.md part 3). */
const STALE_MS_MAX = 2_000;

/** One live run while it lasts. */
export interface LiveRun {
  readonly wired: Wired<LiveVenue>;
  readonly orders: LiveOrders;
  readonly cash: CashLedger;
  readonly machine: MachineWatch;
  readonly log: Logger;
  readonly startMs: number;
}

/** One run from its start to its proven end; the gates are open and the locks held. */
async function trade(setting: LiveSetting, tell: Tell): Promise<CommandResult> {
  const { ctx, config, env, errand, signer, watch } = setting;
  const log = watch.log(openLog(ctx, config, "live"));
  const startMs = env.clock.nowMs();
  const cash = cashLedger();
  const spent = () => cash.spent().cost;
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
      return errand?.isHarmless === true ? undefined : entryGuard(own, opened.past);
    },
    venue: (inputs) => {
      opened.orders = openLiveVenue(env, signer, inputs, { log, machineHold, spent });
      return opened.orders.venue;
    },
    start: (start, runKey) => {
      const { orders, past } = opened;
      // What a person wants of one order is nothing that a replay could want again.
      if (errand !== null || !orders || !past) return null;
      const { expected } = orders;
      return { ...start, live: { runKey, staleMsMax: STALE_MS_MAX, used: past.used, expected } };
    },
    own: errand?.own.strategy,
    watch: (recorder) => {
      const { orders, past } = opened;
      if (orders === undefined || past === undefined) throw new Error("nothing is open");
      const desk = new BreakerDesk(past, (cause) => orders.venue.latch(cause));
      desk.start(startMs);
      const own = desk.hear(cash.watch(recorder));
      return errand === null ? own : heard(own, errand.own);
    },
    latched: () => opened.orders?.venue.latched ?? [],
  });
  const { orders } = opened;
  if (orders === undefined) throw new Error("the venue was not opened");
  const run: LiveRun = { wired, orders, cash, machine, log, startMs };
  return closing(
    ctx,
    () => runOrRefuse(setting, run, tell),
    async (exitCode) => {
      await orders.venue.abandon();
      orders.close();
      await wired.recorder.close(exitCode, wired.feeds);
    },
  );
}

async function runOrRefuse(setting: LiveSetting, run: LiveRun, tell: Tell): Promise<CommandResult> {
  const { ctx, env, errand, gates } = setting;
  const { cash, log, machine, orders, wired } = run;
  const parts = { ...wired, env, config: wired.config, orders, cash, machine };
  const problem = await startProblem(parts, patienceOf(setting, log));
  // What was found out about the orders of earlier runs goes on file first.
  wired.session.advance(env.clock.nowMs());
  if (problem !== null) return refused(ctx, [...gates, { gate: "reconcile", ...problem }]);
  const runId = wired.recorder.runId;
  log.info({ ev: "run.started", runId, environment: env.label }, "live started");
  const alarm = alarmOf(log);
  let ending: Ending = { isVerified: false, doubtful: [], resting: null };
  const usual = tradingRunParts(setting, wired, log);
  const end = await runFeeds(
    {
      ...usual,
      stopWhen: (nowMs) => {
        if (orders.venue.isKilled) return "killed";
        return errand?.isOver(orders.venue) === true ? "once" : usual.stopWhen(nowMs);
      },
      beside: orderTasks(parts),
      windDown: async () => {
        ending = await endWithin(env, (signal) =>
          windDown({ clock: env.clock, venue: orders.venue, reads: wired.rest, alarm }, signal),
        );
      },
    },
    ctx.signal,
  );
  ctx.progress.stop();
  const error = liveError(ending, [...orders.venue.latched]) ?? runError(end, env, wired);
  const exitCode = error === null ? 0 : exitOf(error);
  log.info({ ev: "run.ended", runId, exitCode, ended_by: end.reason }, "live ended");
  return tell(setting, { run, end, ending, error });
}

/** Whoever stopped the run is told what may still rest, and until when. */
function alarmOf(log: Logger): (doubtful: readonly TrackedOrder[]) => void {
  return (doubtful) => {
    const orders = doubtful.map(({ exchangeId, expiresMs, order: { orderId, ticker } }) => {
      return {
        orderId,
        ticker,
        exchangeId,
        expires: expiresMs === null ? null : isoTime(expiresMs),
      };
    });
    log.error({ ev: "orders.in_doubt", orders }, "the end of the run waits for orders");
  };
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
  { end, ending, error, run }: LiveOutcome,
): Promise<CommandResult> {
  const { orders, startMs, wired } = run;
  const report = liveReport({
    runId: wired.recorder.runId,
    environment: env.label,
    engine: wired.engine,
    session: wired.session,
    end,
    exchangeMs: env.clock.nowMs() - startMs,
    ending,
    latched: [...orders.venue.latched],
  });
  return {
    exitCode: error === null ? 0 : exitOf(error),
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
    // Whoever is told 4 looks at the key first, which is what was refused.
    kind: latched.includes("auth") ? "auth" : "risk",
    code: "LATCHED",
    message: `trading was stopped: ${latched.join(", ")}`,
    hint: `look at what happened, then kbt live reset ${kind} --reason TEXT`,
  });
}
