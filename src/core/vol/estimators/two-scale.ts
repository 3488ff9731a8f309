import { ExponentialMemory, thetaOf } from "../exponential-memory.ts";
import type { VarianceEstimator, VarianceOptions } from "../variance-part.ts";
import { Neighbours } from "./neighbours.ts";

/** Grid steps in the slow scale (models.md §2.2). */
const SCALE = 5;

/**
 * Two time scales (Zhang, Mykland & Aït-Sahalia 2005), one observation a step: the return over the last five steps, from all
 * five offsets in turn, less the share of the one-step return that is noise. Bounce adds the same to a squared return
 * whatever its length, so it cancels; the price is a noisier estimate. A sum that is not positive says that the noise is
 * all there is: then the slow scale stands alone.
 */
export function twoScale({ fastLambdaPerMinute }: VarianceOptions): VarianceEstimator {
  const slow = new ExponentialMemory(thetaOf(fastLambdaPerMinute));
  const path = new Path();
  return {
    prior: (variance, weight) => slow.prior(variance, weight),
    take(endMs, logReturn, seconds) {
      path.push(endMs, logReturn, seconds);
      if (!path.isFull) return Number.NaN;
      const { seconds: slowS, logReturn: slowReturn } = path;
      const share = seconds / slowS;
      const slowSquare = share * slowReturn * slowReturn;
      slow.observe(endMs, slowSquare, seconds);
      return (slowSquare - share * logReturn * logReturn) / (1 - share);
    },
    gap(endMs, seconds, { longRun }) {
      // A long run that is all noise is nothing that the scale without noise could fade to.
      slow.gap(endMs, seconds, longRun > 0 ? longRun : Number.NaN);
    },
    value: ({ fast }) => (fast <= 0 ? slow.value : fast),
  };
}

/** The last steps of an unbroken stretch. */
class Path {
  readonly #logs = new Float64Array(SCALE + 1);
  readonly #clocks = new Float64Array(SCALE + 1);
  readonly #neighbours = new Neighbours();
  /** Place of the newest step in both rings; behind it lies the oldest. */
  #newest = 0;
  #steps = 0;

  push(endMs: number, logReturn: number, seconds: number): void {
    const from = this.#newest;
    if (!this.#neighbours.touches(endMs, seconds)) {
      this.#steps = 0;
      this.#logs[from] = 0;
      this.#clocks[from] = 0;
    }
    const to = after(from);
    this.#logs[to] = (this.#logs[from] ?? 0) + logReturn;
    this.#clocks[to] = (this.#clocks[from] ?? 0) + seconds;
    this.#newest = to;
    this.#steps++;
  }

  get isFull(): boolean {
    return this.#steps >= SCALE;
  }

  /** Over the last `SCALE` steps. */
  get logReturn(): number {
    return this.#over(this.#logs);
  }

  get seconds(): number {
    return this.#over(this.#clocks);
  }

  #over(ring: Float64Array): number {
    const newest = this.#newest;
    return (ring[newest] ?? Number.NaN) - (ring[after(newest)] ?? Number.NaN);
  }
}

/** The next place of a ring, without the division that a remainder takes. */
function after(place: number): number {
  return place === SCALE ? 0 : place + 1;
}
