import { formatDecimal } from "../../../core/units.ts";
import type { BookChanges, SpotLevel } from "../../scenario/spot-book.ts";
import type { SpotVenue, VenueTrade } from "../../scenario/spot-venue.ts";
import type { VenueCandle } from "../../scenario/venue-candles.ts";
import { sizeText, trimmed } from "../text.ts";

/** Candle lengths in seconds by their names on the wire. */
export const CANDLES: ReadonlyMap<string, number> = new Map([
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1h", 3600],
  ["6h", 21_600],
  ["1d", 86_400],
]);

export function symbolOf(coin: string): string {
  return `${coin}USD`.toLowerCase();
}

export function priceText(market: SpotVenue, units: number): string {
  return formatDecimal(units, market.pair.priceDigits);
}

function changesJson(
  market: SpotVenue,
  side: "buy" | "sell",
  changed: Iterable<SpotLevel>,
): string[] {
  return Array.from(
    changed,
    ([price, size]) =>
      `["${side}","${priceText(market, price)}","${size === 0 ? "0" : trimmed(sizeText(size))}"]`,
  );
}

/** v2: level changes carry no time (spot-feeds.md §4.6). */
export function l2Json(market: SpotVenue, { bids, asks }: BookChanges): string {
  const changes = [...changesJson(market, "buy", bids), ...changesJson(market, "sell", asks)];
  return `{"type":"l2_updates","symbol":"${market.coin}USD","changes":[${changes.join(",")}]}`;
}

/** v2: the whole book and the recent trades, the first answer to a subscription. */
export function l2FirstJson(
  market: SpotVenue,
  trades: readonly VenueTrade[],
  stamp: (ms: number) => number,
): string {
  const { bids, asks } = market.book;
  const whole = { bids: new Map(bids.top(bids.count)), asks: new Map(asks.top(asks.count)) };
  const recent = trades.map((trade) => tradeJson(market, trade, stamp(trade.atMs)));
  return `${l2Json(market, whole).slice(0, -1)},"trades":[${recent.join(",")}],"auction_events":[]}`;
}

export function tradeJson(market: SpotVenue, trade: VenueTrade, atMs: number): string {
  const side = trade.isBuy ? "buy" : "sell";
  return `{"type":"trade","symbol":"${market.coin}USD","event_id":${trade.id},"timestamp":${atMs},"price":"${priceText(market, trade.price)}","quantity":"${trimmed(sizeText(trade.size))}","side":"${side}"}`;
}

/** v2 candles, newest first; times in milliseconds, prices as numbers. */
export function candlesJson(
  market: SpotVenue,
  candles: readonly VenueCandle[],
  name: string,
): string {
  const rows = candles.map((candle) => {
    const prices = [candle.open, candle.high, candle.low, candle.close];
    const texts = prices.map((price) => trimmed(priceText(market, price)));
    return `[${candle.startS * 1000},${texts.join(",")},${trimmed(sizeText(candle.volume))}]`;
  });
  return `{"type":"candles_${name}_updates","symbol":"${market.coin}USD","changes":[${rows.toReversed().join(",")}]}`;
}

export interface DepthDiff {
  readonly firstId: number;
  readonly bids: Map<number, number>;
  readonly asks: Map<number, number>;
}

export function noDiff(market: SpotVenue): DepthDiff {
  return { firstId: market.book.updateId + 1, bids: new Map(), asks: new Map() };
}

/** Nanoseconds since the epoch, which pass 2^53: whoever parses them as a number gets another one. */
function nanos(ms: number, id: number): string {
  return `${ms}${`${(id * 7919 + 630) % 1_000_000}`.padStart(6, "0")}`;
}

function levels(market: SpotVenue, side: Iterable<SpotLevel>): string {
  return Array.from(
    side,
    ([price, size]) => `["${priceText(market, price)}","${sizeText(size)}"]`,
  ).join(",");
}

export function depthJson(market: SpotVenue, diff: DepthDiff, atMs: number): string {
  const u = market.book.updateId;
  return `{"e":"depthUpdate","E":${nanos(atMs, u)},"s":"${symbolOf(market.coin)}","U":${Math.min(diff.firstId, u)},"u":${u},"b":[${levels(market, diff.bids)}],"a":[${levels(market, diff.asks)}]}`;
}

/** v3: the first frame of a depth stream is the book itself. */
export function depthFirstJson(market: SpotVenue, atMs: number): string {
  const { bids, asks, updateId } = market.book;
  const whole = { bids: new Map(bids.top(bids.count)), asks: new Map(asks.top(asks.count)) };
  return depthJson(market, { firstId: updateId, ...whole }, atMs);
}

export function touchJson(market: SpotVenue): string {
  const { bids, asks } = market.book;
  const text = (side: "bids" | "asks"): [string, string] => [
    priceText(market, market.book[side].priceAt(0) ?? 0),
    sizeText((side === "bids" ? bids : asks).sizeAt(0)),
  ];
  const [[bid, bidSize], [ask, askSize]] = [text("bids"), text("asks")];
  return `"b":"${bid}","B":"${bidSize}","a":"${ask}","A":"${askSize}"`;
}

export function bookTickerJson(market: SpotVenue, atMs: number): string {
  const { updateId } = market.book;
  const last = sizeText(market.last?.size ?? 0);
  return `{"u":${updateId},"E":${nanos(atMs, updateId)},"s":"${symbolOf(market.coin)}",${touchJson(market)},"c":"${priceText(market, market.lastPrice)}","C":"${last}"}`;
}

export function streamTradeJson(market: SpotVenue, trade: VenueTrade, atMs: number): string {
  return `{"E":${nanos(atMs, trade.id)},"s":"${symbolOf(market.coin)}","t":${trade.id},"p":"${priceText(market, trade.price)}","q":"${sizeText(trade.size)}","m":${!trade.isBuy}}`;
}
