import type { Ms, Sigma, Usd } from "../units.ts";
import { CANDLE_MS, type CandleClose, CandleReturns } from "./candle-returns.ts";
import { VOL_ESTIMATORS, type VolEstimatorName } from "./estimators/registry.ts";
import { isSuspicious, ReturnFilter } from "./return-filter.ts";
import { DEFAULT_SEASON, diurnalFactor, diurnalMean, HOUR_MS, type Season } from "./seasonal.ts";
import { VariancePart } from "./variance-part.ts";

/** Defaults are models.md §8; only the grid has none, because it differs by asset (§2.1). */
export interface VolOptions {
  readonly gridS: number;
  /** How returns become a variance (docs/volatility.md). */
  readonly estimator?: VolEstimatorName;
  /** Weight the exponential memory keeps per minute. */
  readonly fastLambdaPerMinute?: number;
  /** Trailing window of `realised`. */
  readonly windowS?: number;
  /** Belief before any data, and its share of the fast memory. */
  readonly priorSigma?: Sigma | null;
  readonly priorWeight?: number;
  /** A return over more than this, and over more than one grid step, is unknown, not zero. */
  readonly maxGapS?: number;
  /** A price older than this at a grid time is no price. */
  readonly staleS?: number;
  readonly sigmaMin?: Sigma;
  readonly sigmaMax?: Sigma;
  /** Time-of-day factors; `auto` uses them once the memory spans a day. */
  readonly diurnal?: "auto" | "on" | "off";
  readonly season?: Season;
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

/**
 * Volatility from a stream of prices, as any of the estimators in `estimators/` has it: a deterministic function of the
 * prices and candles it saw. Memory is fixed, and the work for a price does not depend on how many came before.
 */
export function createVolEstimator(options: VolOptions): VolEstimator {
  return new Estimator({
    estimator: "cascade",
    fastLambdaPerMinute: 0.98,
    windowS: 3_600,
    priorSigma: null,
    priorWeight: 0.2,
    maxGapS: 30,
    staleS: 10,
    sigmaMin: 0.15e-4,
    sigmaMax: 10e-4,
    diurnal: "auto",
    season: DEFAULT_SEASON,
    ...options,
  });
}

class Estimator implements VolEstimator {
  readonly #options: Required<VolOptions>;
  readonly #gridMs: Ms;
  readonly #staleMs: Ms;
  readonly #maxGapS: number;
  readonly #varianceMin: number;
  /** As observed, and with the time of day divided out: the second is used once it has seen a whole day. */
  readonly #plain: VariancePart;
  readonly #flat: VariancePart;
  readonly #filter: ReturnFilter;
  readonly #candles = new CandleReturns();
  #firstMs: Ms = Number.POSITIVE_INFINITY;
  #lastMs: Ms = Number.NEGATIVE_INFINITY;
  #lastUsd: Usd = Number.NaN;
  /** The first grid time at which the last price has not been sampled yet. */
  #nextGridMs: Ms = Number.NaN;
  #sampleMs: Ms = Number.NEGATIVE_INFINITY;
  #sampleUsd: Usd = Number.NaN;
  #sampleLog = Number.NaN;
  #hour = Number.NaN;
  #perRoot = Number.NaN;
  #returns = 0;
  #answer: SigmaNow | null = null;
  #answerHorizonS = Number.NaN;

  constructor(options: Required<VolOptions>) {
    this.#options = options;
    this.#gridMs = options.gridS * 1000;
    this.#staleMs = options.staleS * 1000;
    this.#maxGapS = Math.max(options.maxGapS, options.gridS);
    this.#varianceMin = options.sigmaMin ** 2;
    const create = VOL_ESTIMATORS[options.estimator];
    this.#plain = new VariancePart(create, options);
    this.#flat = new VariancePart(create, options);
    this.#filter = new ReturnFilter((endMs, logReturn, seconds) =>
      this.#observe(endMs, logReturn, seconds),
    );
    if (options.priorSigma !== null) {
      this.#plain.prior(options.priorSigma ** 2, options.priorWeight);
      this.#flat.prior(options.priorSigma ** 2, options.priorWeight);
    }
  }

  onPrice(priceUsd: Usd, atMs: Ms): void {
    if (!(priceUsd > 0 && priceUsd < Number.POSITIVE_INFINITY)) return;
    if (!(atMs >= this.#lastMs && atMs < Number.POSITIVE_INFINITY)) return;
    // False for the first price: there is none yet that could stand at a grid time.
    if (atMs > this.#nextGridMs) this.#sampleUntil(atMs);
    if (atMs > this.#lastMs) {
      if (!(this.#nextGridMs >= atMs)) {
        this.#nextGridMs = Math.ceil(atMs / this.#gridMs) * this.#gridMs;
        this.#firstMs = Math.min(this.#firstMs, atMs);
      }
      this.#lastMs = atMs;
    }
    this.#lastUsd = priceUsd;
  }

  seedFromCandles(closes: readonly CandleClose[]): void {
    for (const candle of closes) {
      const { closeUsd, openMs } = candle;
      if (!(closeUsd > 0 && Number.isFinite(closeUsd + openMs))) continue;
      if (openMs + CANDLE_MS > this.#firstMs) continue;
      const completed = this.#candles.add(candle);
      if (completed !== null) {
        this.#observe(completed.endMs, completed.logReturn, CANDLE_MS / 1000);
      }
    }
  }

  sigma(horizonS: number = DEFAULT_HORIZON_S): SigmaNow {
    if (!Number.isFinite(horizonS)) return UNKNOWN;
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
    const end = Math.min(atMs - 1, this.#lastMs + this.#staleMs);
    for (let gridMs = this.#nextGridMs; gridMs <= end; gridMs += this.#gridMs) this.#sample(gridMs);
    this.#nextGridMs = Number.NaN;
  }

  #sample(gridMs: Ms): void {
    const isSame = this.#lastUsd === this.#sampleUsd;
    const log = isSame ? this.#sampleLog : Math.log(this.#lastUsd);
    const seconds = (gridMs - this.#sampleMs) / 1000;
    if (seconds <= this.#maxGapS) this.#push(gridMs, log - this.#sampleLog, seconds);
    else if (seconds < Number.POSITIVE_INFINITY) {
      this.#filter.release();
      this.#plain.gap(gridMs, seconds);
      this.#flat.gap(gridMs, seconds);
      this.#answer = null;
    }
    this.#sampleMs = gridMs;
    this.#sampleUsd = this.#lastUsd;
    this.#sampleLog = log;
  }

  #push(endMs: Ms, logReturn: number, seconds: number): void {
    if (this.#isOrdinary(logReturn, seconds)) this.#observe(endMs, logReturn, seconds);
    else this.#filter.hold(endMs, logReturn, seconds);
  }

  /** Nothing waits, and the return is not suspicious: by the floor already, which spares most of them the estimate. */
  #isOrdinary(logReturn: number, seconds: number): boolean {
    if (this.#filter.isHolding) return false;
    if (this.#returns < READY_RETURNS) return true;
    if (!isSuspicious(logReturn, seconds, this.#varianceMin)) return true;
    return !isSuspicious(logReturn, seconds, this.#plain.value);
  }

  #observe(endMs: Ms, logReturn: number, seconds: number): void {
    this.#plain.observe(endMs, logReturn, seconds);
    this.#flat.observe(endMs, logReturn * this.#flattening(endMs - 1), seconds);
    this.#returns++;
    this.#answer = null;
  }

  /** What divides the time of day out of a return; it stays the same for an hour. */
  #flattening(atMs: Ms): number {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#perRoot = 1 / Math.sqrt(diurnalFactor(atMs, this.#options.season));
    }
    return this.#perRoot;
  }

  #variance(horizonS: number): number {
    const { diurnal, season } = this.#options;
    const isDiurnal = diurnal === "on" || (diurnal === "auto" && this.#flat.isComplete);
    if (!isDiurnal || !Number.isFinite(this.#lastMs)) return this.#plain.value;
    return this.#flat.value * diurnalMean(this.#lastMs, horizonS, season);
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
