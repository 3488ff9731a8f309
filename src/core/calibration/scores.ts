import { normSf } from "../prob/normal.ts";
import { floatAt, numberAt } from "../prob/number-at.ts";
import { groupForecasts, winsByGroup } from "./isotonic.ts";

// Scores of probability forecasts against outcomes (models.md §4.2). Lower is better for Brier and log loss.

/** Forecasts and what happened, row by row. */
export interface Forecasts {
  readonly p: readonly number[];
  readonly y: readonly (0 | 1)[];
}

export function squaredError(p: number, y: number): number {
  return (p - y) ** 2;
}

/** Log loss of one forecast that is kept in [eps, 1 − eps]. */
export function logError(eps: number): (p: number, y: number) => number {
  return (p, y) => {
    const kept = Math.min(1 - eps, Math.max(eps, p));
    return -Math.log(y === 1 ? kept : 1 - kept);
  };
}

/** Mean squared error; NaN without rows. */
export function brier({ p, y }: Forecasts): number {
  return mean(p.map((chance, i) => squaredError(chance, numberAt(y, i))));
}

/** Mean negative log likelihood with forecasts kept in [eps, 1 − eps]; `clippedCount` says how many that changed. */
export function logLoss({ p, y, eps }: Forecasts & { readonly eps: number }): number {
  const errorOf = logError(eps);
  return mean(p.map((chance, i) => errorOf(chance, numberAt(y, i))));
}

/** Rows that `logLoss` clips: one certain and wrong forecast must not hide in the mean. */
export function clippedCount(p: readonly number[], eps: number): number {
  return p.filter((chance) => chance < eps || chance > 1 - eps).length;
}

export interface BinStat {
  readonly count: number;
  readonly meanP: number;
  readonly meanY: number;
}

/** Non-empty bins of equal width (bin = min(⌊bins·p⌋, bins − 1)) or of equal mass (stable sort, first ones longer). */
export function bins(
  { p, y }: Forecasts,
  { count, kind }: { readonly count: number; readonly kind: "width" | "mass" },
): BinStat[] {
  return members(p, count, kind)
    .filter((rows) => rows.length > 0)
    .map((rows) => ({
      count: rows.length,
      meanP: mean(rows.map((i) => numberAt(p, i))),
      meanY: mean(rows.map((i) => numberAt(y, i))),
    }));
}

/** Row numbers of each bin. */
function members(p: readonly number[], count: number, kind: "width" | "mass"): number[][] {
  const groups = Array.from({ length: count }, (): number[] => []);
  if (kind === "width") {
    for (const [i, chance] of p.entries()) {
      groups[widthBin(chance, count)]?.push(i);
    }
    return groups;
  }
  const order = p.map((_, i) => i).toSorted((a, b) => numberAt(p, a) - numberAt(p, b) || a - b);
  const longer = order.length % count;
  const size = Math.floor(order.length / count);
  let from = 0;
  return groups.map((_, k) => {
    const start = from;
    from += k < longer ? size + 1 : size;
    return order.slice(start, from);
  });
}

/** Bin of a probability among `count` of equal width. */
export function widthBin(chance: number, count: number): number {
  return Math.min(Math.floor(chance * count), count - 1);
}

/** Expected and maximum calibration error. Biased upwards on few rows: 0.10 at 100 rows of a perfect model. */
export function ece(
  input: Forecasts & { readonly bins: number; readonly kind: "width" | "mass" },
): { readonly ece: number; readonly mce: number } {
  const n = input.p.length;
  let sum = 0;
  let worst = 0;
  for (const bin of bins(input, { count: input.bins, kind: input.kind })) {
    const gap = Math.abs(bin.meanP - bin.meanY);
    sum += (bin.count / n) * gap;
    worst = Math.max(worst, gap);
  }
  return { ece: sum, mce: worst };
}

export interface Murphy {
  readonly rel: number;
  readonly res: number;
  readonly unc: number;
  readonly wbv: number;
  readonly wbc: number;
}

/** Brier = rel − res + unc + wbv − wbc (Murphy 1973; within-bin terms of Stephenson, Coelho & Jolliffe 2008). */
export function murphy(input: Forecasts & { readonly bins: number }): Murphy {
  const { p, y } = input;
  const n = p.length;
  const base = mean(y);
  const sums = { rel: 0, res: 0, wbv: 0, wbc: 0 };
  for (const rows of members(p, input.bins, "width")) {
    if (rows.length === 0) continue;
    const meanP = mean(rows.map((i) => numberAt(p, i)));
    const meanY = mean(rows.map((i) => numberAt(y, i)));
    sums.rel += rows.length * (meanP - meanY) ** 2;
    sums.res += rows.length * (meanY - base) ** 2;
    for (const i of rows) {
      const off = numberAt(p, i) - meanP;
      sums.wbv += off * off;
      sums.wbc += 2 * off * (numberAt(y, i) - meanY);
    }
  }
  return {
    rel: sums.rel / n,
    res: sums.res / n,
    unc: base * (1 - base),
    wbv: sums.wbv / n,
    wbc: sums.wbc / n,
  };
}

/** Spiegelhalter 1986: calibration test, blind near p = ½ and valid for independent rows only (one per window). */
export function spiegelhalterZ({ p, y }: Forecasts): {
  readonly z: number;
  readonly pValue: number;
} {
  let excess = 0;
  let variance = 0;
  for (const [i, chance] of p.entries()) {
    const slope = 1 - 2 * chance;
    excess += (numberAt(y, i) - chance) * slope;
    variance += slope * slope * chance * (1 - chance);
  }
  const z = excess / Math.sqrt(variance);
  return { z, pValue: 2 * normSf(Math.abs(z)) };
}

/** Chance that a winner was rated above a loser, ties counting half; NaN without both. */
export function auc({ p, y }: Forecasts): number {
  const groups = groupForecasts(p);
  const wins = winsByGroup(groups, Int32Array.from(y));
  let below = 0;
  let winners = 0;
  let rankSum = 0;
  for (let k = 0; k < wins.length; k++) {
    const count = floatAt(groups.count, k);
    winners += floatAt(wins, k);
    rankSum += floatAt(wins, k) * (below + (count + 1) / 2);
    below += count;
  }
  const losers = below - winners;
  return (rankSum - (winners * (winners + 1)) / 2) / (winners * losers);
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
