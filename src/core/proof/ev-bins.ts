import { resampled } from "../calibration/bootstrap.ts";
import { clusterMean } from "../calibration/intervals.ts";
import { isotonicFit } from "../calibration/isotonic.ts";
import { quantile } from "../calibration/quantile.ts";
import { centredRanks, jonckheereTerpstra } from "../calibration/ranks.ts";
import { mean } from "../calibration/scores.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import { windowMeans } from "./paired.ts";
import type { EvBin, EvBins, ProofOptions } from "./proof.ts";
import { isPriced, type PricedRow, type ProofRow, profitOf, windowsOf } from "./rows.ts";

/** Upper bounds of the bins in dollars, the last one open (models.md §4.7). */
const BOUNDS = [0, 0.02, 0.04, 0.06, 0.1] as const;

/** Sums of a window for a correlation, which lie beside each other: they are drawn together. */
const TERMS = 6;

type Predicted = PricedRow & { readonly ev: number };

/** Do better predictions earn more? */
export function evBinsOf(all: readonly ProofRow[], options: ProofOptions): EvBins {
  const rows = all.filter(isPriced).filter((row): row is Predicted => row.ev !== null);
  const members = [...BOUNDS, Number.POSITIVE_INFINITY].map((to, k) => {
    const from = BOUNDS[k - 1] ?? Number.NEGATIVE_INFINITY;
    return { from, to, rows: rows.filter(({ ev }) => ev > from && ev <= to) };
  });
  const trend = jonckheereTerpstra({
    groups: members.map((bin) => windowMeans(bin.rows.map(profitOf), windowsOf(bin.rows))),
  });
  return {
    bins: members.map(binOf),
    trend: trend === null ? null : { z: trend.z, pOneSided: trend.pOneSided },
    spearman: spearmanOf(rows, options),
    isotonicRange: isotonicRangeOf(members.map(({ rows: own }) => own)),
  };
}

function binOf({
  from,
  rows,
  to,
}: {
  from: number;
  to: number;
  rows: readonly Predicted[];
}): EvBin {
  const pnl = rows.map(profitOf);
  const { closes } = windowsOf(rows);
  const isEmpty = rows.length === 0;
  const { se } = clusterMean({ d: pnl, cluster: rows.map(({ closeMs }) => closeMs) });
  return {
    from: Number.isFinite(from) ? from : null,
    to: Number.isFinite(to) ? to : null,
    rows: rows.length,
    windows: closes.length,
    meanEv: isEmpty ? null : mean(rows.map(({ ev }) => ev)),
    realised: isEmpty ? null : mean(pnl),
    se: closes.length < 2 ? null : se,
  };
}

function isotonicRangeOf(bins: readonly (readonly Predicted[])[]): number | null {
  const filled = bins.filter(({ length }) => length > 0);
  const fitted = isotonicFit(
    Float64Array.from(filled, (rows) => mean(rows.map(profitOf))),
    Float64Array.from(filled, ({ length }) => length),
  );
  const lowest = fitted[0];
  const highest = fitted.at(-1);
  return lowest === undefined || highest === undefined ? null : highest - lowest;
}

/** Ranks are those of the whole sample: ranking anew in each resample would cost a sort each and change little. */
function spearmanOf(rows: readonly Predicted[], options: ProofOptions): EvBins["spearman"] {
  const windows = windowsOf(rows);
  const count = windows.closes.length;
  if (count < 2) return null;
  const x = centredRanks(Float64Array.from(rows, ({ ev }) => ev));
  const y = centredRanks(Float64Array.from(rows, profitOf));
  const sums = new Float64Array(count * TERMS);
  const add = (at: number, term: number): void => {
    sums[at] = floatAt(sums, at) + term;
  };
  for (let i = 0; i < rows.length; i++) {
    const a = floatAt(x, i);
    const b = floatAt(y, i);
    const at = intAt(windows.of, i) * TERMS;
    add(at, 1);
    add(at + 1, a);
    add(at + 2, b);
    add(at + 3, a * a);
    add(at + 4, b * b);
    add(at + 5, a * b);
  }
  const rho = correlation(
    sums,
    Int32Array.from({ length: count }, (_, g) => g),
  );
  if (!Number.isFinite(rho)) return null;
  const { alpha, resamples: B, seed } = options;
  if (B === 0) return null;
  const ascending = resampled(count, { B, seed }, (drawn) => correlation(sums, drawn))
    .filter((value) => Number.isFinite(value))
    .toSorted();
  if (ascending.length === 0) return null;
  return {
    rho,
    lower: quantile(ascending, alpha / 2),
    upper: quantile(ascending, 1 - alpha / 2),
  };
}

function correlation(sums: Float64Array, drawn: Int32Array): number {
  let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < drawn.length; k++) {
    const at = intAt(drawn, k) * TERMS;
    n += floatAt(sums, at);
    x += floatAt(sums, at + 1);
    y += floatAt(sums, at + 2);
    xx += floatAt(sums, at + 3);
    yy += floatAt(sums, at + 4);
    xy += floatAt(sums, at + 5);
  }
  return (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y));
}
