const INV_SQRT_2PI = 0.398_942_280_401_432_7;

/** Standard normal distribution function, absolute error below 1e-7 (Zelen and Severo, 26.2.17). */
export function cumulativeNormal(z: number): number {
  const x = Math.abs(z);
  const t = 1 / (1 + 0.231_641_9 * x);
  const poly =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  const tail = INV_SQRT_2PI * Math.exp(-0.5 * x * x) * poly;
  return z >= 0 ? 1 - tail : tail;
}
