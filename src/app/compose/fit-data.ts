import type { Reader } from "../../adapters/sqlite/open.ts";
import {
  type CandleStock,
  candleStocks,
  paidFunding,
  spotCandles,
} from "../../adapters/sqlite/queries/candles.ts";
import { recalibratedRuns } from "../../adapters/sqlite/queries/models.ts";
import type { TimeRange } from "../../adapters/sqlite/queries/read.ts";
import { type ScoredRow, scoredRows } from "../../adapters/sqlite/queries/scored.ts";
import { DECISION_TIMES_S, pickForecasts } from "../../core/calibration/pick-rows.ts";
import type { MapEvidence, SettledForecast } from "../../core/calibration/recalibration-fit.ts";
import {
  type Bar,
  barsOfMinutes,
  barsOfQuarters,
  type PaidFunding,
  type SpotCandle,
} from "../../core/learn/bars.ts";
import type { Ms } from "../../core/units.ts";

// What `calibrate fit` learns from, as the database has it.

const MINUTE_S = 60;
const QUARTER_S = 900;

export interface CandleData {
  /** One venue: prices of two are never mixed. Null when there are no candles of the product. */
  readonly source: string | null;
  readonly minutes: readonly SpotCandle[];
  /** Built of the minutes, and recorded ones where minutes are missing. */
  readonly bars: readonly Bar[];
  readonly paid: readonly PaidFunding[];
}

/** Products of which candles are on file, those with the longest history first. */
export function productsOnFile(reader: Reader, range: TimeRange): string[] {
  const seconds = new Map<string, number>();
  for (const stock of candleStocks(reader, range)) {
    seconds.set(stock.product, (seconds.get(stock.product) ?? 0) + lengthS(stock));
  }
  return [...seconds].toSorted((a, b) => b[1] - a[1]).map(([product]) => product);
}

/** Candles of a product from the venue that has the longest history of it. */
export function candleData(reader: Reader, product: string, range: TimeRange): CandleData {
  const stocks = candleStocks(reader, range).filter((stock) => stock.product === product);
  const [longest] = stocks.toSorted((a, b) => lengthS(b) - lengthS(a));
  const paid = paidFunding(reader, product.split("-")[0] ?? product);
  if (longest === undefined) return { source: null, minutes: [], bars: [], paid };
  const of = { ...range, source: longest.source, product };
  const closed = (intervalS: number): SpotCandle[] => {
    const candles = spotCandles(reader, { ...of, intervalS });
    // The range is that of openings; of a candle that was still open at its end nobody knew the close.
    const lastMs = (range.until ?? Number.POSITIVE_INFINITY) - intervalS * 1_000;
    return candles.filter(({ openMs }) => openMs <= lastMs);
  };
  const minutes = closed(MINUTE_S);
  const bars = new Map<number, Bar>();
  for (const bar of barsOfQuarters(closed(QUARTER_S))) {
    bars.set(bar.openMs, bar);
  }
  for (const bar of barsOfMinutes(minutes)) bars.set(bar.openMs, bar);
  return {
    source: longest.source,
    minutes,
    bars: [...bars.values()].toSorted((a, b) => a.openMs - b.openMs),
    paid,
  };
}

function lengthS({ count, intervalS }: CandleStock): number {
  return intervalS === MINUTE_S || intervalS === QUARTER_S ? count * intervalS : 0;
}

/** Reasons that say that the model did not see the present: its probability is no forecast. */
const BLIND: ReadonlySet<string> = new Set(["spot_stale", "spot_late"]);

function isBlind({ failed, reason }: ScoredRow): boolean {
  return (failed ?? reason).split(",").some((code) => BLIND.has(code));
}

const ALL_DECISION_TIMES_S = Object.values(DECISION_TIMES_S).flat();

export interface ForecastData {
  readonly bySeries: ReadonlyMap<string, MapEvidence>;
  /** Left out because a map had changed them already. */
  readonly recalibrated: number;
  /** Left out because another version of the pricing model said them. */
  readonly otherPricing: number;
}

/**
 * Settled forecasts of the model, whatever a strategy made of them, at the fixed decision times of paper and live runs, by
 * series: those of the pricing model that was used last.
 */
export function settledForecasts(reader: Reader, range: TimeRange): ForecastData {
  const changed = recalibratedRuns(reader);
  const untilMs = range.until ?? Number.POSITIVE_INFINITY;
  let recalibrated = 0;
  const rows = [];
  const newest = new Map<string, { readonly atMs: Ms; readonly pricing: string | null }>();
  for (const row of scoredRows(reader, { ...range, tauS: ALL_DECISION_TIMES_S })) {
    const { pModel } = row;
    // A backtest says again what a run has said of the same markets.
    if (pModel === null || row.mode === "backtest" || isBlind(row)) continue;
    // Said before the end of the range, but nobody knew by then what came of it.
    if (row.closeMs > untilMs) continue;
    if (changed.has(row.runId)) {
      recalibrated++;
      continue;
    }
    rows.push({ ...row, pModel });
    const last = newest.get(row.seriesTicker);
    if (last === undefined || row.atMs >= last.atMs) newest.set(row.seriesTicker, row);
  }
  const kept = rows.filter((row) => row.pricing === newest.get(row.seriesTicker)?.pricing);
  const bySeries = new Map<string, { pricing: string | null; forecasts: SettledForecast[] }>();
  for (const { closeMs, outcome, pModel, pricing, seriesTicker } of pickForecasts(kept)) {
    const evidence = bySeries.get(seriesTicker) ?? { pricing, forecasts: [] };
    evidence.forecasts.push({ closeMs, p: pModel, outcome });
    bySeries.set(seriesTicker, evidence);
  }
  return { bySeries, recalibrated, otherPricing: rows.length - kept.length };
}
