import type { FeeTerms } from "./fees.ts";
import type { Told } from "./live/seen.ts";
import type { Market, MarketResult } from "./market.ts";
import type { FillRecord, OrderState } from "./records.ts";
import type { Ms, Price, Qty, Side, Usd } from "./units.ts";

// The one language of the system: feeds, replay and the local exchange all end in these events, and the engine sees
// nothing else. `recvMs` is the time the event became known here; it is "now" for the engine, and it never decreases.

/** One price level: price and resting quantity. Snapshots carry bids only; asks are derived in `book.ts`. */
export type Level = readonly [price: Price, qty: Qty];

/** One spot observation: a quote (venue ticker) or a trade. */
export interface SpotTick {
  readonly type: "spot";
  readonly source: string;
  readonly product: string;
  readonly kind: "quote" | "trade";
  readonly priceUsd: Usd;
  readonly bidUsd: Usd | null;
  readonly askUsd: Usd | null;
  readonly size: number | null;
  readonly tradeId: string | null;
  readonly exchangeMs: Ms | null;
  readonly recvMs: Ms;
}

/** One level of a spot book: price in dollars and resting size; in an update size 0 means that nothing rests there. */
export type DepthLevel = readonly [priceUsd: Usd, size: number];

/** A spot venue's book: the whole of it, or the levels that changed, each with its new size. */
export interface SpotDepth {
  readonly type: "depth";
  readonly source: string;
  readonly product: string;
  readonly kind: "snapshot" | "update";
  readonly bids: readonly DepthLevel[];
  readonly asks: readonly DepthLevel[];
  readonly exchangeMs: Ms | null;
  readonly recvMs: Ms;
}

/** One value of a perpetual's funding rate, as a fraction for the interval that ends at `atMs`. */
export interface FundingRate {
  readonly type: "funding";
  readonly source: string;
  readonly product: string;
  readonly rate: number;
  readonly atMs: Ms;
  /** The interval is still running: the venue's estimate, of which the newest counts. */
  readonly isEstimate: boolean;
  readonly recvMs: Ms;
}

/** How a stand-in for the settlement index was made. */
interface ProxyFacts {
  /** From whole books by the index's own method, or from mids. */
  readonly method: "books" | "mids";
  /** Venues that took part. */
  readonly venues: number;
  /** Age of the oldest of their prices. */
  readonly maxAgeMs: Ms;
  /** Standard deviation of their mids, basis points. */
  readonly dispersionBp: number;
}

/** One settlement-index value; `avg60Usd` is the exchange's own trailing 60-second mean when it sends one. */
export interface IndexTick {
  readonly type: "index";
  readonly indexId: string;
  readonly valueUsd: Usd;
  readonly avg60Usd: Usd | null;
  /** The exchange's running settlement average in the last minute of a quarter hour, and the prints in it. */
  readonly windowAvgUsd: Usd | null;
  readonly windowCount: number | null;
  /** Null when the value is the exchange's own. */
  readonly proxy: ProxyFacts | null;
  readonly exchangeMs: Ms;
  readonly recvMs: Ms;
}

/** One closed candle, used to start the volatility estimate. */
export interface Candle {
  readonly type: "candle";
  readonly source: string;
  readonly product: string;
  readonly openMs: Ms;
  readonly intervalS: number;
  readonly openUsd: Usd;
  readonly highUsd: Usd;
  readonly lowUsd: Usd;
  readonly closeUsd: Usd;
  readonly volume: number;
  readonly recvMs: Ms;
}

/** One headline; `recvMs` is when it was first seen here, the only time that says how fast the news was. */
export interface NewsItem {
  readonly type: "news";
  readonly source: string;
  /** What the source says; null when it gives no time that can be read. */
  readonly publishedMs: Ms | null;
  /** As it came: cleaned where it is printed. */
  readonly title: string;
  readonly url: string | null;
  readonly recvMs: Ms;
}

/** What a source expects of the day that a weather series settles on, or measured of it so far; degrees Fahrenheit. */
export interface Forecast {
  readonly type: "forecast";
  readonly series: string;
  readonly station: string;
  /** Climate day of the station, `2026-08-20`: local standard time all year. */
  readonly targetDate: string;
  readonly value: number;
  readonly source: string;
  /** When the source made it, or when it was first seen where the source does not say. */
  readonly atMs: Ms;
  readonly recvMs: Ms;
}

/** A market became known or changed. */
export interface MarketInfo {
  readonly type: "market";
  readonly market: Market;
  readonly recvMs: Ms;
}

/** What a series charges, or an event that differs from it, by date; replaces what was known of the same one. */
export interface FeeReport {
  readonly type: "fees";
  readonly scope: "series" | "event";
  readonly ticker: string;
  /** Oldest first, announced changes of the future included. */
  readonly terms: readonly FeeTerms[];
  readonly recvMs: Ms;
}

/** A whole book; replaces what was there. Both sides empty is legal and is what a closed market sends. */
export interface BookSnapshot {
  readonly type: "snapshot";
  readonly ticker: string;
  readonly sid: number;
  readonly seq: number;
  readonly yes: readonly Level[];
  readonly no: readonly Level[];
  readonly recvMs: Ms;
}

/** A signed change of one level of the bids of one side. */
export interface BookDelta {
  readonly type: "delta";
  readonly ticker: string;
  readonly sid: number;
  readonly seq: number;
  readonly side: Side;
  readonly price: Price;
  readonly delta: Qty;
  readonly exchangeMs: Ms | null;
  readonly recvMs: Ms;
}

/** The exchange's coalesced ticker; recorded and compared, never used as the book. */
export interface TickerQuote {
  readonly type: "ticker";
  readonly ticker: string;
  readonly sid: number;
  readonly yesBid: Price;
  readonly yesAsk: Price;
  readonly last: Price | null;
  readonly yesBidQty: Qty | null;
  readonly yesAskQty: Qty | null;
  readonly volume: Qty | null;
  readonly openInterest: Qty | null;
  readonly exchangeMs: Ms | null;
  readonly recvMs: Ms;
}

/** One public trade; `yesPrice` is always the YES leg. */
export interface PublicTrade {
  readonly type: "trade";
  readonly ticker: string;
  readonly tradeId: string;
  readonly yesPrice: Price;
  readonly qty: Qty;
  readonly takerSide: Side;
  readonly exchangeMs: Ms | null;
  readonly recvMs: Ms;
}

/** A known hole: what was or may have been lost, and which books are no longer to be trusted. */
export interface FeedGap {
  readonly type: "gap";
  readonly source: string;
  /** Stable word: `seq`, `disconnect`, `stall`, `overflow`, `refused_trade`, `crash`, `negative_size`, `checksum`, … */
  readonly reason: string;
  /** Books that are invalid until their next snapshot; empty when no book is concerned. */
  readonly tickers: readonly string[];
  readonly sid: number | null;
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
  readonly fromMs: Ms | null;
  readonly toMs: Ms;
  readonly recvMs: Ms;
}

/** A message of a known type whose shape is another one than this version reads (F50). */
export interface FeedDrift {
  readonly type: "drift";
  readonly source: string;
  readonly messageType: string;
  /** Where the shape differs, `$.msg.price_dollars`. */
  readonly path: string;
  /** The message as it came, cut to a few thousand characters. */
  readonly raw: string;
  /** It was no single damaged frame: nothing may be traded on this source any more. */
  readonly halts: boolean;
  readonly recvMs: Ms;
}

/** A market settled, or its settlement was corrected. `final` is false while only `determined`. */
export interface Settlement {
  readonly type: "settlement";
  readonly ticker: string;
  readonly eventTicker: string;
  /** Empty when it is final and void. */
  readonly result: MarketResult;
  /** What one YES contract pays; null when the exchange does not say. */
  readonly yesPayout: Price | null;
  readonly expirationValue: string | null;
  readonly settledMs: Ms;
  readonly final: boolean;
  readonly source: string;
  readonly recvMs: Ms;
}

/** Nothing happened but time passed; one arrives at each whole second. */
interface Wake {
  readonly type: "wake";
  readonly recvMs: Ms;
}

export type MarketEvent =
  | SpotTick
  | SpotDepth
  | FundingRate
  | IndexTick
  | Candle
  | NewsItem
  | Forecast
  | MarketInfo
  | FeeReport
  | BookSnapshot
  | BookDelta
  | TickerQuote
  | PublicTrade
  | FeedGap
  | FeedDrift
  | Settlement
  | AccountInput
  | Wake;

/** A venue says that an order changed: paper's simulated venue and the exchange speak alike. */
export interface OrderUpdate {
  readonly type: "order";
  readonly orderId: string;
  readonly state: OrderState;
  readonly filledQty: Qty;
  readonly reason: string;
  readonly recvMs: Ms;
}

/** A venue says that an order traded. */
export interface FillEvent {
  readonly type: "fill";
  readonly fill: FillRecord;
  /** In the exchange's own words; none of a fill that was simulated. */
  readonly told?: Told;
  readonly recvMs: Ms;
}

export type VenueEvent = OrderUpdate | FillEvent;

/** What the gate of a live run was told from outside: by the exchange, the machine, a breaker or a person. */
export type GateInput =
  | { readonly type: "halt"; readonly reason: string }
  | { readonly type: "hold"; readonly reason: string | null }
  | { readonly type: "close" }
  /** Cash of the account less what the run had spent by then, micro-dollars. */
  | { readonly type: "fund"; readonly cash: number };

/**
 * What a live run learnt of its own account. Nobody can ask the exchange for it a second time, so it is an input like the
 * market's: a replay of the run is given the same at the same place. Any other run passes it by.
 */
export interface AccountInput {
  readonly type: "account";
  readonly what: VenueEvent | GateInput;
  readonly recvMs: Ms;
}

export type EngineEvent = MarketEvent | VenueEvent;

/**
 * What changes no book and no price of now: fees and funding count from the next look on; books of spot venues, news, weather
 * and what another run was told of its account are for the record alone.
 */
export type ReferenceEvent = Extract<
  MarketEvent,
  { type: "candle" | "drift" | "fees" | "depth" | "funding" | "news" | "forecast" | "account" }
>;

const REFERENCE: ReadonlySet<MarketEvent["type"]> = new Set<ReferenceEvent["type"]>([
  "candle",
  "drift",
  "fees",
  "depth",
  "funding",
  "news",
  "forecast",
  "account",
]);

export function isReference(event: MarketEvent): event is ReferenceEvent {
  return REFERENCE.has(event.type);
}
