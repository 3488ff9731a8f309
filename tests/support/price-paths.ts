import { mulberry32 } from "../../src/core/rng.ts";
import type { VolEstimator } from "../../src/core/vol/estimator.ts";

export interface Tick {
  readonly atMs: number;
  readonly price: number;
}

interface PathOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly hours: number;
  /** Of the diffusion, per √second. */
  readonly sigma: number;
  /** Relative half spread that a trade lies above or below the efficient price. */
  readonly bounce?: number;
  /** Jumps that stay: relative size (random sign) and mean hours between two. */
  readonly jumps?: { readonly size: number; readonly everyHours: number };
}

/** Geometric Brownian motion seen at irregular times, a second apart in the mean. */
export function* simulatedTicks(options: PathOptions): Generator<Tick> {
  const { seed, fromMs, hours, sigma, bounce = 0, jumps } = options;
  const rng = mulberry32(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
  let log = Math.log(100_000);
  let atMs = fromMs;
  while (atMs < fromMs + hours * 3_600_000) {
    const stepMs = Math.max(1, Math.round(-1000 * Math.log(1 - rng.next())));
    atMs += stepMs;
    log += sigma * Math.sqrt(stepMs / 1000) * normal();
    if (jumps !== undefined && rng.next() < stepMs / (jumps.everyHours * 3_600_000)) {
      log += rng.next() < 0.5 ? jumps.size : -jumps.size;
    }
    yield { atMs, price: Math.exp(log + (rng.next() < 0.5 ? bounce : -bounce)) };
  }
}

/** Square root of the mean estimated variance, read every ten minutes once `afterMs` is reached. */
export function meanSigma(estimator: VolEstimator, ticks: Iterable<Tick>, afterMs: number): number {
  let nextMs = afterMs;
  let sum = 0;
  let count = 0;
  for (const { atMs, price } of ticks) {
    estimator.onPrice(price, atMs);
    if (atMs < nextMs) continue;
    nextMs += 600_000;
    sum += estimator.sigma().sigma ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
}
