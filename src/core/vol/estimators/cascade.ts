import { ExponentialMemory, thetaOf } from "../exponential-memory.ts";
import type { VarianceEstimator, VarianceOptions } from "../variance-part.ts";

/** How much shorter the quick memory is than the fast one: 0.98 a minute makes 0.94, the seeds' own memory. */
const QUICK = 3;
const SLOW_WEIGHT = 1 / 3;

/**
 * Equal parts of a quick memory, a fast one and the mean of the last 24 hours: volatility is set by people who look at
 * it over different times (Corsi 2009, without the regression). The slow part starts after an hour and reaches its third
 * after a day.
 */
export function cascade({ fastLambdaPerMinute }: VarianceOptions): VarianceEstimator {
  const quick = new ExponentialMemory(thetaOf(fastLambdaPerMinute) / QUICK);
  return {
    prior: (variance, weight) => quick.prior(variance, weight),
    take(endMs, logReturn, seconds) {
      const squared = logReturn * logReturn;
      quick.observe(endMs, squared, seconds);
      return squared;
    },
    gap(endMs, seconds, memory) {
      quick.gap(endMs, seconds, memory.longRun);
    },
    value(memory) {
      const { fast, longRun } = memory;
      const recent = Number.isNaN(quick.value) ? fast : (quick.value + fast) / 2;
      if (Number.isNaN(longRun)) return recent;
      const weight = SLOW_WEIGHT * memory.coverage;
      return (1 - weight) * recent + weight * longRun;
    },
  };
}
