import type { Ms, Price, Qty } from "./units.ts";

/** First, highest, lowest and last price of a period. */
export interface Ohlc {
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
}

/** One period of one market as the exchange sums it up: (end − interval, end]. */
export interface MarketCandle {
  readonly ticker: string;
  readonly intervalS: number;
  readonly endMs: Ms;
  /** Best bid and ask of YES; null where none was quoted. */
  readonly bid: Ohlc | null;
  readonly ask: Ohlc | null;
  /** Null when nothing traded. */
  readonly price: Ohlc | null;
  readonly volume: Qty;
  readonly openInterest: Qty;
}
