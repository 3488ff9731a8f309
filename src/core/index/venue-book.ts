import type { DepthLevel, SpotDepth } from "../events.ts";
import type { Ms, Usd } from "../units.ts";
import type { Ladder } from "./consolidate.ts";

/** Coinbase's whole book has 22,677 bids (spot-feeds.md §1.4); a feed that grows without end loses its far end here. */
const LEVELS_MAX = 32_768;

/** The book of one spot venue, kept from snapshots and changes. */
export class VenueBook {
  readonly bids = new BookSide("bid");
  readonly asks = new BookSide("ask");
  #atMs: Ms = Number.NEGATIVE_INFINITY;
  #isWhole = false;

  /** The time that it is of. */
  get atMs(): Ms {
    return this.#atMs;
  }

  /** A snapshot was seen, and no hole since. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Takes a snapshot, or changes of a book that is whole; changes of any other are of no use. `atMs` is their time. */
  apply({ kind, bids, asks }: SpotDepth, atMs: Ms): void {
    if (kind === "snapshot") {
      this.bids.replace(bids);
      this.asks.replace(asks);
      this.#isWhole = true;
    } else if (!this.#isWhole) return;
    else {
      for (const [priceUsd, size] of bids) this.bids.set(priceUsd, size);
      for (const [priceUsd, size] of asks) this.asks.set(priceUsd, size);
    }
    this.#atMs = atMs;
  }

  /** Something was missed: nothing counts until the next snapshot. */
  invalidate(): void {
    this.#isWhole = false;
  }

  /** Null for a book with one side, and for one whose sides cross or touch. */
  midUsd(): Usd | null {
    const bid = this.bids.at(0);
    const ask = this.asks.at(0);
    if (bid === undefined || ask === undefined || bid[0] >= ask[0]) return null;
    return (bid[0] + ask[0]) / 2;
  }
}

/**
 * One side's levels in two flat arrays, the best last: nearly everything happens at the touch, so hardly anything moves
 * when a level comes or goes, and the thousands of levels far away cost nothing but their room.
 */
class BookSide implements Ladder {
  /** Bids as they are, asks negated: the best key is the greatest on both sides. */
  #keys = new Float64Array(256);
  #sizes = new Float64Array(256);
  #count = 0;
  readonly #sign: 1 | -1;

  constructor(side: "bid" | "ask") {
    this.#sign = side === "bid" ? 1 : -1;
  }

  at(rank: number): DepthLevel | undefined {
    const index = this.#count - 1 - rank;
    if (index < 0) return undefined;
    return [(this.#keys[index] ?? 0) * this.#sign, this.#sizes[index] ?? 0];
  }

  replace(levels: readonly DepthLevel[]): void {
    this.#count = 0;
    // Venues write the best level first; setting the worst first then only ever appends.
    const kept = levels.slice(0, LEVELS_MAX).toReversed();
    for (const [priceUsd, size] of kept) this.set(priceUsd, size);
  }

  /** Sets a level; size 0 removes it. */
  set(priceUsd: Usd, size: number): void {
    const key = priceUsd * this.#sign;
    const index = this.#indexOf(key);
    const isThere = index < this.#count && this.#keys[index] === key;
    if (isThere && size > 0) this.#sizes[index] = size;
    else if (isThere) this.#remove(index);
    else if (size > 0) this.#insert(index, key, size);
  }

  #insert(index: number, key: number, size: number): void {
    if (this.#count === LEVELS_MAX) {
      if (index === 0) return;
      this.#remove(0);
      this.#insert(index - 1, key, size);
      return;
    }
    if (this.#count === this.#keys.length) this.#grow();
    this.#keys.copyWithin(index + 1, index, this.#count);
    this.#sizes.copyWithin(index + 1, index, this.#count);
    this.#keys[index] = key;
    this.#sizes[index] = size;
    this.#count++;
  }

  #remove(index: number): void {
    this.#keys.copyWithin(index, index + 1, this.#count);
    this.#sizes.copyWithin(index, index + 1, this.#count);
    this.#count--;
  }

  #grow(): void {
    const [keys, sizes] = [this.#keys, this.#sizes];
    this.#keys = new Float64Array(keys.length * 2);
    this.#sizes = new Float64Array(sizes.length * 2);
    this.#keys.set(keys);
    this.#sizes.set(sizes);
  }

  /** First place whose key is not below. */
  #indexOf(key: number): number {
    const keys = this.#keys;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
