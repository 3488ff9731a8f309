import type { Book } from "../../core/book.ts";
import type { Portfolio } from "../../core/portfolio.ts";
import { type Money, money } from "../../core/units.ts";

/** What all holdings would bring at the bid, less what they cost; one without a book that can be believed counts at cost. */
export function openProfit(
  portfolio: Portfolio,
  bookOf: (ticker: string) => Book | undefined,
): Money {
  let total = 0;
  for (const { cost, qty, ticker } of portfolio.positions()) {
    const book = bookOf(ticker);
    if (book === undefined || book.problem !== null) continue;
    const bid = book.bid(qty > 0 ? "yes" : "no") ?? 0;
    total += bid * Math.abs(qty) - cost;
  }
  return money(total);
}
