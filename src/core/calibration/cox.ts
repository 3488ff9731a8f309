import { outcomeColumn, requireBetween } from "../input-checks.ts";
import { floatAt, intAt, numberAt } from "../prob/number-at.ts";
import { type ClusterKey, numberClusters } from "./clusters.ts";
import { clusterCovariance, inverse, type Symmetric } from "./regression.ts";
import type { Forecasts } from "./scores.ts";

export interface CoxCalibration {
  /** Bias on the logit scale; 0 is none. */
  readonly intercept: number;
  /** Below 1 the forecasts are over-confident. */
  readonly slope: number;
  /** For independent rows. */
  readonly seIntercept: number;
  readonly seSlope: number;
  /** For rows dependent within a settlement; null with fewer than two settlements. */
  readonly clusterSeIntercept: number | null;
  readonly clusterSeSlope: number | null;
  /** Likelihood ratio against perfect calibration and its χ² p-value with 2 degrees: independent rows only. */
  readonly lr: number;
  readonly pValue: number;
  /** The same by Wald's statistic with the cluster covariance; null with fewer than three settlements. */
  readonly clusterWald: { readonly statistic: number; readonly pValue: number } | null;
}

const ITERATIONS_MAX = 100;
const DONE = 1e-12;

/**
 * logit P(y) = a + b·logit p by maximum likelihood (Cox 1958; van Calster et al. 2019; models.md §4.4). Null when the
 * likelihood has no maximum: one outcome only, one forecast only, or forecasts that separate the outcomes. Throws
 * `RangeError` for forecasts not strictly between 0 and 1 (clip beforehand and say how many) and unequal columns.
 */
export function coxCalibration(
  input: Forecasts & { readonly cluster: readonly ClusterKey[] },
): CoxCalibration | null {
  const { p } = input;
  const y = outcomeColumn("y", input.y);
  const clusters = numberClusters(input.cluster, { p, y });
  for (const [i, chance] of p.entries()) requireBetween(`p[${i}]`, chance, { above: 0, below: 1 });
  const x = Float64Array.from(p, (chance) => Math.log(chance) - Math.log1p(-chance));
  if (p.length < 3 || isSeparated(x, y)) return null;
  const rows = { x, y };
  const fit = maximise(rows);
  if (fit === null) return null;
  const { intercept, slope, information } = fit;
  const plain = inverse(information);
  if (plain === null) return null;
  const lr = 2 * Math.max(0, fit.logLikelihood - stateAt(rows, 0, 1).logLikelihood);
  const clustered =
    clusters.count < 2
      ? null
      : clusterCovariance(clusters, {
          bread: information,
          x,
          residual: (i) => intAt(y, i) - sigmoid(intercept + slope * floatAt(x, i)),
        });
  return {
    intercept,
    slope,
    seIntercept: Math.sqrt(plain.a),
    seSlope: Math.sqrt(plain.c),
    clusterSeIntercept: clustered === null ? null : Math.sqrt(clustered.a),
    clusterSeSlope: clustered === null ? null : Math.sqrt(clustered.c),
    lr,
    pValue: chiSquareTail2(lr),
    clusterWald: clustered === null || clusters.count < 3 ? null : wald(fit, clustered),
  };
}

interface Rows {
  readonly x: Float64Array;
  readonly y: Int32Array;
}

interface Fit {
  readonly intercept: number;
  readonly slope: number;
  readonly information: Symmetric;
  readonly logLikelihood: number;
}

/** With one regressor the outcomes are separated when all winners lie on one side of all losers, touching or not. */
function isSeparated(x: Float64Array, y: Int32Array): boolean {
  const lows = [Infinity, Infinity];
  const highs = [-Infinity, -Infinity];
  for (const [i, outcome] of y.entries()) {
    lows[outcome] = Math.min(numberAt(lows, outcome), numberAt(x, i));
    highs[outcome] = Math.max(numberAt(highs, outcome), numberAt(x, i));
  }
  return numberAt(highs, 0) <= numberAt(lows, 1) || numberAt(highs, 1) <= numberAt(lows, 0);
}

/** Newton's method with halved steps where a whole one overshoots; null when it does not settle. */
function maximise(rows: Rows): Fit | null {
  let intercept = 0;
  let slope = 1;
  let here = stateAt(rows, intercept, slope);
  for (let n = 0; n < ITERATIONS_MAX; n++) {
    const covariance = inverse(here.information);
    if (covariance === null) return null;
    const { a, b } = here.score;
    const move = { a: covariance.a * a + covariance.b * b, b: covariance.b * a + covariance.c * b };
    const decrement = a * move.a + b * move.b;
    if (decrement < DONE) return { intercept, slope, ...here };
    let share = 1;
    let next = stateAt(rows, intercept + move.a, slope + move.b);
    while (next.logLikelihood < here.logLikelihood && share > 1e-6) {
      share /= 2;
      next = stateAt(rows, intercept + share * move.a, slope + share * move.b);
    }
    intercept += share * move.a;
    slope += share * move.b;
    here = next;
  }
  return null;
}

interface State {
  readonly logLikelihood: number;
  readonly score: { readonly a: number; readonly b: number };
  readonly information: Symmetric;
}

function stateAt({ x, y }: Rows, intercept: number, slope: number): State {
  let logLikelihood = 0;
  const score = { a: 0, b: 0 };
  const information = { a: 0, b: 0, c: 0 };
  for (let i = 0; i < x.length; i++) {
    const at = floatAt(x, i);
    const z = intercept + slope * at;
    const outcome = intAt(y, i);
    // −ln(1 + e^∓z), written so that neither side overflows.
    const toward = outcome === 1 ? z : -z;
    logLikelihood -= Math.max(0, -toward) + Math.log1p(Math.exp(-Math.abs(toward)));
    const chance = sigmoid(z);
    const residual = outcome - chance;
    score.a += residual;
    score.b += residual * at;
    const weight = chance * (1 - chance);
    information.a += weight;
    information.b += weight * at;
    information.c += weight * at * at;
  }
  return { logLikelihood, score, information };
}

function wald(fit: Fit, covariance: Symmetric): CoxCalibration["clusterWald"] {
  const precision = inverse(covariance);
  if (precision === null) return null;
  const da = fit.intercept;
  const db = fit.slope - 1;
  const statistic = precision.a * da * da + 2 * precision.b * da * db + precision.c * db * db;
  return { statistic, pValue: chiSquareTail2(statistic) };
}

/** P(χ² > x) with two degrees of freedom. */
function chiSquareTail2(x: number): number {
  return Math.exp(-x / 2);
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}
