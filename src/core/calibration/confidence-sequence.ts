import { requireBetween, requireFinite } from "../input-checks.ts";
import { logGamma, logGammaP } from "../prob/gamma.ts";
import { floatAt } from "../prob/number-at.ts";
import { risingRoot } from "../prob/root.ts";
import { boundedColumn, logMeanExp, requireAlpha } from "./e-process.ts";

// Confidence sequences for the mean of bounded differences, one per settlement in order of settlement (models.md §4.8):
// the intervals of all times together hold the true mean with the stated confidence.

export interface BoundedSeries {
  readonly d: readonly number[];
  /** Bounds that every difference keeps: −1 and 1 for Brier scores. */
  readonly lo: number;
  readonly hi: number;
}

/** Interval after each settlement, as wide as the theorem gives it: `intersected` narrows it to what all times agree on. */
export interface ConfidenceSequence {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

const GRID_SIZE = 40;
const GRID_FROM = 0.002;
const GRID_TO = 0.9;

interface Grid {
  /** Bets u/c with u spaced evenly on the logarithm, and what each pays for variance. */
  readonly lambda: Float64Array;
  readonly psi: Float64Array;
  readonly scratch: Float64Array;
}

function gridOf(c: number): Grid {
  const u = Float64Array.from(
    { length: GRID_SIZE },
    (_, k) => GRID_FROM * (GRID_TO / GRID_FROM) ** (k / (GRID_SIZE - 1)),
  );
  return {
    lambda: u.map((value) => value / c),
    psi: u.map((value) => (-Math.log1p(-value) - value) / (c * c)),
    scratch: new Float64Array(GRID_SIZE),
  };
}

/** ln of the mean of exp(λ·s − ψ(λ)·v) over the grid. */
function logMixture({ lambda, psi, scratch }: Grid, s: number, v: number): number {
  for (let k = 0; k < scratch.length; k++) {
    scratch[k] = floatAt(lambda, k) * s - floatAt(psi, k) * v;
  }
  return logMeanExp(scratch);
}

/**
 * ln E after each settlement against mean ≤ 0: a mixture of 40 bets, no special functions. Throws `RangeError` on a
 * difference outside [lo, hi].
 */
export function gridEProcess(input: BoundedSeries): Float64Array {
  const d = boundedColumn(input.d, input.lo, input.hi);
  const grid = gridOf(input.hi - input.lo);
  const running = new Running();
  return d.map((value) => {
    running.add(value);
    return logMixture(grid, running.sum, running.variation);
  });
}

/** Two-sided 1 − alpha sequence by inverting the mixture of `gridEProcess`. Throws `RangeError` on bad input. */
export function gridConfidenceSequence(
  input: BoundedSeries & { readonly alpha: number },
): ConfidenceSequence {
  requireAlpha(input.alpha);
  const grid = gridOf(input.hi - input.lo);
  const wanted = Math.log(2 / input.alpha);
  return sequence(input, (v) => (s) => logMixture(grid, s, v) - wanted);
}

export interface MixtureInput {
  /** Sum of the differences. */
  readonly s: number;
  /** Their variation around the running mean. */
  readonly v: number;
  /** Where the mixture is tightest. */
  readonly rho: number;
  /** Width of the bounds. */
  readonly c: number;
}

/**
 * Logarithm of the gamma-exponential mixture (Howard, Ramdas, McAuliffe & Sekhon 2021, Prop. 9); agrees with the authors'
 * C++. Throws `RangeError` unless v ≥ 0, rho and c are positive and c·s + v + rho > 0, below which this form is not defined.
 */
export function gammaExponentialLogMixture({ s, v, rho, c }: MixtureInput): number {
  requireFinite("s", s);
  requireFinite("v", v);
  requireBetween("rho", rho, { above: 0, below: Infinity });
  requireBetween("c", c, { above: 0, below: Infinity });
  const a = rho / (c * c);
  const b = (v + rho) / (c * c);
  const x = (c * s + v) / (c * c);
  if (v < 0 || !(x + a > 0)) {
    throw new RangeError(`v and c·s + v + rho must not be negative, got s = ${s}, v = ${v}`);
  }
  return (
    a * Math.log(a) -
    logGamma(a) -
    logGammaP(a, a) +
    logGamma(b) +
    logGammaP(b, x + a) -
    b * Math.log(x + a) +
    x
  );
}

export interface EbConfidenceSequence extends ConfidenceSequence {
  readonly rho: number;
}

/**
 * Two-sided 1 − alpha empirical-Bernstein sequence (Choe & Ramdas 2024, Thm 2), tightest where the variation is `vOpt`.
 * A fifth to a third narrower than the grid's after 300 settlements. Throws `RangeError` on bad input.
 */
export function ebConfidenceSequence(
  input: BoundedSeries & { readonly alpha: number; readonly vOpt: number },
): EbConfidenceSequence {
  requireAlpha(input.alpha);
  requireBetween("vOpt", input.vOpt, { above: 0, below: Infinity });
  const wanted = Math.log(2 / input.alpha);
  const twice = 2 * Math.log(1 / input.alpha);
  const rho = input.vOpt / (twice + Math.log1p(twice));
  const c = input.hi - input.lo;
  const interval = sequence(
    input,
    (v) => (s) => gammaExponentialLogMixture({ s, v: Math.max(1, v), rho, c }) - wanted,
  );
  return { ...interval, rho };
}

/** The part of each interval that all earlier ones share: as valid, and it never widens. */
export function intersected({ lower, upper }: ConfidenceSequence): ConfidenceSequence {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  return {
    lower: lower.map((value) => (low = Math.max(low, value))),
    upper: upper.map((value) => (high = Math.min(high, value))),
  };
}

/** Mean ± s/t with s where the excess of the boundary over the evidence crosses zero at this variation. */
function sequence(
  input: BoundedSeries,
  excessAt: (v: number) => (s: number) => number,
): ConfidenceSequence {
  const d = boundedColumn(input.d, input.lo, input.hi);
  const lower = new Float64Array(d.length);
  const upper = new Float64Array(d.length);
  const running = new Running();
  for (const [i, value] of d.entries()) {
    running.add(value);
    const half = risingRoot(excessAt(running.variation), { from: 0, step: 1 }) / (i + 1);
    const mean = running.sum / (i + 1);
    lower[i] = mean - half;
    upper[i] = mean + half;
  }
  return { lower, upper };
}

/** Sum, and squared distances from the mean of what came before, so that the past alone sets the yardstick. */
class Running {
  sum = 0;
  variation = 0;
  #count = 0;

  add(value: number): void {
    const before = this.#count === 0 ? 0 : this.sum / this.#count;
    this.variation += (value - before) ** 2;
    this.sum += value;
    this.#count++;
  }
}
