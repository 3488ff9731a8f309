import type { VarianceEstimator, VarianceOptions } from "../variance-part.ts";
import { WindowMean } from "../window-mean.ts";

/** The window moves on in steps of this share of its length. */
const BUCKETS = 60;

/**
 * Mean over a trailing window, forgotten all at once behind it (models.md §2.2). What a gap or a late start leaves open of
 * the window counts as the exponential memory has it: a single return after a silence is no estimate.
 */
export function realised({ windowS }: VarianceOptions): VarianceEstimator {
  const bucketS = windowS / BUCKETS;
  const window = new WindowMean({ bucketMs: bucketS * 1000, buckets: BUCKETS });
  return {
    take(endMs, logReturn, seconds) {
      const squared = logReturn * logReturn;
      window.add(endMs, squared, seconds);
      return squared;
    },
    value(memory) {
      const { coveredS } = window;
      // The newest bucket is always on its way.
      const openS = Math.max(0, windowS - bucketS - coveredS);
      if (openS === 0) return window.value;
      if (coveredS === 0) return memory.fast;
      return (coveredS * window.value + openS * memory.fast) / (coveredS + openS);
    },
  };
}
