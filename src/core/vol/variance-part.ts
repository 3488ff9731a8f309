import type { Ms } from "../units.ts";
import { VarianceMemory } from "./variance-memory.ts";

export interface VarianceOptions {
  /** Weight the exponential memory keeps per minute. */
  readonly fastLambdaPerMinute: number;
  /** Length of a trailing window, seconds. */
  readonly windowS: number;
}

/**
 * What makes one estimator differ from another. Sampling, bad prints, gaps, the time of day and the limits are common to
 * all of them (`estimator.ts`); one that is added here needs its file and a line in `estimators/registry.ts`.
 */
export interface VarianceEstimator {
  /**
   * Takes a log return in that ended at `endMs` and gives what it adds to the integrated variance over its `seconds`, or NaN
   * when it adds nothing that can be used. Returns come in the order of time, forward or backward; it jumps after a gap.
   */
  take(endMs: Ms, logReturn: number, seconds: number): number;
  /** Starts what it remembers itself from a belief that weighs a share of the whole memory. */
  prior?(variance: number, weight: number): void;
  /** Hears of time without prices, for what it remembers itself; `memory` has not heard of it yet. */
  gap?(endMs: Ms, seconds: number, memory: VarianceMemory): void;
  /** Variance per second from what was remembered; NaN before anything is known. */
  value(memory: VarianceMemory): number;
}

/** An estimator with its memory. */
export class VariancePart {
  readonly #estimator: VarianceEstimator;
  readonly #memory: VarianceMemory;

  constructor(create: (options: VarianceOptions) => VarianceEstimator, options: VarianceOptions) {
    this.#estimator = create(options);
    this.#memory = new VarianceMemory(options.fastLambdaPerMinute);
  }

  prior(variance: number, weight: number): void {
    this.#estimator.prior?.(variance, weight);
    this.#memory.prior(variance, weight);
  }

  observe(endMs: Ms, logReturn: number, seconds: number): void {
    const squared = this.#estimator.take(endMs, logReturn, seconds);
    if (!Number.isNaN(squared)) this.#memory.observe(endMs, squared, seconds);
  }

  gap(endMs: Ms, seconds: number): void {
    this.#estimator.gap?.(endMs, seconds, this.#memory);
    this.#memory.gap(endMs, seconds);
  }

  get value(): number {
    return this.#estimator.value(this.#memory);
  }

  get isComplete(): boolean {
    return this.#memory.isComplete;
  }
}
