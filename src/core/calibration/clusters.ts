import { requireSameLength } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";

/** Names the settlement that a row belongs to. */
export type ClusterKey = number | string;

export interface Clusters {
  /** Number of distinct clusters. */
  readonly count: number;
  /** Cluster of each row, numbered in order of first appearance. */
  readonly of: Int32Array;
}

/** Numbers the clusters of rows; throws `RangeError` when a column is not as long as the keys. */
export function numberClusters(
  keys: readonly ClusterKey[],
  columns: Readonly<Record<string, ArrayLike<unknown>>> = {},
): Clusters {
  requireSameLength({ ...columns, cluster: keys });
  const numbers = new Map<ClusterKey, number>();
  const of = new Int32Array(keys.length);
  for (const [i, key] of keys.entries()) {
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    of[i] = number;
  }
  return { count: numbers.size, of };
}

/** Sum of a value of each row over each cluster. */
export function clusterSums(clusters: Clusters, valueOf: (row: number) => number): Float64Array {
  const sums = new Float64Array(clusters.count);
  for (let i = 0; i < clusters.of.length; i++) {
    const g = intAt(clusters.of, i);
    sums[g] = floatAt(sums, g) + valueOf(i);
  }
  return sums;
}
