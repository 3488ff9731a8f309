import type { Book } from "../book.ts";
import { type FeeSchedule, tradeFee } from "../fees.ts";
import { qty } from "../units.ts";
import type { Bid } from "./bid.ts";

const CONTRACT = qty(100);
/** Micro-dollars a contract in one step of a price. */
const STEP_UD = 100;

/**
 * Whether the market has left a bid of ours behind: it stands alone above all others, so far that selling to it pays after
 * the taker fee. No public quote or trade would ever say so, because nobody else is there to be traded with.
 */
export function isLeftBehind(book: Book, { price, side }: Bid, schedule: FeeSchedule): boolean {
  const best = book.bid(side);
  const ask = book.ask(side);
  if (best === undefined || ask === undefined || best >= price) return false;
  const fee = tradeFee(price, CONTRACT, { schedule, isTaker: true }) / STEP_UD;
  return price - fee > (best + ask) / 2;
}
