import type { SeenFill, SeenList } from "../../core/live/seen.ts";
import type { Ms } from "../../core/units.ts";
import type { OrderReads } from "../../ports-trading.ts";
import { parseRfc3339 } from "../platform/rfc3339.ts";
import type { Get } from "./get.ts";
import { isRecord, textAt } from "./json.ts";
import { readFill, readOrder, readPosition } from "./order-shapes.ts";
import { readPages } from "./pages.ts";
import { payloadChanged, top } from "./rest-body.ts";

const LIMIT = 1000;
const MAX_PAGES = 20;

/** Our own orders, fills and positions. One entry that cannot be read makes the whole list unreadable. */
export function orderReads(get: Get, clockOffsetMs: () => Ms | null): Omit<OrderReads, "balance"> {
  return {
    async asOfMs(signal) {
      const path = "/exchange/user_data_timestamp";
      const body = await get(path, {}, signal);
      const text = isRecord(body) ? (textAt(body, "as_of_time") ?? "") : "";
      const asOfMs = parseRfc3339(text);
      if (asOfMs === undefined) throw payloadChanged(top(path), "as_of_time", "is no time");
      // It is held against our own times: to a clock that runs behind theirs the lists would look newer than they are.
      return asOfMs - Math.max(0, clockOffsetMs() ?? 0);
    },
    orders({ sinceMs, status }, signal) {
      const list = { path: "/portfolio/orders", field: "orders" };
      const params = { status, min_ts: seconds(sinceMs) };
      return readList(get, { ...list, params, read: readOrder }, (one) => one.exchangeId, signal);
    },
    fills({ exchangeId, sinceMs }, signal) {
      const list = { path: "/portfolio/fills", field: "fills" };
      const params = { order_id: exchangeId, min_ts: seconds(sinceMs) };
      return readList(get, { ...list, params, read: readFill }, fillKey, signal);
    },
    positions(signal) {
      const list = { path: "/portfolio/positions", field: "market_positions" };
      const params = { count_filter: "position" };
      return readList(get, { ...list, params, read: readPosition }, (one) => one.ticker, signal);
    },
  };
}

/** One trade may have met several of our orders. */
export function fillKey({ exchangeId, tradeId }: SeenFill): string {
  return `${tradeId} ${exchangeId}`;
}

export interface ListRequest<T> {
  readonly path: string;
  readonly field: string;
  readonly params: Parameters<Get>[1];
  readonly read: (raw: unknown) => T | undefined;
}

/** A list page by page; one entry that cannot be read makes all of it unreadable. */
export async function readList<T>(
  get: Get,
  { field, params, path, read }: ListRequest<T>,
  keyOf: (item: T) => string,
  signal: AbortSignal,
): Promise<SeenList<T>> {
  return readPages(
    async (cursor) => {
      const body = await get(path, { ...params, limit: LIMIT, cursor }, signal);
      const raws = isRecord(body) ? body[field] : undefined;
      if (!isRecord(body) || !Array.isArray(raws)) {
        throw payloadChanged(top(path), field, "is no list");
      }
      const items = raws.map((raw: unknown, at) => {
        const item = read(raw);
        if (item === undefined) throw payloadChanged(top(path), `${field}[${at}]`, "is unreadable");
        return item;
      });
      return { items, cursor: textAt(body, "cursor") ?? "" };
    },
    keyOf,
    { maxPages: MAX_PAGES },
  );
}

/** Whole seconds of before: a list that begins a moment too early misses nothing. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.max(0, Math.floor(ms / 1000));
}
