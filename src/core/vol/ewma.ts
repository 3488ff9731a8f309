import { numberAt } from "../prob/number-at.ts";
import type { TickSeries } from "./realized.ts";

/** Exponentially weighted mean with its weight kept beside it, so that the start carries no bias (models.md §2.3). */
export class WeightedMean {
  #sum = 0;
  #weight = 0;

  /** NaN before anything was added. */
  get value(): number {
    return this.#sum / this.#weight;
  }

  get weight(): number {
    return this.#weight;
  }

  /** Forgets down to `keep` of the present weight and fills up with `x`. */
  decayTo(keep: number, x: number): void {
    this.#sum = keep * this.#sum + (1 - keep) * x;
    this.#weight = keep * this.#weight + (1 - keep);
  }

  /** Adds a value without forgetting: an observation that is older than the newest one, or a prior. */
  add(weight: number, x: number): void {
    this.#sum += weight * x;
    this.#weight += weight;
  }
}

/** Variance per second after each return; a null return repeats the previous output, null before the first. */
export function ewmaBars(input: {
  readonly returns: readonly (number | null)[];
  readonly dt: number;
  readonly lambda: number;
}): (number | null)[] {
  const mean = new WeightedMean();
  return input.returns.map((r) => {
    if (r !== null) mean.decayTo(input.lambda, (r * r) / input.dt);
    return mean.weight > 0 ? mean.value : null;
  });
}

/**
 * The same for irregular ticks with time constant `theta` seconds. After a gap the bridging return is unknown, and the
 * state decays towards `fallback` instead. The first tick has no return, hence null.
 */
export function ewmaTime(
  input: TickSeries & {
    readonly theta: number;
    readonly maxGap: number | null;
    readonly fallback: number | null;
  },
): (number | null)[] {
  const { ts, px, theta, maxGap, fallback } = input;
  const mean = new WeightedMean();
  const outputs: (number | null)[] = [null];
  for (let i = 1; i < ts.length; i++) {
    const step = numberAt(ts, i) - numberAt(ts, i - 1);
    if (step > 0) {
      const isGap = maxGap !== null && step > maxGap;
      const observed = Math.log(numberAt(px, i) / numberAt(px, i - 1)) ** 2 / step;
      const x = isGap ? fallback : observed;
      if (x !== null) mean.decayTo(Math.exp(-step / theta), x);
    }
    outputs.push(mean.weight > 0 ? mean.value : null);
  }
  return outputs;
}
