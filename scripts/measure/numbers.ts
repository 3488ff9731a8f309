/** Quantile of unsorted values by linear interpolation; NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  return sortedQuantile(
    values.toSorted((a, b) => a - b),
    q,
  );
}

/** Quantiles of unsorted values. */
export function quantiles(values: readonly number[], qs: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return qs.map((q) => sortedQuantile(sorted, q));
}

function sortedQuantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}

/** Share of the values that pass a test. */
export function share(values: readonly number[], passes: (value: number) => boolean): number {
  return values.filter(passes).length / values.length;
}

/** Pearson correlation of the pairs in which both values are known. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  let [n, sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0];
  for (const [at, x] of xs.entries()) {
    const y = ys[at] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  return (n * sxy - sx * sy) / Math.sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}
