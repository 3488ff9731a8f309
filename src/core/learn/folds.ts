/** One step of a walk forward: rows [0, trainEnd) teach, rows [testStart, testEnd) examine. */
export interface Fold {
  readonly trainEnd: number;
  readonly testStart: number;
  readonly testEnd: number;
}

export interface FoldInput {
  readonly n: number;
  readonly folds: number;
  /** Rows before the first examination. */
  readonly minTrain: number;
  /** Rows whose label reaches into the examined part. */
  readonly purge: number;
  /** Rows left out besides, because features average over time. */
  readonly embargo: number;
}

/** Growing training parts that end before what they are examined on begins (models.md §2.9; López de Prado 2018). */
export function walkForwardFolds({ embargo, folds, minTrain, n, purge }: FoldInput): Fold[] {
  const edge = (k: number): number => Math.floor(minTrain + ((n - minTrain) * k) / folds);
  return Array.from({ length: folds }, (_, k) => ({
    trainEnd: Math.max(0, edge(k) - purge - embargo),
    testStart: edge(k),
    testEnd: edge(k + 1),
  }));
}
