import { numberAt } from "../prob/number-at.ts";
import { realizedVariance } from "./jumps.ts";

// Variances that survive bid-ask bounce, for tape as coarse as SOL's one-cent tick (models.md §2.1-2.2).

/** Two time scales (Zhang, Mykland & Aït-Sahalia 2005); can be <= 0 on tiny blocks: then use the slow scale alone. */
export function twoScaleRV(input: {
  readonly logPrices: readonly number[];
  readonly K: number;
}): number {
  const { logPrices, K } = input;
  const n = logPrices.length - 1;
  const perGrid = (n - K + 1) / K;
  const slow = laggedSquares(logPrices, K) / K;
  const fast = laggedSquares(logPrices, 1);
  return (slow - (perGrid / n) * fast) / (1 - perGrid / n);
}

function laggedSquares(values: readonly number[], lag: number): number {
  let sum = 0;
  for (let i = lag; i < values.length; i++) {
    sum += (numberAt(values, i) - numberAt(values, i - lag)) ** 2;
  }
  return sum;
}

/** Pre-averaging with the triangular weight (Jacod, Li, Mykland, Podolskij & Vetter 2009). */
export function preAveragedRV(input: {
  readonly returns: readonly number[];
  readonly theta: number;
}): number {
  const { returns, theta } = input;
  const n = returns.length;
  const k = Math.floor(theta * Math.sqrt(n));
  const weight = (j: number): number => Math.min(j / k, 1 - j / k);
  let psi1 = 0;
  let psi2 = 0;
  for (let j = 1; j <= k; j++) {
    psi1 += k * (weight(j) - weight(j - 1)) ** 2;
    psi2 += weight(j) ** 2 / k;
  }
  let sum = 0;
  for (let i = 0; i <= n - k + 1; i++) {
    let average = 0;
    for (let j = 1; j < k; j++) average += weight(j) * numberAt(returns, i + j - 1);
    sum += average * average;
  }
  const noise = realizedVariance(returns) / (2 * n);
  return ((n / (n - k + 2)) * sum) / (k * psi2) - (psi1 * n * noise) / (k * k * psi2);
}

/** Realised kernel with Parzen weights (Barndorff-Nielsen, Hansen, Lunde & Shephard 2009). */
export function realizedKernelParzen(input: {
  readonly returns: readonly number[];
  readonly H: number;
}): number {
  const { returns, H } = input;
  let sum = realizedVariance(returns);
  for (let h = 1; h <= H; h++) sum += 2 * parzen(h / (H + 1)) * autocovariance(returns, h);
  return sum;
}

function parzen(x: number): number {
  return x <= 0.5 ? 1 - 6 * x * x + 6 * x ** 3 : 2 * (1 - x) ** 3;
}

function autocovariance(returns: readonly number[], lag: number): number {
  let sum = 0;
  for (let i = lag; i < returns.length; i++) {
    sum += numberAt(returns, i) * numberAt(returns, i - lag);
  }
  return sum;
}

/** Noise of one observation from the bounce of neighbours (Roll 1984); above 10 % of the variance use two scales. */
export function noiseVariance({ returns }: { readonly returns: readonly number[] }): number {
  return Math.max(0, -autocovariance(returns, 1) / (returns.length - 1));
}
