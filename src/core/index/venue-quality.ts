import type { Ms, Usd } from "../units.ts";

/** What a venue says of one underlying. */
export interface VenuePrice {
  readonly source: string;
  readonly midUsd: Usd;
  readonly ageMs: Ms;
}

/** Older prices are used only while fewer venues than this have newer ones; a stand-in from fewer is a poor one. */
export const VENUE_QUORUM = 2;
const SOFT_MS = 5_000;
const HARD_MS = 10_000;

/** Prices that are fresh enough: younger than 5 s, or than 10 s while there is no quorum without them. */
export function freshPrices<T extends VenuePrice>(prices: readonly T[]): readonly T[] {
  const fresh = prices.filter(({ ageMs }) => ageMs <= SOFT_MS);
  return fresh.length >= VENUE_QUORUM ? fresh : prices.filter(({ ageMs }) => ageMs <= HARD_MS);
}

/** Middle of some values, the mean of the middle two where their number is even; NaN of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Keeps venues out whose price is off the median of all, and lets them in again only when they are back at less than half
 * that distance: at the limit itself a venue would come and go with every tick (spot-feeds.md §4.2, step 2).
 */
export class Quarantine {
  readonly #limit: number;
  readonly #out = new Set<string>();

  /** `limit`: relative distance from the median. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  admit<T extends VenuePrice>(prices: readonly T[]): readonly T[] {
    const median = medianOf(prices.map(({ midUsd }) => midUsd));
    return prices.filter(({ source, midUsd }) => {
      const distance = Math.abs(midUsd - median);
      if (distance > this.#limit * median) this.#out.add(source);
      else if (distance < (this.#limit / 2) * median) this.#out.delete(source);
      return !this.#out.has(source);
    });
  }
}
