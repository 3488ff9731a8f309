import type { Tolerance, VectorCase } from "./vector-case.ts";

/** One expected number, or other leaf, against what the product said. */
export interface Reading {
  /** Where in the answer. */
  readonly at: string;
  readonly got: unknown;
  readonly expected: unknown;
  /** Absolute error; 0 for leaves that are no numbers and agree, infinite where nothing can be compared. */
  readonly error: number;
  /** The error as a share of what the tolerance allows; above 1 fails. */
  readonly share: number;
}

/** All leaves of a case's expected answer; more fields in the product's answer are fine. */
export function readingsOf(one: VectorCase, got: unknown): Reading[] {
  const { expected, tol } = strictest(one);
  return leaves(got, expected, { tol, at: "$" });
}

/** Joint stakes need not be unique: only their growth is compared, and more strictly (README of the vectors). */
function strictest(one: VectorCase): Pick<VectorCase, "expected" | "tol"> {
  if (one.fn !== "kellyGeneral") return one;
  const { growth } = one.expected as { growth: number };
  return { expected: { growth }, tol: { abs: 1e-7, rel: 0 } };
}

interface Place {
  readonly tol: Tolerance;
  readonly at: string;
}

function leaves(got: unknown, expected: unknown, place: Place): Reading[] {
  if (Array.isArray(expected)) {
    const values = listOf(got);
    if (values?.length !== expected.length) return [leaf(got, expected, place)];
    return expected.flatMap((e, i) => leaves(values[i], e, { ...place, at: `${place.at}[${i}]` }));
  }
  if (typeof expected === "object" && expected !== null) {
    const fields = (got ?? {}) as Record<string, unknown>;
    const { at: places, ...rest } = expected as Record<string, unknown>;
    return Object.entries(Array.isArray(places) ? rest : expected).flatMap(([key, e]) => {
      const below = { ...place, at: `${place.at}.${key}` };
      const isSequence = Array.isArray(places) && Array.isArray(e);
      return leaves(isSequence ? readAt(fields[key], places) : fields[key], e, below);
    });
  }
  return [leaf(got, expected, place)];
}

/** Sequential functions answer for every time; a vector reads them at 1-based places. */
function readAt(got: unknown, places: readonly unknown[]): unknown {
  const values = listOf(got);
  return values === undefined ? got : places.map((place) => values[Number(place) - 1]);
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (value instanceof Float64Array || value instanceof Int32Array) return [...value];
  return Array.isArray(value) ? value : undefined;
}

/** Null stands for NaN too, numeric strings are decimals, and a bare number meets the field `p` of an object. */
function leaf(got: unknown, expected: unknown, { tol, at }: Place): Reading {
  const reading = (error: number, share: number): Reading => ({ at, got, expected, error, share });
  const missed = reading(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  const hit = reading(0, 0);
  if (expected === null) return got === null || Number.isNaN(got) ? hit : missed;
  if (typeof expected === "boolean") return got === expected ? hit : missed;
  const value = numberOf(typeof got === "object" && got !== null && "p" in got ? got.p : got);
  const wanted = numberOf(expected);
  const error = Math.abs(value - wanted);
  if (Number.isNaN(error)) return missed;
  if (error === 0) return hit;
  const allowed = tol.abs + tol.rel * Math.abs(wanted);
  return reading(error, error / allowed);
}

/** `Number` makes 0 of null, of an empty text and of an empty list; none of them is an answer. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}
