import type { VarianceEstimator } from "../variance-part.ts";

/**
 * Exponential memory alone (models.md §2.3; RiskMetrics 1996). The seed's estimator is this one with 0.94 a minute on a
 * grid of 60 s.
 */
export function ewma(): VarianceEstimator {
  return {
    take: (_endMs, logReturn) => logReturn * logReturn,
    value: (memory) => memory.fast,
  };
}
