import type { Rng } from "../random.ts";
import type { IndexFeed } from "./index-feed.ts";
import { cumulativeNormal } from "./normal.ts";
import { type PricePath, volUncertainty } from "./price-path.ts";
import type { MakerErrors } from "./profile.ts";

const PRINTS = 60;
/** Three-point Gauss–Hermite: outer nodes at ±√3 standard deviations, weight 1/6 each. */
const NODE = Math.sqrt(3);

/** The errors of one event's makers, drawn once. */
export interface EventErrors {
  readonly delayMs: number;
  readonly ignoresAverage: boolean;
  readonly volFactor: number;
  readonly levelBiasCc: number;
}

/** Draws events' errors; the direction of the volatility error persists from one event to the next. */
export class ErrorSource {
  readonly #errors: MakerErrors;
  readonly #rng: Rng;
  #sign: number;

  constructor(errors: MakerErrors, rng: Rng) {
    this.#errors = errors;
    this.#rng = rng;
    this.#sign = rng.chance(0.5) ? 1 : -1;
  }

  next(): EventErrors {
    const rng = this.#rng;
    const { delayMs, ignoresAverage, logVolBias, levelBiasCc } = this.#errors;
    if (rng.chance(0.3)) this.#sign = -this.#sign;
    return {
      delayMs: rng.between(...delayMs),
      ignoresAverage,
      volFactor: Math.exp(this.#sign * rng.between(...logVolBias)),
      levelBiasCc: (rng.chance(0.5) ? 1 : -1) * rng.between(...levelBiasCc),
    };
  }
}

/** What the makers of one event believe about its settlement value. */
export class FairValue {
  readonly #path: PricePath;
  readonly #index: IndexFeed;
  readonly #closeMs: number;
  readonly errors: EventErrors;
  #atMs = Number.NaN;
  #price = Number.NaN;
  #mean = 0;
  #sd = 1;
  #widen = 1;

  constructor(
    market: { readonly path: PricePath; readonly index: IndexFeed; readonly closeMs: number },
    errors: EventErrors,
  ) {
    this.#path = market.path;
    this.#index = market.index;
    this.#closeMs = market.closeMs;
    this.errors = errors;
  }

  /** The spot price they look at. */
  spot(): number {
    const { delayMs } = this.errors;
    return delayMs === 0 ? this.#path.price : this.#path.delayed(delayMs);
  }

  /** Expected settlement value in dollars, as of the last update. */
  get mean(): number {
    return this.#mean;
  }

  /** Standard deviation of the settlement value in dollars, as of the last update. */
  get sd(): number {
    return this.#sd;
  }

  update(atMs: number): void {
    const spot = this.spot();
    if (atMs === this.#atMs && spot === this.#price) return;
    this.#atMs = atMs;
    this.#price = spot;
    const tauS = Math.max(0, (this.#closeMs - atMs) / 1000);
    const sigma = this.#path.sigmaAhead(tauS) * this.errors.volFactor;
    this.#widen = Math.exp(NODE * volUncertainty(tauS));
    if (this.errors.ignoresAverage) {
      this.#mean = spot;
      this.#sd = Math.max(spot * sigma * Math.sqrt(tauS), spot * 1e-7);
      return;
    }
    this.#averaged(spot, sigma, tauS);
  }

  // Prints already published are certain; the variance of the sum of the m still to come at distances τ−k (k < m) is
  // σ²·Σ(τ−k)(2k+1), which has this closed form (models.md §1.2).
  #averaged(spot: number, sigma: number, tauS: number): void {
    const closeS = this.#closeMs / 1000;
    const left = Math.min(PRINTS, Math.max(0, closeS - this.#index.lastS));
    const known = left < PRINTS ? this.#index.sum(closeS - PRINTS, closeS - left) : 0;
    const variance = tauS * left * left - (left * (left - 1) * (4 * left + 1)) / 6;
    this.#mean = (known + left * spot) / PRINTS;
    this.#sd = Math.max((spot * sigma * Math.sqrt(Math.max(0, variance))) / PRINTS, spot * 1e-8);
  }

  /** Probability that the settlement value is above a strike. */
  above(strike: number): number {
    const z = (this.#mean - strike) / this.#sd;
    if (z > 6) return 1;
    if (z < -6) return 0;
    const outer = cumulativeNormal(z * this.#widen) + cumulativeNormal(z / this.#widen);
    return (4 * cumulativeNormal(z) + outer) / 6;
  }
}
