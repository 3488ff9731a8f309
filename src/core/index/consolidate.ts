import type { DepthLevel } from "../events.ts";
import type { Usd } from "../units.ts";

/** Levels of one side, the best first; undefined behind the last. A plain list of levels is one. */
export interface Ladder {
  at(rank: number): DepthLevel | undefined;
}

export interface VenueBook {
  readonly bids: Ladder;
  readonly asks: Ladder;
}

/**
 * Several books as one: adds the sizes of all venues at each price, then takes the quantity that crosses from both sides,
 * best prices first, because one venue's bid is often above another's ask (spot-feeds.md §4.2, step 3). Levels are read
 * only as far as anybody asks, so the thousands behind the touch cost nothing. The order of the venues makes no
 * difference, to the last bit.
 */
export function consolidate(books: readonly VenueBook[]): VenueBook {
  const bids = new MergedSide(
    books.map((book) => book.bids),
    "bid",
  );
  const asks = new MergedSide(
    books.map((book) => book.asks),
    "ask",
  );
  for (;;) {
    const bid = bids.at(0);
    const ask = asks.at(0);
    if (bid === undefined || ask === undefined || bid[0] < ask[0]) return { bids, asks };
    const crossing = Math.min(bid[1], ask[1]);
    bids.take(crossing);
    asks.take(crossing);
  }
}

/** One side of several books, merged level by level on demand. */
class MergedSide implements Ladder {
  readonly #ladders: readonly Ladder[];
  /** Next level of each ladder that was not merged yet. */
  readonly #ranks: number[];
  readonly #isBid: boolean;
  readonly #levels: DepthLevel[] = [];
  /** Levels that were taken away whole. */
  #gone = 0;

  constructor(ladders: readonly Ladder[], side: "bid" | "ask") {
    this.#ladders = ladders;
    this.#ranks = ladders.map(() => 0);
    this.#isBid = side === "bid";
  }

  at(rank: number): DepthLevel | undefined {
    const index = this.#gone + rank;
    while (this.#levels.length <= index) {
      const level = this.#merge();
      if (level === null) return undefined;
      this.#levels.push(level);
    }
    return this.#levels[index];
  }

  /** Takes a quantity from the best level, which has at least that much. */
  take(quantity: number): void {
    const best = this.at(0);
    if (best === undefined) return;
    const [priceUsd, size] = best;
    if (size <= quantity) this.#gone++;
    else this.#levels[this.#gone] = [priceUsd, size - quantity];
  }

  #merge(): DepthLevel | null {
    const best = this.#bestPrice();
    if (best === null) return null;
    const sizes: number[] = [];
    for (const [at, ladder] of this.#ladders.entries()) {
      const head = this.#head(at, ladder);
      if (head === undefined || head[0] !== best) continue;
      sizes.push(head[1]);
      this.#ranks[at] = (this.#ranks[at] ?? 0) + 1;
    }
    // Sums of the same numbers in another order differ in the last bit.
    sizes.sort((a, b) => a - b);
    return [best, sizes.reduce((sum, size) => sum + size, 0)];
  }

  #bestPrice(): Usd | null {
    let best: Usd | null = null;
    for (const [at, ladder] of this.#ladders.entries()) {
      const priceUsd = this.#head(at, ladder)?.[0];
      if (priceUsd === undefined) continue;
      if (best === null || (this.#isBid ? priceUsd > best : priceUsd < best)) best = priceUsd;
    }
    return best;
  }

  #head(at: number, ladder: Ladder): DepthLevel | undefined {
    return ladder.at(this.#ranks[at] ?? 0);
  }
}
