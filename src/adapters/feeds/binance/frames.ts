import type { Candle, SpotTick } from "../../../core/events.ts";
import type { Ms, Usd } from "../../../core/units.ts";
import { countAt, isRecord, type JsonObject, textAt } from "../../kalshi/json.ts";
import type { Shape } from "../../platform/shape.ts";
import { usdOf } from "../coinbase/fields.ts";

// Frames of Binance's combined streams (spot-feeds.md §3.2), decoded by hand. Nothing in here throws.

/** What one frame says; `stream` is null where it belongs to none. */
export type BinanceFrame = { readonly stream: string | null } & (
  | BinanceObservation
  | { readonly kind: "control" }
  /** The server goes down and said so. */
  | { readonly kind: "restart" }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "unknown"; readonly type: string }
  /** `type` is null where the frame names none that is known. */
  | { readonly kind: "refused"; readonly type: string | null; readonly reason: string }
);

/** `kind` is our word for it, `type` Binance's; ids are those of the product. */
export type BinanceObservation =
  | {
      readonly kind: "quote";
      readonly type: string;
      readonly event: SpotTick;
      readonly updateId: number;
    }
  | {
      readonly kind: "trade";
      readonly type: string;
      readonly event: SpotTick;
      readonly tradeId: number;
    }
  | { readonly kind: "candle"; readonly type: string; readonly event: Candle };

/** What the frames that are read must look like, as far as they are used. */
export const BINANCE_SHAPES: Readonly<Record<string, Shape>> = {
  bookTicker: { data: { u: "number", s: "text", b: "decimal", a: "decimal" } },
  trade: { data: { s: "text", t: "number", p: "decimal", q: "decimal", T: "number" } },
  kline: {
    data: {
      k: {
        t: "number",
        T: "number",
        s: "text",
        i: "text",
        o: "decimal",
        h: "decimal",
        l: "decimal",
        c: "decimal",
        v: "decimal",
        x: "any",
      },
    },
  },
};

/** Candles that are recorded, by Binance's name of their length. */
export const BINANCE_INTERVALS: ReadonlyMap<string, number> = new Map([
  ["1m", 60],
  ["15m", 900],
]);

export const BINANCE = "binance";
const TYPE_MAX = 40;

interface At {
  readonly recvMs: Ms;
  /** Our products by Binance's symbols: `BTC-USDT` by `BTCUSDT`. */
  readonly products: ReadonlyMap<string, string>;
}

type Read = BinanceObservation | { readonly kind: "control" | "restart" };

/** What is read from the data of a frame; a text is the reason why it cannot be. */
type Reader = (data: JsonObject, at: At) => Read | string;

export function decodeBinance(text: string, at: At): BinanceFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return refused(null, "bad_json");
  }
  if (!isRecord(frame)) return refused(null, "not_an_object");
  const stream = textAt(frame, "stream");
  if (stream === undefined) return withoutStream(frame);
  const { data } = frame;
  if (!isRecord(data)) return refused(typeOf(stream), "no_data", stream);
  const type = textAt(data, "e") ?? typeOf(stream);
  const reader = READERS.get(type);
  if (reader === undefined) return { kind: "unknown", type: type.slice(0, TYPE_MAX), stream };
  const read = reader(data, at);
  return typeof read === "string" ? refused(type, read, stream) : { stream, ...read };
}

const notRead: Reader = () => ({ kind: "control" });

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["bookTicker", readQuote],
  ["trade", readTrade],
  ["kline", readKline],
  ["serverShutdown", () => ({ kind: "restart" })],
  ["depthUpdate", notRead],
  ["aggTrade", notRead],
  ["24hrTicker", notRead],
  ["24hrMiniTicker", notRead],
  ["avgPrice", notRead],
]);

/** Frames without a time have no type either, and are known by their stream alone. */
function typeOf(stream: string): string {
  const name = stream.split("@")[1] ?? stream;
  if (name.startsWith("depth")) return "depthUpdate";
  return name.startsWith("kline_") ? "kline" : name;
}

/** Answers to commands, and what a raw connection would send. */
function withoutStream(frame: JsonObject): BinanceFrame {
  const stream = null;
  const type = textAt(frame, "e");
  if (type === "serverShutdown") return { kind: "restart", stream };
  if ("result" in frame || "lastUpdateId" in frame) return { kind: "control", stream };
  const error = isRecord(frame["error"]) ? frame["error"] : frame;
  const text = textAt(error, "msg");
  if (text !== undefined) return { kind: "error", text, stream };
  return refused(type !== undefined && READERS.has(type) ? type : null, "no_stream");
}

function readQuote(data: JsonObject, { products, recvMs }: At): Read | string {
  const product = products.get(textAt(data, "s") ?? "");
  if (product === undefined) return "unknown_symbol";
  const updateId = countAt(data, "u");
  if (updateId === undefined) return "bad_update_id";
  if (isZero(data["b"]) || isZero(data["a"])) return "one_sided";
  const bidUsd = usdOf(data["b"]);
  const askUsd = usdOf(data["a"]);
  if (bidUsd === undefined || askUsd === undefined) return "bad_price";
  if (bidUsd > askUsd) return "crossed";
  const event: SpotTick = {
    type: "spot",
    source: BINANCE,
    product,
    kind: "quote",
    priceUsd: (bidUsd + askUsd) / 2,
    bidUsd,
    askUsd,
    size: null,
    tradeId: null,
    // The only message that has no time at all (spot-feeds.md §3.2).
    exchangeMs: null,
    recvMs,
  };
  return { kind: "quote", type: "bookTicker", event, updateId };
}

function readTrade(data: JsonObject, { products, recvMs }: At): Read | string {
  const product = products.get(textAt(data, "s") ?? "");
  if (product === undefined) return "unknown_symbol";
  const tradeId = countAt(data, "t");
  if (tradeId === undefined) return "bad_trade_id";
  const priceUsd = usdOf(data["p"]);
  if (priceUsd === undefined) return "bad_price";
  const size = usdOf(data["q"]);
  if (size === undefined) return "bad_size";
  const exchangeMs = timeAt(data, "T");
  if (exchangeMs === undefined) return "bad_time";
  const event: SpotTick = {
    type: "spot",
    source: BINANCE,
    product,
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    size,
    tradeId: `${tradeId}`,
    exchangeMs,
    recvMs,
  };
  return { kind: "trade", type: "trade", event, tradeId };
}

function readKline(data: JsonObject, { products, recvMs }: At): Read | string {
  const { k } = data;
  if (!isRecord(k) || typeof k["x"] !== "boolean") return "bad_candle";
  const intervalS = BINANCE_INTERVALS.get(textAt(k, "i") ?? "");
  // A running candle is told every two seconds and only the last time counts.
  if (!k["x"] || intervalS === undefined) return { kind: "control" };
  const product = products.get(textAt(k, "s") ?? "");
  if (product === undefined) return "unknown_symbol";
  const event = readCandle(k, { product, intervalS, recvMs });
  return typeof event === "string" ? event : { kind: "candle", type: "kline", event };
}

/** A closed candle with the names of the stream, wherever it came from; a text is the reason why it cannot be read. */
export function readCandle(
  k: JsonObject,
  at: Pick<Candle, "product" | "intervalS" | "recvMs">,
): Candle | string {
  const openMs = timeAt(k, "t");
  const lengthMs = at.intervalS * 1000;
  if (openMs === undefined || openMs % lengthMs !== 0) return "bad_time";
  // The close is the last millisecond of the candle, not the first after it.
  if (timeAt(k, "T") !== openMs + lengthMs - 1) return "bad_time";
  const prices = pricesOf(k);
  const volume = volumeOf(k["v"]);
  if (prices === undefined || volume === undefined) return "bad_candle";
  return { type: "candle", source: BINANCE, openMs, ...at, ...prices, volume };
}

function pricesOf(
  k: JsonObject,
): Pick<Candle, "openUsd" | "highUsd" | "lowUsd" | "closeUsd"> | undefined {
  const openUsd = usdOf(k["o"]);
  const highUsd = usdOf(k["h"]);
  const lowUsd = usdOf(k["l"]);
  const closeUsd = usdOf(k["c"]);
  if (!openUsd || !highUsd || !lowUsd || !closeUsd) return undefined;
  const isInside = (price: Usd): boolean => lowUsd <= price && price <= highUsd;
  return isInside(openUsd) && isInside(closeUsd)
    ? { openUsd, highUsd, lowUsd, closeUsd }
    : undefined;
}

function volumeOf(value: unknown): number | undefined {
  return isZero(value) ? 0 : usdOf(value);
}

/** How an empty side of a book and a candle without trades are written. */
function isZero(value: unknown): boolean {
  return typeof value === "string" && /^0+(?:\.0+)?$/.test(value);
}

const FAR_FUTURE_MS = 1e14;

/** Milliseconds; microseconds, which a connection can ask for, would be the year 50,000. */
export function timeAt(from: JsonObject, name: string): Ms | undefined {
  const ms = countAt(from, name);
  return ms !== undefined && ms > 0 && ms < FAR_FUTURE_MS ? ms : undefined;
}

function refused(type: string | null, reason: string, stream: string | null = null): BinanceFrame {
  return { kind: "refused", type, reason, stream };
}
