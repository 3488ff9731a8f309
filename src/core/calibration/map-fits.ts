import { fitLogit } from "../learn/logit.ts";
import { numberAt } from "../prob/number-at.ts";
import { isotonicFit } from "./isotonic.ts";
import { logit, logSides, type MapKind, type RecalibrationMap } from "./maps.ts";

/** Forecasts, what happened, and how much each row counts (1 when left out). */
export interface MapRows {
  readonly p: readonly number[];
  readonly y: readonly (0 | 1)[];
  readonly weight?: readonly number[];
}

/** The map of a kind that fits best (models.md §4.11); null when none does that keeps the order of probabilities. */
export function fitMap(kind: MapKind, rows: MapRows): RecalibrationMap | null {
  switch (kind) {
    case "platt":
      return plattFit(rows);
    case "beta":
      return betaCalibrationFit(rows);
    case "isotonic":
      return isotonicMapFit(rows);
  }
}

/**
 * logit q = a·logit p + b, towards labels of (N₁+1)/(N₁+2) and 1/(N₀+2) so that certainty is never learnt (Platt 1999).
 */
export function plattFit(rows: MapRows): Extract<RecalibrationMap, { kind: "platt" }> | null {
  const { p, weight, y } = rows;
  const yes = weightOf(rows, 1);
  const no = weightOf(rows, 0);
  const high = (yes + 1) / (yes + 2);
  const low = 1 / (no + 2);
  const fit = fitLogit({
    X: p.map((chance) => [logit(chance)]),
    target: y.map((label) => (label === 1 ? high : low)),
    ...(weight === undefined ? {} : { weight }),
    penalty: 0,
  });
  if (fit === null) return null;
  const a = numberAt(fit.coef, 0);
  return a > 0 ? { kind: "platt", a, b: fit.intercept } : null;
}

/**
 * logit q = c + a·ln p − b·ln(1 − p) with a, b ≥ 0; of a negative one the term is dropped and the rest fitted again
 * (Kull, Silva Filho & Flach 2017).
 */
export function betaCalibrationFit(
  rows: MapRows,
): Extract<RecalibrationMap, { kind: "beta" }> | null {
  const sides = rows.p.map((chance) => {
    const [yes, no] = logSides(chance);
    return [yes, -no] as const;
  });
  const both = labelsOn(rows, sides);
  if (both === null) return null;
  const [a = 0, b = 0] = both.coef;
  if (a >= 0 && b >= 0) return betaMap(a, b, both.intercept);
  const kept = a >= 0 ? 0 : 1;
  const one = labelsOn(
    rows,
    sides.map((side) => [side[kept]]),
  );
  if (one === null) return null;
  const slope = numberAt(one.coef, 0);
  return kept === 0 ? betaMap(slope, 0, one.intercept) : betaMap(0, slope, one.intercept);
}

function betaMap(
  a: number,
  b: number,
  c: number,
): Extract<RecalibrationMap, { kind: "beta" }> | null {
  return a >= 0 && b >= 0 && a + b > 0 ? { kind: "beta", a, b, c } : null;
}

function labelsOn({ weight, y }: MapRows, X: readonly (readonly number[])[]) {
  return fitLogit({ X, target: y, ...(weight === undefined ? {} : { weight }), penalty: 0 });
}

/** Nearest non-decreasing step function of p, its steps joined by straight lines (Zadrozny & Elkan 2002). */
export function isotonicMapFit({
  p,
  weight,
  y,
}: MapRows): Extract<RecalibrationMap, { kind: "isotonic" }> | null {
  if (p.length === 0) return null;
  const order = p.map((_, i) => i).toSorted((a, b) => numberAt(p, a) - numberAt(p, b));
  const from: number[] = [];
  const sums: number[] = [];
  const weights: number[] = [];
  for (const i of order) {
    const w = weight?.[i] ?? 1;
    if (from.at(-1) !== numberAt(p, i)) {
      from.push(numberAt(p, i));
      sums.push(0);
      weights.push(0);
    }
    const last = from.length - 1;
    sums[last] = numberAt(sums, last) + w * numberAt(y, i);
    weights[last] = numberAt(weights, last) + w;
  }
  const shares = Float64Array.from(sums, (sum, k) => sum / numberAt(weights, k));
  const to = Array.from(isotonicFit(shares, Float64Array.from(weights)), (share) =>
    Math.min(1, Math.max(0, share)),
  );
  // Inside a level only its ends are needed.
  const isCorner = (k: number): boolean => to[k] !== to[k - 1] || to[k] !== to[k + 1];
  return {
    kind: "isotonic",
    from: from.filter((_, k) => isCorner(k)),
    to: to.filter((_, k) => isCorner(k)),
  };
}

function weightOf({ weight, y }: MapRows, label: 0 | 1): number {
  return y.reduce<number>((sum, one, i) => sum + (one === label ? (weight?.[i] ?? 1) : 0), 0);
}
