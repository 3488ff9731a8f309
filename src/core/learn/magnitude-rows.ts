import { DAY_MS } from "../iso-time.ts";
import type { Ms } from "../units.ts";
import { VOL_ESTIMATORS, type VolEstimatorName } from "../vol/estimators/registry.ts";
import { diurnalFactor, diurnalMean } from "../vol/seasonal.ts";
import { type VarianceOptions, VariancePart } from "../vol/variance-part.ts";
import {
  BAR_MS,
  type Bar,
  barAt,
  barReturn,
  barsOfMinutes,
  isReckonable,
  MINUTE_MS,
  type PaidFunding,
  type SpotCandle,
  streaks,
  volumeRatio,
  withFunding,
} from "./bars.ts";

/** What is known at the end of a bar, what the plain estimators make of it, and how much the next one moved. */
export interface MagnitudeRow {
  /** End of the last bar that was seen. */
  readonly atMs: Ms;
  readonly x: readonly number[];
  /** Regressors of HAR: log variance over four horizons, and the log of the time-of-day factor. */
  readonly har: readonly number[];
  /** Variance of the next bar as production forecasts it, and as the blend of models.md §2.6 does. */
  readonly production: number;
  readonly blend: number;
  /** Σ of the squared one-minute returns of the next bar, and its return. */
  readonly realized: number;
  readonly nextReturn: number;
}

/** How production estimates volatility: what a model must be better than. */
export interface ProductionVol extends VarianceOptions {
  readonly estimator: VolEstimatorName;
}

export interface MagnitudeRows {
  readonly production: VolEstimatorName;
  readonly features: readonly string[];
  readonly rows: readonly MagnitudeRow[];
}

/** Bars that a row looks back on, the last one included: a day. */
export const MAGNITUDE_LOOKBACK = 96;

/** Nothing moves less than the smallest believable sigma (models.md §1.10): the log of a frozen feed is no number. */
const REALIZED_MIN = 0.15e-4 ** 2 * (BAR_MS / 1000);
const HORIZON_BARS = [1, 4, 16, 96];

const FEATURES = [
  "ln_rv_15",
  "ln_rv_60",
  "ln_rv_240",
  "ln_rv_1440",
  "abs_return_1",
  "abs_return_4",
  "ln_high_low",
  "volume_ratio_20",
  "sin_hour",
  "cos_hour",
  "weekend",
];

/** Rows of models.md §2.8 from one-minute candles, ascending without repeats; none spans a hole. */
export function magnitudeRows(
  minutes: readonly SpotCandle[],
  paid: readonly PaidFunding[],
  vol: ProductionVol,
): MagnitudeRows {
  const bars = barsOfMinutes(minutes);
  const forecasts = plainForecasts(minutes, vol);
  const blends = plainForecasts(minutes, { ...vol, estimator: "blend" });
  const lengths = streaks(bars);
  const found: MagnitudeRow[] = [];
  for (let i = 0; i + 1 < bars.length; i++) {
    if ((lengths[i] ?? 0) < MAGNITUDE_LOOKBACK + 1 || (lengths[i + 1] ?? 0) === 1) continue;
    const atMs = barAt(bars, i + 1).openMs;
    const production = forecasts.get(atMs);
    const blend = blends.get(atMs);
    const ratio = volumeRatio(bars, i);
    if (production === undefined || blend === undefined || ratio === null) continue;
    const logs = HORIZON_BARS.map((horizon) => logRealized(bars, i, horizon));
    const x = [...logs, ...shapeAt(bars, i), ratio, ...timeOf(atMs)];
    const realized = Math.max(REALIZED_MIN, barAt(bars, i + 1).realized ?? 0);
    if (!isReckonable([...x, production, blend, realized])) continue;
    found.push({
      atMs,
      x,
      har: [...logs, Math.log(diurnalMean(atMs, BAR_MS / 1000))],
      production,
      blend,
      realized,
      nextReturn: barReturn(bars, i + 1),
    });
  }
  const { hasFunding, rows } = withFunding(found, paid);
  return {
    production: vol.estimator,
    features: hasFunding ? [...FEATURES, "funding"] : FEATURES,
    rows,
  };
}

/** ln of the variance of a bar, on average over the last `horizon` of them. */
function logRealized(bars: readonly Bar[], i: number, horizon: number): number {
  let sum = 0;
  for (let k = i - horizon + 1; k <= i; k++) sum += barAt(bars, k).realized ?? 0;
  return Math.log(Math.max(REALIZED_MIN, sum / horizon));
}

function shapeAt(bars: readonly Bar[], i: number): number[] {
  const sizes = [0, 1, 2, 3].map((back) => Math.abs(barReturn(bars, i - back)));
  const { highUsd, lowUsd } = barAt(bars, i);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return [sizes[0] ?? 0, mean, Math.log(highUsd / lowUsd)];
}

function timeOf(atMs: Ms): number[] {
  const angle = (2 * Math.PI * (atMs % DAY_MS)) / DAY_MS;
  // Day 0 of the epoch was a Thursday.
  const weekday = Math.floor(atMs / DAY_MS) % 7;
  return [Math.sin(angle), Math.cos(angle), weekday === 2 || weekday === 3 ? 1 : 0];
}

/**
 * What an estimator of production forecasts as the variance of the quarter of an hour that begins at each of its starts,
 * from the minutes before it: of a whole day of them, and anew after every hole.
 */
export function plainForecasts(
  minutes: readonly SpotCandle[],
  vol: ProductionVol,
): Map<Ms, number> {
  const forecasts = new Map<Ms, number>();
  const create = VOL_ESTIMATORS[vol.estimator];
  let part = new VariancePart(create, vol);
  let before: SpotCandle | undefined;
  for (const minute of minutes) {
    const endMs = minute.openMs + MINUTE_MS;
    const last = before?.openMs === minute.openMs - MINUTE_MS ? before.closeUsd : Number.NaN;
    const logReturn = Math.log(minute.closeUsd / last);
    // A step that no price can make is a hole as well: an estimator would never forget it.
    if (Number.isFinite(logReturn)) {
      part.observe(endMs, logReturn / Math.sqrt(diurnalFactor(endMs - 1)), MINUTE_MS / 1000);
    } else {
      part = new VariancePart(create, vol);
    }
    before = minute;
    if (endMs % BAR_MS !== 0 || !part.isComplete) continue;
    const seconds = BAR_MS / 1000;
    const variance = part.value * diurnalMean(endMs, seconds) * seconds;
    if (!Number.isNaN(variance)) forecasts.set(endMs, Math.max(REALIZED_MIN, variance));
  }
  return forecasts;
}
