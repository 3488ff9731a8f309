import { type Ms, parseDecimal, type Usd } from "../../../core/units.ts";

// What every reader of Coinbase's JSON needs. Numbers arrive as decimal texts (spot-feeds.md §1.4).

export type Fields = Readonly<Record<string, unknown>>;

/** When a frame was sent, by its envelope, and when it was received. */
export interface Stamp {
  readonly recvMs: Ms;
  readonly sentMs: Ms | null;
}

export const SOURCE = "coinbase";

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Prices and sizes have at most eight decimals (spot-feeds.md §0); an integer over 10^8 is the nearest double. */
const SCALE = 8;
const UNITS = 10 ** SCALE;

/** A decimal text of at most eight decimals as a number; NaN for anything else. */
export function numberOf(value: unknown): number {
  return typeof value === "string" ? parseDecimal(value, SCALE) / UNITS : Number.NaN;
}

const DECIMAL = /^\d+(?:\.\d+)?$/;

/** A positive decimal text as a number. Spot is a statistic, so floating point is good enough for it. */
export function usdOf(value: unknown): Usd | undefined {
  const usual = numberOf(value);
  if (usual > 0) return usual;
  if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

/** Null for what Coinbase writes as an empty string or leaves out, undefined for what cannot be read. */
export function optionalUsd(value: unknown): Usd | null | undefined {
  return value === undefined || value === null || value === "" ? null : usdOf(value);
}
