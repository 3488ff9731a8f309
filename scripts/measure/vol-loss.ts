import { createVolEstimator, type VolOptions } from "../../src/core/vol/estimator.ts";
import { sampleGrid } from "../../src/core/vol/realized.ts";
import type { Series } from "./vol-series.ts";

/** An estimator as it is measured; what an option leaves out is the product's default. */
export interface Variant {
  readonly name: string;
  readonly options: Partial<VolOptions>;
}

/** Every forecast of one horizon, the outcomes beside them; the arrays of a variant run parallel to `block`. */
export interface Forecasts {
  readonly horizonS: number;
  /** Day (minute candles) or hour (second-level series) of the origin: what is dependent is counted together. */
  readonly block: string[];
  /** Realised variance of the horizon. */
  readonly realised: number[];
  /** Log return over the horizon. */
  readonly logReturn: number[];
  /** Forecast variance of the horizon, by variant. */
  readonly forecast: ReadonlyMap<string, number[]>;
}

export const HORIZONS_S = [300, 900, 3_600] as const;
/** So that the slow part is full and the time of day is in use; a day is all there is of the second-level series. */
const WARM_UP_S = { minutes: 86_400, seconds: 3_600 };
/** Windows of the minute series follow each other; those of the second-level series overlap, there is too little of them. */
const MINUTES_ORIGIN_S = 300;
const SECONDS_ORIGIN_S = 60;
/** A window with more holes than this has no outcome. */
const COVERED_MIN = 0.9;

/**
 * Feeds a series to all variants as the product would, and writes down what each forecasts at every origin that has an
 * outcome. An origin counts only when all of them are ready, so that all are judged by the same windows.
 */
export function forecastSeries(series: Series, variants: readonly Variant[]): readonly Forecasts[] {
  const estimators = variants.map(({ name, options }) => ({
    name,
    vol: createVolEstimator({ gridS: series.gridS, ...options }),
  }));
  const outcomes = new Outcomes(series);
  const results = HORIZONS_S.map((horizonS) => emptyForecasts(horizonS, variants));
  for (const [i, atMs] of series.timesMs.entries()) {
    const price = series.prices[i] ?? Number.NaN;
    for (const { vol } of estimators) vol.onPrice(price, atMs);
    for (const originMs of originsAfter(series, i)) {
      // A live feed speaks again at once: without that, the price at the origin would wait a whole minute for its turn.
      if (series.kind === "minutes") {
        for (const { vol } of estimators) vol.onPrice(price, originMs + 1);
      }
      for (const result of results)
        takeForecast(result, { originMs, series, outcomes, estimators });
    }
  }
  return results;
}

/** Origins behind the warm-up at which the i-th price is the newest and not stale. */
function originsAfter(series: Series, i: number): number[] {
  const stepMs = 1000 * (series.kind === "minutes" ? MINUTES_ORIGIN_S : SECONDS_ORIGIN_S);
  const atMs = series.timesMs[i] ?? Number.NaN;
  const warmMs = (series.timesMs[0] ?? 0) + WARM_UP_S[series.kind] * 1000;
  const endMs = Math.min(series.timesMs[i + 1] ?? Number.POSITIVE_INFINITY, atMs + 10_001);
  const origins: number[] = [];
  for (let ms = Math.ceil(Math.max(atMs, warmMs) / stepMs) * stepMs; ms < endMs; ms += stepMs) {
    origins.push(ms);
  }
  return origins;
}

interface Origin {
  readonly originMs: number;
  readonly series: Series;
  readonly outcomes: Outcomes;
  readonly estimators: readonly {
    readonly name: string;
    readonly vol: ReturnType<typeof createVolEstimator>;
  }[];
}

function takeForecast(result: Forecasts, { originMs, series, outcomes, estimators }: Origin): void {
  const { horizonS } = result;
  if (series.kind === "minutes" && originMs % (horizonS * 1000) !== 0) return;
  const outcome = outcomes.over(originMs / 1000, horizonS);
  if (outcome === null) return;
  const sigmas = estimators.map(({ vol }) => vol.sigma(horizonS));
  if (!sigmas.every(({ ready }) => ready)) return;
  const iso = new Date(originMs).toISOString();
  result.block.push(series.kind === "minutes" ? iso.slice(0, 10) : iso.slice(0, 13));
  result.realised.push(outcome.variance);
  result.logReturn.push(outcome.logReturn);
  for (const [k, { name }] of estimators.entries()) {
    result.forecast.get(name)?.push((sigmas[k]?.sigma ?? Number.NaN) ** 2 * horizonS);
  }
}

function emptyForecasts(horizonS: number, variants: readonly Variant[]): Forecasts {
  return {
    horizonS,
    block: [],
    realised: [],
    logReturn: [],
    forecast: new Map(variants.map(({ name }) => [name, []])),
  };
}

/** What came after: squared grid returns and the whole return, over windows with next to no holes. */
class Outcomes {
  readonly #gridS: number;
  readonly #startS: number;
  readonly #logs: readonly number[];

  constructor(series: Series) {
    const { start, prices } = sampleGrid({
      ts: series.timesMs.map((ms) => ms / 1000),
      px: series.prices,
      dt: series.gridS,
      maxStale: 10,
    });
    this.#gridS = series.gridS;
    this.#startS = start;
    this.#logs = prices.map((price) => (price === null ? Number.NaN : Math.log(price)));
  }

  over(
    fromS: number,
    horizonS: number,
  ): { readonly variance: number; readonly logReturn: number } | null {
    const first = Math.round((fromS - this.#startS) / this.#gridS);
    const steps = horizonS / this.#gridS;
    const logReturn = this.#at(first + steps) - this.#at(first);
    if (Number.isNaN(logReturn)) return null;
    let sum = 0;
    let count = 0;
    for (let k = first + 1; k <= first + steps; k++) {
      const r = this.#at(k) - this.#at(k - 1);
      if (Number.isNaN(r)) continue;
      sum += r * r;
      count++;
    }
    return count < COVERED_MIN * steps ? null : { variance: (sum * steps) / count, logReturn };
  }

  #at(k: number): number {
    return this.#logs[k] ?? Number.NaN;
  }
}
