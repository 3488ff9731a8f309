import { openReader } from "../../adapters/sqlite/open.ts";
import { listRecordings } from "../../adapters/sqlite/queries/recordings.ts";
import type { Config } from "../../config/schema.ts";
import { money } from "../../core/units.ts";
import { SourceCounter } from "../backtest/replay-sources.ts";
import { TradeTape, taped } from "../backtest/trade-tape.ts";
import type { BacktestOptions, CommandContext } from "../context.ts";
import { type CellResult, type CellTask, coverageOf, sightOf } from "./backtest-cell.ts";
import { openEnvironment } from "./open-environment.ts";
import { runTrading } from "./paper.ts";
import { UNWATCHED } from "./watch-run.ts";

/** A capture that has been replayed into the database, as a run with inputs of its own. */
export interface Captured {
  readonly runId: number;
  readonly result: CellResult;
  /** The same for further replays of it. */
  readonly task: CellTask;
  readonly warnings: readonly string[];
}

/**
 * Serves a capture as the exchange, in lockstep, to the very feeds and parsers that `paper --sim=replay:PATH` uses: the
 * decisions are the same because nothing is different. Throws what reading the capture says.
 */
export async function replayCapture(
  ctx: CommandContext,
  config: Config,
  options: BacktestOptions,
  path: string,
): Promise<Captured> {
  const sim = { scenario: `replay:${path}`, seed: 1, speed: "max" as const };
  const env = await openEnvironment(config, sim);
  try {
    let tape: TradeTape | null = null;
    const counter = new SourceCounter();
    const run = await runTrading({
      ctx,
      config,
      env,
      mode: "backtest",
      watch: UNWATCHED,
      fill: options.fill,
      options: { ...TO_THE_END, strategies: options.strategies, sim },
      beside: (recorder, engine) => {
        const bankroll = money(Math.round(config.risk.bankroll_usd * 1e6));
        tape = new TradeTape(sightOf(engine), bankroll);
        const beside = taped(recorder, tape, null);
        return {
          ...beside,
          event: (event, feed) => {
            counter.see(event);
            beside.event(event, feed);
          },
        };
      },
    });
    if (run.error !== null) throw run.error;
    return capturedOf(config, options, { path, run, tape, counter });
  } finally {
    ctx.progress.stop();
    await env.close();
  }
}

const TO_THE_END = { seconds: null, windows: null, untilMs: null, once: false };

function capturedOf(
  config: Config,
  { fill, strategies }: BacktestOptions,
  about: {
    readonly path: string;
    readonly run: Awaited<ReturnType<typeof runTrading>>;
    readonly tape: TradeTape | null;
    readonly counter: SourceCounter;
  },
): Captured {
  const { counter, path, run, tape } = about;
  const { endMs, runId, session, startMs, warnings } = run;
  const reader = openReader(config.storage.db_path);
  try {
    const recorded = listRecordings(reader).filter((each) => each.runId === runId);
    const whole = { history: null, sinceMs: null, untilMs: null, series: null };
    const task = { config, strategies, fill, recordings: recorded, ...whole };
    const { events, evaluations, reasons } = session.totals;
    const covered = coverageOf(counter.count({ label: path, fromMs: startMs, toMs: endMs }));
    return {
      runId,
      task,
      warnings,
      result: {
        trades: tape?.trades() ?? [],
        marks: tape?.marks ?? [],
        leftOpen: tape?.openCount ?? 0,
        replayed: { events, evaluations, reasons, sources: [covered] },
      },
    };
  } finally {
    reader.close();
  }
}
