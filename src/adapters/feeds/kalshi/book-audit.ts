import type { Book } from "../../../core/book.ts";
import { BookShelf } from "../../../core/book-shelf.ts";
import { KbtError } from "../../../core/errors.ts";
import type { Level, MarketEvent } from "../../../core/events.ts";
import type { Market } from "../../../core/market.ts";
import type { Clock } from "../../../ports.ts";
import type { KalshiRest } from "../../kalshi/rest.ts";

// Now and then one book is held against the exchange's own over REST: sequence numbers show what was lost on the way, not
// what was never sent. REST says neither number nor time (kalshi.md §2.5), so its best prices need only be some that the
// book had around the moment of the answer; on a book that moves fast these are many, on one that is stuck there is one.

export interface BookAuditOptions {
  readonly rest: KalshiRest;
  readonly clock: Clock;
  /** Markets whose books are streamed now. */
  markets(): readonly Market[];
  resync(ticker: string, reason: string): void;
}

const EVERY_MS = 60_000;
/** The answer may be this much older than its arrival … */
const BEFORE_MS = 3000;
/** … or ahead of what the socket has told by then. */
const AFTER_MS = 1500;
/** Time before a close at which a market is no longer compared: its book is about to be emptied. */
const MARGIN_MS = 30_000;
/** Problem of a book between a gap and the next snapshot. */
const LOST = "gap";

interface Watch {
  readonly ticker: string;
  /** Best bids while it was watched, 0 for none. */
  readonly yes: Set<number>;
  readonly no: Set<number>;
  /** The book was lost meanwhile, so nothing can be said of it. */
  isVoid: boolean;
}

export class BookAudit {
  readonly #options: BookAuditOptions;
  readonly #books = new Map<string, Book>();
  #shelf = new BookShelf();
  #isOver = false;
  /** Books that were asked for again because they differed. */
  readonly #doubted = new Set<string>();
  #watch: Watch | null = null;
  #turn = 0;
  #verdict = "";

  constructor(options: BookAuditOptions) {
    this.#options = options;
  }

  /** For people; empty while there is nothing to say. */
  get note(): string {
    return this.#verdict;
  }

  /** Markets whose books are in memory. */
  get followed(): number {
    return this.#books.size;
  }

  /** Follows the books as the feed tells of them, for as long as they are compared. */
  see(event: MarketEvent): void {
    if (this.#isOver) return;
    if (event.type === "delta") {
      const book = this.#good(event.ticker);
      if (book === undefined) return;
      book.apply(event.side, event.price, event.delta, event.recvMs);
      this.#note(event.ticker, book);
    } else if (event.type === "snapshot") {
      const book = this.#books.get(event.ticker) ?? this.#shelf.take();
      this.#books.set(event.ticker, book);
      book.replace(event.yes, event.no, event.recvMs);
      this.#note(event.ticker, book);
    } else if (event.type === "gap") this.#lose(event.tickers);
  }

  #note(ticker: string, book: Book): void {
    if (this.#watch?.ticker === ticker) noteTouch(this.#watch, book);
  }

  #lose(tickers: readonly string[]): void {
    for (const ticker of tickers) {
      this.#books.get(ticker)?.invalidate(LOST);
      if (this.#watch?.ticker === ticker) this.#watch.isVoid = true;
    }
  }

  /** The book of a market from a snapshot to the next gap; one that turned out wrong is what the audit is for. */
  #good(ticker: string): Book | undefined {
    const book = this.#books.get(ticker);
    return book?.problem === LOST ? undefined : book;
  }

  /** Resolves when there is no use in going on; rejects when aborted. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#compare(signal);
    } finally {
      // Nobody would take books of markets that are over away: 160 KB for every market that there will ever be.
      this.#isOver = true;
      this.#books.clear();
      this.#shelf = new BookShelf();
    }
  }

  async #compare(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(EVERY_MS, signal);
      const ticker = this.#next();
      if (ticker === null) continue;
      try {
        if (await this.#agrees(ticker, signal)) this.#doubted.delete(ticker);
        else if (!this.#differs(ticker)) return;
      } catch (error) {
        if (!(error instanceof KbtError)) throw error;
        // Books may want a scope that this key lacks; anything else may be gone at the next look.
        if (error.kind === "auth") return;
      }
    }
  }

  /** One difference may be an answer out of some cache; the same again a moment later is none. */
  async #agrees(ticker: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#look(ticker, signal)) || (await this.#look(ticker, signal));
  }

  /** True when REST's best bids are some that the book had, or when nothing can be said. */
  async #look(ticker: string, signal: AbortSignal): Promise<boolean> {
    const { clock, rest } = this.#options;
    const book = this.#good(ticker);
    if (book === undefined) return true;
    const watch: Watch = { ticker, yes: new Set(), no: new Set(), isVoid: false };
    noteTouch(watch, book);
    this.#watch = watch;
    try {
      await clock.sleep(BEFORE_MS, signal);
      const { no, yes } = await rest.orderbook(ticker, signal);
      await clock.sleep(AFTER_MS, signal);
      return watch.isVoid || (watch.yes.has(bestOf(yes)) && watch.no.has(bestOf(no)));
    } finally {
      this.#watch = null;
    }
  }

  /** Asks for the book again; false when the new one differed too, so that REST is the one not to be trusted. */
  #differs(ticker: string): boolean {
    if (!this.#doubted.has(ticker)) {
      this.#doubted.add(ticker);
      this.#options.resync(ticker, "rest_mismatch");
      return true;
    }
    this.#verdict = "books over REST differ from the socket's again and again, no longer compared";
    return false;
  }

  /** The next market in turn that has a while to go. */
  #next(): string | null {
    const nowMs = this.#options.clock.nowMs();
    const markets = this.#options.markets();
    const streamed = new Set(markets.map(({ ticker }) => ticker));
    for (const [ticker, book] of this.#books) {
      if (streamed.has(ticker)) continue;
      this.#books.delete(ticker);
      this.#shelf.give(book);
    }
    const held = markets
      .filter(({ closeMs, openMs }) => openMs <= nowMs && closeMs - nowMs > MARGIN_MS)
      .filter(({ ticker }) => this.#good(ticker) !== undefined);
    return held[this.#turn++ % held.length]?.ticker ?? null;
  }
}

function noteTouch(watch: Watch, book: Book): void {
  watch.yes.add(book.bid("yes") ?? 0);
  watch.no.add(book.bid("no") ?? 0);
}

function bestOf(levels: readonly Level[]): number {
  return Math.max(0, ...levels.filter(([, size]) => size > 0).map(([price]) => price));
}
