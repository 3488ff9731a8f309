import type { DepthLevel } from "../../../core/events.ts";
import { isRecord, type JsonObject } from "../../kalshi/json.ts";

// What the frames of several spot venues have in common. Nothing in here throws.

/** A frame that is one JSON object; else the reason why it is none. */
export function objectOf(text: string): JsonObject | "bad_json" | "not_an_object" {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return "bad_json";
  }
  return isRecord(frame) ? frame : "not_an_object";
}

const DECIMAL = /^\d+(?:\.\d+)?$/;

/** A decimal text of a size, nothing included; undefined when it is none. */
export function sizeOf(value: unknown): number | undefined {
  if (typeof value !== "string" || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** Levels as `[["83277.26","0.1"], …]`; undefined when one of them cannot be read. */
export function levelsOf(value: unknown): DepthLevel[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const levels: DepthLevel[] = [];
  for (const item of value) {
    if (!Array.isArray(item)) return undefined;
    const priceUsd = sizeOf(item[0]);
    const size = sizeOf(item[1]);
    if (priceUsd === undefined || priceUsd === 0 || size === undefined) return undefined;
    levels.push([priceUsd, size]);
  }
  return levels;
}

/** `btcusd` is `BTC-USD`; undefined for what is not quoted in dollars. */
export function productOf(symbol: string): string | undefined {
  const [, coin] = /^([a-z0-9]{1,12})usd$/.exec(symbol) ?? [];
  return coin === undefined ? undefined : `${coin.toUpperCase()}-USD`;
}

/** `BTC-USD` as `btcusd`. */
export function symbolOf(product: string): string {
  return product.replace("-", "").toLowerCase();
}
