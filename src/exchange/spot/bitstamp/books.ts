import { formatDecimal } from "../../../core/units.ts";
import type { SpotVenue } from "../../scenario/spot-venue.ts";
import { microStamp, sizeText } from "../text.ts";

/** One market with the time of its last change: an order book is dated by it, not by when somebody looks. */
export interface BitstampBook {
  readonly market: SpotVenue;
  changed: { readonly ms: number; readonly us: number };
}

/** The books of the venue, each begun when it is first asked for. */
export interface BitstampBooks {
  coins(): readonly string[];
  book(coin: string): BitstampBook | undefined;
  /** The coin of `btcusd`; undefined when it is not listed. */
  coinOf(symbol: string): string | undefined;
}

export function symbolOf(coin: string): string {
  return `${coin}USD`.toLowerCase();
}

export function priceText(market: SpotVenue, units: number): string {
  return formatDecimal(units, market.pair.priceDigits);
}

/** Price levels as Bitstamp writes them. */
function levelsOf(
  market: SpotVenue,
  levels: Iterable<readonly [price: number, size: number]>,
): [string, string][] {
  return Array.from(levels, ([price, size]) => [priceText(market, price), sizeText(size)]);
}

/** Levels with the time of the book, as channels and REST have them. */
export function bookJson(
  { market, changed }: BitstampBook,
  levels: {
    readonly bids: Iterable<readonly [price: number, size: number]>;
    readonly asks: Iterable<readonly [price: number, size: number]>;
  },
) {
  return {
    timestamp: `${Math.floor(changed.ms / 1000)}`,
    microtimestamp: microStamp(changed.ms, changed.us),
    bids: levelsOf(market, levels.bids),
    asks: levelsOf(market, levels.asks),
  };
}
