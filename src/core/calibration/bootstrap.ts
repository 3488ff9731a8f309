import { finiteColumn, requireBetween, requireCount } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import { mulberry32, type Rng } from "../rng.ts";
import { type ClusterKey, clusterSums, numberClusters } from "./clusters.ts";
import { quantile } from "./quantile.ts";

export interface BootstrapInput {
  /** Difference of scores of each row, positive where the model is better. */
  readonly d: readonly number[];
  /** Settlement of each row. */
  readonly cluster: readonly ClusterKey[];
  /** Resamples. */
  readonly B: number;
  readonly seed: number;
  /** One minus the confidence of the interval. */
  readonly alpha: number;
  /**
   * Mean number of neighbouring settlements that are drawn together, for settlements in order of time that depend on
   * each other; a day of them is usual. Left out: each is drawn on its own.
   */
  readonly meanLength?: number;
}

export interface BootstrapInterval {
  readonly lower: number;
  readonly upper: number;
  /** Chance of a mean of 0 or below: (1 + #{mean ≤ 0})/(B + 1). */
  readonly pOneSided: number;
  /** Mean of each resample, in the order drawn. */
  readonly means: Float64Array;
}

/**
 * Percentile interval of the mean row, resampling whole settlements (models.md §4.5). Rows are summed by settlement
 * first, so that a resample costs one addition a settlement, not one a row (performance.md R12). Null with fewer than two
 * settlements. Throws `RangeError` on numbers that are not finite, columns of unequal length and B < 1.
 */
export function clusterBootstrap(input: BootstrapInput): BootstrapInterval | null {
  const { B, seed, alpha, meanLength } = input;
  const d = finiteColumn("d", input.d);
  const clusters = numberClusters(input.cluster, { d });
  requireCount("B", B);
  requireBetween("alpha", alpha, { above: 0, below: 1 });
  if (clusters.count < 2) return null;
  const sums = clusterSums(clusters, (i) => floatAt(d, i));
  const sizes = clusterSums(clusters, () => 1);
  const rng = mulberry32(seed);
  const drawn = new Int32Array(clusters.count);
  const draw = meanLength === undefined ? drawAlone : drawBlocks(meanLength);
  const means = new Float64Array(B);
  let notAbove = 0;
  for (let b = 0; b < B; b++) {
    draw(rng, drawn);
    const mean = meanOf(drawn, sums, sizes);
    means[b] = mean;
    if (mean <= 0) notAbove++;
  }
  const ascending = means.toSorted();
  return {
    lower: quantile(ascending, alpha / 2),
    upper: quantile(ascending, 1 - alpha / 2),
    pOneSided: (1 + notAbove) / (B + 1),
    means,
  };
}

function meanOf(drawn: Int32Array, sums: Float64Array, sizes: Float64Array): number {
  let sum = 0;
  let rows = 0;
  for (let k = 0; k < drawn.length; k++) {
    const g = intAt(drawn, k);
    sum += floatAt(sums, g);
    rows += floatAt(sizes, g);
  }
  return sum / rows;
}

type Draw = (rng: Rng, into: Int32Array) => void;

const drawAlone: Draw = (rng, into) => {
  for (let k = 0; k < into.length; k++) into[k] = Math.floor(rng.next() * into.length);
};

/** Blocks of geometric length that wrap around the end. */
function drawBlocks(meanLength: number): Draw {
  if (!(meanLength >= 1 && meanLength < Infinity)) {
    throw new RangeError(`meanLength must be at least 1, got ${meanLength}`);
  }
  return (rng, into) => {
    const size = into.length;
    let at = 0;
    for (let k = 0; k < size; k++) {
      const starts = k === 0 || rng.next() < 1 / meanLength;
      at = starts ? Math.floor(rng.next() * size) : (at + 1) % size;
      into[k] = at;
    }
  };
}

/**
 * Places of one resample of `T` observations in time order (stationary bootstrap, Politis & Romano 1994): blocks of
 * geometric length with the given mean keep the dependence between neighbours. Throws `RangeError` unless T is a positive
 * integer and meanLength at least 1.
 */
export function stationaryBootstrapIndices(input: {
  readonly T: number;
  readonly meanLength: number;
  readonly seed: number;
}): Int32Array {
  requireCount("T", input.T);
  const places = new Int32Array(input.T);
  drawBlocks(input.meanLength)(mulberry32(input.seed), places);
  return places;
}
