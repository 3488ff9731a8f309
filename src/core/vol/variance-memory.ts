import type { Ms } from "../units.ts";
import { ExponentialMemory, thetaOf } from "./exponential-memory.ts";
import { WindowMean } from "./window-mean.ts";

const DAY_S = 86_400;
/** Before this much is covered the day mean is no long run that anything could fade towards. */
const LONG_RUN_FROM_S = 3_600;
/** Share of a day that must be covered to call it seen: short outages are normal. */
const COMPLETE_S = 0.95 * DAY_S;

/** What every estimator remembers of its observations: a fast exponential memory and the mean of the last 24 hours. */
export class VarianceMemory {
  readonly #fast: ExponentialMemory;
  readonly #day = new WindowMean({ bucketMs: 300_000, buckets: 288 });

  constructor(lambdaPerMinute: number) {
    this.#fast = new ExponentialMemory(thetaOf(lambdaPerMinute));
  }

  prior(variance: number, weight: number): void {
    this.#fast.prior(variance, weight);
  }

  observe(endMs: Ms, squared: number, seconds: number): void {
    this.#fast.observe(endMs, squared, seconds);
    this.#day.add(endMs, squared, seconds);
  }

  gap(endMs: Ms, seconds: number): void {
    this.#fast.gap(endMs, seconds, this.longRun);
  }

  /** Variance per second by the exponential memory; NaN before anything is known. */
  get fast(): number {
    return this.#fast.value;
  }

  /** Mean variance per second of the last 24 hours, or NaN before it covers an hour. */
  get longRun(): number {
    return this.#day.coveredS < LONG_RUN_FROM_S ? Number.NaN : this.#day.value;
  }

  /** Share of the last 24 hours that is covered. */
  get coverage(): number {
    return Math.min(1, this.#day.coveredS / DAY_S);
  }

  /** A whole day has been seen, but for short outages. */
  get isComplete(): boolean {
    return this.#day.coveredS >= COMPLETE_S;
  }
}
