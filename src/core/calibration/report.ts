import type { Prob } from "../units.ts";
import { baseRates } from "./baselines.ts";
import { type Forecasters, type ForecastRow, forecastersOf } from "./forecasters.ts";
import { type ClusterMean, clusterMean, minimumDetectableEdge } from "./intervals.ts";
import { hasMarket, quoted } from "./market-rows.ts";
import { pickForecasts, pickRows, type ScoredRow, wouldTrade } from "./pick-rows.ts";
import { eceIfCalibrated, type ReliabilityBin, reliability } from "./reliability.ts";
import {
  auc,
  brier,
  clippedCount,
  ece,
  type Forecasts,
  logError,
  logLoss,
  type Murphy,
  murphy,
  spiegelhalterZ,
  squaredError,
} from "./scores.ts";

export interface ReportOptions {
  /** Settled windows below which nothing is said. */
  readonly minWindows: number;
  /** Probabilities are kept in [eps, 1 − eps] for the log loss, model and market alike. */
  readonly eps: number;
  /** Strategies that are there to be beaten: the report is about none of them as long as there is anything else. */
  readonly baselines: readonly string[];
}

/** models.md §4.9: below 100 windows not even a 12-cent edge shows. */
export const DEFAULT_REPORT_OPTIONS: ReportOptions = {
  minWindows: 100,
  eps: 1e-3,
  baselines: [],
};

interface Scores {
  readonly brier: number;
  readonly logLoss: number;
  /** Rows that the log loss had to clip. */
  readonly clipped: number;
  readonly ece: number;
  /** What a perfectly calibrated source would show by chance; compare `ece` with this, not with 0. */
  readonly eceIfCalibrated: number;
  readonly auc: number;
  readonly murphy: Murphy;
}

type Baseline = Pick<Scores, "brier" | "logLoss">;

interface Comparison {
  /** Of the probability that is scored; which that is says `forecaster`. */
  readonly model: Scores;
  readonly market: Scores;
  /** What knows nothing of price or time, on the same rows: NO always, and the series' share of YES until then. */
  readonly baselines: { readonly alwaysNo: Baseline; readonly baseRate: Baseline };
  /** Market's score less the forecaster's, so positive means that the market is beaten; standard errors by window. */
  readonly brierGain: ClusterMean;
  readonly logLossGain: ClusterMean;
  /** Calibration of the forecaster on the first row of each window: valid for independent rows only. */
  readonly spiegelhalter: { readonly z: number; readonly pValue: number };
  readonly reliability: readonly ReliabilityBin[];
}

type EvidenceStatus = "not_enough" | "inconclusive";

export interface UniverseReport {
  readonly status: EvidenceStatus;
  /** Rows at decision times, and those of them that also had a market price: only the latter are scored. */
  readonly rows: number;
  readonly scored: number;
  /** Distinct settlement instants among the scored rows. */
  readonly windows: number;
  /** Settled windows still missing to `minWindows`. */
  readonly missingWindows: number;
  /** Smallest edge that this many windows can show at p = ½, in probability; null without any. */
  readonly minimumDetectableEdge: number | null;
  /** Null when nothing can be scored. */
  readonly scores: Comparison | null;
}

/** The forecaster of all strategies that have no opinion of their own. */
export const MODEL = "model";

/** How good one probability was. */
export interface ForecasterReport {
  /** `model`, or the strategy whose own probability it is. */
  readonly forecaster: string;
  /** Markets and times that are left out because the strategy had no opinion, as while it is warming up. */
  readonly silent: number;
  /**
   * Always both: on all rows scores look brilliant because most outcomes are nearly decided; what counts is where the
   * strategy would trade.
   */
  readonly all: UniverseReport;
  readonly wouldTrade: UniverseReport;
}

export interface CalibrationReport extends ForecasterReport {
  /** Status and counts of the whole universe. */
  readonly status: EvidenceStatus;
  readonly windows: number;
  readonly missingWindows: number;
  readonly options: ReportOptions;
  readonly rowsIn: number;
  /** Strategies with a probability of their own beside it, each on the rows where it had one; they are pooled with nothing. */
  readonly others: readonly ForecasterReport[];
}

/**
 * Forecast against market on settled opportunities, taken at fixed decision times: the model's where a strategy goes by it,
 * else that of the one strategy that there is.
 */
export function calibrationReport(
  rows: readonly ScoredRow[],
  options: ReportOptions = DEFAULT_REPORT_OPTIONS,
  { model, own, silent }: Forecasters<ScoredRow> = forecastersOf(rows),
): CalibrationReport {
  const rates = baseRates(pickForecasts(rows));
  const reports = [...own]
    .map(([name, mine]) => ({
      ...reportOf(name, mine, { options, rates }),
      silent: silences(silent, name),
    }))
    .toSorted((a, b) => rankOf(a, options) - rankOf(b, options));
  const traders = reports.filter((one) => rankOf(one, options) === 0);
  const only = traders.length > 0 ? traders : reports;
  const [alone, ...more] = model.length > 0 ? [] : only;
  const main =
    alone !== undefined && more.length === 0 ? alone : reportOf(MODEL, model, { options, rates });
  return {
    ...main,
    status: main.all.status,
    windows: main.all.windows,
    missingWindows: main.all.missingWindows,
    options,
    rowsIn: rows.length,
    others: reports.filter((one) => one !== main),
  };
}

/** Baselines come last. */
function rankOf({ forecaster }: ForecasterReport, { baselines }: ReportOptions): number {
  return baselines.includes(forecaster) ? 1 : 0;
}

interface Known {
  readonly options: ReportOptions;
  readonly rates: ReadonlyMap<string, Prob>;
}

function silences(rows: readonly ScoredRow[], name: string): number {
  return pickRows(rows.filter(({ strategy }) => strategy === name)).length;
}

function reportOf(
  forecaster: string,
  rows: readonly ForecastRow[],
  { options, rates }: Known,
): ForecasterReport {
  const picked = pickRows(rows);
  return {
    forecaster,
    silent: 0,
    // Two strategies that go by the model heard one forecast.
    all: universe(pickForecasts(picked), options, rates),
    wouldTrade: universe(pickForecasts(picked.filter(wouldTrade)), options, rates),
  };
}

interface PricedRow extends ForecastRow {
  readonly pMarket: number;
}

function universe(
  rows: readonly ForecastRow[],
  options: ReportOptions,
  rates: ReadonlyMap<string, Prob>,
): UniverseReport {
  const scored = rows.filter(hasMarket);
  const windows = new Set(scored.map((row) => row.window)).size;
  const missingWindows = Math.max(0, options.minWindows - windows);
  return {
    status: missingWindows > 0 || windows === 0 ? "not_enough" : "inconclusive",
    rows: rows.length,
    scored: scored.length,
    windows,
    missingWindows,
    minimumDetectableEdge: windows === 0 ? null : minimumDetectableEdge(windows),
    scores: scored.length === 0 ? null : compare(scored, options.eps, rates),
  };
}

function compare(
  rows: readonly PricedRow[],
  eps: number,
  rates: ReadonlyMap<string, Prob>,
): Comparison {
  const y = rows.map((row) => row.outcome);
  const model = { p: rows.map((row) => row.p), y };
  const market = { p: rows.map((row) => quoted(row.pMarket)), y };
  const rate = rows.map((row) => rates.get(row.ticker) ?? 0.5);
  const cluster = rows.map((row) => row.window);
  const gain = (errorOf: (p: number, y: number) => number): ClusterMean => {
    const d = rows.map(
      ({ outcome, p, pMarket }) => errorOf(quoted(pMarket), outcome) - errorOf(quoted(p), outcome),
    );
    return clusterMean({ d, cluster });
  };
  return {
    model: scoresOf(model, eps),
    market: scoresOf(market, eps),
    baselines: {
      alwaysNo: baselineOf({ p: rows.map(() => 0), y }, eps),
      baseRate: baselineOf({ p: rate, y }, eps),
    },
    brierGain: gain(squaredError),
    logLossGain: gain(logError(eps)),
    spiegelhalter: spiegelhalterZ(firstOfEachWindow(rows)),
    reliability: reliability(model),
  };
}

function scoresOf(forecasts: Forecasts, eps: number): Scores {
  return {
    brier: brier(forecasts),
    logLoss: logLoss({ ...forecasts, eps }),
    clipped: clippedCount(forecasts.p, eps),
    ece: ece({ ...forecasts, bins: 10, kind: "width" }).ece,
    eceIfCalibrated: eceIfCalibrated(forecasts.p),
    auc: auc(forecasts),
    murphy: murphy({ ...forecasts, bins: 10 }),
  };
}

function baselineOf(forecasts: Forecasts, eps: number): Baseline {
  return { brier: brier(forecasts), logLoss: logLoss({ ...forecasts, eps }) };
}

function firstOfEachWindow(rows: readonly PricedRow[]): Forecasts {
  const first = new Map<string, PricedRow>();
  for (const row of rows) {
    const known = first.get(row.window);
    if (known === undefined || row.atMs < known.atMs) first.set(row.window, row);
  }
  const kept = [...first.values()];
  return { p: kept.map((row) => row.p), y: kept.map((row) => row.outcome) };
}
