import type { DepthLevel, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import { countAt, isRecord, type JsonObject, textAt } from "../../kalshi/json.ts";
import { parseRfc3339 } from "../../platform/rfc3339.ts";
import type { Shape } from "../../platform/shape.ts";

// Kraken WebSocket v2 frames (spot-feeds.md §2.1 to §2.3), decoded by hand. Nothing in here throws.

/** Digits after the point that a pair's prices and quantities are written with. */
export interface Precision {
  readonly price: number;
  readonly qty: number;
}

/** One symbol's part of a book frame; the checksum is that of the book after it. */
export interface BookChange {
  readonly product: string;
  readonly isSnapshot: boolean;
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  readonly checksum: number;
  readonly exchangeMs: Ms | null;
}

/** The reply to a request, one a symbol. What failed names neither channel nor, at times, symbol: `reqId` tells. */
export interface KrakenAnswer {
  readonly reqId: number | null;
  readonly product: string | null;
  readonly error: string | null;
}

export type KrakenFrame =
  | {
      readonly kind: "ticks";
      readonly channel: "ticker" | "trade";
      readonly ticks: readonly SpotTick[];
      /** Observations that could not be read, by reason. */
      readonly rejects: readonly string[];
    }
  | {
      readonly kind: "books";
      readonly changes: readonly BookChange[];
      readonly rejects: readonly string[];
    }
  | { readonly kind: "pairs"; readonly precisions: ReadonlyMap<string, Precision> }
  | { readonly kind: "system"; readonly system: string }
  | { readonly kind: "answer"; readonly answer: KrakenAnswer }
  | { readonly kind: "control" }
  | { readonly kind: "unknown"; readonly name: string }
  | { readonly kind: "unreadable"; readonly channel: string | null; readonly reason: string };

const LEVELS: Shape = [{ price: "number", qty: "number" }];

/** What of each channel's frames is read; held against a frame only after it was refused, to name the place. */
export const KRAKEN_SHAPES: Readonly<Record<string, Shape>> = {
  ticker: {
    data: [{ symbol: "text", last: "number", bid: "number", ask: "number", "timestamp?": "text" }],
  },
  trade: {
    data: [
      { symbol: "text", price: "number", qty: "number", trade_id: "number", timestamp: "text" },
    ],
  },
  book: {
    type: "text",
    data: [
      { symbol: "text", bids: LEVELS, asks: LEVELS, checksum: "number", "timestamp?": "text" },
    ],
  },
  instrument: {
    data: { pairs: [{ symbol: "text", price_precision: "number", qty_precision: "number" }] },
  },
};

export function decodeKraken(text: string, recvMs: Ms): KrakenFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return unreadable(null, "bad_json");
  }
  if (!isRecord(frame)) return unreadable(null, "not_an_object");
  const channel = textAt(frame, "channel");
  if (channel === undefined) return readAnswer(frame);
  const read = CHANNELS.get(channel);
  if (read === undefined) return { kind: "unknown", name: channel.slice(0, NAME_MAX) };
  return read(frame, recvMs);
}

/** `BTC/USD` for `BTC-USD`. */
export function symbolOf(product: string): string {
  return product.replace("-", "/");
}

const SOURCE = "kraken";
const CONTROL: KrakenFrame = { kind: "control" };
const NAME_MAX = 40;
/** An illiquid ticker has a timestamp of 1970 (spot-feeds.md §2.3); this is 2001. */
const EARLIEST_MS = 1_000_000_000_000;
const CHECKSUM_MAX = 0xffff_ffff;
const PRECISION_MAX = 18;

type Reader = (frame: JsonObject, recvMs: Ms) => KrakenFrame;

const ignore: Reader = () => CONTROL;

const CHANNELS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["ticker", readTickers],
  ["trade", readTrades],
  ["book", readBooks],
  ["instrument", readPairs],
  ["status", readStatus],
  ["heartbeat", ignore],
  ["ohlc", ignore],
]);

function readTickers(frame: JsonObject, recvMs: Ms): KrakenFrame {
  const { data } = frame;
  if (!Array.isArray(data)) return unreadable("ticker", "no_data");
  const { read, rejects } = collect(data, (item) => mapTicker(item, recvMs));
  return { kind: "ticks", channel: "ticker", ticks: read, rejects };
}

function readTrades(frame: JsonObject, recvMs: Ms): KrakenFrame {
  const { data } = frame;
  if (!Array.isArray(data)) return unreadable("trade", "no_data");
  // Not asked for, and if it comes: trades of the past, which would mislead every estimate as new prices.
  if (frame["type"] === "snapshot") return CONTROL;
  const { read, rejects } = collect(data, (item) => mapTrade(item, recvMs));
  return { kind: "ticks", channel: "trade", ticks: read, rejects };
}

function readBooks(frame: JsonObject): KrakenFrame {
  const { data, type } = frame;
  if (!Array.isArray(data)) return unreadable("book", "no_data");
  if (type !== "snapshot" && type !== "update") return unreadable("book", "no_type");
  const { read, rejects } = collect(data, (item) => mapBook(item, type === "snapshot"));
  return { kind: "books", changes: read, rejects };
}

function readPairs(frame: JsonObject): KrakenFrame {
  const pairs = isRecord(frame["data"]) ? frame["data"]["pairs"] : null;
  if (!Array.isArray(pairs)) return unreadable("instrument", "no_data");
  const precisions = new Map<string, Precision>();
  for (const pair of pairs) {
    const product = isRecord(pair) ? productOf(pair) : undefined;
    const precision = isRecord(pair) ? precisionOf(pair) : undefined;
    if (product !== undefined && precision !== undefined) precisions.set(product, precision);
  }
  // One odd pair among a thousand is nobody's loss; none that can be read is another format.
  if (precisions.size === 0 && pairs.length > 0) return unreadable("instrument", "no_precision");
  return { kind: "pairs", precisions };
}

function precisionOf(pair: JsonObject): Precision | undefined {
  const price = countAt(pair, "price_precision");
  const qty = countAt(pair, "qty_precision");
  if (price === undefined || qty === undefined) return undefined;
  return price <= PRECISION_MAX && qty <= PRECISION_MAX ? { price, qty } : undefined;
}

function readStatus(frame: JsonObject): KrakenFrame {
  const [first]: readonly unknown[] = Array.isArray(frame["data"]) ? frame["data"] : [];
  const system = isRecord(first) ? textAt(first, "system") : undefined;
  return system === undefined ? CONTROL : { kind: "system", system: system.slice(0, NAME_MAX) };
}

function readAnswer(frame: JsonObject): KrakenFrame {
  const { result } = frame;
  const method = textAt(frame, "method");
  if (method === "pong") return CONTROL;
  const failure = textAt(frame, "error");
  if (method === undefined && failure === undefined) return unreadable(null, "no_channel");
  const isSuccess = frame["success"] === true;
  const reqId = countAt(frame, "req_id") ?? null;
  const product = productOf(isRecord(result) ? result : frame) ?? null;
  // Told apart by `success`: the wording is nobody's promise (spot-feeds.md §2.2).
  const error = isSuccess ? null : (failure ?? "refused");
  return { kind: "answer", answer: { reqId, product, error } };
}

function collect<T extends object>(
  items: readonly unknown[],
  map: (item: JsonObject) => T | string,
): { readonly read: readonly T[]; readonly rejects: readonly string[] } {
  const read: T[] = [];
  const rejects: string[] = [];
  for (const item of items) {
    const mapped = isRecord(item) ? map(item) : "not_an_object";
    if (typeof mapped === "string") rejects.push(mapped);
    else read.push(mapped);
  }
  return { read, rejects };
}

function mapTicker(item: JsonObject, recvMs: Ms): SpotTick | string {
  const product = productOf(item);
  if (product === undefined) return "no_product";
  const priceUsd = positiveAt(item, "last");
  const bidUsd = positiveAt(item, "bid");
  const askUsd = positiveAt(item, "ask");
  if (priceUsd === undefined || bidUsd === undefined || askUsd === undefined) return "bad_price";
  const exchangeMs = timeAt(item, "timestamp");
  if (exchangeMs === undefined) return "bad_time";
  const observed = { size: null, tradeId: null, exchangeMs, recvMs };
  return {
    type: "spot",
    source: SOURCE,
    product,
    kind: "quote",
    priceUsd,
    bidUsd,
    askUsd,
    ...observed,
  };
}

function mapTrade(item: JsonObject, recvMs: Ms): SpotTick | string {
  const product = productOf(item);
  if (product === undefined) return "no_product";
  const tradeId = countAt(item, "trade_id");
  if (tradeId === undefined) return "bad_trade_id";
  const priceUsd = positiveAt(item, "price");
  if (priceUsd === undefined) return "bad_price";
  const size = positiveAt(item, "qty");
  if (size === undefined) return "bad_size";
  const exchangeMs = timeAt(item, "timestamp") ?? undefined;
  if (exchangeMs === undefined) return "bad_time";
  const observed = { size, tradeId: `${tradeId}`, exchangeMs, recvMs };
  return {
    type: "spot",
    source: SOURCE,
    product,
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    ...observed,
  };
}

function mapBook(item: JsonObject, isSnapshot: boolean): BookChange | string {
  const product = productOf(item);
  if (product === undefined) return "no_product";
  const bids = levelsOf(item["bids"]);
  const asks = levelsOf(item["asks"]);
  if (bids === undefined || asks === undefined) return "bad_level";
  const checksum = countAt(item, "checksum");
  if (checksum === undefined || checksum > CHECKSUM_MAX) return "bad_checksum";
  const exchangeMs = timeAt(item, "timestamp");
  if (exchangeMs === undefined) return "bad_time";
  return { product, isSnapshot, bids, asks, checksum, exchangeMs };
}

function levelsOf(list: unknown): readonly DepthLevel[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const levels: DepthLevel[] = [];
  for (const item of list) {
    if (!isRecord(item)) return undefined;
    const priceUsd = positiveAt(item, "price");
    const size = item["qty"] === 0 ? 0 : positiveAt(item, "qty");
    if (priceUsd === undefined || size === undefined) return undefined;
    levels.push([priceUsd, size]);
  }
  return levels;
}

function productOf(item: JsonObject): string | undefined {
  const symbol = textAt(item, "symbol");
  const at = symbol?.indexOf("/") ?? -1;
  if (symbol === undefined || at < 1 || at === symbol.length - 1) return undefined;
  return symbol.replace("/", "-");
}

function positiveAt(from: JsonObject, name: string): number | undefined {
  const value = from[name];
  return typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined;
}

/** Null where there is none, as in older builds; undefined for what cannot be the present. */
function timeAt(from: JsonObject, name: string): Ms | null | undefined {
  const value = from[name];
  if (value === undefined || value === null) return null;
  const ms = typeof value === "string" ? parseRfc3339(value) : undefined;
  return ms !== undefined && ms >= EARLIEST_MS ? ms : undefined;
}

function unreadable(channel: string | null, reason: string): KrakenFrame {
  return { kind: "unreadable", channel, reason };
}
