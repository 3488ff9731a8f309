import { formatDecimal } from "../../../core/units.ts";
import type { SpotLevel } from "../../scenario/spot-book.ts";
import type { SpotVenue, VenueTrade } from "../../scenario/spot-venue.ts";
import type { VenueCandle } from "../../scenario/venue-candles.ts";
import { microText, sizeText } from "../text.ts";
import { bookChecksum } from "./checksum.ts";
import type { DepthChange, DepthView } from "./depth-view.ts";
import { symbolOf } from "./pairs.ts";

/** Server time of a frame: milliseconds and the microseconds inside them. */
export interface Stamp {
  readonly ms: number;
  readonly us: number;
}

export type DataType = "snapshot" | "update";

export function dataFrame(channel: string, type: DataType, data: string): string {
  return `{"channel":"${channel}","type":"${type}","data":${data}}`;
}

/** Turnover over volume, in the venue's price units. */
export function vwapOf(candle: VenueCandle): number {
  return candle.volume === 0 ? candle.close : Math.round(candle.turnover / candle.volume);
}

function levelsJson(levels: readonly SpotLevel[], digits: number): string {
  const each = levels.map(
    ([price, size]) => `{"price":${formatDecimal(price, digits)},"qty":${sizeText(size)}}`,
  );
  return `[${each.join(",")}]`;
}

/** A book frame's data; the checksum is of the book after the change. */
export function bookJson(
  market: SpotVenue,
  view: DepthView,
  levels: DepthChange,
  stamp: Stamp,
): string {
  const { priceDigits } = market.pair;
  const checksum = bookChecksum(view.asks(), view.bids());
  return `[{"symbol":"${symbolOf(market.coin)}","bids":${levelsJson(levels.bids, priceDigits)},"asks":${levelsJson(levels.asks, priceDigits)},"checksum":${checksum},"timestamp":"${microText(stamp.ms, stamp.us)}"}]`;
}

export function tradeJson(market: SpotVenue, trade: VenueTrade, stampMs: number): string {
  const price = formatDecimal(trade.price, market.pair.priceDigits);
  const side = trade.isBuy ? "buy" : "sell";
  // The taker's order was a market order about as often as not.
  const type = trade.id % 3 === 0 ? "limit" : "market";
  return `{"symbol":"${symbolOf(market.coin)}","side":"${side}","price":${price},"qty":${sizeText(trade.size)},"ord_type":"${type}","trade_id":${trade.id},"timestamp":"${microText(stampMs, trade.id % 1000)}"}`;
}

export function tickerJson(market: SpotVenue, nowMs: number, stamp: Stamp): string {
  const { book, pair } = market;
  const text = (units: number): string => formatDecimal(units, pair.priceDigits);
  const day = market.candles.day(nowMs);
  const last = market.lastPrice;
  const open = day?.open ?? last;
  const change = last - open;
  const percent = ((change / open) * 100).toFixed(2);
  return `[{"symbol":"${symbolOf(market.coin)}","bid":${text(book.bids.priceAt(0) ?? 0)},"bid_qty":${sizeText(book.bids.sizeAt(0))},"ask":${text(book.asks.priceAt(0) ?? 0)},"ask_qty":${sizeText(book.asks.sizeAt(0))},"last":${text(last)},"volume":${sizeText(day?.volume ?? 0)},"vwap":${text(day === null ? last : vwapOf(day))},"low":${text(day?.low ?? last)},"high":${text(day?.high ?? last)},"change":${text(change)},"change_pct":${percent},"timestamp":"${microText(stamp.ms, stamp.us)}"}]`;
}

export function candleJson(market: SpotVenue, candle: VenueCandle, minutes: number): string {
  const text = (units: number): string => formatDecimal(units, market.pair.priceDigits);
  const begin = microText(candle.startS * 1000, 0).replace("Z", "000Z");
  const end = microText((candle.startS + minutes * 60) * 1000, 0);
  return `{"symbol":"${symbolOf(market.coin)}","open":${text(candle.open)},"high":${text(candle.high)},"low":${text(candle.low)},"close":${text(candle.close)},"trades":${candle.trades},"volume":${sizeText(candle.volume)},"vwap":${text(vwapOf(candle))},"interval_begin":"${begin}","interval":${minutes},"timestamp":"${end}"}`;
}
