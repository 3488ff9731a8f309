import { logistic } from "../learn/logit.ts";
import { believable } from "../prob/believable.ts";
import { numberAt } from "../prob/number-at.ts";

/** A correction of probabilities that never turns their order round; plain JSON. */
export type RecalibrationMap =
  | { readonly kind: "platt"; readonly a: number; readonly b: number }
  | { readonly kind: "beta"; readonly a: number; readonly b: number; readonly c: number }
  | {
      readonly kind: "isotonic";
      /** Ascending probabilities with what they mean, ascending too; straight lines between, flat outside. */
      readonly from: readonly number[];
      readonly to: readonly number[];
    };

export type MapKind = RecalibrationMap["kind"];

export const MAP_KINDS: readonly MapKind[] = ["platt", "beta", "isotonic"];

/** A logit is taken of nothing closer to 0 or 1 than this. */
const LOGIT_P_MIN = 1e-9;

/** The corrected probability as a decision may use it, non-decreasing in `p`. RangeError unless p is in [0, 1]. */
export function applyMap(map: RecalibrationMap, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`${p} is not a probability`);
  return believable(mapValue(map, p));
}

/** The same as it is, for the record. */
export function mapValue(map: RecalibrationMap, p: number): number {
  switch (map.kind) {
    case "platt":
      return logistic(map.a * logit(p) + map.b);
    case "beta": {
      const [yes, no] = logSides(p);
      return logistic(map.c + map.a * yes - map.b * no);
    }
    case "isotonic":
      return interpolated(map, p);
  }
}

/** ln p and ln(1 − p), both finite. */
export function logSides(p: number): readonly [yes: number, no: number] {
  const kept = Math.min(1 - LOGIT_P_MIN, Math.max(LOGIT_P_MIN, p));
  return [Math.log(kept), Math.log1p(-kept)];
}

/** ln(p/(1 − p)), finite. */
export function logit(p: number): number {
  const [yes, no] = logSides(p);
  return yes - no;
}

function interpolated(
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
  p: number,
): number {
  let low = 0;
  let high = from.length - 1;
  if (p <= numberAt(from, low)) return numberAt(to, low);
  if (p >= numberAt(from, high)) return numberAt(to, high);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numberAt(from, middle) <= p) low = middle;
    else high = middle;
  }
  const left = numberAt(from, low);
  const share = (p - left) / (numberAt(from, high) - left);
  const bottom = numberAt(to, low);
  const top = numberAt(to, high);
  return Math.min(top, bottom + share * (top - bottom));
}

/** A stored map; null for anything that is none, or that would turn probabilities round. */
export function parseMap(json: unknown): RecalibrationMap | null {
  if (typeof json !== "object" || json === null) return null;
  const fields: Readonly<Record<string, unknown>> = { ...json };
  switch (fields["kind"]) {
    case "platt":
      return parsePlatt(fields);
    case "beta":
      return parseBeta(fields);
    case "isotonic":
      return parseIsotonic(fields);
    default:
      return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function parsePlatt({ a, b }: Fields): RecalibrationMap | null {
  return isSlope(a) && isFiniteNumber(b) ? { kind: "platt", a, b } : null;
}

function parseBeta({ a, b, c }: Fields): RecalibrationMap | null {
  return isSlope(a) && isSlope(b) && isFiniteNumber(c) ? { kind: "beta", a, b, c } : null;
}

function parseIsotonic({ from, to }: Fields): RecalibrationMap | null {
  if (!(isAscending(from) && isAscending(to))) return null;
  const isMap = from.length > 0 && from.length === to.length && new Set(from).size === from.length;
  return isMap ? { kind: "isotonic", from, to } : null;
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isSlope(value: unknown): value is number {
  return isFiniteNumber(value) && value >= 0;
}

/** Probabilities, none below the one before it. */
function isAscending(values: unknown): values is number[] {
  if (!Array.isArray(values)) return false;
  let last = 0;
  for (const value of values) {
    if (!(isFiniteNumber(value) && value >= last && value <= 1)) return false;
    last = value;
  }
  return true;
}
