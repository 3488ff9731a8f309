import type { Level } from "./events.ts";
import type { Ms, Price, Qty, Side } from "./units.ts";
import { complement, otherSide, PRICE_ONE, price, qty } from "./units.ts";

const LEVELS = PRICE_ONE + 1;
/** No bid rests at nothing. */
const NONE = price(0);

/**
 * Bids of one side as a dense array by price in centicents with a cached best: 15 ns a delta, any tick structure, no
 * allocation (performance.md R3).
 */
class BidSide {
  readonly sizes = new Float64Array(LEVELS);
  /** A bit for each level with a size: cent ticks leave 99 of 100 slots empty, which a look at each made a third slower. */
  readonly #resting = new Int32Array((LEVELS >> 5) + 1);
  /** Best bid, 0 when the side is empty. */
  best: Price = NONE;

  clear(): void {
    this.sizes.fill(0);
    this.#resting.fill(0);
    this.best = NONE;
  }

  /** Adds a signed size; false (and nothing changed) when the level would become negative. */
  add(level: Price, delta: number): boolean {
    const size = (this.sizes[level] ?? 0) + delta;
    if (size < 0) return false;
    this.sizes[level] = size;
    const word = level >> 5;
    if (size > 0) {
      this.#resting[word] = (this.#resting[word] ?? 0) | (1 << level);
      if (level > this.best) this.best = level;
    } else {
      this.#resting[word] = (this.#resting[word] ?? 0) & ~(1 << level);
      if (level === this.best) this.#sink(word);
    }
    return true;
  }

  /** Finds the next best, in this word of bits or below it, after the best is gone. */
  #sink(from: number): void {
    let word = from;
    while (word > 0 && this.#resting[word] === 0) word--;
    const bits = this.#resting[word] ?? 0;
    this.best = bits === 0 ? NONE : price((word << 5) + 31 - Math.clz32(bits));
  }
}

/** The order book of one market: bids of both sides. Asks exist only as the other side's bids, derived here alone. */
export class Book {
  readonly #yes = new BidSide();
  readonly #no = new BidSide();
  #problem: string | null = "no_book";
  #changedMs: Ms = 0;

  /** Why the book must not be used; null when it is good. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Receive time of the newest change. */
  get changedMs(): Ms {
    return this.#changedMs;
  }

  /** True while best yes bid + best no bid reach $1: happens for moments inside a matching burst (kalshi.md §3.4). */
  get crossed(): boolean {
    return this.#yes.best > 0 && this.#no.best > 0 && this.#yes.best + this.#no.best >= PRICE_ONE;
  }

  get empty(): boolean {
    return this.#yes.best === 0 && this.#no.best === 0;
  }

  /** Replaces everything. Levels of size 0 are ignored, a repeated price adds up. */
  replace(yes: readonly Level[], no: readonly Level[], atMs: Ms): void {
    this.#yes.clear();
    this.#no.clear();
    for (const [level, size] of yes) this.#yes.add(level, size);
    for (const [level, size] of no) this.#no.add(level, size);
    this.#problem = null;
    this.#changedMs = atMs;
  }

  /**
   * Applies a signed change to one level. A level below zero means that something was lost: the book becomes unusable
   * (`negative_size`) until the next snapshot, and false is returned.
   */
  apply(side: Side, level: Price, delta: Qty, atMs: Ms): boolean {
    const bids = side === "yes" ? this.#yes : this.#no;
    this.#changedMs = atMs;
    if (bids.add(level, delta)) return true;
    this.#problem = "negative_size";
    return false;
  }

  /** Forgets everything: the book of another market. */
  startOver(): void {
    this.#yes.clear();
    this.#no.clear();
    this.#problem = "no_book";
    this.#changedMs = 0;
  }

  /** Marks the book unusable until the next snapshot. */
  invalidate(problem: string): void {
    this.#problem = problem;
  }

  /** Best bid of a side; undefined when nobody bids. */
  bid(side: Side): Price | undefined {
    const { best } = side === "yes" ? this.#yes : this.#no;
    return best === NONE ? undefined : best;
  }

  /** Cheapest price at which a taker can buy a side now: $1 less the other side's best bid. */
  ask(side: Side): Price | undefined {
    const other = this.bid(otherSide(side));
    return other === undefined ? undefined : complement(other);
  }

  bidQty(side: Side): Qty {
    const bids = side === "yes" ? this.#yes : this.#no;
    return qty(bids.best === 0 ? 0 : (bids.sizes[bids.best] ?? 0));
  }

  askQty(side: Side): Qty {
    return this.bidQty(otherSide(side));
  }

  /** Resting size of one bid level. */
  sizeAt(side: Side, level: Price): Qty {
    return qty((side === "yes" ? this.#yes : this.#no).sizes[level] ?? 0);
  }

  /** Asks of a side from the cheapest up to and including `limit`, with their sizes. */
  asks(side: Side, limit: Price): [price: Price, size: Qty][] {
    const bids = side === "yes" ? this.#no : this.#yes;
    const found: [Price, Qty][] = [];
    const lowest = PRICE_ONE - limit;
    for (let level = bids.best; level > 0 && level >= lowest; level--) {
      const size = bids.sizes[level] ?? 0;
      if (size > 0) found.push([complement(price(level)), qty(size)]);
    }
    return found;
  }

  /** Bids of a side from the best down, at most `depth` levels. */
  bids(side: Side, depth = LEVELS): [price: Price, size: Qty][] {
    const from = side === "yes" ? this.#yes : this.#no;
    const found: [Price, Qty][] = [];
    for (let level = from.best; level > 0 && found.length < depth; level--) {
      const size = from.sizes[level] ?? 0;
      if (size > 0) found.push([price(level), qty(size)]);
    }
    return found;
  }
}
