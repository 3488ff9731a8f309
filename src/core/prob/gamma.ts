import { polynomial } from "./number-at.ts";

/** Bernoulli terms of Stirling's series in 1/x², highest power first (Abramowitz & Stegun 6.1.41). */
const STIRLING = [-691 / 360_360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12];
const STIRLING_START = 12;
const HALF_LOG_2PI = 0.918_938_533_204_672_7;
const TERMS_MAX = 100_000;
const TINY = 1e-300;
const EPSILON = 1e-16;

/** ln Γ(x) for x > 0. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < STIRLING_START) {
    shift += Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  return (at - 0.5) * Math.log(at) - at + HALF_LOG_2PI + polynomial(STIRLING, inverse) / at - shift;
}

/**
 * ln P(a, x) of the regularised lower incomplete gamma function, for a > 0 and x >= 0; −∞ at x = 0. In logarithms,
 * because P itself underflows where a is large and x small. Throws `RangeError` outside its domain.
 */
export function logGammaP(a: number, x: number): number {
  if (!(a > 0 && a < Infinity && x >= 0)) {
    throw new RangeError(`ln P(a, x) needs finite a > 0 and x >= 0, got a = ${a}, x = ${x}`);
  }
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Infinity) return 0;
  const logFront = a * Math.log(x) - x - logGamma(a);
  if (x < a + 1) return logFront + Math.log(lowerSeries(a, x));
  return Math.log1p(-Math.exp(logFront) * upperFraction(a, x));
}

/** γ(a, x)·eˣ/xᵃ by its series (Abramowitz & Stegun 6.5.29). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n <= TERMS_MAX && term > sum * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** Γ(a, x)·eˣ/xᵃ by the modified Lentz evaluation of its fraction (Abramowitz & Stegun 6.5.31). */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n <= TERMS_MAX; n++) {
    const factor = n * (a - n);
    b += 2;
    d = 1 / away(factor * d + b);
    c = away(b + factor / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) <= EPSILON) break;
  }
  return value;
}

/** Keeps a denominator of the fraction off zero. */
function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
