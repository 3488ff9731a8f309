import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { listRecordings } from "../../adapters/sqlite/queries/recordings.ts";
import { createRecorder } from "../../adapters/sqlite/recorder.ts";
import { countEvents } from "../../adapters/sqlite/replay.ts";
import type { Config } from "../../config/schema.ts";
import { maskConfig } from "../../config/secrets.ts";
import { KbtError } from "../../core/errors.ts";
import { money } from "../../core/units.ts";
import { tradingStrategies } from "../../strategies/registry.ts";
import { chooseRecordings } from "../backtest/choose-recordings.ts";
import { cellName, type Setting, sweepGrid } from "../backtest/sweep-grid.ts";
import { type BacktestFacts, backtestReport, renderBacktest } from "../backtest-report.ts";
import type { BacktestOptions, CommandContext, CommandResult } from "../context.ts";
import { stopCodeOf } from "../is-stop.ts";
import { createPace } from "../pace.ts";
import { resolveTime } from "../time-bound.ts";
import { replayCapture } from "./backtest-capture.ts";
import { type CellResult, type CellTask, runCell } from "./backtest-cell.ts";
import { runCells } from "./backtest-cells.ts";
import { eventsOfTask, fetchedDays, spanOfTask } from "./backtest-days.ts";
import { guardLookAhead } from "./backtest-guard.ts";
import { scoresOf } from "./backtest-scores.ts";
import { pricingOf } from "./pricing.ts";
import { brokenOff } from "./record.ts";
import { withStrategySeries } from "./strategy-series.ts";

/** `kbt backtest`: recordings once more through the same engine, with other settings if that is wished. */
export async function backtest(
  ctx: CommandContext,
  options: BacktestOptions,
): Promise<CommandResult> {
  if (options.verify !== null) {
    return (await import("./verify.ts")).verify(ctx, options.verify);
  }
  const setting = await asked(ctx, options);
  if (options.capture !== null) return ofCapture(ctx, setting, options.capture);
  const reader = openReader(setting.config.storage.db_path);
  try {
    const chosen = taskOf(reader, setting);
    if (options.guard) return await guardLookAhead(ctx, reader, chosen.task);
    return await replay({ ctx, reader, ...setting, ...chosen });
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

/** What is to be replayed, checked before anything is opened. */
interface Asked {
  readonly config: Config;
  readonly options: BacktestOptions;
  /** Variants that are to be compared, with their configurations; empty without a sweep. */
  readonly variants: readonly Named[];
  readonly exits: readonly Named[];
  /** Series that were asked for; null for all that were recorded. */
  readonly series: readonly string[] | null;
}

/** A configuration by the name that it has in a comparison. */
interface Named {
  readonly name: string;
  readonly config: Config;
}

async function asked(ctx: CommandContext, options: BacktestOptions): Promise<Asked> {
  const loaded = await ctx.loadConfig();
  // Refuses an unknown name, and none at all, before anything is replayed.
  const config = withStrategySeries(loaded, options.strategies);
  const isChosen = loaded.origins.get("kalshi.series")?.kind === "flag";
  const cells = sweepGrid(options.sweep).filter((cell) => cell.length > 0);
  const variants = await Promise.all(
    cells.map((cell) => named(ctx, cellName(cell), cell, "--sweep")),
  );
  const exits = await Promise.all(
    options.exits.map((word) => named(ctx, word, [{ path: "exits.rule", text: word }], "--exit")),
  );
  return { config, options, variants, exits, series: isChosen ? config.kalshi.series : null };
}

async function named(
  ctx: CommandContext,
  name: string,
  settings: readonly Setting[],
  flag: string,
): Promise<Named> {
  const { config } = await ctx.loadConfig(settings.map((each) => ({ ...each, flag })));
  return { name, config };
}

interface Chosen {
  readonly task: CellTask;
  readonly warnings: readonly string[];
}

function taskOf(reader: Reader, { config, options, series }: Asked): Chosen {
  const nowMs = createSystemClock().nowMs();
  const sinceMs = resolveTime(options.since, nowMs) ?? null;
  const untilMs = resolveTime(options.until, nowMs) ?? null;
  const terms = { config, strategies: options.strategies, fill: options.fill, series };
  const range = { sinceMs, untilMs };
  if (options.fetched) {
    const days = fetchedDays(reader, { series: config.kalshi.series, ...range });
    const task = { ...terms, recordings: [], history: days.span, sinceMs: null, untilMs: null };
    return { task, warnings: days.warnings };
  }
  const { chosen, warnings } = chooseRecordings(listRecordings(reader), {
    runs: options.runs,
    ...range,
  });
  if (chosen.length === 0) throw nothingRecorded(reader.path, sinceMs ?? untilMs);
  const thinned = chosen.filter((each) => each.thinned > 0);
  return {
    task: { ...terms, recordings: chosen, history: null, ...range },
    warnings: [
      ...warnings,
      ...thinned.map(
        ({ runId, thinned: rows }) =>
          `run ${runId} was thinned by --retain: ${rows} rows of it are gone`,
      ),
    ],
  };
}

function nothingRecorded(path: string, boundMs: number | null): KbtError {
  return new KbtError({
    kind: "data",
    code: "NOTHING_RECORDED",
    message: `${path} holds no recording ${boundMs === null ? "" : "of that time "}to replay`,
    hint: "record with `kbt collect` or `kbt paper`, or replay a capture with --from-capture",
  });
}

/** A capture becomes a run first, which is the backtest; comparisons are further replays of it. */
async function ofCapture(
  ctx: CommandContext,
  setting: Asked,
  path: string,
): Promise<CommandResult> {
  const captured = await replayCapture(ctx, setting.config, setting.options, path);
  const { result, runId, task, warnings } = captured;
  const reader = openReader(setting.config.storage.db_path);
  try {
    if (setting.options.guard) return await guardLookAhead(ctx, reader, task);
    const total = countEvents(reader, runId);
    const base = { runId, source: path, result };
    return await report({ ctx, reader, ...setting, task, warnings }, base, total);
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

interface Replaying extends Asked, Chosen {
  readonly ctx: CommandContext;
  readonly reader: Reader;
}

async function replay(work: Replaying): Promise<CommandResult> {
  const { reader, task } = work;
  const total = eventsOfTask(reader, task);
  return report(work, await recorded(work, total), total);
}

/** What the replay came to, and what its comparisons did. */
async function report(work: Replaying, base: Base, total: number): Promise<CommandResult> {
  const { config, ctx, options, reader, warnings } = work;
  const variants = await compared(work, work.variants, total);
  const exits = await compared(work, work.exits, total);
  ctx.progress.stop();
  const scores = scoresOf(reader, base.runId, options.strategies);
  const said = backtestReport(factsOf(work, base, { scores, variants, exits }));
  return {
    exitCode: 0,
    data: { run_id: base.runId, left_open: base.result.leftOpen, ...said },
    text: `${await renderBacktest(ctx, said)}${leftOpenText(base.result)}${nextText(base.runId)}`,
    warnings: [...warnings, ...unsettledWarning(base.result, config)],
  };
}

interface Base {
  readonly runId: number;
  /** What was replayed, for people. */
  readonly source: string;
  readonly result: CellResult;
}

/** The replay under the given configuration; its decisions go on file as a run of its own. */
async function recorded(work: Replaying, total: number): Promise<Base> {
  const { config, ctx, options, reader, task } = work;
  const clock = createSystemClock();
  const { fromMs, toMs } = spanOfTask(task);
  const recorder = createRecorder({
    path: reader.path,
    env: reader.env,
    writer: "thread",
    rows: "decisions",
    run: {
      mode: "backtest",
      startedMs: fromMs,
      version: ctx.version,
      command: "backtest",
      config: {
        ...maskConfig(config),
        strategies: options.strategies,
        backtest: {
          runs: task.recordings.map(({ runId }) => runId),
          fetched: task.history,
          since_ms: task.sinceMs,
          until_ms: task.untilMs,
          fill: task.fill,
        },
      },
      models: pricingOf(config).facts,
    },
    nowMs: () => toMs,
  });
  let exitCode = 1;
  try {
    const pace = createPace(clock, total);
    const result = await runCell(reader, task, {
      recorder,
      onProgress: async (events) => {
        ctx.progress.update(`backtest: ${pace.line(events, "events")}`);
        recorder.flush();
        await turn();
        ctx.signal.throwIfAborted();
      },
    });
    await recorder.drain();
    exitCode = 0;
    const runs = task.recordings.map(({ runId }) => `run ${runId}`).join(", ");
    const source = task.history === null ? runs : "fetched days";
    return { runId: recorder.runId, source, result };
  } catch (error) {
    exitCode = brokenOff(error, ctx.signal, stopCodeOf(ctx.signal));
    throw error;
  } finally {
    await recorder.close(exitCode);
  }
}

interface Compared {
  readonly name: string;
  readonly result: CellResult;
}

/** The same recordings under each of the configurations, on as many threads as there are cores. */
async function compared(
  { ctx, options, reader, task }: Replaying,
  cells: readonly Named[],
  eventsEach: number,
): Promise<readonly Compared[]> {
  if (cells.length === 0) return [];
  const pace = createPace(createSystemClock(), eventsEach * cells.length);
  const results = await runCells({
    path: reader.path,
    tasks: cells.map(({ config }) => ({ ...task, config })),
    threads: options.threads,
    signal: ctx.signal,
    onProgress: (events, done) => {
      ctx.progress.update(
        `variants: ${done} of ${cells.length} done, ${pace.line(events, "events")}`,
      );
    },
  });
  return results.map((result, at) => ({ name: cells[at]?.name ?? "", result }));
}

function factsOf(
  { config, ctx, options, task }: Replaying,
  { result, source }: Base,
  more: {
    readonly scores: BacktestFacts["scores"];
    readonly variants: readonly Compared[];
    readonly exits: readonly Compared[];
  },
): BacktestFacts {
  const { replayed } = result;
  return {
    source,
    version: ctx.version,
    strategies: tradingStrategies(config, options.strategies),
    fill: options.fill,
    seed: config.sim.seed,
    asked: askedSpan(task),
    coverage: replayed.sources.map(({ label, ...count }) => ({ source: label, ...count })),
    bankroll: money(Math.round(config.risk.bankroll_usd * 1e6)),
    trades: result.trades,
    marks: result.marks,
    holdOutShare: options.holdOut,
    evaluations: replayed.evaluations,
    reasons: [...replayed.reasons].map(([reason, count]) => ({ reason, count })),
    scores: more.scores,
    variants: more.variants.map(({ name, result: { marks, trades } }) => ({ name, trades, marks })),
    exits: more.exits.map(({ name, result: { trades } }) => ({ exit: name, trades })),
  };
}

function askedSpan(task: CellTask): BacktestFacts["asked"] {
  const { history, sinceMs, untilMs } = task;
  if (history !== null) return history;
  if (sinceMs === null && untilMs === null) return null;
  const { fromMs, toMs } = spanOfTask(task);
  return { fromMs: sinceMs ?? fromMs, toMs: untilMs ?? toMs };
}

function leftOpenText({ leftOpen }: CellResult): string {
  if (leftOpen === 0) return "";
  const s = leftOpen === 1 ? "" : "s";
  return `${leftOpen} position${s} left open by the recording: in none of the figures\n`;
}

function unsettledWarning({ leftOpen }: CellResult, config: Config): string[] {
  if (leftOpen === 0) return [];
  return [
    `${leftOpen} traded markets have no result in ${config.storage.db_path}: kbt ledger settle imports results, then replay again`,
  ];
}

function nextText(runId: number): string {
  return `stored as run ${runId}; next: kbt why --mode backtest, kbt calibrate --mode backtest\n`;
}
