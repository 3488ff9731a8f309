import type { Ms } from "../units.ts";
import { DayMean } from "./day-mean.ts";
import { WeightedMean } from "./ewma.ts";

const SLOW_FROM_S = 3_600;
const DAY_S = 86_400;
const SLOW_WEIGHT = 0.5;
/** Share of a day that must be covered to call the slow part complete: short outages are normal. */
const COMPLETE_S = 0.95 * DAY_S;

/** One return: its end, its square and its length. */
export interface SquaredReturn {
  readonly endMs: Ms;
  readonly squared: number;
  readonly seconds: number;
}

/** Fast exponential memory blended with the mean of the last 24 hours (models.md §2.6). Variance per second. */
export class VarianceBlend {
  readonly #fast = new WeightedMean();
  readonly #slow = new DayMean();
  readonly #thetaS: number;
  #newestMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(lambdaPerMinute: number) {
    this.#thetaS = -60 / Math.log(lambdaPerMinute);
  }

  /** Starting belief with the weight of a share of the whole memory. */
  prior(variance: number, weight: number): void {
    this.#fast.add(weight, variance);
  }

  /** Takes a return in; one that is older than the newest gets the weight it would have by now. */
  observe({ endMs, squared, seconds }: SquaredReturn): void {
    const keep = Math.exp(-seconds / this.#thetaS);
    const rate = squared / seconds;
    if (endMs >= this.#newestMs) {
      this.#fast.decayTo(keep, rate);
      this.#newestMs = endMs;
    } else {
      const ageS = (this.#newestMs - endMs) / 1000;
      this.#fast.add((1 - keep) * Math.exp(-ageS / this.#thetaS), rate);
    }
    this.#slow.add(endMs, squared, seconds);
  }

  /** Time without prices: what the fast part knew fades towards the long run (models.md §2.4). */
  gap(endMs: Ms, seconds: number): void {
    this.#newestMs = Math.max(this.#newestMs, endMs);
    if (this.#slow.coveredS < SLOW_FROM_S || !(this.#fast.weight > 0)) return;
    this.#fast.decayTo(Math.exp(-seconds / this.#thetaS), this.#slow.value);
  }

  /** The slow part spans a day. */
  get isComplete(): boolean {
    return this.#slow.coveredS >= COMPLETE_S;
  }

  /** NaN before anything is known. The slow part starts after an hour and reaches half of the weight after a day. */
  get value(): number {
    const { coveredS } = this.#slow;
    if (coveredS < SLOW_FROM_S) return this.#fast.value;
    const slowWeight = SLOW_WEIGHT * Math.min(1, coveredS / DAY_S);
    return (1 - slowWeight) * this.#fast.value + slowWeight * this.#slow.value;
  }
}
