import { ExponentialMemory, thetaOf } from "../exponential-memory.ts";
import type { VarianceEstimator, VarianceOptions } from "../variance-part.ts";

/** Grid steps in the slow scale (models.md §2.2). */
const SCALE = 5;
/** Grid times are whole milliseconds; a return that starts this near to the end of another one follows it. */
const SAME_MS = 1;

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
    take(endMs, logReturn, seconds) {
      path.push(endMs, logReturn, seconds);
      if (!path.isFull) return Number.NaN;
      const { seconds: slowS, logReturn: slowReturn } = path;
      const slowRate = (slowReturn * slowReturn) / slowS;
      slow.observe(endMs, seconds * slowRate, seconds);
      const share = seconds / slowS;
      return (seconds * slowRate - share * logReturn * logReturn) / (1 - share);
    },
    value: ({ fast }) => (fast <= 0 ? slow.value : fast),
  };
}

/** The last steps of an unbroken stretch, walked forward or backward: squares do not know the direction of time. */
class Path {
  readonly #logs = new Float64Array(SCALE + 1);
  readonly #clocks = new Float64Array(SCALE + 1);
  #steps = 0;
  #startMs = Number.NaN;
  #endMs = Number.NaN;

  push(endMs: number, logReturn: number, seconds: number): void {
    const startMs = endMs - seconds * 1000;
    const isNext =
      Math.abs(startMs - this.#endMs) <= SAME_MS || Math.abs(endMs - this.#startMs) <= SAME_MS;
    this.#startMs = startMs;
    this.#endMs = endMs;
    if (!isNext) {
      this.#steps = 0;
      this.#logs[0] = 0;
      this.#clocks[0] = 0;
    }
    const [from, to] = [this.#steps % (SCALE + 1), (this.#steps + 1) % (SCALE + 1)];
    this.#logs[to] = (this.#logs[from] ?? 0) + logReturn;
    this.#clocks[to] = (this.#clocks[from] ?? 0) + seconds;
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
    const newest = ring[this.#steps % (SCALE + 1)] ?? Number.NaN;
    return newest - (ring[(this.#steps + 1) % (SCALE + 1)] ?? Number.NaN);
  }
}
