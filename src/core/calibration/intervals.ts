import { normInv, tCdf } from "../prob/normal.ts";
import { numberAt } from "../prob/number-at.ts";
import { mean } from "./scores.ts";

/** Wilson 1927 interval of a proportion: stays inside [0, 1] and is honest at 0 and n. */
export function wilson(input: {
  readonly k: number;
  readonly n: number;
  readonly conf: number;
}): readonly [lower: number, upper: number] {
  const { k, n, conf } = input;
  if (n === 0) return [0, 1];
  const z = normInv(0.5 + conf / 2);
  const share = k / n;
  const scale = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / scale;
  return [k === 0 ? 0 : centre - half, k === n ? 1 : centre + half];
}

export interface ClusterMean {
  readonly mean: number;
  /** CR1 cluster standard error; NaN with fewer than two clusters. */
  readonly se: number;
  readonly t: number;
  readonly df: number;
  /** Two-sided, t with clusters − 1 degrees of freedom. */
  readonly p: number;
}

/**
 * Mean of rows that are dependent within a cluster (models.md §4.5). All strikes of one settlement share one outcome:
 * treating them as independent overstates t by 1.3 to 1.9 times.
 */
export function clusterMean(input: {
  readonly d: readonly number[];
  readonly cluster: readonly (number | string)[];
}): ClusterMean {
  const { d, cluster } = input;
  const average = mean(d);
  const sums = new Map<number | string, number>();
  for (const [i, key] of cluster.entries()) {
    sums.set(key, (sums.get(key) ?? 0) + numberAt(d, i) - average);
  }
  const df = sums.size - 1;
  let squares = 0;
  for (const sum of sums.values()) squares += sum * sum;
  const se = df > 0 ? Math.sqrt(((df + 1) / df) * squares) / d.length : Number.NaN;
  const t = average / se;
  return { mean: average, se, t, df, p: 2 * tCdf(-Math.abs(t), df) };
}

export interface RequiredSettlements {
  /** Settlements until profit, or the encompassing slope, of this edge shows. */
  readonly pnlOrEncompassing: number;
  /** Settlements until the Brier difference shows: four times as many. */
  readonly brierDifference: number;
}

/** One-sided test of independent settlements (models.md §4.9). */
export function requiredSettlements(input: {
  readonly edge: number;
  readonly p: number;
  readonly alpha: number;
  readonly power: number;
}): RequiredSettlements {
  const { edge, p, alpha, power } = input;
  const needed = (criticalSum(alpha, power) ** 2 * p * (1 - p)) / (edge * edge);
  return { pnlOrEncompassing: needed, brierDifference: 4 * needed };
}

/** Smallest edge (probability points) that `settlements` can show at 5 %, 80 % power; infinite for none. */
export function minimumDetectableEdge(settlements: number, p = 0.5): number {
  return criticalSum(0.05, 0.8) * Math.sqrt((p * (1 - p)) / settlements);
}

function criticalSum(alpha: number, power: number): number {
  return normInv(power) - normInv(alpha);
}
