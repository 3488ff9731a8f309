import type { VarianceEstimator } from "../variance-part.ts";

const SLOW_WEIGHT = 0.5;

/**
 * Exponential memory blended with the mean of the last 24 hours (models.md §2.6). The slow part starts after an hour and
 * reaches half of the weight after a day.
 */
export function blend(): VarianceEstimator {
  return {
    take: (_endMs, logReturn) => logReturn * logReturn,
    value(memory) {
      const slow = memory.longRun;
      if (Number.isNaN(slow)) return memory.fast;
      const weight = SLOW_WEIGHT * memory.coverage;
      return (1 - weight) * memory.fast + weight * slow;
    },
  };
}
