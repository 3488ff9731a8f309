import type { z } from "zod";
import { KbtError } from "../../core/errors.ts";
import {
  type Market,
  type MarketStatus,
  type PriceRange,
  type StrikeType,
  seriesOfTicker,
  underlyingOf,
} from "../../core/market.ts";
import { type Ms, type Price, parsePrice, type Usd } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { isRecord, textAt } from "./json.ts";
import { type MarketBody, schemas } from "./rest-schema.ts";

/** Where in which answer we are, for the name of a drift: `GET /markets`, `markets[3]`. */
export interface Place {
  readonly request: string;
  readonly path: string;
}

/** The exchange's payload is not what this program was written for; names the field by its JSON path. */
export function payloadChanged(place: Place, path: string, problem: string): KbtError {
  const full = [place.path, path]
    .filter((part) => part !== "")
    .join(".")
    .replaceAll(".[", "[");
  return new KbtError({
    kind: "protocol",
    code: "PAYLOAD_CHANGED",
    message: `${place.request}: ${full === "" ? "the body" : full} ${problem}`,
    hint: "the exchange changed its format; look for a newer version of kbt",
    details: { request: place.request, path: full },
  });
}

export function parseJson(body: string, request: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw payloadChanged({ request, path: "" }, "", "is not JSON");
  }
}

/** Checks a value against a schema; throws PAYLOAD_CHANGED naming the first field that does not fit. */
export function check<T>(schema: z.ZodType<T>, value: unknown, place: Place): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw payloadChanged(
    place,
    pathText(issue?.path ?? []),
    `does not fit (${issue?.message ?? "?"})`,
  );
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** One market object of the exchange as a `Market`, with its own JSON kept beside it. */
export function mapMarket(raw: unknown, place: Place): Market {
  const body = check(schemas.market, raw, place);
  const seriesTicker = seriesOfTicker(body.event_ticker);
  const digits = strikeDigits(body, seriesTicker);
  return {
    ticker: body.ticker,
    eventTicker: body.event_ticker,
    seriesTicker,
    strikeType: STRIKE_TYPES.get(body.strike_type ?? "") ?? "unknown",
    floorUsd: strike(body.floor_strike, digits, { ...place, field: "floor_strike" }),
    capUsd: strike(body.cap_strike, digits, { ...place, field: "cap_strike" }),
    openMs: time(body.open_time, { ...place, field: "open_time" }),
    closeMs: time(body.close_time, { ...place, field: "close_time" }),
    status: STATUSES.get(body.status) ?? "unknown",
    result: body.result,
    expirationValue: body.expiration_value || null,
    settlementTimerS: body.settlement_timer_seconds,
    ranges: body.price_ranges.map((range, at) => mapRange(range, at, place)),
    tickStructure: body.price_level_structure || "unknown",
    exchangeIndex: body.exchange_index ?? null,
    rawJson: JSON.stringify(raw),
  };
}

const STRIKE_TYPES: ReadonlyMap<string, StrikeType> = new Map(
  (["greater", "greater_or_equal", "less", "less_or_equal", "between"] as const).map((type) => [
    type,
    type,
  ]),
);

const STATUSES: ReadonlyMap<string, MarketStatus> = new Map(
  (
    [
      "initialized",
      "inactive",
      "active",
      "closed",
      "determined",
      "disputed",
      "amended",
      "finalized",
    ] as const
  ).map((status) => [status, status]),
);

type Field = Place & { readonly field: string };

function time(text: string, at: Field): Ms {
  const ms = parseRfc3339(text);
  if (ms === undefined) throw payloadChanged(at, at.field, `is no RFC 3339 time: ${quote(text)}`);
  return ms;
}

/**
 * A strike, free of float dust: about one 15-minute strike in ten of early 2026 was published a millionth too low
 * (67628.899999 for $67,628.90, kalshi.md §4.3).
 */
function strike(value: number | string | null | undefined, digits: number, at: Field): Usd | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  if (!Number.isFinite(number)) throw payloadChanged(at, at.field, `is no number: ${quote(value)}`);
  return roundTo(number, digits);
}

/** Rounds a positive dollar value half up to a number of decimals. */
export function roundTo(value: number, digits: number): number {
  return Number(`${Math.round(Number(`${value}e${digits}`))}e-${digits}`);
}

function strikeDigits(body: MarketBody, seriesTicker: string): number {
  const given = Number(body.custom_strike?.round_digits ?? Number.NaN);
  if (Number.isInteger(given) && given >= 0 && given <= 8) return given;
  const asset = underlyingOf(seriesTicker)?.asset;
  return asset === "BTC" || asset === "ETH" ? 2 : 4;
}

function mapRange(
  range: { start: string; end: string; step: string },
  at: number,
  place: Place,
): PriceRange {
  const price = (field: "start" | "end" | "step"): Price => {
    const value = parsePrice(range[field]);
    if (value !== undefined && (field !== "step" || value > 0)) return value;
    throw payloadChanged(
      place,
      `price_ranges[${at}].${field}`,
      `is no price: ${quote(range[field])}`,
    );
  };
  return { start: price("start"), end: price("end"), step: price("step") };
}

function quote(value: unknown): string {
  return (JSON.stringify(value) ?? "undefined").slice(0, 60);
}

export interface MarketExtras {
  /** Mid of the YES touch in dollars; null when a side is empty. */
  readonly yesMid: number | null;
  readonly settledMs: Ms | null;
}

/** Passing facts of a market object that are no part of `Market`, read from the JSON it was made of. */
export function marketExtras(market: Market): MarketExtras {
  const raw: unknown = market.rawJson === null ? null : JSON.parse(market.rawJson);
  if (!isRecord(raw)) return { yesMid: null, settledMs: null };
  const bid = parsePrice(textAt(raw, "yes_bid_dollars") ?? "") ?? 0;
  const ask = parsePrice(textAt(raw, "yes_ask_dollars") ?? "") ?? 0;
  const twoSided = bid > 0 && ask > 0 && ask < 10_000;
  return {
    yesMid: twoSided ? (bid + ask) / 20_000 : null,
    settledMs: parseRfc3339(textAt(raw, "settlement_ts") ?? "") ?? null,
  };
}
