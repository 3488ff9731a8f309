// Kalshi's market data without a key: the public REST endpoints, asked again and again. A stand-in for the socket, which
// wants a signature also for public data; what happens between two looks is not seen.
//
// | answer                     | what we do with it                                                              |
// |----------------------------|---------------------------------------------------------------------------------|
// | order books                | `snapshot` event when changed, and every few seconds as a sign of life          |
// | markets                    | `ticker` event when the quotes changed; the market itself goes to the feed      |
// | trades                     | `trade` event, each trade once                                                  |
// | 401, 403 for order books   | quotes only from then on                                                        |
// | 429                        | the limiter pauses; nothing ends                                                |
// | no answer for 3 s          | `gap` event `poll_failed` for the books that are not known any more             |
import { KbtError } from "../../../core/errors.ts";
import type { FeedGap, MarketEvent } from "../../../core/events.ts";
import type { Market } from "../../../core/market.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import type { KalshiRest, RestBook } from "../../kalshi/rest.ts";
import { quoteOf, type Unreadable } from "../../kalshi/rest-body.ts";
import { countRejected, createFeedStats } from "../../platform/feed-stats.ts";
import { readTickers } from "./discovery.ts";
import { BookReader } from "./poll-books.ts";
import { TradePoll } from "./poll-trades.ts";
import type { KalshiSource, SourceHandlers } from "./source.ts";

/**
 * Wait between two looks. A round costs 20 tokens and 10 for each market whose trades are read, of the 100 a second that
 * are assumed; a second is also well below the age at which a simulated order takes a book for stale.
 */
export const POLL_MS = 1000;
const TRADE_READS = 3;
/** Without an answer for this long, what was known of the books is no longer known. */
const LOST_MS = 3 * POLL_MS;
/** A book that does not change is told again, so that everybody sees that it is looked at. */
const REPEAT_MS = 5000;
const FAILED_WAIT_MS_MAX = 8000;
const PASSING: ReadonlySet<string> = new Set(["network", "venue", "protocol"]);

export interface KalshiPollOptions {
  readonly rest: KalshiRest;
  readonly clock: Clock;
}

export function createKalshiPoll(options: KalshiPollOptions): KalshiSource {
  return new Poll(options);
}

/** What was told of one market. */
interface Told {
  /** When its book, or its quotes where there are no books, was last read. */
  readMs: Ms;
  isLost: boolean;
  book: string;
  bookMs: Ms;
  seq: number;
  quote: string;
}

class Poll implements KalshiSource {
  readonly isRest = true;
  readonly stats = createFeedStats();
  readonly #options: KalshiPollOptions;
  readonly #books: BookReader;
  readonly #trades: TradePoll;
  readonly #told = new Map<string, Told>();
  #handlers: SourceHandlers | null = null;
  #isOut = false;
  #failures = 0;
  #trouble = "";

  constructor(options: KalshiPollOptions) {
    this.#options = options;
    this.#books = new BookReader(options.rest);
    this.#trades = new TradePoll(options.rest);
  }

  status(): string {
    const { size } = this.#told;
    const parts = [
      `polling REST every ${POLL_MS / 1000} s, ${size} market${size === 1 ? "" : "s"}`,
      this.#books.isRefused ? "no books without a key, quotes only" : "",
      this.#trouble,
    ];
    return parts.filter((part) => part !== "").join("; ");
  }

  setMarkets(tickers: Iterable<string>): void {
    const wanted = new Set(tickers);
    const nowMs = this.#options.clock.nowMs();
    for (const ticker of this.#told.keys()) if (!wanted.has(ticker)) this.#told.delete(ticker);
    for (const ticker of wanted) {
      if (!this.#told.has(ticker)) this.#told.set(ticker, untold(nowMs));
    }
    this.#trades.setMarkets(wanted, nowMs);
  }

  /** The index costs five calls' worth of tokens and may need an entitlement (kalshi.md §6): it is not polled. */
  setIndices(): void {}

  resync(ticker: string, reason: string): void {
    const told = this.#told.get(ticker);
    if (told === undefined || told.seq === 0) return;
    const at = { fromSeq: told.seq, toSeq: told.seq, fromMs: told.bookMs };
    this.#gap({ ...at, reason, tickers: [ticker] });
    told.book = "";
  }

  async run(handlers: SourceHandlers, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#handlers = handlers;
    this.stats.connects++;
    handlers.connected();
    while (!signal.aborted) {
      const startMs = clock.monoMs();
      await this.#attempt(signal);
      this.#findLost();
      const waitMs = Math.min(FAILED_WAIT_MS_MAX, POLL_MS * 2 ** Math.min(this.#failures, 4));
      // At least a moment, so that a slow round is not followed by the next without a turn for anything else.
      await clock.sleep(Math.max(50, startMs + waitMs - clock.monoMs()), signal);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      this.#trouble = await this.#round([...this.#told.keys()], signal);
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted || !(error instanceof KbtError) || !PASSING.has(error.kind)) throw error;
      this.#trouble = error.message;
      // A refusal for want of budget has its own wait.
      if (error.code !== "RATE_LIMITED") this.#failures++;
    }
  }

  /**
   * Books first: quotes that go on without them must not look like a sign that the books are alive. Returns what went
   * wrong besides.
   */
  async #round(tickers: readonly string[], signal: AbortSignal): Promise<string> {
    if (tickers.length === 0) return "";
    const { rest } = this.#options;
    const { books, unreadable } = await this.#books.read(tickers, signal);
    this.#report(unreadable);
    for (const [ticker, book] of books) this.#onBook(ticker, book);
    const list = await readTickers(rest, tickers, signal);
    this.#report(list.unreadable);
    for (const market of list.markets) this.#onMarket(market);
    let trouble = "";
    for (const ticker of this.#trades.due(TRADE_READS)) {
      try {
        await this.#readTrades(ticker, signal);
      } catch (error) {
        // One market whose trades are not given must not slow down the others.
        const isOfMarket = error instanceof KbtError && ["venue", "protocol"].includes(error.kind);
        if (!isOfMarket) throw error;
        trouble = error.message;
      }
    }
    return trouble;
  }

  #onBook(ticker: string, { no, yes }: RestBook): void {
    const told = this.#told.get(ticker);
    if (told === undefined) return;
    const recvMs = this.#options.clock.nowMs();
    this.#heard(told, recvMs);
    const book = JSON.stringify([yes, no]);
    if (book === told.book && recvMs - told.bookMs < REPEAT_MS) return;
    told.book = book;
    told.bookMs = recvMs;
    this.#emit({ type: "snapshot", ticker, sid: 0, seq: ++told.seq, yes, no, recvMs });
  }

  #onMarket(market: Market): void {
    this.#handlers?.market(market);
    const told = this.#told.get(market.ticker);
    if (told === undefined) return;
    const recvMs = this.#options.clock.nowMs();
    const quote = quoteOf(market, recvMs);
    if (typeof quote === "string") {
      countRejected(this.stats, quote);
      return;
    }
    if (this.#books.isRefused) this.#heard(told, recvMs);
    const print = JSON.stringify({ ...quote, recvMs: 0 });
    if (print === told.quote) return;
    told.quote = print;
    this.#emit(quote);
  }

  async #readTrades(ticker: string, signal: AbortSignal): Promise<void> {
    const { hole, trades, unreadable } = await this.#trades.read(ticker, signal);
    this.#report(unreadable);
    if (hole !== null) {
      // No number was skipped, and it is over: an end without a number would last until data flows again.
      this.#gap({ ...hole, reason: "trade_pages", tickers: [], fromSeq: 0, toSeq: 0 });
    }
    const recvMs = this.#options.clock.nowMs();
    for (const trade of trades) this.#emit({ ...trade, recvMs });
  }

  #heard(told: Told, nowMs: Ms): void {
    told.readMs = nowMs;
    told.isLost = false;
    if (!this.#isOut) return;
    this.#isOut = false;
    this.stats.connects++;
  }

  /** Books that have not been read for too long: whoever holds them must not rely on them. */
  #findLost(): void {
    const nowMs = this.#options.clock.nowMs();
    const known = [...this.#told].filter(([, told]) => told.seq > 0 || told.quote !== "");
    const lost = known.filter(([, told]) => !told.isLost && nowMs - told.readMs >= LOST_MS);
    if (lost.length === 0) return;
    const fromMs = Math.min(...lost.map(([, { readMs }]) => readMs));
    for (const [, told] of lost) {
      told.isLost = true;
      told.book = "";
      told.quote = "";
    }
    this.#isOut = known.every(([, told]) => told.isLost);
    const seq = this.#isOut ? { fromSeq: null, toSeq: null } : { fromSeq: 0, toSeq: 0 };
    const tickers = lost.map(([ticker]) => ticker);
    this.#gap({ ...seq, reason: "poll_failed", tickers, fromMs });
  }

  #gap(
    gap: Pick<FeedGap, "reason" | "tickers" | "fromSeq" | "toSeq" | "fromMs"> &
      Partial<Pick<FeedGap, "toMs">>,
  ): void {
    const recvMs = this.#options.clock.nowMs();
    this.stats.gaps++;
    this.#handlers?.event({ type: "gap", source: "kalshi", sid: 0, toMs: recvMs, ...gap, recvMs });
  }

  #report(unreadable: readonly Unreadable[]): void {
    if (unreadable.length > 0) this.#handlers?.unreadable(unreadable);
  }

  #emit(event: MarketEvent): void {
    this.stats.received++;
    this.stats.emitted++;
    this.stats.lastFrameMs = event.recvMs;
    this.#handlers?.event(event);
  }
}

function untold(nowMs: Ms): Told {
  return { readMs: nowMs, isLost: false, book: "", bookMs: nowMs, seq: 0, quote: "" };
}
