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

export type WorldStatus =
  | "initialized"
  | "inactive"
  | "active"
  | "closed"
  | "determined"
  | "disputed"
  | "amended"
  | "finalized";

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
  /** May move: markets can close early. */
  closeMs: number;
  readonly settlementTimerS: number;
  /** The tick ladder may change while the market trades. */
  structure: "linear_cent" | "deci_cent" | "tapered_deci_cent";
  ranges: readonly WorldRange[];
  readonly exchangeIndex: number;
  status: WorldStatus;
  floorUsd: number | null;
  capUsd: number | null;
  result: "" | "yes" | "no" | "scalar";
  /** Payout of one YES contract: 10,000 or 0, between them for a scalar result; null until determined. */
  payoutCc: number | null;
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

/** A client's order as the book holds it: a bid of one side. */
export interface FloorOrder {
  readonly orderId: string;
  readonly side: "yes" | "no";
  /** Price of the bid on its own side: a sale of YES at p is a NO bid at 1 − p. */
  readonly priceCc: number;
  /** What is left of it; the floor lowers it as it fills. */
  leftCq: number;
}

/** What stands first in one side's queue: the oldest size at the best price. */
export interface FloorFront {
  readonly priceCc: number;
  readonly countCq: number;
  /** Null for other participants. */
  readonly order: FloorOrder | null;
}

/**
 * Where clients trade in one market: price-time priority over the bids of both sides. Everything that changes is told
 * through `emit` at once, as `trade`, `delta` and `execution` happenings.
 */
export interface WorldFloor {
  front(side: "yes" | "no"): FloorFront | null;
  /** Size of one side's bids at `priceCc` or better, all owners. */
  sizeTo(side: "yes" | "no", priceCc: number): number;
  /** Takes up to `countCq` from the front of `side` (no further than that one piece) and reports the trade. */
  hit(side: "yes" | "no", countCq: number, emit: (happening: Happening) => void): WorldTrade | null;
  /** Puts an order at the back of the queue at its price. */
  rest(order: FloorOrder, emit: (happening: Happening) => void): void;
  /** Takes size off a resting order, which keeps its place; all of it is a cancel. */
  reduce(order: FloorOrder, byCq: number, emit: (happening: Happening) => void): void;
  /** Contracts that will fill before this order: better prices and older size at its own. */
  aheadCq(order: FloorOrder): number;
}

/**
 * Levers for what can happen to a market and its traders; tests and the control endpoint pull them. What a lever does
 * happens, and is told, within the next `runUntil`, before anything later. Throws a RangeError for a market that does
 * not exist or is past the point where the lever could do anything.
 */
export interface WorldControls {
  /** Stops or resumes the other participants of a shard (all shards when null): nobody trades in a pause. */
  pause(shard: number | null, isPaused: boolean): void;
  deactivate(ticker: string): void;
  activate(ticker: string): void;
  moveClose(ticker: string, closeMs: number): void;
  changeStructure(ticker: string, structure: WorldMarket["structure"]): void;
  /** Publishes the result this much later than usual. */
  delaySettlement(ticker: string, byMs: number): void;
  /** Overrides the outcome: a payout between 0 and 10,000 that is neither is a scalar result. */
  forceResult(ticker: string, payoutCc: number): void;
  /** Changes the result of a determined or finalized market: disputed, then amended with the new payout. */
  amendResult(ticker: string, payoutCc: number): void;
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

/** The price everything else is drawn around. */
export interface WorldTruth {
  readonly seed: number;
  /** True price of a Coinbase product in dollars, now; undefined for one this world does not have. */
  price(product: string): number | undefined;
  /** Coinbase trades of the minutes before the start, oldest first. */
  pastTrades(product: string): readonly WorldSpotTrade[];
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
      /** The client's order that caused it: its owner is told so. */
      readonly orderId?: string;
    }
  /** The whole book was replaced by what `book()` now returns: empty after the close. */
  | { readonly type: "snapshot"; readonly ticker: string; readonly atMs: number }
  /** The coalesced ticker of one market is due (about once a second while something changed). */
  | { readonly type: "ticker"; readonly ticker: string; readonly atMs: number }
  | { readonly type: "trade"; readonly trade: WorldTrade }
  /** A resting order of a client filled in this trade, whose count is this order's share. Told to its owner only. */
  | {
      readonly type: "execution";
      readonly orderId: string;
      readonly trade: WorldTrade;
      readonly atMs: number;
    }
  /** A market's status changed. Nothing says so on the wire: clients have the clock and the lifecycle channel. */
  | {
      readonly type: "status";
      readonly ticker: string;
      readonly status: WorldStatus;
      readonly atMs: number;
    }
  /** `market_lifecycle_v2` and `event_lifecycle`: `msg` is the message body without envelope (kalshi.md §3.6). */
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
  /** Where clients trade in this market; undefined in a recording and for a market that has no book. */
  floor(ticker: string): WorldFloor | undefined;
  /** Absent in a recording, where everything has happened already. */
  readonly controls?: WorldControls;
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
  /** What the spot venues beside Coinbase follow; a recording has only its Coinbase prices. */
  readonly truth?: WorldTruth;
  indexIds(): readonly string[];
  /** The subscription id a recording used for a channel; undefined lets the server number them. */
  recordedSid(channel: string): number | undefined;
  /** Market and channel of the recorded frame that is the next happening, if a recording should wait for its listener. */
  awaits(): { readonly channel: string; readonly ticker: string } | null;
}
