import type {
  BookDelta,
  BookSnapshot,
  IndexTick,
  Level,
  PublicTrade,
  TickerQuote,
} from "../../core/events.ts";
import type { FeeReading } from "../../core/fee-book.ts";
import { bpsOf, FEE_MULTIPLIER_MAX } from "../../core/fees.ts";
import { type MarketResult, seriesOfTicker } from "../../core/market.ts";
import {
  type Ms,
  PRICE_ONE,
  type Price,
  parsePrice,
  parseQty,
  type Qty,
  type Side,
} from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { countOf, isRecord, type JsonObject, positiveNumber, textOf } from "./json.ts";

// Message bodies as events. Each mapper returns the event, or a stable reason word; it never throws and never turns a
// missing or unreadable value into 0.

export type DataEvent = BookSnapshot | BookDelta | TickerQuote | PublicTrade | IndexTick;

/** What a lifecycle message says about one market or event; the facts themselves are then read over REST. */
export interface LifecycleFact {
  /** `created`, `activated`, `deactivated`, `metadata_updated`, `determined`, `settled`, `close_date_updated`, … */
  readonly event: string;
  /** Market ticker; the event's for `event_lifecycle` and `event_fee_update`. */
  readonly ticker: string;
  readonly seriesTicker: string;
  readonly result: MarketResult | null;
  readonly closeMs: Ms | null;
  /** Of `event_fee_update`: what the event overrides from now on. Null in other messages, and when it cannot be read. */
  readonly fees: FeeReading["now"] | null;
}

interface Place {
  readonly sid: number;
  readonly seq: number;
}

export function mapSnapshot(msg: JsonObject, place: Place, recvMs: Ms): BookSnapshot | string {
  const ticker = textOf(msg["market_ticker"]);
  if (!ticker) return "no_ticker";
  const yes = mapLevels(msg["yes_dollars_fp"]);
  const no = mapLevels(msg["no_dollars_fp"]);
  if (yes === undefined || no === undefined) return "bad_level";
  return { type: "snapshot", ticker, sid: place.sid, seq: place.seq, yes, no, recvMs };
}

/** Bids of one side; absent or null means that nobody bids (kalshi.md §3.4). Undefined when a level is unreadable. */
export function mapLevels(value: unknown): Level[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const levels: Level[] = [];
  for (const pair of value) {
    const level = mapLevel(pair);
    if (level === undefined) return undefined;
    levels.push(level);
  }
  return levels;
}

function mapLevel(pair: unknown): Level | undefined {
  if (!Array.isArray(pair)) return undefined;
  const at = bookPrice(pair[0]);
  const size: unknown = pair[1];
  const count = typeof size === "string" ? parseQty(size) : undefined;
  return at === undefined || count === undefined || count < 0 ? undefined : [at, count];
}

export function mapDelta(msg: JsonObject, place: Place, recvMs: Ms): BookDelta | string {
  const ticker = textOf(msg["market_ticker"]);
  if (!ticker) return "no_ticker";
  const side = sideOf(msg["side"]);
  if (side === undefined) return "bad_side";
  const at = bookPrice(msg["price_dollars"]);
  if (at === undefined) return "bad_price";
  const text = textOf(msg["delta_fp"]);
  const delta = text === undefined ? undefined : parseQty(text);
  if (delta === undefined) return "bad_size";
  const exchangeMs = exchangeTime(msg);
  const { sid, seq } = place;
  return { type: "delta", ticker, sid, seq, side, price: at, delta, exchangeMs, recvMs };
}

export function mapTicker(msg: JsonObject, place: Place, recvMs: Ms): TickerQuote | string {
  const ticker = textOf(msg["market_ticker"]);
  if (!ticker) return "no_ticker";
  const yesBid = optionalPrice(msg["yes_bid_dollars"]);
  const yesAsk = optionalPrice(msg["yes_ask_dollars"]);
  const last = optionalPrice(msg["price_dollars"]);
  if (yesBid === undefined || yesAsk === undefined || last === undefined) return "bad_price";
  if (yesBid === null || yesAsk === null) return "no_price";
  const yesBidQty = optionalSize(msg["yes_bid_size_fp"]);
  const yesAskQty = optionalSize(msg["yes_ask_size_fp"]);
  const volume = optionalSize(msg["volume_fp"]);
  const openInterest = optionalSize(msg["open_interest_fp"]);
  if (yesBidQty === undefined || yesAskQty === undefined) return "bad_size";
  if (volume === undefined || openInterest === undefined) return "bad_size";
  return {
    type: "ticker",
    ticker,
    sid: place.sid,
    yesBid,
    yesAsk,
    // No trade happens at $0: it stands for "none yet".
    last: last === 0 ? null : last,
    yesBidQty,
    yesAskQty,
    volume,
    openInterest,
    exchangeMs: exchangeTime(msg),
    recvMs,
  };
}

export function mapTrade(msg: JsonObject, _place: Place, recvMs: Ms): PublicTrade | string {
  const ticker = textOf(msg["market_ticker"]) ?? textOf(msg["ticker"]);
  if (!ticker) return "no_ticker";
  const tradeId = textOf(msg["trade_id"]);
  if (!tradeId) return "no_trade_id";
  const yesPrice = bookPrice(msg["yes_price_dollars"]);
  if (yesPrice === undefined) return "bad_price";
  const count = optionalSize(msg["count_fp"]);
  if (count === undefined || count === null || count === 0) return "bad_size";
  const takerSide = sideOf(msg["taker_outcome_side"] ?? msg["taker_side"]);
  if (takerSide === undefined) return "bad_side";
  const exchangeMs = exchangeTime(msg);
  return { type: "trade", ticker, tradeId, yesPrice, qty: count, takerSide, exchangeMs, recvMs };
}

export function mapIndex(msg: JsonObject, _place: Place, recvMs: Ms): IndexTick | string {
  const indexId = textOf(msg["index_id"]);
  if (!indexId) return "no_index_id";
  const data = innerData(msg["data"]);
  if (data === undefined) return "bad_data";
  const valueUsd = positiveNumber(data["value"]);
  if (valueUsd === undefined) return "bad_value";
  const exchangeMs = countOf(data["time"]) ?? countOf(msg["received_at"]);
  if (exchangeMs === undefined) return "no_time";
  const average = msg["avg_60s_data"];
  const avg60Usd = isRecord(average) ? (positiveNumber(average["value"]) ?? null) : null;
  const window = msg["last_60s_windowed_average_15min"];
  const inWindow = isRecord(window);
  return {
    type: "index",
    indexId,
    valueUsd,
    avg60Usd,
    windowAvgUsd: inWindow ? (positiveNumber(window["value"]) ?? null) : null,
    windowCount: inWindow ? (countOf(window["window_size"]) ?? null) : null,
    proxy: null,
    exchangeMs,
    recvMs,
  };
}

/** `data` is JSON inside a JSON string (kalshi.md §3.7). */
function innerData(value: unknown): JsonObject | undefined {
  if (typeof value !== "string") return isRecord(value) ? value : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function mapLifecycle(type: string, msg: JsonObject): LifecycleFact | string {
  const isMarket = type === "market_lifecycle_v2";
  const event = isMarket ? textOf(msg["event_type"]) : type;
  if (!event) return "no_event_type";
  const ticker = textOf(isMarket ? msg["market_ticker"] : msg["event_ticker"]);
  if (!ticker) return "no_ticker";
  const closeS = countOf(msg["close_ts"]);
  return {
    event,
    ticker,
    seriesTicker: textOf(msg["series_ticker"]) ?? seriesOfTicker(ticker),
    result: resultOf(msg["result"]) ?? null,
    closeMs: closeS === undefined ? null : closeS * 1000,
    fees: type === "event_fee_update" ? (overrideOf(msg) ?? null) : null,
  };
}

/** Both fields are there, null where the series' own counts again (kalshi.md §3.6). */
function overrideOf(msg: JsonObject): FeeReading["now"] | undefined {
  const feeType = msg["fee_type_override"];
  const multiplier = msg["fee_multiplier_override"];
  if (feeType !== null && (typeof feeType !== "string" || feeType === "")) return undefined;
  if (multiplier === null) return { feeType, multiplierBps: null };
  const isMultiplier =
    typeof multiplier === "number" && multiplier >= 0 && multiplier <= FEE_MULTIPLIER_MAX;
  if (!isMultiplier) return undefined;
  return { feeType, multiplierBps: bpsOf(multiplier) };
}

/** The exchange's stamp: `ts_ms`, else `ts` or `time` as RFC 3339 text, else `ts` in seconds; null when unreadable. */
function exchangeTime(msg: JsonObject): Ms | null {
  const ms = countOf(msg["ts_ms"]);
  if (ms !== undefined) return ms;
  const text = textOf(msg["ts"]) ?? textOf(msg["time"]) ?? textOf(msg["created_time"]);
  if (text !== undefined) return parseRfc3339(text) ?? null;
  const seconds = countOf(msg["ts"]);
  return seconds === undefined ? null : seconds * 1000;
}

function resultOf(value: unknown): MarketResult | undefined {
  return value === "yes" || value === "no" || value === "scalar" || value === ""
    ? value
    : undefined;
}

function sideOf(value: unknown): Side | undefined {
  return value === "yes" || value === "no" ? value : undefined;
}

/** A price that can rest in a book or trade: strictly between $0 and $1. */
function bookPrice(value: unknown): Price | undefined {
  const at = typeof value === "string" ? parsePrice(value) : undefined;
  return at === undefined || at === 0 || at === PRICE_ONE ? undefined : at;
}

/** Null when absent, undefined when present but unreadable. */
function optionalPrice(value: unknown): Price | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? parsePrice(value) : undefined;
}

/** Null when absent, undefined when present but unreadable or negative. */
function optionalSize(value: unknown): Qty | null | undefined {
  if (value === undefined || value === null) return null;
  const count = typeof value === "string" ? parseQty(value) : undefined;
  return count === undefined || count < 0 ? undefined : count;
}
