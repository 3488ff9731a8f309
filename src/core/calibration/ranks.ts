import { finiteColumn, requireSameLength } from "../input-checks.ts";
import { normSf } from "../prob/normal.ts";
import { numberAt } from "../prob/number-at.ts";
import { lowerBound, upperBound } from "./quantile.ts";

/**
 * Spearman's rank correlation, ties with their average rank; null when a column never varies. Throws `RangeError` on
 * numbers that are not finite and columns of unequal length.
 */
export function spearman(input: {
  readonly x: readonly number[];
  readonly y: readonly number[];
}): number | null {
  requireSameLength(input);
  const x = centredRanks(finiteColumn("x", input.x));
  const y = centredRanks(finiteColumn("y", input.y));
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    xx += numberAt(x, i) ** 2;
    yy += numberAt(y, i) ** 2;
    xy += numberAt(x, i) * numberAt(y, i);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null;
}

/** Ranks less their mean, so that they sum to 0: ties share the middle of their places. */
export function centredRanks(values: Float64Array): Float64Array {
  const sorted = values.toSorted();
  const middle = (values.length - 1) / 2;
  return values.map(
    (value) => (lowerBound(sorted, value) + upperBound(sorted, value) - 1) / 2 - middle,
  );
}

export interface Jonckheere {
  /** Pairs of different groups in the expected order, ties counting half. */
  readonly J: number;
  readonly mean: number;
  /** Corrected for ties. */
  readonly var: number;
  readonly z: number;
  /** Against no rising trend. */
  readonly pOneSided: number;
}

/**
 * Test of a rising trend over groups in their given order (Jonckheere 1954, Terpstra 1952; variance with ties of
 * Hollander & Wolfe 1999; models.md §4.7). Null when the order cannot show: fewer than two groups with values, or all
 * values equal. Throws `RangeError` on numbers that are not finite.
 */
export function jonckheereTerpstra(input: {
  readonly groups: readonly (readonly number[])[];
}): Jonckheere | null {
  const groups = input.groups.map((values, k) => finiteColumn(`groups[${k}]`, values).toSorted());
  let pairs = 0;
  let pooled: Float64Array = new Float64Array(0);
  for (const group of groups) {
    for (const value of group) {
      pairs += (lowerBound(pooled, value) + upperBound(pooled, value)) / 2;
    }
    pooled = joined(pooled, group);
  }
  const sizes = groups.map((group) => group.length);
  const n = pooled.length;
  const mean = (n * n - total(sizes, (size) => size * size)) / 4;
  const variance = tiedVariance(n, sizes, tieSizes(pooled));
  if (!(variance > 0)) return null;
  const z = (pairs - mean) / Math.sqrt(variance);
  return { J: pairs, mean, var: variance, z, pOneSided: normSf(z) };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both.toSorted();
}

function tieSizes(sorted: Float64Array): number[] {
  const sizes: number[] = [];
  for (let from = 0; from < sorted.length; ) {
    const to = upperBound(sorted, numberAt(sorted, from));
    sizes.push(to - from);
    from = to;
  }
  return sizes;
}

const wide = (size: number): number => size * (size - 1) * (2 * size + 5);
const twos = (size: number): number => size * (size - 1);
const threes = (size: number): number => size * (size - 1) * (size - 2);

function tiedVariance(n: number, groups: readonly number[], ties: readonly number[]): number {
  if (n < 2) return 0;
  const plain = (wide(n) - total(groups, wide) - total(ties, wide)) / 72;
  const triples = total(groups, threes) * total(ties, threes);
  const doubles = (total(groups, twos) * total(ties, twos)) / (8 * twos(n));
  return plain + (triples === 0 ? 0 : triples / (36 * threes(n))) + doubles;
}

function total(sizes: readonly number[], term: (size: number) => number): number {
  let sum = 0;
  for (const size of sizes) sum += term(size);
  return sum;
}
