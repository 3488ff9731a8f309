import type { SpotVenue } from "../../scenario/spot-venue.ts";
import { sizeText, trimmed } from "../text.ts";
import type { SpotReply, SpotRequest } from "../types.ts";
import { CANDLES, priceText, symbolOf } from "./frames.ts";
import type { GeminiHost } from "./host.ts";

const PREFIX = "/gemini/";
const BOOK_DEFAULT = 50;
const TRADES_DEFAULT = 50;
const TRADES_MAX = 500;
const CANDLES_MAX = 1440;

/** Gemini's public REST, as far as its books, prices and trades go. */
export function answer(server: GeminiHost, request: SpotRequest): SpotReply {
  const parts = request.path.startsWith(PREFIX) ? request.path.slice(PREFIX.length).split("/") : [];
  const [version, what, third = "", fourth = ""] = parts;
  if (version === "v1" && what === "symbols" && third === "") {
    return ok(server.coins().map(symbolOf));
  }
  const isDetails = what === "symbols" && third === "details";
  const symbol = isDetails ? fourth : third;
  const market = server.market(symbol);
  if (market === undefined) {
    const message = `Supplied value '${symbol}' is not a valid symbol`;
    const body = JSON.stringify({ result: "error", reason: "InvalidSymbol", message });
    return { status: 400, body };
  }
  const handle = ENDPOINTS.get(`${version}/${isDetails ? "details" : what}`);
  return handle === undefined ? notFound() : handle(market, request, fourth);
}

type Handler = (market: SpotVenue, request: SpotRequest, last: string) => SpotReply;

const ENDPOINTS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["v1/details", (market) => ok(details(market))],
  ["v1/book", (market, request) => ok(book(market, request))],
  ["v1/trades", (market, request) => ok(trades(market, request))],
  ["v1/pubticker", (market, { nowMs }) => ok(pubticker(market, nowMs))],
  ["v2/ticker", (market, { nowMs }) => ok(ticker(market, nowMs))],
  ["v2/candles", (market, { nowMs }, length) => candles(market, length, nowMs)],
]);

function ok(value: unknown): SpotReply {
  return { status: 200, body: JSON.stringify(value) };
}

function notFound(): SpotReply {
  const body = {
    result: "error",
    reason: "EndpointNotFound",
    message: "API entry point not found",
  };
  return { status: 404, body: JSON.stringify(body) };
}

function details({ coin, pair }: SpotVenue) {
  return {
    symbol: `${coin}USD`,
    base_currency: coin,
    quote_currency: "USD",
    tick_size: 1e-8,
    quote_increment: pair.tick / 10 ** pair.priceDigits,
    min_order_size: coin === "BTC" ? "0.00001" : "0.001",
    status: "open",
    wrap_enabled: false,
    product_type: "spot",
    contract_type: "vanilla",
    contract_price_currency: "USD",
  };
}

function book(market: SpotVenue, { query, nowMs }: SpotRequest) {
  const rows = (side: "bids" | "asks", name: string) => {
    const limit = Number(query.get(name) ?? BOOK_DEFAULT);
    const ladder = market.book[side];
    // Zero means all of it.
    const levels = ladder.top(limit === 0 ? ladder.count : limit);
    return levels.map(([price, size]) => ({
      price: priceText(market, price),
      amount: trimmed(sizeText(size)),
      timestamp: `${Math.floor(nowMs / 1000)}`,
    }));
  };
  return { bids: rows("bids", "limit_bids"), asks: rows("asks", "limit_asks") };
}

function trades(market: SpotVenue, { query }: SpotRequest) {
  const limit = Math.min(Number(query.get("limit_trades") ?? TRADES_DEFAULT), TRADES_MAX);
  return market
    .recent(limit)
    .map((trade) => ({
      timestamp: Math.floor(trade.atMs / 1000),
      timestampms: trade.atMs,
      tid: trade.id,
      price: priceText(market, trade.price),
      amount: trimmed(sizeText(trade.size)),
      exchange: "gemini",
      type: trade.isBuy ? "buy" : "sell",
    }))
    .toReversed();
}

function pubticker(market: SpotVenue, nowMs: number) {
  const { coin, candles: store } = market;
  const { bids, asks } = market.book;
  const day = store.day(nowMs);
  const volume = sizeText(day?.volume ?? 0);
  const turnover = (day?.turnover ?? 0) / 10 ** (8 + market.pair.priceDigits);
  return {
    bid: priceText(market, bids.priceAt(0) ?? 0),
    ask: priceText(market, asks.priceAt(0) ?? 0),
    last: priceText(market, market.lastPrice),
    volume: { [coin]: volume, USD: turnover.toFixed(2), timestamp: nowMs },
  };
}

function ticker(market: SpotVenue, nowMs: number) {
  const { bids, asks } = market.book;
  const day = market.candles.day(nowMs);
  const hourS = Math.floor(nowMs / 3_600_000) * 3600;
  const hours = market.candles.readFlat(hourS - 23 * 3600, hourS, 3600);
  const price = (units: number): string => priceText(market, units);
  return {
    symbol: `${market.coin}USD`,
    open: price(day?.open ?? market.lastPrice),
    high: price(day?.high ?? market.lastPrice),
    low: price(day?.low ?? market.lastPrice),
    close: price(market.lastPrice),
    changes: hours.map((hour) => price(hour.close)).toReversed(),
    bid: price(bids.priceAt(0) ?? 0),
    ask: price(asks.priceAt(0) ?? 0),
  };
}

function candles(market: SpotVenue, name: string, nowMs: number): SpotReply {
  // REST says `1hr` where the feed says `1h`.
  const lengthS = CANDLES.get(name.replace("hr", "h").replace("day", "d"));
  if (lengthS === undefined) return notFound();
  const nowS = Math.floor(nowMs / 1000);
  const found = market.candles.read(0, nowS + 1, lengthS).slice(-CANDLES_MAX);
  const scale = 10 ** market.pair.priceDigits;
  const rows = found.map((candle) => [
    candle.startS * 1000,
    candle.open / scale,
    candle.high / scale,
    candle.low / scale,
    candle.close / scale,
    candle.volume / 1e8,
  ]);
  return ok(rows.toReversed());
}
