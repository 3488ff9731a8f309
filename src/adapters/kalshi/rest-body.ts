import type { z } from "zod";
import { KbtError } from "../../core/errors.ts";
import type { TickerQuote } from "../../core/events.ts";
import {
  type Market,
  type MarketStatus,
  type PriceRange,
  type StrikeType,
  seriesOfTicker,
  usualDigits,
} from "../../core/market.ts";
import { roundTo } from "../../core/settlement.ts";
import { type Ms, type Price, parsePrice, parseQty, type Qty, type Usd } from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { isRecord, type JsonObject, textAt } from "./json.ts";
import { mapTicker } from "./map.ts";
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

/** An object of a list that is not what this program was written for. */
export interface Unreadable {
  readonly what: "event" | "market" | "trade" | "book";
  /** Its own name when it says one. */
  readonly name: string;
  readonly raw: string;
  readonly error: KbtError;
}

/** Maps what can be mapped: one object of a new shape must not hide the others of its list. */
export function mapEach<T>(
  what: Unreadable["what"],
  raws: readonly unknown[],
  unreadable: Unreadable[],
  map: (raw: unknown, at: number) => T,
): T[] {
  return raws.flatMap((raw, at) => {
    try {
      return [map(raw, at)];
    } catch (error) {
      if (!(error instanceof KbtError) || error.kind !== "protocol") throw error;
      const fields = isRecord(raw) ? raw : {};
      const name = textAt(fields, NAMES[what]) ?? "";
      unreadable.push({ what, name, raw: JSON.stringify(raw), error });
      return [];
    }
  });
}

const NAMES = {
  event: "event_ticker",
  market: "ticker",
  trade: "trade_id",
  book: "ticker",
} as const;

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
    valueDigits: digits,
    exchangeIndex: body.exchange_index ?? null,
    feeWaiverMs: waiver(body.fee_waiver_expiration_time, place),
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

/** A time as the exchange writes it; throws the `protocol` KbtError that names the field. */
export function time(text: string, at: Field): Ms {
  const ms = parseRfc3339(text);
  if (ms === undefined) throw payloadChanged(at, at.field, `is no RFC 3339 time: ${quote(text)}`);
  return ms;
}

function waiver(text: string | null | undefined, place: Place): Ms | null {
  return text ? time(text, { ...place, field: "fee_waiver_expiration_time" }) : null;
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

function strikeDigits(body: MarketBody, seriesTicker: string): number {
  const given = Number(body.custom_strike?.round_digits ?? Number.NaN);
  if (Number.isInteger(given) && given >= 0 && given <= 8) return given;
  return usualDigits(seriesTicker);
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
  /** What one YES contract pays; null until the exchange says it. */
  readonly yesPayout: Price | null;
  /** Contracts traded so far; null when the exchange does not say. */
  readonly volume: Qty | null;
}

/** Passing facts of a market object that are no part of `Market`, read from the JSON it was made of. */
export function marketExtras(market: Market): MarketExtras {
  const raw = rawOf(market);
  const bid = priceAt(raw, "yes_bid_dollars") ?? 0;
  const ask = priceAt(raw, "yes_ask_dollars") ?? 0;
  const twoSided = bid > 0 && ask > 0 && ask < 10_000;
  return {
    yesMid: twoSided ? (bid + ask) / 20_000 : null,
    settledMs: parseRfc3339(textAt(raw, "settlement_ts") ?? "") ?? null,
    yesPayout: priceAt(raw, "settlement_value_dollars"),
    volume: parseQty(textAt(raw, "volume_fp") ?? "") ?? null,
  };
}

/** Null when it is absent or no price. */
function priceAt(raw: JsonObject, field: string): Price | null {
  return parsePrice(textAt(raw, field) ?? "") ?? null;
}

/** The quotes of a market object, as the socket's ticker would tell them; a reason word when they are unreadable. */
export function quoteOf(market: Market, recvMs: Ms): TickerQuote | string {
  const raw = rawOf(market);
  // Named one by one: the times of a market object are not those of its quotes.
  const quotes = {
    market_ticker: market.ticker,
    yes_bid_dollars: raw["yes_bid_dollars"],
    yes_ask_dollars: raw["yes_ask_dollars"],
    price_dollars: raw["last_price_dollars"],
    yes_bid_size_fp: raw["yes_bid_size_fp"],
    yes_ask_size_fp: raw["yes_ask_size_fp"],
    volume_fp: raw["volume_fp"],
    open_interest_fp: raw["open_interest_fp"],
  };
  return mapTicker(quotes, { sid: 0, seq: 0 }, recvMs);
}

function rawOf(market: Market): JsonObject {
  const raw: unknown = market.rawJson === null ? null : JSON.parse(market.rawJson);
  return isRecord(raw) ? raw : {};
}

/** The whole body of an answer as a place to name in an error. */
export function top(path: string): Place {
  return { request: `GET ${path}`, path: "" };
}
