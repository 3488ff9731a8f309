import { numberAt } from "../prob/number-at.ts";
import { wilson } from "./intervals.ts";
import { bins, type Forecasts, widthBin } from "./scores.ts";

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanP: number;
  readonly observed: number;
  /** Wilson 95 % bounds of the observed share, for independent rows; dependent ones deserve wider. */
  readonly lower: number;
  readonly upper: number;
}

const CONFIDENCE = 0.95;

/** Forecasts in equal steps against what happened; empty bins are left out. */
export function reliability(input: Forecasts, count = 10): ReliabilityBin[] {
  return bins(input, { count, kind: "width" }).map((bin) => {
    const k = widthBin(bin.meanP, count);
    const wins = Math.round(bin.meanY * bin.count);
    const [lower, upper] = wilson({ k: wins, n: bin.count, conf: CONFIDENCE });
    return {
      from: k / count,
      to: (k + 1) / count,
      count: bin.count,
      meanP: bin.meanP,
      observed: bin.meanY,
      lower,
      upper,
    };
  });
}

/**
 * Calibration error that a perfect model would show on these forecasts by chance: E|N(0, s²)| of each bin. Without it
 * beside, an ECE of 0.10 on 100 rows looks like a fault (models.md §4.2).
 */
export function eceIfCalibrated(p: readonly number[], count = 10): number {
  const variances = new Float64Array(count);
  for (const chance of p) {
    const k = widthBin(chance, count);
    variances[k] = numberAt(variances, k) + chance * (1 - chance);
  }
  return (Math.sqrt(2 / Math.PI) * variances.reduce((sum, v) => sum + Math.sqrt(v), 0)) / p.length;
}
