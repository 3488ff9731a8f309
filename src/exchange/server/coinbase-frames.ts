import type { WorldSpot, WorldSpotTrade } from "../world.ts";
import { plainText } from "./number-text.ts";
import { utcText } from "./time-text.ts";

/** A Coinbase envelope: one counter per connection, whatever the channel. */
export function envelope(
  channel: string,
  events: string,
  stamp: { nowMs: number; seq: number },
): string {
  return `{"channel":"${channel}","timestamp":"${utcText(stamp.nowMs)}","sequence_num":${stamp.seq},"events":[${events}]}`;
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
  return `{"product_id":"${trade.product}","trade_id":"${trade.tradeId}","price":"${plainText(trade.price)}"${size},"time":"${utcText(trade.atMs)}"${side}}`;
}
