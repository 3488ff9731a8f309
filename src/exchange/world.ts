// The seam inside the local exchange: a world decides what happens in the market and when (a scenario draws it from a
// seed, a replay reads it from a recording); the server side turns it into the exchange's wire language. All prices
// are centicents, counts hundredths of a contract, times epoch milliseconds of the exchange's clock.

export interface WorldSeries {
  readonly ticker: string;
  readonly title: string;
  readonly frequency: string;
  readonly feeType: string;
  readonly feeMultiplier: number;
  readonly indexId: string;
}

export interface WorldRange {
  readonly startCc: number;
  readonly endCc: number;
  readonly stepCc: number;
}

export type WorldStatus = "initialized" | "active" | "closed" | "determined" | "finalized";

/** The world's own record of a market; the world changes `status` and everything below it as time passes. */
export interface WorldMarket {
  readonly ticker: string;
  readonly marketId: string;
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly title: string;
  readonly strikeType: "greater" | "greater_or_equal" | "less" | "between";
  /** Decimals of the settlement value and the strike: 2 for BTC, 4 for SOL. */
  readonly roundDigits: number;
  readonly createdMs: number;
  readonly openMs: number;
  readonly closeMs: number;
  readonly settlementTimerS: number;
  readonly structure: "linear_cent" | "tapered_deci_cent";
  readonly ranges: readonly WorldRange[];
  readonly exchangeIndex: number;
  status: WorldStatus;
  floorUsd: number | null;
  capUsd: number | null;
  result: "" | "yes" | "no";
  /** Settlement value as text, "" until known. */
  expirationValue: string;
  settledMs: number | null;
  lastCc: number | null;
  volumeCq: number;
  openInterestCq: number;
}

/** Bids of both sides, ascending by price; asks are the other side's bids. Sizes in hundredths of a contract. */
export interface WorldBook {
  readonly yes: readonly (readonly [priceCc: number, countCq: number])[];
  readonly no: readonly (readonly [priceCc: number, countCq: number])[];
}

export interface WorldTrade {
  readonly tradeId: string;
  readonly ticker: string;
  readonly yesPriceCc: number;
  readonly countCq: number;
  readonly takerSide: "yes" | "no";
  readonly atMs: number;
}

export interface WorldSpot {
  readonly product: string;
  readonly price: number;
  /** Null where a recording has trades only. */
  readonly bid: number | null;
  readonly ask: number | null;
  readonly bidSize: number | null;
  readonly askSize: number | null;
}

export interface WorldSpotTrade {
  readonly product: string;
  readonly tradeId: number;
  readonly price: number;
  /** Null where the recording has none. */
  readonly size: number | null;
  /** The maker's side, as Coinbase reports it. */
  readonly makerSide: "BUY" | "SELL" | null;
  readonly atMs: number;
}

export interface WorldCandle {
  readonly startS: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export type Happening =
  /** One level of one market's bids changed by `deltaCq`. */
  | {
      readonly type: "delta";
      readonly ticker: string;
      readonly side: "yes" | "no";
      readonly priceCc: number;
      readonly deltaCq: number;
      readonly atMs: number;
    }
  /** The whole book was replaced by what `book()` now returns: empty after the close. */
  | { readonly type: "snapshot"; readonly ticker: string; readonly atMs: number }
  /** The coalesced ticker of one market is due (about once a second while something changed). */
  | { readonly type: "ticker"; readonly ticker: string; readonly atMs: number }
  | { readonly type: "trade"; readonly trade: WorldTrade }
  /** `market_lifecycle_v2`: `msg` is the message body without envelope (kalshi.md §3.6). */
  | {
      readonly type: "lifecycle";
      readonly msg: Readonly<Record<string, unknown>>;
      readonly atMs: number;
    }
  /** One published index value; `last60` are the up to 60 newest values, oldest first, this one included. */
  | {
      readonly type: "index";
      readonly indexId: string;
      readonly value: number;
      readonly last60: readonly number[];
      readonly atMs: number;
    }
  /** The Coinbase ticker of a product changed. */
  | { readonly type: "spot"; readonly spot: WorldSpot; readonly atMs: number }
  /** Coinbase trades of one product, oldest first (one frame carries them all). */
  | {
      readonly type: "spotTrades";
      readonly trades: readonly WorldSpotTrade[];
      readonly atMs: number;
    }
  /** A recorded Kalshi frame, to be sent as it was to whoever subscribed to its channel and market. */
  | {
      readonly type: "frame";
      readonly channel: "orderbook_delta" | "ticker" | "trade";
      readonly ticker: string;
      readonly sid: number;
      readonly seq: number | null;
      readonly text: string;
      readonly atMs: number;
    }
  /** The recording's connection ended here: every Kalshi socket is closed. */
  | { readonly type: "disconnect"; readonly atMs: number };

export interface World {
  readonly startMs: number;
  nowMs(): number;
  /** Time of the next happening, or null when there will be none. */
  nextMs(): number | null;
  /** Moves the clock to `ms` and reports, in order, everything that happened up to and including it. */
  runUntil(ms: number, emit: (happening: Happening) => void): void;
  /** True when a recording has been served to its end; a scenario never ends. */
  readonly ended: boolean;
  series(): readonly WorldSeries[];
  /** Every market created up to now, settled ones included. */
  markets(): readonly WorldMarket[];
  market(ticker: string): WorldMarket | undefined;
  book(ticker: string): WorldBook | undefined;
  /** Newest trades of a market, newest first, at most 1000. */
  trades(ticker: string): readonly WorldTrade[];
  /** Coinbase products this world has prices for. */
  products(): readonly string[];
  spot(product: string): WorldSpot | undefined;
  /** Closed candles with startS in [fromS, toS), ascending; empty when the world has no such history. */
  candles(
    product: string,
    fromS: number,
    toS: number,
    granularityS: number,
  ): readonly WorldCandle[];
  indexIds(): readonly string[];
  /** The subscription id a recording used for a channel; undefined lets the server number them. */
  recordedSid(channel: string): number | undefined;
  /** Market and channel of the recorded frame that is the next happening, if a recording should wait for its listener. */
  awaits(): { readonly channel: string; readonly ticker: string } | null;
}
