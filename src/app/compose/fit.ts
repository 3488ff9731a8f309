import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { createModelStore } from "../../adapters/sqlite/model-store.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import type { TimeRange } from "../../adapters/sqlite/queries/read.ts";
import type { Config } from "../../config/schema.ts";
import { MAP_KINDS } from "../../core/calibration/maps.ts";
import {
  fitRecalibration,
  MAP_WINDOWS_MIN,
  windowCount,
} from "../../core/calibration/recalibration-fit.ts";
import { KbtError } from "../../core/errors.ts";
import { DIRECTION_ROWS_MIN, fitDirection } from "../../core/learn/direction-fit.ts";
import { directionRows } from "../../core/learn/direction-rows.ts";
import { fitMagnitude, MAGNITUDE_ROWS_MIN } from "../../core/learn/magnitude-fit.ts";
import { magnitudeRows } from "../../core/learn/magnitude-rows.ts";
import type { FitStep, Fitted } from "../../core/learn/verdict.ts";
import type { CommandContext, CommandResult, FitOptions } from "../context.ts";
import {
  FitPace,
  isOfCandles,
  type ModelReport,
  modelReport,
  renderFit,
  type Shortage,
  shortageText,
} from "../fit-report.ts";
import { resolveTime } from "../time-bound.ts";
import { candleData, productsOnFile, settledForecasts } from "./fit-data.ts";

interface Job {
  readonly kind: Fitted["kind"];
  readonly scope: string;
  /** Rows or settled windows, and how many of them it takes. */
  readonly have: number;
  readonly need: number;
  start(): Generator<FitStep, Fitted>;
}

/** `kbt calibrate fit`: learns from what is on file, and keeps what was learnt with how it did out of sample. */
export async function fit(ctx: CommandContext, options: FitOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path);
  try {
    const nowMs = createSystemClock().nowMs();
    const range = {
      since: resolveTime(options.since, nowMs),
      until: resolveTime(options.until, nowMs),
    };
    const warnings: string[] = [];
    const jobs = [
      ...candleJobs(reader, config, { options, range }),
      ...mapJobs(reader, config, { options, range, warnings }),
    ];
    const short = jobs.filter(({ have, need }) => have < need).map(shortageOf);
    const ready = jobs.filter(({ have, need }) => have >= need);
    if (ready.length === 0) throw nothingToFit(short);
    const report = { models: await runJobs(ctx, reader, ready), short };
    return { exitCode: 0, data: report, text: await renderFit(ctx, report), warnings };
  } finally {
    ctx.progress.stop();
    reader.close();
  }
}

interface Asked {
  readonly options: FitOptions;
  readonly range: TimeRange;
}

function candleJobs(reader: Reader, config: Config, { options, range }: Asked): Job[] {
  const kinds = options.kinds.filter(isOfCandles);
  if (kinds.length === 0) return [];
  const onFile = productsOnFile(reader, range);
  const standard = onFile.length > 0 ? onFile : [config.coinbase.product_id];
  const products = options.products.length > 0 ? options.products : standard;
  return products.flatMap((scope) => {
    const { bars, minutes, paid } = candleData(reader, scope, range);
    const jobs: Job[] = [];
    if (kinds.includes("direction")) {
      const data = directionRows(bars, paid);
      const start = () => fitDirection(data, options.folds);
      const { length: have } = data.rows;
      jobs.push({ kind: "direction", scope, have, need: DIRECTION_ROWS_MIN, start });
    }
    if (kinds.includes("magnitude")) {
      const data = magnitudeRows(minutes, paid, {
        estimator: config.model.vol_estimator,
        fastLambdaPerMinute: config.model.fast_lambda_per_minute,
        windowS: config.model.vol_window_minutes * 60,
      });
      const start = () => fitMagnitude(data, options.folds);
      const { length: have } = data.rows;
      jobs.push({ kind: "magnitude", scope, have, need: MAGNITUDE_ROWS_MIN, start });
    }
    return jobs;
  });
}

function mapJobs(
  reader: Reader,
  config: Config,
  { options, range, warnings }: Asked & { readonly warnings: string[] },
): Job[] {
  const kinds = MAP_KINDS.filter((kind) => options.kinds.includes(kind));
  if (kinds.length === 0) return [];
  const { bySeries, otherPricing, recalibrated } = settledForecasts(reader, range);
  if (recalibrated > 0) {
    warnings.push(
      `${recalibrated} evaluations of runs with model.recalibration on were left out: a map had changed them already`,
    );
  }
  if (otherPricing > 0) {
    warnings.push(
      `${otherPricing} evaluations were left out: they are of other versions of the pricing model than the newest ones`,
    );
  }
  const onFile = [...bySeries.keys()].toSorted();
  const standard = onFile.length > 0 ? onFile : config.kalshi.series;
  const series = options.series.length > 0 ? options.series : standard;
  return series.flatMap((scope) => {
    const evidence = bySeries.get(scope) ?? { forecasts: [], pricing: null };
    const have = windowCount(evidence.forecasts);
    return kinds.map((kind): Job => {
      const start = () => fitRecalibration(kind, evidence, options.folds);
      return { kind, scope, have, need: MAP_WINDOWS_MIN[kind], start };
    });
  });
}

/** One after the other, each stored as soon as it is known: what was fitted before a stop is kept. */
async function runJobs(
  ctx: CommandContext,
  reader: Reader,
  jobs: readonly Job[],
): Promise<ModelReport[]> {
  const clock = createSystemClock();
  const pace = new FitPace(jobs.length);
  const models: ModelReport[] = [];
  for (const [at, job] of jobs.entries()) {
    const name = `${job.kind} of ${job.scope}`;
    const work = job.start();
    let step = work.next();
    while (step.done !== true) {
      ctx.progress.update(pace.line({ at, name }, step.value, clock.monoMs()));
      // Fits are pure computation: without a turn neither a signal nor the progress line would get through.
      await turn();
      ctx.signal.throwIfAborted();
      step = work.next();
    }
    // Open only for the write, so that no connection waits through minutes of arithmetic.
    const store = createModelStore({ path: reader.path, env: reader.env });
    try {
      const stored = store.add(job.scope, step.value, clock.nowMs());
      models.push(modelReport(job.scope, step.value, stored));
    } finally {
      store.close();
    }
  }
  return models;
}

function shortageOf({ have, kind, need, scope }: Job): Shortage {
  return { scope, kind, have, need };
}

/** Of each scope the model that asks for least: whoever has less than that has too little for any. */
function nothingToFit(short: readonly Shortage[]): KbtError {
  const least = new Map<string, Shortage>();
  for (const shortage of short) {
    const known = least.get(shortage.scope);
    if (known === undefined || shortage.need < known.need) least.set(shortage.scope, shortage);
  }
  const hints = [
    ...(short.some(({ kind }) => isOfCandles(kind))
      ? ["`kbt collect --backfill 30` fetches a month of candles"]
      : []),
    ...(short.some(({ kind }) => !isOfCandles(kind))
      ? ["`kbt paper` makes evaluations, `kbt ledger settle` brings their results"]
      : []),
  ];
  return new KbtError({
    kind: "data",
    code: "NOT_ENOUGH_DATA",
    message: `nothing could be fitted: ${[...least.values()].map(shortageText).join("; ")}`,
    hint: hints.join("; "),
  });
}
