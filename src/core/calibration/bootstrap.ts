import { finiteColumn, requireBetween, requireCount, requireSameLength } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import { mulberry32, mulberryStep, mulberryUniform, type Rng } from "../rng.ts";
import { type ClusterKey, clusterSums, numberClusters } from "./clusters.ts";
import { quantile, upperBound } from "./quantile.ts";

export interface Resampling {
  /** Resamples. */
  readonly B: number;
  readonly seed: number;
  /**
   * Mean number of neighbouring settlements that are drawn together, for settlements in order of time that depend on
   * each other; a day of them is usual. Left out: each is drawn on its own.
   */
  readonly meanLength?: number | undefined;
}

export interface BootstrapInput extends Resampling {
  /** Difference of scores of each row, positive where the model is better. */
  readonly d: readonly number[];
  /** Settlement of each row. */
  readonly cluster: readonly ClusterKey[];
  /** One minus the confidence of the interval. */
  readonly alpha: number;
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
  const d = finiteColumn("d", input.d);
  const clusters = numberClusters(input.cluster, { d });
  const sums = clusterSums(clusters, (i) => floatAt(d, i));
  const sizes = clusterSums(clusters, () => 1);
  return ratioBootstrap({ sums, sizes }, input);
}

/**
 * The same for sums that the caller has made, one a settlement in order of time: interval of Σ sums / Σ sizes, such as
 * profit per contract. Throws `RangeError` unless every size is positive.
 */
export function ratioBootstrap(
  { sums, sizes }: { readonly sums: Float64Array; readonly sizes: Float64Array },
  options: Resampling & { readonly alpha: number },
): BootstrapInterval | null {
  const { B, alpha } = options;
  requireSameLength({ sums, sizes });
  requireCount("B", B);
  requireBetween("alpha", alpha, { above: 0, below: 1 });
  if (!sizes.every((size) => size > 0)) throw new RangeError("sizes must be positive");
  if (sums.length < 2) return null;
  const means =
    options.meanLength === undefined
      ? meansDrawnAlone({ sums, sizes }, options)
      : resampled(sums.length, options, (drawn) => meanOf(drawn, sums, sizes));
  const ascending = means.toSorted();
  return {
    lower: quantile(ascending, alpha / 2),
    upper: quantile(ascending, 1 - alpha / 2),
    pOneSided: (1 + upperBound(ascending, 0)) / (B + 1),
    means,
  };
}

/**
 * A statistic on each of `B` resamples of `count` settlements, in the order drawn. It is handed the places that were
 * drawn, in an array that is written over by the next resample.
 */
export function resampled(
  count: number,
  { B, seed, meanLength }: Resampling,
  statisticOf: (drawn: Int32Array) => number,
): Float64Array {
  requireCount("B", B);
  const rng = mulberry32(seed);
  const drawn = new Int32Array(count);
  const draw = meanLength === undefined ? drawAlone : drawBlocks(meanLength);
  return Float64Array.from({ length: B }, () => {
    draw(rng, drawn);
    return statisticOf(drawn);
  });
}

/**
 * What `resampled` with `meanOf` gives where each settlement is drawn on its own. No list of places, and two sums beside each
 * other, so that neither draw waits for the other: ten million draws in half the time (`npm run bench -- --suite proof`).
 */
function meansDrawnAlone(
  { sums, sizes }: { readonly sums: Float64Array; readonly sizes: Float64Array },
  { B, seed }: Resampling,
): Float64Array {
  const count = sums.length;
  const means = new Float64Array(B);
  const paired = count - (count % 2);
  let state = seed | 0;
  for (let b = 0; b < B; b++) {
    let sum = 0;
    let size = 0;
    let otherSum = 0;
    let otherSize = 0;
    for (let k = 0; k < paired; k += 2) {
      const one = mulberryStep(state);
      state = mulberryStep(one);
      // Below 2^31, so that dropping the fraction leaves a whole number of 32 bits.
      const g = (mulberryUniform(one) * count) | 0;
      const other = (mulberryUniform(state) * count) | 0;
      sum += floatAt(sums, g);
      size += floatAt(sizes, g);
      otherSum += floatAt(sums, other);
      otherSize += floatAt(sizes, other);
    }
    if (paired < count) {
      state = mulberryStep(state);
      const g = (mulberryUniform(state) * count) | 0;
      sum += floatAt(sums, g);
      size += floatAt(sizes, g);
    }
    means[b] = (sum + otherSum) / (size + otherSize);
  }
  return means;
}

function meanOf(drawn: Int32Array, sums: Float64Array, sizes: Float64Array): number {
  let sum = 0;
  let size = 0;
  for (let k = 0; k < drawn.length; k++) {
    const g = intAt(drawn, k);
    sum += floatAt(sums, g);
    size += floatAt(sizes, g);
  }
  return sum / size;
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
