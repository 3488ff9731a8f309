import type { Book } from "./book.ts";
import type { Market } from "./market.ts";
import type { Ms } from "./units.ts";
import type { View } from "./view.ts";

/** What was last written down for one market by one strategy; decides whether a new row says anything new. */
export interface LastVerdict {
  decision: string;
  reason: string;
  side: string | null;
  yesBid: number;
  yesAsk: number;
  /** Whole second of the newest row. */
  second: number;
}

/** When a market is looked at, and what stands against its book. */
interface Sight {
  readonly nowMs: Ms;
  readonly bookProblem: string | null;
}

/** One market as the engine holds it. */
export class MarketState {
  market: Market;
  readonly book: Book;
  /** Prices of the touch at the last look, 0 where a side is missing; sizes do not count as a change. */
  #seenBid = -1;
  #seenAsk = -1;
  readonly last: LastVerdict[] = [];
  /** What there was to see of it, and at which step of the engine. */
  view: View | null = null;
  viewedStep = -1;
  /** For good; said once. */
  isSettled = false;
  /** Stretch of time in which each strategy last looked, of those that look at times of their own. */
  readonly #looked: number[] = [];

  constructor(market: Market, book: Book) {
    this.market = market;
    this.book = book;
  }

  isOpen(nowMs: Ms): boolean {
    const { status, openMs, closeMs } = this.market;
    if (nowMs < openMs || nowMs >= closeMs) return false;
    // The clock opens a market whose list was read before; a word that nobody knows may mean anything.
    return status === "active" || status === "initialized";
  }

  /** True for a strategy that always looks; for one that has a time of its own, once in each multiple of it. */
  isDue(strategy: number, everyMs: Ms | undefined, { bookProblem, nowMs }: Sight): boolean {
    if (everyMs === undefined) return true;
    if (bookProblem !== null) return false;
    const stretch = Math.floor(nowMs / everyMs);
    if (this.#looked[strategy] === stretch) return false;
    this.#looked[strategy] = stretch;
    return true;
  }

  /** Forgets what was said and when it was looked at, so that everybody looks and is heard again. */
  startOver(): void {
    this.last.length = 0;
    this.#looked.length = 0;
  }

  /** True once per change of the touch. A crossed moment is no touch: it resolves within the same burst. */
  touchChanged(): boolean {
    if (this.book.crossed) return false;
    const bid = this.book.bid("yes") ?? 0;
    const ask = this.book.ask("yes") ?? 0;
    if (bid === this.#seenBid && ask === this.#seenAsk) return false;
    this.#seenBid = bid;
    this.#seenAsk = ask;
    return true;
  }
}
