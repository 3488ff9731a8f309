import { logGamma } from "./gamma.ts";

const BETA_TERMS_MAX = 1_000;
const TINY = 1e-300;

/** P(T > |x|) of Student's t by the regularised incomplete beta function (models.md §1.1). */
export function lowerBetaTail(x: number, nu: number): number {
  const square = x * x;
  if (square < nu) return 0.5 - 0.5 * incompleteBeta(square / (nu + square), { a: 0.5, b: nu / 2 });
  return 0.5 * incompleteBeta(nu / (nu + square), { a: nu / 2, b: 0.5 });
}

interface BetaShape {
  readonly a: number;
  readonly b: number;
}

/** Regularised incomplete beta I_x(a, b), by the continued fraction on the side where it converges quickly. */
function incompleteBeta(x: number, { a, b }: BetaShape): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, { a, b })) / a;
  return 1 - (front * betaFraction(1 - x, { a: b, b: a })) / b;
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
