import type { Book } from "../book.ts";
import type { FeeSchedule } from "../fees.ts";
import type { Ms, Qty, Side } from "../units.ts";

/** What the venue needs to know of the market; the engine answers from its own books. */
export interface SimMarketAccess {
  book(ticker: string): Book | undefined;
  closeMs(ticker: string): Ms | undefined;
  /** Receive time of the newest message of the book feed. */
  bookFeedMs(): Ms;
  /** What a fill at that time costs; undefined while that is not known. */
  fees(ticker: string, atMs: Ms): FeeSchedule | undefined;
  /** What of a side can be sold at most; left out where whoever sends the orders knows. */
  held?(ticker: string, side: Side): Qty;
}

/** What an order finds when it arrives. */
export type Ground =
  | { readonly refusal: null; readonly book: Book; readonly schedule: FeeSchedule }
  /** Why nothing can happen there now. */
  | { readonly refusal: string };

export function groundOf(
  access: SimMarketAccess,
  at: { readonly ticker: string; readonly atMs: Ms; readonly bookStaleMs: Ms },
): Ground {
  const { atMs, bookStaleMs, ticker } = at;
  const closeMs = access.closeMs(ticker);
  if (closeMs === undefined || atMs >= closeMs) return { refusal: "market_closed" };
  const book = access.book(ticker);
  if (book === undefined || book.problem !== null) return { refusal: "no_book" };
  if (book.crossed) return { refusal: "book_crossed" };
  if (atMs - access.bookFeedMs() > bookStaleMs) return { refusal: "book_stale" };
  const schedule = access.fees(ticker, atMs);
  return schedule === undefined ? { refusal: "fee_unknown" } : { refusal: null, book, schedule };
}
