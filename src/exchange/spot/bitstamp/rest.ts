import type { SpotVenue } from "../../scenario/spot-venue.ts";
import { sizeText } from "../text.ts";
import type { SpotReply, SpotRequest } from "../types.ts";
import { type BitstampBook, type BitstampBooks, bookJson, priceText, symbolOf } from "./books.ts";

const PREFIX = "/bitstamp/api/v2/";
const CANDLES_MAX = 1000;
const STEPS: ReadonlySet<number> = new Set([
  60, 180, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
]);
/** 400 in a burst, 10,000 in ten minutes. */
const REQUESTS_MAX = 10_000;
const WINDOW_MS = 600_000;

/** Bitstamp's public REST, as far as its books, prices and trades go. */
export class BitstampRest {
  readonly #books: BitstampBooks;
  #window = 0;
  #count = 0;

  constructor(books: BitstampBooks) {
    this.#books = books;
  }

  answer(request: SpotRequest): SpotReply {
    const { path, nowMs } = request;
    if (this.#isOverLimit(nowMs)) return failed(429, "API rate limit exceeded", "400.002");
    const rest = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : "";
    const [what = "", symbol = ""] = rest.split("/");
    if (what === "markets") {
      return ok(this.#books.coins().flatMap((coin) => marketJson(this.#books, coin)));
    }
    const book = this.#books.book(this.#books.coinOf(symbol) ?? "");
    if (book === undefined) return { status: 404, body: "" };
    switch (what) {
      case "order_book":
        return ok(orderBook(book));
      case "ticker":
        return ok(ticker(book.market, nowMs));
      case "transactions":
        return ok(transactions(book.market, request));
      case "ohlc":
        return candles(book.market, request);
      default:
        return { status: 404, body: "" };
    }
  }

  #isOverLimit(nowMs: number): boolean {
    const window = Math.floor(nowMs / WINDOW_MS);
    this.#count = window === this.#window ? this.#count + 1 : 1;
    this.#window = window;
    return this.#count > REQUESTS_MAX;
  }
}

function ok(value: unknown): SpotReply {
  return { status: 200, body: JSON.stringify(value) };
}

function failed(status: number, reason: string, code: string): SpotReply {
  return { status, body: JSON.stringify({ status: "error", reason, code }) };
}

function marketJson(books: BitstampBooks, coin: string): readonly unknown[] {
  const market = books.book(coin)?.market;
  if (market === undefined) return [];
  // The price step of a dollar market with whole-dollar ticks is still written with two decimals.
  const decimals = market.pair.tick % 100 === 0 ? 0 : market.pair.priceDigits;
  return [
    {
      name: `${coin}/USD`,
      market_symbol: symbolOf(coin),
      base_currency: coin,
      base_decimals: 8,
      counter_currency: "USD",
      counter_decimals: decimals,
      minimum_order_value: "10",
      maximum_order_value: null,
      minimum_order_amount: null,
      maximum_order_amount: null,
      trading: "Enabled",
      instant_order_counter_decimals: 2,
      instant_and_market_orders: "Enabled",
      description: `${coin} / U.S. dollar`,
      market_type: "SPOT",
      underlying_asset: null,
      payoff_type: null,
      contract_size: null,
      isin: null,
    },
  ];
}

function orderBook(book: BitstampBook) {
  const { bids, asks } = book.market.book;
  return bookJson(book, { bids: bids.top(bids.count), asks: asks.top(asks.count) });
}

function ticker(market: SpotVenue, nowMs: number) {
  const { book, candles: store, last, lastPrice } = market;
  const none = { open: lastPrice, high: lastPrice, low: lastPrice, volume: 0, turnover: 0 };
  const day = store.day(nowMs) ?? none;
  const average = day.volume === 0 ? lastPrice : Math.round(day.turnover / day.volume);
  const price = (units: number): string => priceText(market, units);
  return {
    timestamp: `${Math.floor(nowMs / 1000)}`,
    open: price(day.open),
    high: price(day.high),
    low: price(day.low),
    last: price(lastPrice),
    volume: sizeText(day.volume),
    vwap: price(average),
    bid: price(book.bids.priceAt(0) ?? 0),
    ask: price(book.asks.priceAt(0) ?? 0),
    side: last?.isBuy === true ? "0" : "1",
    open_24: price(day.open),
    percent_change_24: ((lastPrice / day.open - 1) * 100).toFixed(2),
    market_type: "SPOT",
  };
}

function transactions(market: SpotVenue, { query, nowMs }: SpotRequest) {
  const spans: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };
  const sinceMs = nowMs - (spans[query.get("time") ?? "hour"] ?? 3600) * 1000;
  return market
    .recent(1000)
    .filter((trade) => trade.atMs >= sinceMs)
    .map((trade) => ({
      date: `${Math.floor(trade.atMs / 1000)}`,
      tid: `${trade.id}`,
      amount: sizeText(trade.size),
      type: trade.isBuy ? "0" : "1",
      price: priceText(market, trade.price),
    }))
    .toReversed();
}

function candles(market: SpotVenue, { query, nowMs }: SpotRequest): SpotReply {
  const step = Number(query.get("step"));
  const limit = Number(query.get("limit"));
  if (!STEPS.has(step)) return failed(400, "Invalid step parameter.", "400.001");
  if (!(limit >= 1 && limit <= CANDLES_MAX)) {
    return failed(400, "Invalid limit parameter.", "400.001");
  }
  const endS = Math.min(Number(query.get("end") ?? nowMs / 1000), nowMs / 1000);
  const lastS = Math.floor(endS / step) * step;
  const startText = query.get("start");
  const fromS = startText === null ? lastS - (limit - 1) * step : Number(startText);
  const found = market.candles.readFlat(fromS, lastS, step);
  const page = startText === null ? found.slice(-limit) : found.slice(0, limit);
  const price = (units: number): string => priceText(market, units);
  const ohlc = page.map((candle) => ({
    timestamp: `${candle.startS}`,
    open: price(candle.open),
    high: price(candle.high),
    low: price(candle.low),
    close: price(candle.close),
    volume: sizeText(candle.volume),
  }));
  return ok({ data: { ohlc, pair: `${market.coin}/USD` } });
}
