import type { Ladder, SpotBook, SpotLevel } from "../../scenario/spot-book.ts";

/** What a client with this depth has to be told; null when its part of the book is as it was. */
export interface DepthChange {
  readonly bids: readonly SpotLevel[];
  readonly asks: readonly SpotLevel[];
}

/**
 * The best `depth` levels of a book as Kraken keeps them in step: changed levels and those that come into view are
 * told, a level that is gone has size 0, one that was pushed out of view is not mentioned at all.
 */
export class DepthView {
  readonly #book: SpotBook;
  readonly #depth: number;
  #bids: ReadonlyMap<number, number>;
  #asks: ReadonlyMap<number, number>;

  constructor(book: SpotBook, depth: number) {
    this.#book = book;
    this.#depth = depth;
    this.#bids = new Map(book.bids.top(depth));
    this.#asks = new Map(book.asks.top(depth));
  }

  bids(): SpotLevel[] {
    return [...this.#bids];
  }

  asks(): SpotLevel[] {
    return [...this.#asks];
  }

  update(): DepthChange | null {
    const bids = new Map(this.#book.bids.top(this.#depth));
    const asks = new Map(this.#book.asks.top(this.#depth));
    const change = {
      bids: changed(this.#bids, bids, this.#book.bids),
      asks: changed(this.#asks, asks, this.#book.asks),
    };
    this.#bids = bids;
    this.#asks = asks;
    return change.bids.length === 0 && change.asks.length === 0 ? null : change;
  }
}

function changed(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  ladder: Ladder,
): SpotLevel[] {
  const levels: SpotLevel[] = [];
  for (const price of before.keys()) {
    if (!after.has(price) && ladder.sizeOf(price) === 0) levels.push([price, 0]);
  }
  for (const [price, size] of after) {
    if (before.get(price) !== size) levels.push([price, size]);
  }
  return levels;
}
