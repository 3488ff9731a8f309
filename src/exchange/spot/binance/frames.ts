import type { BookChanges, SpotLevel } from "../../scenario/spot-book.ts";
import type { SpotVenue, VenueTrade } from "../../scenario/spot-venue.ts";
import type { VenueCandle } from "../../scenario/venue-candles.ts";
import { sizeText } from "../text.ts";
import { priceText, symbolOf, turnoverText } from "./symbols.ts";

const DAY_MS = 86_400_000;

/** Writes a time in the unit the connection asked for. */
export type TimeText = (ms: number) => string;

function levelsJson(market: SpotVenue, levels: Iterable<SpotLevel>): string {
  const each = Array.from(
    levels,
    ([price, size]) => `["${priceText(price, market.pair)}","${sizeText(size)}"]`,
  );
  return `[${each.join(",")}]`;
}

export function tradeJson(market: SpotVenue, trade: VenueTrade, at: TimeText): string {
  const price = priceText(trade.price, market.pair);
  return `{"e":"trade","E":${at(trade.atMs + 1)},"s":"${symbolOf(market.coin)}","t":${trade.id},"p":"${price}","q":"${sizeText(trade.size)}","T":${at(trade.atMs)},"m":${!trade.isBuy},"M":true}`;
}

/** Trades of one order at one price; here every print of an order has a price of its own, so it is always one trade. */
export function aggTradeJson(market: SpotVenue, trade: VenueTrade, at: TimeText): string {
  const { id } = trade;
  return `{"e":"aggTrade","E":${at(trade.atMs + 1)},"s":"${symbolOf(market.coin)}","a":${id},"p":"${priceText(trade.price, market.pair)}","q":"${sizeText(trade.size)}","f":${id},"l":${id},"T":${at(trade.atMs)},"m":${!trade.isBuy},"M":true}`;
}

/** Has no time at all (spot-feeds.md §3.2). */
export function bookTickerJson(market: SpotVenue): string {
  const { book, pair } = market;
  const text = (side: "bids" | "asks", names: readonly [string, string]): string => {
    const price = priceText(book[side].priceAt(0) ?? 0, pair);
    return `"${names[0]}":"${price}","${names[1]}":"${sizeText(book[side].sizeAt(0))}"`;
  };
  return `{"u":${book.updateId},"s":"${symbolOf(market.coin)}",${text("bids", ["b", "B"])},${text("asks", ["a", "A"])}}`;
}

export interface DepthDiff {
  readonly firstId: number;
  readonly lastId: number;
  readonly changes: BookChanges;
}

export function depthJson(market: SpotVenue, diff: DepthDiff, eventTime: string): string {
  const { changes, firstId, lastId } = diff;
  return `{"e":"depthUpdate","E":${eventTime},"s":"${symbolOf(market.coin)}","U":${firstId},"u":${lastId},"b":${levelsJson(market, changes.bids)},"a":${levelsJson(market, changes.asks)}}`;
}

/** The best levels as REST and the partial depth streams have them. */
export function snapshotJson(market: SpotVenue, levels: number): string {
  const { book } = market;
  return `{"lastUpdateId":${book.updateId},"bids":${levelsJson(market, book.bids.top(levels))},"asks":${levelsJson(market, book.asks.top(levels))}}`;
}

export interface KlineFrame {
  readonly interval: string;
  readonly lengthS: number;
  readonly isClosed: boolean;
  readonly eventTime: string;
}

export function klineJson(
  market: SpotVenue,
  candle: VenueCandle,
  frame: KlineFrame,
  at: TimeText,
): string {
  const { pair, coin } = market;
  const price = (units: number): string => priceText(units, pair);
  const openMs = candle.startS * 1000;
  const symbol = symbolOf(coin);
  const lastId = market.last?.id ?? -1;
  const firstId = candle.trades === 0 ? -1 : Math.max(0, lastId - candle.trades + 1);
  return `{"e":"kline","E":${frame.eventTime},"s":"${symbol}","k":{"t":${at(openMs)},"T":${at(openMs + frame.lengthS * 1000 - 1)},"s":"${symbol}","i":"${frame.interval}","f":${firstId},"L":${candle.trades === 0 ? -1 : lastId},"o":"${price(candle.open)}","c":"${price(candle.close)}","h":"${price(candle.high)}","l":"${price(candle.low)}","v":"${sizeText(candle.volume)}","n":${candle.trades},"x":${frame.isClosed},"q":"${turnoverText(candle.turnover, pair)}","V":"${sizeText(candle.takerVolume)}","Q":"${turnoverText(candle.takerTurnover, pair)}","B":"0"}}`;
}

/** The rolling day of `@ticker` and `/ticker/24hr`: names differ, values do not. */
export interface DayFigures {
  readonly last: number;
  readonly day: VenueCandle;
  readonly change: number;
  readonly percent: string;
  readonly average: number;
  readonly nowMs: number;
}

export function dayFigures(market: SpotVenue, nowMs: number): DayFigures | null {
  const day = market.candles.day(nowMs);
  if (day === null) return null;
  const last = market.lastPrice;
  const change = last - day.open;
  const average = day.volume === 0 ? last : Math.round(day.turnover / day.volume);
  return { last, day, change, percent: ((change / day.open) * 100).toFixed(3), average, nowMs };
}

export function tickerJson(market: SpotVenue, figures: DayFigures, at: TimeText): string {
  const { book, pair, coin } = market;
  const { day, last, change, percent, average, nowMs } = figures;
  const price = (units: number): string => priceText(units, pair);
  const lastId = market.last?.id ?? -1;
  return `{"e":"24hrTicker","E":${at(nowMs)},"s":"${symbolOf(coin)}","p":"${price(change)}","P":"${percent}","w":"${price(average)}","x":"${price(day.open)}","c":"${price(last)}","Q":"${sizeText(market.last?.size ?? 0)}","b":"${price(book.bids.priceAt(0) ?? 0)}","B":"${sizeText(book.bids.sizeAt(0))}","a":"${price(book.asks.priceAt(0) ?? 0)}","A":"${sizeText(book.asks.sizeAt(0))}","o":"${price(day.open)}","h":"${price(day.high)}","l":"${price(day.low)}","v":"${sizeText(day.volume)}","q":"${turnoverText(day.turnover, pair)}","O":${at(nowMs - DAY_MS)},"C":${at(nowMs)},"F":${Math.max(0, lastId - day.trades + 1)},"L":${lastId},"n":${day.trades}}`;
}

export function miniTickerJson(market: SpotVenue, figures: DayFigures, at: TimeText): string {
  const { pair, coin } = market;
  const { day, last, nowMs } = figures;
  const price = (units: number): string => priceText(units, pair);
  return `{"e":"24hrMiniTicker","E":${at(nowMs)},"s":"${symbolOf(coin)}","c":"${price(last)}","o":"${price(day.open)}","h":"${price(day.high)}","l":"${price(day.low)}","v":"${sizeText(day.volume)}","q":"${turnoverText(day.turnover, pair)}"}`;
}
