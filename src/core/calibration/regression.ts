import { finiteColumn, outcomeColumn, probColumn } from "../input-checks.ts";
import { tCdf } from "../prob/normal.ts";
import { intAt, numberAt } from "../prob/number-at.ts";
import { type ClusterKey, type Clusters, clusterSums, numberClusters } from "./clusters.ts";

// Regressions whose errors are dependent within a settlement: CR1 cluster covariance (models.md §4.4 to §4.6).

export interface Encompassing {
  /** 0: the market knows everything, 1: the model is right; between, shrink the model by it. */
  readonly theta: number;
  readonly se: number;
  readonly t: number;
  /** Settlements − 1. */
  readonly df: number;
  /** One-sided, against theta <= 0. */
  readonly pOneSided: number;
}

/**
 * y − q = θ·(p − q) + ε without intercept (Chong & Hendry 1986; Clemen, Murphy & Winkler 1995; models.md §4.6): needs four
 * times fewer settlements than the difference of Brier scores. With `q` the all-in cost it is the test of profit. Null
 * when model and market never differ, with fewer than two settlements, or without residuals. Throws `RangeError` on
 * probabilities outside [0, 1], other outcomes than 0 and 1, and columns of unequal length.
 */
export function encompassing(input: {
  readonly p: readonly number[];
  readonly q: readonly number[];
  readonly y: readonly (0 | 1)[];
  readonly cluster: readonly ClusterKey[];
}): Encompassing | null {
  const p = probColumn("p", input.p);
  const q = probColumn("q", input.q);
  const y = outcomeColumn("y", input.y);
  const clusters = numberClusters(input.cluster, { p, q, y });
  const x = p.map((chance, i) => chance - numberAt(q, i));
  const gain = q.map((chance, i) => intAt(y, i) - chance);
  const xx = dot(x, x);
  if (!(xx > 0) || clusters.count < 2) return null;
  const theta = dot(x, gain) / xx;
  const scores = clusterSums(
    clusters,
    (i) => numberAt(x, i) * (numberAt(gain, i) - theta * numberAt(x, i)),
  );
  const df = clusters.count - 1;
  const se = Math.sqrt((clusters.count / df) * dot(scores, scores)) / xx;
  if (!(se > 0)) return null;
  const t = theta / se;
  return { theta, se, t, df, pOneSided: tCdf(-t, df) };
}

export interface EvSlope {
  readonly intercept: number;
  /** 1 when a predicted cent earns a cent. */
  readonly slope: number;
  readonly seIntercept: number;
  readonly seSlope: number;
}

/**
 * Realised profit on predicted expected value, least squares with intercept (models.md §4.6). Null when the prediction
 * never varies or with fewer than two settlements. Throws `RangeError` on numbers that are not finite and columns of
 * unequal length.
 */
export function evCalibrationSlope(input: {
  readonly ev: readonly number[];
  readonly pnl: readonly number[];
  readonly cluster: readonly ClusterKey[];
}): EvSlope | null {
  const ev = finiteColumn("ev", input.ev);
  const pnl = finiteColumn("pnl", input.pnl);
  const clusters = numberClusters(input.cluster, { ev, pnl });
  const n = ev.length;
  if (n < 3 || clusters.count < 2 || ev.every((value) => value === ev[0])) return null;
  const meanEv = sum(ev) / n;
  const meanPnl = sum(pnl) / n;
  const off = ev.map((value) => value - meanEv);
  const slope = dot(off, pnl) / dot(off, off);
  const intercept = meanPnl - slope * meanEv;
  const bread = { a: n, b: sum(ev), c: dot(ev, ev) };
  const covariance = clusterCovariance(clusters, {
    bread,
    x: ev,
    residual: (i) => numberAt(pnl, i) - intercept - slope * numberAt(ev, i),
  });
  return {
    intercept,
    slope,
    seIntercept: Math.sqrt(covariance.a),
    seSlope: Math.sqrt(covariance.c),
  };
}

/** Symmetric 2 × 2 matrix [[a, b], [b, c]], intercept first. */
export interface Symmetric {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** Inverse of a symmetric 2 × 2 matrix; null when it has none. */
export function inverse({ a, b, c }: Symmetric): Symmetric | null {
  const determinant = a * c - b * b;
  if (!(Math.abs(determinant) > 1e-14 * Math.abs(a * c))) return null;
  return { a: c / determinant, b: -b / determinant, c: a / determinant };
}

/**
 * CR1 covariance of intercept and slope, bread⁻¹·meat·bread⁻¹ with the factor G/(G − 1)·(N − 1)/(N − 2). Throws
 * `RangeError` when the bread has no inverse.
 */
export function clusterCovariance(
  clusters: Clusters,
  model: {
    readonly bread: Symmetric;
    readonly x: Float64Array;
    readonly residual: (row: number) => number;
  },
): Symmetric {
  const bread = inverse(model.bread);
  if (bread === null) throw new RangeError("the regressor does not vary");
  const level = clusterSums(clusters, model.residual);
  const tilt = clusterSums(clusters, (i) => model.residual(i) * numberAt(model.x, i));
  const meat = { a: dot(level, level), b: dot(level, tilt), c: dot(tilt, tilt) };
  const n = clusters.of.length;
  const factor = (clusters.count / (clusters.count - 1)) * ((n - 1) / (n - 2));
  const left = {
    aa: bread.a * meat.a + bread.b * meat.b,
    ab: bread.a * meat.b + bread.b * meat.c,
    ba: bread.b * meat.a + bread.c * meat.b,
    bb: bread.b * meat.b + bread.c * meat.c,
  };
  return {
    a: factor * (left.aa * bread.a + left.ab * bread.b),
    b: factor * (left.aa * bread.b + left.ab * bread.c),
    c: factor * (left.ba * bread.b + left.bb * bread.c),
  };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += numberAt(a, i) * numberAt(b, i);
  return total;
}
