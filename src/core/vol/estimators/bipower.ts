import type { VarianceEstimator } from "../variance-part.ts";
import { Neighbours } from "./neighbours.ts";

/**
 * Products of neighbouring returns lose a jump, which stands in one of them only (Barndorff-Nielsen & Shephard 2004;
 * models.md §2.2). It measures the variance between jumps: a contract settles on the jumps too. Steps without any move
 * bias it down.
 */
export function bipower(): VarianceEstimator {
  const neighbours = new Neighbours();
  let previous = Number.NaN;
  return {
    take(endMs, logReturn, seconds) {
      // Per root second, because neighbours need not be of the same length.
      const size = Math.abs(logReturn) / Math.sqrt(seconds);
      const product = neighbours.touches(endMs, seconds) ? size * previous : Number.NaN;
      previous = size;
      return (Math.PI / 2) * product * seconds;
    },
    value: (memory) => memory.fast,
  };
}
