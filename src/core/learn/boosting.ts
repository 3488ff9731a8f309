import { numberAt } from "../prob/number-at.ts";
import { type BinnedColumn, binColumn } from "./bins.ts";
import { type Branching, growTree, type Tree, treeValue } from "./tree.ts";

/** Sum of small regression trees; plain JSON. */
export interface BoostedTrees {
  readonly base: number;
  readonly learningRate: number;
  readonly trees: readonly Tree[];
}

export interface BoostingOptions {
  readonly nEstimators: number;
  readonly maxDepth: number;
  readonly learningRate: number;
  /** Rows that both sides of a split must keep. */
  readonly minSamplesLeaf: number;
  /** Different values of a feature that a split can tell apart; default below. */
  readonly binsMax?: number;
}

/** Few rows are split exactly, between any two values; of many, splits between 256 equal shares lose next to nothing. */
const EXACT_ROWS_MAX = 1_000;
const BINS_MAX = 256;

/**
 * Gradient boosting for squared error (models.md §2.8): each tree fits what the sum so far leaves over. Deterministic: no
 * row or feature is drawn at random. Throws RangeError without rows or for a value that is not a number.
 */
export function gbdtSquaredError(
  X: readonly (readonly number[])[],
  y: readonly number[],
  options: BoostingOptions,
): BoostedTrees {
  const n = X.length;
  assertNumbers(X, y);
  const columns = columnsOf(X, options.binsMax ?? (n <= EXACT_ROWS_MAX ? n : BINS_MAX));
  let base = 0;
  for (const value of y) base += value / n;
  const residual = Float64Array.from(y, (value) => value - base);
  const { learningRate } = options;
  const branching: Branching = { ...options, columns, residual, rows: new Int32Array(n) };
  const trees: Tree[] = [];
  for (let t = 0; t < options.nEstimators; t++) {
    trees.push(
      growTree(branching, (rows, mean) => {
        for (const row of rows) residual[row] = (residual[row] ?? 0) - learningRate * mean;
      }),
    );
  }
  return { base, learningRate, trees };
}

/** base + learningRate·Σ trees. */
export function boostedValue(model: BoostedTrees, row: readonly number[]): number {
  let sum = 0;
  for (const tree of model.trees) sum += treeValue(tree, row);
  return model.base + model.learningRate * sum;
}

function columnsOf(X: readonly (readonly number[])[], binsMax: number): BinnedColumn[] {
  const width = X[0]?.length ?? 0;
  return Array.from({ length: width }, (_, k) =>
    binColumn(
      Float64Array.from(X, (row) => numberAt(row, k)),
      Math.max(2, Math.min(binsMax, 65_536)),
    ),
  );
}

function assertNumbers(X: readonly (readonly number[])[], y: readonly number[]): void {
  if (X.length === 0) throw new RangeError("no rows to learn from");
  if (X.length !== y.length) throw new RangeError(`${X.length} rows have ${y.length} targets`);
  if (!(y.every(Number.isFinite) && X.every((row) => row.every(Number.isFinite)))) {
    throw new RangeError("a feature or a target is not a finite number");
  }
}
