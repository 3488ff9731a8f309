import { solveLinear } from "../linear.ts";
import { floatAt, numberAt } from "../prob/number-at.ts";

export interface LogitInput {
  /** One row of features per observation, without a constant. */
  readonly X: readonly (readonly number[])[];
  /** 0, 1, or a smoothed label between. */
  readonly target: readonly number[];
  /** Of each observation; 1 when left out. */
  readonly weight?: readonly number[];
  /** Of ½·‖coef‖²; the intercept is free. */
  readonly penalty: number;
}

export interface LogitFit {
  readonly intercept: number;
  readonly coef: readonly number[];
}

const ITERATIONS_MAX = 100;
const HALVINGS_MAX = 40;
const STEP_MIN = 1e-11;
/** Near the minimum the objective is flat to its last digits while the step still improves the coefficients. */
const ROUNDING = 1e-13;

/** The input in columns that are read fast; each row begins with the constant 1. */
interface Problem {
  readonly rows: readonly Float64Array[];
  readonly target: Float64Array;
  readonly weight: Float64Array;
  readonly penalty: number;
}

/**
 * Minimum of ½·penalty·‖coef‖² + Σ weight·log-loss by Newton's method (iteratively reweighted least squares), steps
 * halved until the objective falls. Null when there is no finite minimum: without a penalty, labels that a line
 * separates push the coefficients to infinity.
 */
export function fitLogit({ penalty, target, weight, X }: LogitInput): LogitFit | null {
  const problem: Problem = {
    rows: X.map((row) => Float64Array.from([1, ...row])),
    target: Float64Array.from(target),
    weight: weight === undefined ? new Float64Array(X.length).fill(1) : Float64Array.from(weight),
    penalty,
  };
  let theta = new Float64Array(problem.rows[0]?.length ?? 1);
  let objective = objectiveAt(problem, theta);
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    const step = newtonStep(problem, theta);
    if (!step.every(Number.isFinite)) return null;
    const next = descend(problem, { theta, step, objective });
    const moved = Math.max(...next.theta.map((t, k) => Math.abs(t - numberAt(theta, k))));
    const scale = Math.max(1, ...next.theta.map(Math.abs));
    theta = next.theta;
    objective = next.objective;
    if (moved <= STEP_MIN * scale) {
      const [intercept = 0, ...coef] = theta;
      return { intercept, coef };
    }
  }
  return null;
}

/** Chance of a 1 for a row of features. */
export function logitChance(fit: LogitFit, row: readonly number[]): number {
  return logistic(row.reduce((sum, x, k) => sum + x * numberAt(fit.coef, k), fit.intercept));
}

/** 1/(1 + e^−z), without overflow on either side. */
export function logistic(z: number): number {
  if (z >= 0) return 1 / (1 + Math.exp(-z));
  const e = Math.exp(z);
  return e / (1 + e);
}

interface Place {
  readonly theta: Float64Array;
  readonly step: readonly number[];
  readonly objective: number;
}

function descend(
  problem: Problem,
  { objective, step, theta }: Place,
): { readonly theta: Float64Array<ArrayBuffer>; readonly objective: number } {
  for (let halving = 0, share = 1; halving < HALVINGS_MAX; halving++, share /= 2) {
    const next = Float64Array.from(theta, (t, k) => t - share * numberAt(step, k));
    const reached = objectiveAt(problem, next);
    if (reached <= objective + ROUNDING * Math.abs(objective)) {
      return { theta: next, objective: reached };
    }
  }
  return { theta: Float64Array.from(theta), objective };
}

// In the two innermost loops `?? 0` only tells the compiler what the lengths guarantee: reading through a checked function
// makes a fit six times as slow.

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

function objectiveAt({ penalty, rows, target, weight }: Problem, theta: Float64Array): number {
  let sum = (penalty / 2) * (dot(theta, theta) - floatAt(theta, 0) ** 2);
  for (const [i, row] of rows.entries()) {
    const z = dot(theta, row);
    // −ln of the likelihood: softplus(z) − target·z.
    const loss = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - floatAt(target, i) * z;
    sum += floatAt(weight, i) * loss;
  }
  return sum;
}

/** Hessian⁻¹ · gradient. */
function newtonStep({ penalty, rows, target, weight }: Problem, theta: Float64Array): number[] {
  const size = theta.length;
  const system = Array.from({ length: size }, () => new Float64Array(size + 1));
  for (const [i, row] of rows.entries()) {
    const p = logistic(dot(theta, row));
    const w = floatAt(weight, i);
    addRow(system, row, { curve: w * p * (1 - p), pull: w * (p - floatAt(target, i)) });
  }
  for (const [k, equation] of system.entries()) {
    if (k === 0) continue;
    equation[k] = floatAt(equation, k) + penalty;
    equation[size] = floatAt(equation, size) + penalty * floatAt(theta, k);
  }
  return solveLinear(system);
}

/** Adds what one observation says of curvature and slope. */
function addRow(
  system: readonly Float64Array[],
  row: Float64Array,
  { curve, pull }: { readonly curve: number; readonly pull: number },
): void {
  const size = row.length;
  for (const [a, equation] of system.entries()) {
    const x = floatAt(row, a);
    const scaled = curve * x;
    for (let b = 0; b < size; b++) equation[b] = (equation[b] ?? 0) + scaled * (row[b] ?? 0);
    equation[size] = floatAt(equation, size) + pull * x;
  }
}
