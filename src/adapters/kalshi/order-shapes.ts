import type { BookSide } from "../../core/live/leg.ts";
import type {
  Placed,
  SeenFill,
  SeenOrder,
  SeenPosition,
  SeenStatus,
} from "../../core/live/seen.ts";
import {
  type Ms,
  type Price,
  parseMoney,
  parsePrice,
  parseQty,
  type Qty,
} from "../../core/units.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import { countAt, isRecord, type JsonObject, textAt } from "./json.ts";

// Our own orders, fills and positions as answers, lists and the socket tell of them. Each function gives what it read, or
// undefined when any field that it needs is missing or is not what it should be: where money is concerned nothing is
// guessed, and a missing count is never 0.

const STATUSES: ReadonlyMap<string, SeenStatus> = new Map([
  ["resting", "resting"],
  ["canceled", "canceled"],
  ["executed", "executed"],
]);

/** An order of a list or of a `user_order` message. */
export function readOrder(raw: unknown): SeenOrder | undefined {
  if (!isRecord(raw)) return undefined;
  const fields = {
    exchangeId: wordAt(raw, "order_id"),
    ticker: wordAt(raw, "ticker"),
    bookSide: bookSideOf(raw),
    yesPrice: priceAt(raw, "yes_price_dollars"),
    initialQty: qtyAt(raw, "initial_count_fp"),
    filledQty: qtyAt(raw, "fill_count_fp"),
    status: STATUSES.get(wordAt(raw, "status") ?? ""),
  };
  if (!isWhole(fields)) return undefined;
  return {
    ...fields,
    clientOrderId: wordAt(raw, "client_order_id") ?? null,
    exchangeIndex: countAt(raw, "exchange_index") ?? null,
    reason: wordAt(raw, "last_update_reason") ?? "",
  };
}

/** A fill of a list or of a `fill` message. */
export function readFill(raw: unknown): SeenFill | undefined {
  if (!isRecord(raw)) return undefined;
  const isTaker = raw["is_taker"];
  const fields = {
    tradeId: wordAt(raw, "trade_id") ?? wordAt(raw, "fill_id"),
    exchangeId: wordAt(raw, "order_id"),
    ticker: wordAt(raw, "market_ticker") ?? wordAt(raw, "ticker"),
    bookSide: bookSideOf(raw),
    yesPrice: priceAt(raw, "yes_price_dollars"),
    qty: qtyAt(raw, "count_fp"),
    fee: parseMoney(wordAt(raw, "fee_cost") ?? ""),
    atMs: timeOf(raw),
    isTaker: typeof isTaker === "boolean" ? isTaker : undefined,
  };
  if (!isWhole(fields) || fields.qty === 0) return undefined;
  return { ...fields, clientOrderId: wordAt(raw, "client_order_id") ?? null, told: raw };
}

/** A holding of the positions list or of a `market_position` message. */
export function readPosition(raw: unknown): SeenPosition | undefined {
  if (!isRecord(raw)) return undefined;
  const fields = {
    ticker: wordAt(raw, "ticker") ?? wordAt(raw, "market_ticker"),
    qty: parseQty(wordAt(raw, "position_fp") ?? ""),
  };
  return isWhole(fields) ? fields : undefined;
}

/**
 * The answer to a create request. Only a complete acknowledgement says that the order exists: its id, our own id echoed,
 * and counts that add up to no more than was asked for (reliability.md I4).
 */
export function readPlaced(
  raw: unknown,
  asked: { readonly clientOrderId: string; readonly qty: Qty },
): Extract<Placed, { type: "accepted" }> | undefined {
  if (!isRecord(raw) || textAt(raw, "client_order_id") !== asked.clientOrderId) return undefined;
  const exchangeId = textAt(raw, "order_id");
  const filledQty = qtyAt(raw, "fill_count");
  const leftQty = qtyAt(raw, "remaining_count");
  if (!exchangeId || filledQty === undefined || leftQty === undefined) return undefined;
  if (filledQty + leftQty > asked.qty) return undefined;
  return { type: "accepted", exchangeId, filledQty, leftQty };
}

function isWhole<T extends object>(
  fields: T,
): fields is T & { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.values(fields).every((value) => value !== undefined);
}

/** A text that says something. */
function wordAt(raw: JsonObject, name: string): string | undefined {
  return textAt(raw, name) || undefined;
}

/** `book_side` is the field of record; the older ones say the same in other words (kalshi.md §2.8). */
function bookSideOf(raw: JsonObject): BookSide | undefined {
  const side = textAt(raw, "book_side");
  if (side === "bid" || side === "ask") return side;
  const outcome = textAt(raw, "outcome_side");
  if (side !== undefined || outcome === undefined) return undefined;
  if (outcome === "yes") return "bid";
  return outcome === "no" ? "ask" : undefined;
}

function priceAt(raw: JsonObject, name: string): Price | undefined {
  return parsePrice(textAt(raw, name) ?? "");
}

/** A count is never negative; `-0.00` is 0. */
function qtyAt(raw: JsonObject, name: string): Qty | undefined {
  const qty = parseQty(textAt(raw, name) ?? "");
  return qty === undefined || qty < 0 ? undefined : qty;
}

/** Milliseconds where they are told, else the text, else whole seconds. */
function timeOf(raw: JsonObject): Ms | undefined {
  const ms = countAt(raw, "ts_ms");
  if (ms !== undefined) return ms;
  const text = textAt(raw, "created_time");
  if (text !== undefined) return parseRfc3339(text);
  const seconds = countAt(raw, "ts");
  return seconds === undefined ? undefined : seconds * 1000;
}
