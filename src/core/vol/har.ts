import { solveLinear } from "../linear.ts";
import { numberAt } from "../prob/number-at.ts";

export interface HarFit {
  /** Intercept first. */
  readonly coef: readonly number[];
  /** SSR/n, as the forecast's bias correction wants it. */
  readonly residVar: number;
  readonly r2: number;
  /** Variance forecast exp(mean + residVar/2) for one row of regressors. */
  forecast(row: readonly number[]): number;
}

/** Heterogeneous autoregression of log variance by ordinary least squares (models.md §2.7; Corsi 2009). */
export function harFit(input: {
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
}): HarFit {
  const rows = input.X.map((row) => [1, ...row]);
  const coef = leastSquares(rows, input.y);
  const predict = (row: readonly number[]): number =>
    row.reduce((sum, x, k) => sum + x * numberAt(coef, k), 0);
  const n = rows.length;
  const average = input.y.reduce((sum, value) => sum + value, 0) / n;
  let residual = 0;
  let total = 0;
  for (const [i, row] of rows.entries()) {
    residual += (numberAt(input.y, i) - predict(row)) ** 2;
    total += (numberAt(input.y, i) - average) ** 2;
  }
  const residVar = residual / n;
  return {
    coef,
    residVar,
    r2: 1 - residual / total,
    forecast: (row) => Math.exp(predict([1, ...row]) + residVar / 2),
  };
}

/** Normal equations by elimination with row pivoting; a handful of regressors, so their conditioning is harmless. */
function leastSquares(rows: readonly (readonly number[])[], y: readonly number[]): number[] {
  const size = rows[0]?.length ?? 0;
  const system = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const [i, row] of rows.entries()) {
    for (const [a, equation] of system.entries()) {
      const weight = numberAt(row, a);
      for (const [b, x] of row.entries()) equation[b] = numberAt(equation, b) + weight * x;
      equation[size] = numberAt(equation, size) + weight * numberAt(y, i);
    }
  }
  return solveLinear(system);
}
