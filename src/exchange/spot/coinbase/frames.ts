import { formatDecimal } from "../../../core/units.ts";
import { SIZE_DIGITS } from "../../scenario/venue-spec.ts";
import { plainText } from "../../server/number-text.ts";
import type { WorldSpot, WorldSpotTrade } from "../../world.ts";
import { nanoText, trimmed } from "../text.ts";

/** A Coinbase envelope: one counter per connection, whatever the channel. */
export function envelope(
  channel: string,
  events: string,
  stamp: { readonly nowMs: number; readonly seq: number },
): string {
  // Servers stamp to the nanosecond; the digits below the millisecond only have to differ.
  const ns = (stamp.seq * 7919 + 313) % 1_000_000;
  return `{"channel":"${channel}","timestamp":"${nanoText(stamp.nowMs, ns)}","sequence_num":${stamp.seq},"events":[${events}]}`;
}

/** Day figures of a product, as far as this world's history reaches. */
export interface DayStats {
  readonly low: number;
  readonly high: number;
  readonly volume: number;
  readonly changePercent: number;
}

// A recording of trades alone knows no quotes, and Coinbase writes what it does not know as an empty string.
function optionalText(value: number | null): string {
  return value === null ? "" : plainText(value);
}

/** One element of `tickers`. */
export function tickerJson(spot: WorldSpot, day: DayStats): string {
  return `{"type":"ticker","product_id":"${spot.product}","price":"${plainText(spot.price)}","volume_24_h":"${day.volume.toFixed(8)}","low_24_h":"${plainText(day.low)}","high_24_h":"${plainText(day.high)}","low_52_w":"${plainText(day.low)}","high_52_w":"${plainText(day.high)}","price_percent_chg_24_h":"${day.changePercent.toFixed(14)}","best_bid":"${optionalText(spot.bid)}","best_ask":"${optionalText(spot.ask)}","best_bid_quantity":"${optionalText(spot.bidSize)}","best_ask_quantity":"${optionalText(spot.askSize)}"}`;
}

/** One element of `trades`; what a recording does not hold is left out. */
export function tradeJson(trade: WorldSpotTrade): string {
  const size = trade.size === null ? "" : `,"size":"${plainText(trade.size)}"`;
  const side = trade.makerSide === null ? "" : `,"side":"${trade.makerSide}"`;
  const time = nanoText(trade.atMs, (trade.tradeId % 1000) * 1000);
  return `{"product_id":"${trade.product}","trade_id":"${trade.tradeId}","price":"${plainText(trade.price)}"${size},"time":"${time}"${side}}`;
}

/** A price in cents as Coinbase writes it: trailing zeros dropped. */
export function centText(cents: number): string {
  return trimmed(formatDecimal(cents, 2));
}

/** A size in 1e-8 coins, trailing zeros dropped. */
export function quantityText(units: number): string {
  return trimmed(formatDecimal(units, SIZE_DIGITS));
}

/** Elements of `updates` of one side; prices in cents, sizes in 1e-8 coins. */
export function levelsJson(
  side: "bid" | "offer",
  levels: Iterable<readonly [cents: number, units: number]>,
  eventMs: number,
): string[] {
  const time = nanoText(eventMs, 329_000);
  return Array.from(
    levels,
    ([cents, units]) =>
      `{"side":"${side}","event_time":"${time}","price_level":"${centText(cents)}","new_quantity":"${quantityText(units)}"}`,
  );
}

/** One event of `l2_data`. */
export function bookJson(
  type: "snapshot" | "update",
  product: string,
  updates: readonly string[],
): string {
  return `{"type":"${type}","product_id":"${product}","updates":[${updates.join(",")}]}`;
}

/** One element of the status channel's `products`. */
export function productStatusJson(product: string): string {
  const [base = "", quote = ""] = product.split("-");
  return `{"product_type":"SPOT","id":"${product}","base_currency":"${base}","quote_currency":"${quote}","base_increment":"0.00000001","quote_increment":"0.01","display_name":"${base}/${quote}","status":"online","status_message":"","min_market_funds":"1"}`;
}
