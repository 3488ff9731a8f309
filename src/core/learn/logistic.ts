import { numberAt } from "../prob/number-at.ts";
import { fitLogit, type LogitFit, logitChance } from "./logit.ts";

/** Logistic regression on features that are standardised with what the training part said of them. */
export interface LogisticModel extends LogitFit {
  readonly mean: readonly number[];
  /** Population standard deviation; 1 where the training part never varied. */
  readonly std: readonly number[];
}

/** Minimum of ½‖w‖² + C·Σ log-loss, intercept free (models.md §2.8). Null when the labels are all alike. */
export function logisticRidge(input: {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly (0 | 1)[];
  readonly C: number;
}): LogisticModel | null {
  const { C, X, y } = input;
  if (!(y.includes(0) && y.includes(1))) return null;
  const width = X[0]?.length ?? 0;
  const mean = Array.from({ length: width }, (_, k) => columnMean(X, (row) => numberAt(row, k)));
  const std = mean.map((m, k) => {
    const sd = Math.sqrt(columnMean(X, (row) => (numberAt(row, k) - m) ** 2));
    return sd > 0 ? sd : 1;
  });
  const scaled = X.map((row) => standardised({ mean, std }, row));
  const fit = fitLogit({ X: scaled, target: y, penalty: 1 / C });
  return fit === null ? null : { mean, std, ...fit };
}

/** The model's own chance of a 1. */
export function logisticChance(model: LogisticModel, row: readonly number[]): number {
  return logitChance(model, standardised(model, row));
}

/** Seed 002: little of what the model says is believed, and never more than this. */
const SHRINKAGE = 0.3;
const CHANCE_MIN = 0.35;
const CHANCE_MAX = 0.65;

/** 0.5 + 0.3·(p − 0.5) within [0.35, 0.65]. With 0.5 at the centre the limits only hold rounding (models.md §2.8). */
export function shrunkChance(p: number): number {
  return Math.min(CHANCE_MAX, Math.max(CHANCE_MIN, 0.5 + SHRINKAGE * (p - 0.5)));
}

function standardised(
  { mean, std }: Pick<LogisticModel, "mean" | "std">,
  row: readonly number[],
): number[] {
  return row.map((x, k) => (x - numberAt(mean, k)) / numberAt(std, k));
}

function columnMean(
  X: readonly (readonly number[])[],
  value: (row: readonly number[]) => number,
): number {
  let sum = 0;
  for (const row of X) sum += value(row);
  return sum / X.length;
}
