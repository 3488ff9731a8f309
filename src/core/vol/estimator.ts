import type { Ms, Sigma, Usd } from "../units.ts";
import { CANDLE_MS, type CandleClose, CandleReturns } from "./candle-returns.ts";
import { type GridReturn, ReturnFilter } from "./return-filter.ts";
import { diurnalFactor, diurnalMean } from "./seasonal.ts";
import { VarianceBlend } from "./variance-blend.ts";

/** Defaults are models.md §8; only the grid has none, because it differs by asset (§2.1). */
export interface VolOptions {
  readonly gridS: number;
  /** Weight the fast part keeps per minute. */
  readonly fastLambdaPerMinute?: number;
  /** Belief before any data, and its share of the fast memory. */
  readonly priorSigma?: Sigma | null;
  readonly priorWeight?: number;
  /** A return over more than this is unknown, not zero. */
  readonly maxGapS?: number;
  /** A price older than this at a grid time is no price. */
  readonly staleS?: number;
  readonly sigmaMin?: Sigma;
  readonly sigmaMax?: Sigma;
  /** Time-of-day factors; `auto` uses them once the slow part spans a day. */
  readonly diurnal?: "auto" | "on" | "off";
}

interface SigmaNow {
  /** Per √second, inside the limits; NaN while nothing at all is known. */
  readonly sigma: Sigma;
  readonly ready: boolean;
  /** `floor` and `cap` mean that the estimate was outside the believable range and must not be traded on. */
  readonly flag: null | "warming" | "floor" | "cap";
}

export interface VolEstimator {
  /** Takes a price in, O(1). Times must not decrease: an older price is dropped, one of the same time replaces. */
  onPrice(priceUsd: Usd, atMs: Ms): void;
  /** Takes closed one-minute candles in, in any order, at once or one by one; those from after the first price are not needed. */
  seedFromCandles(closes: readonly CandleClose[]): void;
  /** Forecast for the next `horizonS` seconds; the horizon matters only through the time of day. */
  sigma(horizonS?: number): SigmaNow;
}

const READY_RETURNS = 24;
const DEFAULT_HORIZON_S = 900;
const UNKNOWN: SigmaNow = { sigma: Number.NaN, ready: false, flag: "warming" };

/** Production forecast of models.md §2.6: a deterministic function of the prices and candles it saw. */
export function createVolEstimator(options: VolOptions): VolEstimator {
  return new Estimator({
    fastLambdaPerMinute: 0.98,
    priorSigma: null,
    priorWeight: 0.2,
    maxGapS: 30,
    staleS: 10,
    sigmaMin: 0.15e-4,
    sigmaMax: 10e-4,
    diurnal: "auto",
    ...options,
  });
}

class Estimator implements VolEstimator {
  readonly #options: Required<VolOptions>;
  readonly #gridMs: Ms;
  /** As observed, and with the time of day divided out: the second is used once it has seen a whole day. */
  readonly #plain: VarianceBlend;
  readonly #flat: VarianceBlend;
  readonly #filter: ReturnFilter;
  readonly #candles = new CandleReturns();
  #firstMs: Ms = Number.POSITIVE_INFINITY;
  #lastMs: Ms = Number.NEGATIVE_INFINITY;
  #lastUsd: Usd = Number.NaN;
  #sampleMs: Ms = Number.NEGATIVE_INFINITY;
  #sampleLog = Number.NaN;
  #returns = 0;
  #answer: SigmaNow | null = null;
  #answerHorizonS = Number.NaN;

  constructor(options: Required<VolOptions>) {
    this.#options = options;
    this.#gridMs = options.gridS * 1000;
    this.#plain = new VarianceBlend(options.fastLambdaPerMinute);
    this.#flat = new VarianceBlend(options.fastLambdaPerMinute);
    this.#filter = new ReturnFilter((accepted) => this.#observe(accepted));
    if (options.priorSigma !== null) {
      this.#plain.prior(options.priorSigma ** 2, options.priorWeight);
      this.#flat.prior(options.priorSigma ** 2, options.priorWeight);
    }
  }

  onPrice(priceUsd: Usd, atMs: Ms): void {
    if (!(priceUsd > 0 && priceUsd < Number.POSITIVE_INFINITY && atMs >= this.#lastMs)) return;
    if (atMs > this.#lastMs && this.#lastMs >= this.#firstMs) this.#sampleUntil(atMs);
    this.#firstMs = Math.min(this.#firstMs, atMs);
    this.#lastMs = atMs;
    this.#lastUsd = priceUsd;
  }

  seedFromCandles(closes: readonly CandleClose[]): void {
    for (const candle of closes) {
      if (!(candle.closeUsd > 0) || candle.openMs + CANDLE_MS > this.#firstMs) continue;
      const completed = this.#candles.add(candle);
      if (completed !== null) this.#observe({ ...completed, seconds: CANDLE_MS / 1000 });
    }
  }

  sigma(horizonS: number = DEFAULT_HORIZON_S): SigmaNow {
    if (this.#answer !== null && this.#answerHorizonS === horizonS) return this.#answer;
    this.#answer = this.#judge(this.#variance(horizonS));
    this.#answerHorizonS = horizonS;
    return this.#answer;
  }

  /**
   * The last price stands at every grid time up to `atMs` at which it was not stale. After a silence only its first few
   * grid times count, so that the work does not grow with the length of the gap.
   */
  #sampleUntil(atMs: Ms): void {
    const end = Math.min(atMs - 1, this.#lastMs + this.#options.staleS * 1000);
    let gridMs = Math.ceil(this.#lastMs / this.#gridMs) * this.#gridMs;
    for (; gridMs <= end; gridMs += this.#gridMs) this.#sample(gridMs);
  }

  #sample(gridMs: Ms): void {
    const log = Math.log(this.#lastUsd);
    const seconds = (gridMs - this.#sampleMs) / 1000;
    if (seconds <= this.#options.maxGapS) {
      const variance = Math.max(this.#plain.value, this.#options.sigmaMin ** 2);
      const known = this.#returns >= READY_RETURNS ? variance : Number.NaN;
      this.#filter.push({ endMs: gridMs, logReturn: log - this.#sampleLog, seconds }, known);
    } else if (Number.isFinite(seconds)) {
      this.#filter.release();
      this.#plain.gap(gridMs, seconds);
      this.#flat.gap(gridMs, seconds);
      this.#answer = null;
    }
    this.#sampleMs = gridMs;
    this.#sampleLog = log;
  }

  #observe({ endMs, logReturn, seconds }: GridReturn): void {
    const squared = logReturn * logReturn;
    const factor = diurnalFactor(endMs - 1);
    this.#plain.observe({ endMs, squared, seconds });
    this.#flat.observe({ endMs, squared: squared / factor, seconds });
    this.#returns++;
    this.#answer = null;
  }

  #variance(horizonS: number): number {
    const { diurnal } = this.#options;
    const isDiurnal = diurnal === "on" || (diurnal === "auto" && this.#flat.isComplete);
    if (!isDiurnal || !Number.isFinite(this.#lastMs)) return this.#plain.value;
    return this.#flat.value * diurnalMean(this.#lastMs, horizonS);
  }

  #judge(variance: number): SigmaNow {
    if (Number.isNaN(variance)) return UNKNOWN;
    const raw = Math.sqrt(variance);
    const { sigmaMin, sigmaMax } = this.#options;
    const sigma = Math.min(sigmaMax, Math.max(sigmaMin, raw));
    if (this.#returns < READY_RETURNS) return { sigma, ready: false, flag: "warming" };
    if (raw < sigmaMin) return { sigma, ready: true, flag: "floor" };
    return { sigma, ready: true, flag: raw > sigmaMax ? "cap" : null };
  }
}
