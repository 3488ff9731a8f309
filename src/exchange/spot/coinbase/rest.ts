import { plainText } from "../../server/number-text.ts";
import { utcText } from "../../server/time-text.ts";
import type { WorldCandle, WorldSpot, WorldSpotTrade } from "../../world.ts";
import type { SpotReply, SpotRequest } from "../types.ts";
import type { CoinbaseBook } from "./book.ts";
import { centText, type DayStats, quantityText, tradeJson } from "./frames.ts";

/** Coinbase paths are used as they are: its host is the listener's own. */
const PREFIX = "/api/v3/brokerage/";
const CANDLES_MAX = 350;
const TRADES_DEFAULT = 100;
const BOOK_DEFAULT = 500;
const GRANULARITIES: ReadonlyMap<string, number> = new Map([
  ["ONE_MINUTE", 60],
  ["FIVE_MINUTE", 300],
  ["FIFTEEN_MINUTE", 900],
  ["THIRTY_MINUTE", 1800],
  ["ONE_HOUR", 3600],
  ["TWO_HOUR", 7200],
  ["SIX_HOUR", 21_600],
  ["ONE_DAY", 86_400],
]);

/** What REST can be asked about. */
export interface CoinbaseMarkets {
  products(): readonly string[];
  /** The listed product a client means. */
  productOf(asked: string): string | undefined;
  spot(product: string): WorldSpot | undefined;
  day(spot: WorldSpot): DayStats;
  book(product: string): CoinbaseBook | undefined;
  /** Newest trades of a product, newest first. */
  recentTrades(product: string, limit: number): readonly WorldSpotTrade[];
  candles(
    product: string,
    span: { readonly fromS: number; readonly toS: number; readonly granularityS: number },
  ): readonly WorldCandle[];
}

/** Coinbase's error body. */
export function coinbaseError(error: string, message: string): string {
  return JSON.stringify({ error, error_details: message, message });
}

function ok(value: unknown): SpotReply {
  return { status: 200, body: JSON.stringify(value) };
}

function invalid(message: string): SpotReply {
  return { status: 400, body: coinbaseError("INVALID_ARGUMENT", message) };
}

function notFound(what: string): SpotReply {
  return { status: 404, body: coinbaseError("NOT_FOUND", `${what} not found`) };
}

/** Public REST under `/api/v3/brokerage` (spot-feeds.md §1.6). */
export function answer(server: CoinbaseMarkets, request: SpotRequest): SpotReply {
  const parts = request.path.startsWith(PREFIX)
    ? request.path.slice(PREFIX.length).split("/").map(decoded)
    : [];
  if (request.method !== "GET") return notFound("endpoint");
  const [scope, what, product = "", detail] = parts;
  if (scope === "time" && parts.length === 1) return time(request.nowMs);
  if (scope !== "market") return notFound("endpoint");
  if (what === "product_book" && parts.length === 2) return productBook(server, request);
  if (what !== "products" || parts.length > 4) return notFound("endpoint");
  return parts.length === 2
    ? listProducts(server, request)
    : ofProduct(server, product, { request, detail });
}

function ofProduct(
  server: CoinbaseMarkets,
  product: string,
  { request, detail }: { readonly request: SpotRequest; readonly detail: string | undefined },
): SpotReply {
  const known = server.productOf(product);
  if (known === undefined) return notFound("product");
  if (detail === undefined) return ok(productJson(server, known));
  if (detail === "candles") return candles(server, known, request);
  return detail === "ticker" ? ticker(server, known, request) : notFound("endpoint");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function time(nowMs: number): SpotReply {
  return ok({
    iso: utcText(nowMs),
    epochSeconds: `${Math.floor(nowMs / 1000)}`,
    epochMillis: `${nowMs}`,
  });
}

/** A whole number of the query; undefined when absent, NaN when it is none. */
function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

function candles(server: CoinbaseMarkets, product: string, { query }: SpotRequest): SpotReply {
  const start = whole(query, "start") ?? Number.NaN;
  const end = whole(query, "end") ?? Number.NaN;
  const granularityS = GRANULARITIES.get(query.get("granularity") ?? "");
  if (!(start < end)) return invalid("start and end must be unix seconds");
  if (granularityS === undefined) return invalid("granularity is not supported");
  if ((end - start) / granularityS > CANDLES_MAX) {
    return invalid(`at most ${CANDLES_MAX} candles per request`);
  }
  // Both ends are inclusive on the wire.
  const found = server.candles(product, { fromS: start, toS: end + 1, granularityS });
  return ok({ candles: found.slice(-CANDLES_MAX).map(candleJson).toReversed() });
}

function candleJson(candle: WorldCandle): Record<string, string> {
  return {
    start: `${candle.startS}`,
    low: plainText(candle.low),
    high: plainText(candle.high),
    open: plainText(candle.open),
    close: plainText(candle.close),
    volume: plainText(candle.volume),
  };
}

/** `…/ticker`: recent trades and the touch. */
function ticker(server: CoinbaseMarkets, product: string, { query }: SpotRequest): SpotReply {
  const limit = whole(query, "limit") ?? TRADES_DEFAULT;
  if (Number.isNaN(limit)) return invalid("limit must be an integer");
  const recent = server.recentTrades(product, limit).map(tradeWithQuotes);
  const spot = server.spot(product);
  const touch = `"best_bid":"${sideText(spot?.bid)}","best_ask":"${sideText(spot?.ask)}"`;
  return { status: 200, body: `{"trades":[${recent.join(",")}],${touch}}` };
}

// REST trades are the feed's trades with two quotes, which are empty in practice.
function tradeWithQuotes(trade: WorldSpotTrade): string {
  return `${tradeJson(trade).slice(0, -1)},"bid":"","ask":""}`;
}

function sideText(price: number | null | undefined): string {
  return price === null || price === undefined ? "" : plainText(price);
}

function productBook(server: CoinbaseMarkets, { query, nowMs }: SpotRequest): SpotReply {
  const product = server.productOf(query.get("product_id") ?? "");
  const limit = whole(query, "limit") ?? BOOK_DEFAULT;
  if (product === undefined) return notFound("product");
  if (Number.isNaN(limit) || limit < 1) return invalid("limit must be a positive integer");
  const book = server.book(product)?.book;
  const spot = server.spot(product);
  if (book === undefined || spot === undefined) return notFound("product book");
  const levels = (side: "bids" | "asks") =>
    book[side]
      .top(limit)
      .map(([cents, units]) => ({ price: centText(cents), size: quantityText(units) }));
  const [bid, ask] = [book.bids.priceAt(0) ?? 0, book.asks.priceAt(0) ?? 0];
  return ok({
    pricebook: {
      product_id: product,
      bids: levels("bids"),
      asks: levels("asks"),
      time: utcText(nowMs),
    },
    last: plainText(spot.price),
    mid_market: plainText((bid + ask) / 200),
    spread_bps: (((ask - bid) / ((bid + ask) / 2)) * 10_000).toFixed(6),
    spread_absolute: centText(ask - bid),
  });
}

function listProducts(server: CoinbaseMarkets, { query }: SpotRequest): SpotReply {
  const type = query.get("product_type") ?? "SPOT";
  const products = type === "SPOT" ? server.products() : [];
  return ok({
    products: products.map((product) => productJson(server, product)),
    num_products: products.length,
  });
}

function productJson(server: CoinbaseMarkets, product: string): Record<string, unknown> {
  const [base = "", quote = ""] = product.split("-");
  const spot = server.spot(product);
  const day = spot === undefined ? null : server.day(spot);
  return {
    product_id: product,
    price: sideText(spot?.price),
    price_percentage_change_24h: `${day?.changePercent ?? ""}`,
    volume_24h: day === null ? "" : day.volume.toFixed(8),
    volume_percentage_change_24h: "",
    base_increment: "0.00000001",
    quote_increment: "0.01",
    quote_min_size: "1",
    quote_max_size: "150000000",
    base_min_size: "0.00000001",
    base_max_size: "3400",
    base_name: base,
    quote_name: "US Dollar",
    watched: false,
    is_disabled: false,
    new: false,
    status: "online",
    cancel_only: false,
    limit_only: false,
    post_only: false,
    trading_disabled: false,
    auction_mode: false,
    product_type: "SPOT",
    quote_currency_id: quote,
    base_currency_id: base,
    fcm_trading_session_details: null,
    mid_market_price: "",
    alias: "",
    alias_to: [`${base}-USDC`],
    base_display_symbol: base,
    quote_display_symbol: quote,
    view_only: false,
    price_increment: "0.01",
    display_name: product,
    product_venue: "CBE",
  };
}
