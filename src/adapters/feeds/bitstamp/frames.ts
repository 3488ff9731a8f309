import type { SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import { isRecord, type JsonObject } from "../../kalshi/json.ts";
import type { Shape } from "../../platform/shape.ts";
import { usdOf } from "../coinbase/fields.ts";
import { levelsOf, objectOf, productOf, sizeOf } from "../spot/fields.ts";

// Bitstamp frames (spot-feeds.md §4.6), decoded by hand. Nothing in here throws.

export type BitstampFrame =
  | BitstampBook
  | { readonly kind: "trade"; readonly tick: SpotTick }
  | { readonly kind: "subscribed"; readonly channel: string }
  | { readonly kind: "heartbeat" }
  | { readonly kind: "reconnect" }
  | { readonly kind: "error"; readonly text: string }
  /** `type` is null where nothing says what it was meant to be. */
  | { readonly kind: "rejected"; readonly reason: string; readonly type: BitstampType | null }
  | { readonly kind: "unknown"; readonly type: string };

/** A whole book, and the quote at its top; no quote when a side is empty. */
export interface BitstampBook {
  readonly kind: "book";
  /** Time of the book's last change in microseconds: it tells an old frame from a new one. */
  readonly changedUs: number;
  readonly depth: SpotDepth;
  readonly quote: SpotTick | null;
}

export type BitstampType = "order_book" | "live_trades";

export const BITSTAMP_SHAPES: Readonly<Record<BitstampType, Shape>> = {
  order_book: { data: { microtimestamp: "decimal", bids: [["decimal"]], asks: [["decimal"]] } },
  live_trades: {
    data: { id: "number", microtimestamp: "decimal", price_str: "decimal", amount_str: "decimal" },
  },
};

const SOURCE = "bitstamp";

export function decodeBitstamp(text: string, recvMs: Ms): BitstampFrame {
  const frame = objectOf(text);
  if (typeof frame === "string") return { kind: "rejected", reason: frame, type: null };
  const event = frame["event"];
  const channel = frame["channel"];
  const name = typeof channel === "string" ? channel : "";
  switch (event) {
    case "data":
      return readBook(name, frame["data"], recvMs);
    case "trade":
      return readTrade(name, frame["data"], recvMs);
    case "bts:subscription_succeeded":
      return { kind: "subscribed", channel: name };
    case "bts:heartbeat":
      return { kind: "heartbeat" };
    case "bts:request_reconnect":
      return { kind: "reconnect" };
    case "bts:error":
      return { kind: "error", text: errorText(name, frame["data"]) };
    default:
      return { kind: "unknown", type: typeof event === "string" ? event : "none" };
  }
}

function errorText(channel: string, data: unknown): string {
  const message = isRecord(data) ? data["message"] : null;
  const text = typeof message === "string" ? message : "unnamed error";
  return channel === "" ? text : `${text} (${channel})`;
}

function readBook(channel: string, data: unknown, recvMs: Ms): BitstampFrame {
  if (!channel.startsWith("order_book_")) return { kind: "unknown", type: "data" };
  const product = productOf(channel.slice("order_book_".length));
  if (product === undefined) return rejected("no_product", null);
  const fields: JsonObject = isRecord(data) ? data : {};
  const changedUs = microsOf(fields["microtimestamp"]);
  if (changedUs === undefined) return rejected("bad_time", "order_book");
  const bids = levelsOf(fields["bids"]);
  const asks = levelsOf(fields["asks"]);
  if (bids === undefined || asks === undefined) return rejected("bad_level", "order_book");
  const seen = { source: SOURCE, product, exchangeMs: Math.floor(changedUs / 1000), recvMs };
  const depth: SpotDepth = { type: "depth", kind: "snapshot", bids, asks, ...seen };
  return { kind: "book", changedUs, depth, quote: quoteOf(depth) };
}

/** The best levels come first; there is no price where a side is empty. */
function quoteOf({ asks, bids, source, product, exchangeMs, recvMs }: SpotDepth): SpotTick | null {
  const bidUsd = bids[0]?.[0];
  const askUsd = asks[0]?.[0];
  if (bidUsd === undefined || askUsd === undefined) return null;
  return {
    type: "spot",
    source,
    product,
    kind: "quote",
    priceUsd: (bidUsd + askUsd) / 2,
    bidUsd,
    askUsd,
    size: null,
    tradeId: null,
    exchangeMs,
    recvMs,
  };
}

function readTrade(channel: string, data: unknown, recvMs: Ms): BitstampFrame {
  if (!channel.startsWith("live_trades_")) return { kind: "unknown", type: "trade" };
  const product = productOf(channel.slice("live_trades_".length));
  if (product === undefined) return rejected("no_product", null);
  const fields: JsonObject = isRecord(data) ? data : {};
  const id = fields["id"];
  if (typeof id !== "number" || !Number.isSafeInteger(id)) {
    return rejected("bad_trade_id", "live_trades");
  }
  const priceUsd = usdOf(fields["price_str"]);
  if (priceUsd === undefined) return rejected("bad_price", "live_trades");
  const size = sizeOf(fields["amount_str"]);
  if (size === undefined) return rejected("bad_size", "live_trades");
  const atUs = microsOf(fields["microtimestamp"]);
  if (atUs === undefined) return rejected("bad_time", "live_trades");
  const tick: SpotTick = {
    type: "spot",
    source: SOURCE,
    product,
    kind: "trade",
    priceUsd,
    bidUsd: null,
    askUsd: null,
    size,
    tradeId: `${id}`,
    exchangeMs: Math.floor(atUs / 1000),
    recvMs,
  };
  return { kind: "trade", tick };
}

function rejected(reason: string, type: BitstampType | null): BitstampFrame {
  return { kind: "rejected", reason, type };
}

/** Microseconds since the epoch, which stay below 2^53 until the year 2255. */
function microsOf(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^\d{13,16}$/.test(value)) return undefined;
  const micros = Number(value);
  return Number.isSafeInteger(micros) ? micros : undefined;
}
