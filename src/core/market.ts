import type { Ms, Price, Usd } from "./units.ts";

export type StrikeType =
  | "greater"
  | "greater_or_equal"
  | "less"
  | "less_or_equal"
  | "between"
  | "unknown";

/** Status words of the market object, not of the list filter (`open` there is `active` here; kalshi.md §2.4). */
export type MarketStatus =
  | "initialized"
  | "inactive"
  | "active"
  | "closed"
  | "determined"
  | "disputed"
  | "amended"
  | "finalized"
  | "unknown";

export type MarketResult = "yes" | "no" | "scalar" | "";

/** Prices from `start` to `end` move in steps of `step`, all in centicents. */
export interface PriceRange {
  readonly start: Price;
  readonly end: Price;
  readonly step: number;
}

/** One binary market as the exchange describes it. Strikes in dollars are rounded free of float dust on the way in. */
export interface Market {
  readonly ticker: string;
  readonly eventTicker: string;
  readonly seriesTicker: string;
  readonly strikeType: StrikeType;
  /** Null until the exchange publishes it (a 15-minute strike is unknown until its window opens). */
  readonly floorUsd: Usd | null;
  readonly capUsd: Usd | null;
  readonly openMs: Ms;
  readonly closeMs: Ms;
  readonly status: MarketStatus;
  readonly result: MarketResult;
  /** Settlement value as the exchange wrote it, null until known. */
  readonly expirationValue: string | null;
  readonly settlementTimerS: number;
  readonly ranges: readonly PriceRange[];
  readonly tickStructure: string;
  /** Decimals of the strikes and of the settlement value. */
  readonly valueDigits: number;
  readonly exchangeIndex: number | null;
  /** Fills before this time cost no fee; null when the exchange waives none. */
  readonly feeWaiverMs: Ms | null;
  /** The exchange's own JSON of this market, kept for the record; null when the facts came from a socket message. */
  readonly rawJson: string | null;
}

/** What a series settles on and where its spot price is watched. */
export interface Underlying {
  readonly asset: "BTC" | "ETH" | "SOL";
  readonly indexId: string;
  readonly product: string;
}

/** Everything that this program can price. */
export const UNDERLYINGS: readonly Underlying[] = [
  { asset: "BTC", indexId: "BRTI", product: "BTC-USD" },
  { asset: "ETH", indexId: "ETHUSD_RTI", product: "ETH-USD" },
  { asset: "SOL", indexId: "SOLUSD_RTI", product: "SOL-USD" },
];

/**
 * What follows the asset in the tickers of series that settle on the average of the minute before the close. Others ask for
 * the highest price of a year, or for one coin against another: KXBTCMAXY begins like KXBTC and is another thing.
 */
const AVERAGE_SERIES = ["", "D", "E", "W", "H", "1H", "5M", "10M", "15M", "30M"];

const BY_SERIES: ReadonlyMap<string, Underlying> = new Map(
  UNDERLYINGS.flatMap((underlying) =>
    AVERAGE_SERIES.map((suffix) => [`KX${underlying.asset}${suffix}`, underlying] as const),
  ),
);

/** The underlying of a series (kalshi.md §4.3); undefined for a series this program does not know how to price. */
export function underlyingOf(seriesTicker: string): Underlying | undefined {
  return BY_SERIES.get(seriesTicker);
}

/** Decimals of the values of a series where its market does not say (kalshi.md §4.3). */
export function usualDigits(seriesTicker: string): number {
  const asset = underlyingOf(seriesTicker)?.asset;
  return asset === "BTC" || asset === "ETH" ? 2 : 4;
}

/** Series part of an event or market ticker; only for naming, never for times or strikes (kalshi.md §4.1). */
export function seriesOfTicker(ticker: string): string {
  const dash = ticker.indexOf("-");
  return dash < 0 ? ticker : ticker.slice(0, dash);
}

/** Event part of a market ticker, for a market that nobody has described yet: all but what names the market in its event. */
export function eventOfTicker(ticker: string): string {
  const dash = ticker.lastIndexOf("-");
  return dash < 0 ? ticker : ticker.slice(0, dash);
}

/** True for the 15-minute up/down markets, whose strike is the index average that ends when they open. */
export function isUpDown(market: Market): boolean {
  return market.strikeType === "greater_or_equal" && market.closeMs - market.openMs <= 900_000;
}

/** Everything the model needs of the strike is published. */
export function hasStrike(market: Market): boolean {
  switch (market.strikeType) {
    case "greater":
    case "greater_or_equal":
      return market.floorUsd !== null;
    case "less":
    case "less_or_equal":
      return market.capUsd !== null;
    case "between":
      return market.floorUsd !== null && market.capUsd !== null;
    case "unknown":
      return false;
  }
}

/**
 * Step of the grid at a price, or 0 when the price lies outside every range. Ranges are half-open, and the tick that
 * starts a range belongs to it (kalshi.md §4.4).
 */
export function tickAt(ranges: readonly PriceRange[], at: Price): number {
  for (const range of ranges) {
    if (at >= range.start && at < range.end) return range.step;
  }
  const last = ranges.at(-1);
  return last !== undefined && at === last.end ? last.step : 0;
}

/** The price lies on the market's grid and can be ordered, that is strictly between $0 and $1. */
export function isOnGrid(ranges: readonly PriceRange[], at: Price): boolean {
  if (at <= 0 || at >= 10_000) return false;
  for (const range of ranges) {
    if (at >= range.start && at <= range.end && (at - range.start) % range.step === 0) return true;
  }
  return false;
}

/** Number of grid steps from `low` up to `high`; 0 when they are equal or reversed. */
export function ticksBetween(ranges: readonly PriceRange[], low: Price, high: Price): number {
  let ticks = 0;
  for (const range of ranges) {
    const from = Math.max(low, range.start);
    const to = Math.min(high, range.end);
    if (to > from) ticks += (to - from) / range.step;
  }
  return Math.round(ticks * 1e6) / 1e6;
}
