import { requireBetween } from "../input-checks.ts";
import { logGamma } from "./gamma.ts";
import { risingRoot } from "./root.ts";

const BETA_TERMS_MAX = 1_000;
const TINY = 1e-300;

/**
 * P(T > x) of Student's t for x >= 0, by the regularised incomplete beta function of ν/(ν+x²) (models.md §1.1). The other
 * form given there, one half less a function that nears it, loses small tails of large ν.
 */
export function studentTail(x: number, nu: number): number {
  const square = x * x;
  const at = nu / (nu + square);
  if (at === 0) return 0;
  return 0.5 * incompleteBeta({ x: at, rest: square / (nu + square) }, { a: nu / 2, b: 0.5 });
}

/** Quantile of Student's t above the median. Throws `RangeError` unless 0.5 < share < 1. */
export function tInverse(share: number, nu: number): number {
  requireBetween("share", share, { above: 0.5, below: 1 });
  return risingRoot((x) => 1 - studentTail(x, nu) - share, { from: 0, step: 2 });
}

interface BetaShape {
  readonly a: number;
  readonly b: number;
}

/** A number and one less it, each to its own precision. */
interface Split {
  readonly x: number;
  readonly rest: number;
}

/** Regularised incomplete beta I_x(a, b), by the continued fraction on the side where it converges quickly. */
function incompleteBeta({ x, rest }: Split, { a, b }: BetaShape): number {
  if (rest <= 0) return 1;
  const logX = rest < 0.5 ? Math.log1p(-rest) : Math.log(x);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * logX + b * Math.log(rest),
  );
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, { a, b })) / a;
  return 1 - (front * betaFraction(rest, { a: b, b: a })) / b;
}

/** Modified Lentz evaluation of the fraction in Abramowitz & Stegun 26.5.8. */
function betaFraction(x: number, { a, b }: BetaShape): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= BETA_TERMS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return value;
}

/** Keeps a denominator of the fraction off zero. */
function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
