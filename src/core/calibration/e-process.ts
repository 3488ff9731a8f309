import {
  finiteColumn,
  outcomeColumn,
  probColumn,
  requireBetween,
  requireSameLength,
} from "../input-checks.ts";
import { floatAt, intAt, numberAt } from "../prob/number-at.ts";

// Evidence that may be looked at every day (models.md §4.8). Under the null hypothesis an e-process is a wealth that
// does not grow on average, so it reaches 20 at any time in at most 5 % of all worlds (Ville 1939). One value per
// settlement, in order of settlement; all results are natural logarithms.

/** Probabilities are kept this far from 0 and 1: one settlement must not decide a verdict. */
const LR_P_MIN = 0.001;

/**
 * Likelihood ratio of the model against the market, ln of mean_θ Π [r/q]^y[(1 − r)/(1 − q)]^(1−y) with r = q + θ(p − q),
 * after each settlement (Shafer 2021). The null is that `q` is the true chance. Net of costs: pass as `q` the ask with
 * fee where the model is above it and the bid less fee where it is below, and leave the other rows out. Throws
 * `RangeError` on probabilities or thetas outside [0, 1], other outcomes than 0 and 1, no thetas, and unequal columns.
 */
export function lrEProcess(input: {
  readonly p: readonly number[];
  readonly q: readonly number[];
  readonly y: readonly (0 | 1)[];
  readonly thetas: readonly number[];
}): Float64Array {
  requireSameLength({ p: input.p, q: input.q, y: input.y });
  const p = probColumn("p", input.p);
  const q = probColumn("q", input.q);
  const y = outcomeColumn("y", input.y);
  const thetas = probColumn("thetas", input.thetas);
  if (thetas.length === 0) throw new RangeError("there are no thetas");
  const sums = new Float64Array(thetas.length);
  return p.map((chance, i) => {
    const market = kept(numberAt(q, i));
    const lean = kept(chance) - market;
    for (const [k, theta] of thetas.entries()) {
      // ln(r/q) of a winner, ln((1 − r)/(1 − q)) of a loser.
      const change = intAt(y, i) === 1 ? lean / market : -lean / (1 - market);
      sums[k] = numberAt(sums, k) + Math.log1p(theta * change);
    }
    return logMeanExp(sums);
  });
}

function kept(p: number): number {
  return Math.min(1 - LR_P_MIN, Math.max(LR_P_MIN, p));
}

const BET_MAX = 0.5;
const START_VARIANCE = 0.25;

/**
 * Wealth of a gambler who bets on a positive mean of `d`, ln Π(1 + λ·d) after each settlement (Waudby-Smith & Ramdas 2024).
 * The bet λ = μ/(σ² + μ²), between 0 and ½, knows only the past. The null is mean ≤ 0; `d` must lie in [−1, 1], else
 * `RangeError`.
 */
export function bettingEProcess(input: { readonly d: readonly number[] }): Float64Array {
  let sum = 0;
  let mean = 0;
  let squares = 0;
  let variance = START_VARIANCE;
  let logWealth = 0;
  return boundedColumn(input.d, -1, 1).map((d, i) => {
    const bet = Math.min(BET_MAX, Math.max(0, mean / (variance + mean * mean)));
    logWealth += Math.log1p(bet * d);
    sum += d;
    mean = sum / (i + 2);
    squares += (d - mean) ** 2;
    variance = (START_VARIANCE + squares) / (i + 2);
    return logWealth;
  });
}

/** Differences as a column; throws `RangeError` on one outside [lo, hi], where the tests of this folder prove nothing. */
export function boundedColumn(d: readonly number[], lo: number, hi: number): Float64Array {
  if (!(lo < hi)) throw new RangeError(`lo must be below hi, got ${lo} and ${hi}`);
  const column = finiteColumn("d", d);
  for (const [i, value] of column.entries()) {
    if (value < lo || value > hi) {
      throw new RangeError(`d[${i}] must be in [${lo}, ${hi}], got ${value}`);
    }
  }
  return column;
}

/** Throws `RangeError` unless alpha is strictly between 0 and 1. */
export function requireAlpha(alpha: number): void {
  requireBetween("alpha", alpha, { above: 0, below: 1 });
}

/** ln of the mean of exponentials, without overflow. */
export function logMeanExp(logs: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logs.length; k++) most = Math.max(most, floatAt(logs, k));
  let sum = 0;
  for (let k = 0; k < logs.length; k++) sum += Math.exp(floatAt(logs, k) - most);
  return most + Math.log(sum / logs.length);
}
