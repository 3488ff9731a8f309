import { numberAt } from "../prob/number-at.ts";

// Jump-robust variances of a block of returns: diagnostics and features only, because pricing wants the jumps in
// (models.md §2.2). Block variances, not per second.

/** Σ r² of a block. */
export function realizedVariance(returns: readonly number[]): number {
  return returns.reduce((sum, r) => sum + r * r, 0);
}

interface Returns {
  readonly returns: readonly number[];
}

/** Products of neighbours lose a jump (Barndorff-Nielsen & Shephard 2004). */
export function bipowerVariance({ returns }: Returns): number {
  const n = returns.length;
  let sum = 0;
  for (let i = 1; i < n; i++) sum += size(returns, i) * size(returns, i - 1);
  return (Math.PI / 2) * (n / (n - 1)) * sum;
}

/** Smaller of two neighbours (Andersen, Dobrev & Schaumburg 2012). */
export function minRV({ returns }: Returns): number {
  const n = returns.length;
  let sum = 0;
  for (let i = 1; i < n; i++) sum += Math.min(size(returns, i), size(returns, i - 1)) ** 2;
  return (Math.PI / (Math.PI - 2)) * (n / (n - 1)) * sum;
}

/** Median of three neighbours (Andersen, Dobrev & Schaumburg 2012). */
export function medRV({ returns }: Returns): number {
  const n = returns.length;
  let sum = 0;
  for (let i = 2; i < n; i++) {
    const [a, b, c] = [size(returns, i - 2), size(returns, i - 1), size(returns, i)];
    sum += Math.max(Math.min(a, b), Math.min(Math.max(a, b), c)) ** 2;
  }
  return (Math.PI / (6 - 4 * Math.sqrt(3) + Math.PI)) * (n / (n - 2)) * sum;
}

/** E|Z|^(4/3) of a standard normal variable: 2^(2/3) Γ(7/6)/Γ(1/2). */
const MEAN_4_3 = 0.830_860_925_029_559_2;

/** Jump-robust estimate of the integrated fourth power of volatility. */
export function tripowerQuarticity({ returns }: Returns): number {
  const n = returns.length;
  let sum = 0;
  for (let i = 2; i < n; i++) {
    sum += (size(returns, i) * size(returns, i - 1) * size(returns, i - 2)) ** (4 / 3);
  }
  return (n / MEAN_4_3 ** 3) * (n / (n - 2)) * sum;
}

/** Ratio test of Huang & Tauchen 2005: above 3 the block holds a jump. */
export function jumpRatioZ({ returns }: Returns): number {
  const total = realizedVariance(returns);
  const continuous = bipowerVariance({ returns });
  const quarticity = Math.max(1, tripowerQuarticity({ returns }) / continuous ** 2);
  const scale = ((Math.PI ** 2 / 4 + Math.PI - 5) / returns.length) * quarticity;
  return (total - continuous) / total / Math.sqrt(scale);
}

function size(returns: readonly number[], i: number): number {
  return Math.abs(numberAt(returns, i));
}
