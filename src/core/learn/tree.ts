import { numberAt } from "../prob/number-at.ts";
import type { BinnedColumn } from "./bins.ts";

/** A leaf's mean, or a split: rows with feature ≤ threshold go left. */
export type Tree = number | readonly [feature: number, threshold: number, left: Tree, right: Tree];

/** What a tree is grown from. */
export interface Branching {
  readonly columns: readonly BinnedColumn[];
  /** What is left to explain, by row. */
  readonly residual: Float64Array;
  /** Scratch, one element a row: row numbers, those of one node side by side. */
  readonly rows: Int32Array;
  readonly maxDepth: number;
  readonly minSamplesLeaf: number;
}

/** The leaf that a row of features falls into. */
export function treeValue(tree: Tree, row: readonly number[]): number {
  let node = tree;
  while (typeof node !== "number") {
    const [feature, threshold, left, right] = node;
    node = numberAt(row, feature) <= threshold ? left : right;
  }
  return node;
}

/** Grows one tree greedily; `onLeaf` gets the rows of each leaf and their mean. */
export function growTree(
  branching: Branching,
  onLeaf: (rows: Int32Array, mean: number) => void,
): Tree {
  const { rows } = branching;
  for (let i = 0; i < rows.length; i++) rows[i] = i;
  return grow(branching, { rows, depthLeft: branching.maxDepth, histograms: null }, onLeaf);
}

// Below, `?? 0` only tells the compiler what the lengths guarantee: reading through a checked function costs five times as
// much here, and here is where all the time goes.

/** Rows and sum of residuals in each bin of one feature, two numbers a bin: read and written together. */
type Histogram = Float64Array;

interface Node {
  readonly rows: Int32Array;
  readonly depthLeft: number;
  /** Of each feature; null while nobody has counted. */
  readonly histograms: readonly Histogram[] | null;
}

function grow(
  branching: Branching,
  node: Node,
  onLeaf: (rows: Int32Array, mean: number) => void,
): Tree {
  const { rows } = node;
  let sum = 0;
  for (const row of rows) sum += branching.residual[row] ?? 0;
  const isSplittable = node.depthLeft > 0 && rows.length >= 2 * branching.minSamplesLeaf;
  const histograms = isSplittable ? (node.histograms ?? histogramsOf(branching, rows)) : [];
  const split = bestSplit(branching, histograms, { count: rows.length, sum });
  if (split === null) {
    const mean = sum / rows.length;
    onLeaf(rows, mean);
    return mean;
  }
  const column = branching.columns[split.feature];
  if (column === undefined) throw new RangeError(`no feature ${split.feature}`);
  const middle = partition(rows, column.bin, split.bin);
  const [left, right] = children(branching, node, { histograms, middle });
  return [
    split.feature,
    split.threshold,
    grow(branching, left, onLeaf),
    grow(branching, right, onLeaf),
  ];
}

/** Only the smaller side is counted: the other one is the parent less it. */
function children(
  branching: Branching,
  { depthLeft, rows }: Node,
  { histograms, middle }: { readonly histograms: readonly Histogram[]; readonly middle: number },
): readonly [left: Node, right: Node] {
  const left = { rows: rows.subarray(0, middle), depthLeft: depthLeft - 1, histograms: null };
  const right = { rows: rows.subarray(middle), depthLeft: depthLeft - 1, histograms: null };
  if (depthLeft === 1) return [left, right];
  const isLeftSmaller = left.rows.length <= right.rows.length;
  const counted = histogramsOf(branching, isLeftSmaller ? left.rows : right.rows);
  const rest = histograms.map((all, k) => difference(all, counted[k] ?? all));
  return isLeftSmaller
    ? [
        { ...left, histograms: counted },
        { ...right, histograms: rest },
      ]
    : [
        { ...left, histograms: rest },
        { ...right, histograms: counted },
      ];
}

function difference(all: Histogram, part: Histogram): Histogram {
  const rest = new Float64Array(all.length);
  for (let i = 0; i < all.length; i++) rest[i] = (all[i] ?? 0) - (part[i] ?? 0);
  return rest;
}

function histogramsOf({ columns, residual }: Branching, rows: Int32Array): Histogram[] {
  const gathered = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) gathered[i] = residual[rows[i] ?? 0] ?? 0;
  return columns.map((column) => histogramOf(column, rows, gathered));
}

function histogramOf({ bin, low }: BinnedColumn, rows: Int32Array, gathered: Float64Array) {
  const histogram = new Float64Array(2 * low.length);
  for (let i = 0; i < rows.length; i++) {
    const at = 2 * (bin[rows[i] ?? 0] ?? 0);
    histogram[at] = (histogram[at] ?? 0) + 1;
    histogram[at + 1] = (histogram[at + 1] ?? 0) + (gathered[i] ?? 0);
  }
  return histogram;
}

interface Totals {
  readonly count: number;
  readonly sum: number;
}

interface Split {
  readonly feature: number;
  /** Last bin that goes left. */
  readonly bin: number;
  readonly threshold: number;
  readonly score: number;
}

/** Largest S_L²/n_L + S_R²/n_R, which is the largest fall of the squared error; the first of equals. */
function bestSplit(
  { columns, minSamplesLeaf }: Branching,
  histograms: readonly Histogram[],
  node: Totals,
): Split | null {
  let best: Split | null = null;
  let scoreMin = node.sum ** 2 / node.count;
  for (const [feature, histogram] of histograms.entries()) {
    const column = columns[feature];
    if (column === undefined) continue;
    const found = splitOf(column, histogram, { ...node, minSamplesLeaf, scoreMin });
    if (found === null) continue;
    best = { feature, ...found };
    scoreMin = found.score;
  }
  return best;
}

function splitOf(
  column: BinnedColumn,
  histogram: Histogram,
  node: Totals & { readonly minSamplesLeaf: number; readonly scoreMin: number },
): Omit<Split, "feature"> | null {
  let best: Omit<Split, "feature"> | null = null;
  let bestScore = node.scoreMin;
  let leftCount = 0;
  let leftSum = 0;
  // Last bin with rows of this node: a threshold lies half-way between neighbouring values of the node.
  let last = -1;
  for (let bin = 0; 2 * bin < histogram.length; bin++) {
    const count = histogram[2 * bin] ?? 0;
    if (count === 0) continue;
    const rightCount = node.count - leftCount;
    if (rightCount < node.minSamplesLeaf) break;
    if (leftCount >= node.minSamplesLeaf) {
      const rightSum = node.sum - leftSum;
      const score = leftSum ** 2 / leftCount + rightSum ** 2 / rightCount;
      if (score > bestScore) {
        bestScore = score;
        best = { bin: last, threshold: halfWay(column, last, bin), score };
      }
    }
    leftCount += count;
    leftSum += histogram[2 * bin + 1] ?? 0;
    last = bin;
  }
  return best;
}

function halfWay({ high, low }: BinnedColumn, left: number, right: number): number {
  const from = numberAt(high, left);
  const to = numberAt(low, right);
  const middle = from + (to - from) / 2;
  // Of two neighbouring floats the middle can round up to the right one, whose rows must not go left.
  return middle < to ? middle : from;
}

/** Moves the rows that go left to the front, keeping their order, and gives their number. */
function partition(rows: Int32Array, bin: Uint16Array, lastLeft: number): number {
  const right: number[] = [];
  let left = 0;
  for (const row of rows) {
    if ((bin[row] ?? 0) <= lastLeft) rows[left++] = row;
    else right.push(row);
  }
  rows.set(right, left);
  return left;
}
