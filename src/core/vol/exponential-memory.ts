import type { Ms } from "../units.ts";
import { WeightedMean } from "./ewma.ts";

/** Exponential mean of variance rates over irregular steps of time (models.md §2.3). */
export class ExponentialMemory {
  readonly #mean = new WeightedMean();
  readonly #thetaS: number;
  #newestMs: Ms = Number.NEGATIVE_INFINITY;
  /** Weight kept over the length of the last return: nearly all have the same. */
  #keepS = Number.NaN;
  #keep = Number.NaN;

  constructor(thetaS: number) {
    this.#thetaS = thetaS;
  }

  /** Starting belief with the weight of a share of the whole memory. */
  prior(variance: number, weight: number): void {
    this.#mean.add(weight, variance);
  }

  /** Takes a squared return in; one that is older than the newest gets the weight it would have by now. */
  observe(endMs: Ms, squared: number, seconds: number): void {
    if (seconds !== this.#keepS) {
      this.#keepS = seconds;
      this.#keep = Math.exp(-seconds / this.#thetaS);
    }
    const rate = squared / seconds;
    if (endMs >= this.#newestMs) {
      this.#mean.decayTo(this.#keep, rate);
      this.#newestMs = endMs;
      return;
    }
    const ageS = (this.#newestMs - endMs) / 1000;
    this.#mean.add((1 - this.#keep) * Math.exp(-ageS / this.#thetaS), rate);
  }

  /** Time without prices: what was known fades towards `longRun`; NaN when there is none to fade to. */
  gap(endMs: Ms, seconds: number, longRun: number): void {
    this.#newestMs = Math.max(this.#newestMs, endMs);
    if (Number.isNaN(longRun) || !(this.#mean.weight > 0)) return;
    this.#mean.decayTo(Math.exp(-seconds / this.#thetaS), longRun);
  }

  /** Variance per second; NaN before anything is known. */
  get value(): number {
    return this.#mean.value;
  }
}

/** Time constant of a memory that keeps this weight a minute, seconds. */
export function thetaOf(lambdaPerMinute: number): number {
  return -60 / Math.log(lambdaPerMinute);
}
