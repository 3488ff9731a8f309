import { ratioBootstrap } from "../calibration/bootstrap.ts";
import { clusterSums } from "../calibration/clusters.ts";
import { dieboldMariano } from "../calibration/diebold-mariano.ts";
import { clusterMean } from "../calibration/intervals.ts";
import { floatAt, numberAt } from "../prob/number-at.ts";
import { tInverse } from "../prob/student.ts";
import type { Paired, ProofOptions } from "./proof.ts";
import type { Windows } from "./rows.ts";

/** Adjacent windows share the volatility of their hour (models.md §4.5). */
const LAG_MIN = 4;

/** Tests of a value of each row against a mean of zero. */
export function pairedOf(d: readonly number[], windows: Windows, options: ProofOptions): Paired {
  const { alpha, resamples: B, seed } = options;
  const { mean, se, t, df, p } = clusterMean({ d, cluster: [...windows.of] });
  const half = df > 0 ? tInverse(1 - alpha / 2, df) * se : 0;
  const { sums, sizes } = totals(d, windows);
  const drawn = B === 0 ? null : ratioBootstrap({ sums, sizes }, { B, seed, alpha });
  const series = dieboldMariano({ d: perWindow(sums, sizes), lag: lagOf(sums.length) });
  return {
    mean,
    // Without any variation there is no error to speak of, and t has no value.
    cluster: se > 0 ? { lower: mean - half, upper: mean + half, se, t, df, p } : null,
    bootstrap:
      drawn === null
        ? null
        : { lower: drawn.lower, upper: drawn.upper, pOneSided: drawn.pOneSided },
    dieboldMariano:
      series === null ? null : { stat: series.hlnStat, p: series.pHln, lag: series.lag },
  };
}

/** Share of the windows that is left of them as independent evidence: neighbours may say the same twice. */
export function independentShare(d: readonly number[], windows: Windows): number {
  const { sums, sizes } = totals(d, windows);
  const series = perWindow(sums, sizes);
  const test = dieboldMariano({ d: series, lag: lagOf(series.length) });
  if (test === null) return 1;
  const variance = series.reduce((sum, one) => sum + (one - test.mean) ** 2, 0) / series.length;
  return Math.min(1, variance / test.lrv);
}

/** Mean of each window. */
export function windowMeans(d: readonly number[], windows: Windows): number[] {
  const { sums, sizes } = totals(d, windows);
  return perWindow(sums, sizes);
}

function lagOf(T: number): number {
  return Math.min(Math.max(LAG_MIN, Math.floor(4 * (T / 100) ** (2 / 9))), Math.max(0, T - 1));
}

function totals(d: readonly number[], { closes, of }: Windows) {
  const clusters = { count: closes.length, of };
  return {
    sums: clusterSums(clusters, (i) => numberAt(d, i)),
    sizes: clusterSums(clusters, () => 1),
  };
}

function perWindow(sums: Float64Array, sizes: Float64Array): number[] {
  return Array.from(sums, (sum, g) => sum / floatAt(sizes, g));
}
