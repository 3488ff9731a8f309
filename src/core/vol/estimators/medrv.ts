import type { VarianceMemory } from "../variance-memory.ts";
import type { VarianceEstimator } from "../variance-part.ts";
import { Neighbours } from "./neighbours.ts";

const SCALE = Math.PI / (6 - 4 * Math.sqrt(3) + Math.PI);

/**
 * Median of three neighbouring returns (Andersen, Dobrev & Schaumburg 2012; models.md §2.2): a jump is never the median. Like
 * bipower it measures the variance between jumps, and one step without any move does not pull it down.
 */
export function medrv(): VarianceEstimator {
  return new Medrv();
}

/** A class, because a closure would allocate each number that it keeps. */
class Medrv implements VarianceEstimator {
  readonly #neighbours = new Neighbours();
  #before = Number.NaN;
  #previous = Number.NaN;

  take(endMs: number, logReturn: number, seconds: number): number {
    if (!this.#neighbours.touches(endMs, seconds)) this.#previous = Number.NaN;
    const size = Math.abs(logReturn) / Math.sqrt(seconds);
    const low = Math.min(this.#before, this.#previous);
    const median = Math.max(low, Math.min(Math.max(this.#before, this.#previous), size));
    this.#before = this.#previous;
    this.#previous = size;
    return SCALE * median * median * seconds;
  }

  value({ fast }: VarianceMemory): number {
    return fast;
  }
}
