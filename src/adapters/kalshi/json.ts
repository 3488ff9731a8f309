// Field readers for frames: each checks what it returns, none throws.

export type JsonObject = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textAt(from: JsonObject, name: string): string | undefined {
  return textOf(from[name]);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A non-negative safe integer. */
export function countAt(from: JsonObject, name: string): number | undefined {
  return countOf(from[name]);
}

/** A non-negative safe integer. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const DECIMAL = /^\d+(?:\.\d+)?$/;

/** A positive statistic (spot, index, strike) given as a number or as decimal text; undefined for anything else. */
export function positiveNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && DECIMAL.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : undefined;
}
