import { type FeeSchedule, tradeFeeUd } from "./fees.ts";
import { ownCc } from "./prices.ts";
import type { OrderState } from "./types.ts";

/**
 * What the resting orders of one market keep reserved, in micro-dollars: price × count of a bid, (1 − price) × count of
 * an ask, and the fee they would pay as takers. What only closes the position needs nothing (kalshi.md §2.9). The best
 * prices close first, because they fill first; `orders` come in the order in which they entered the book.
 */
export function reserveUd(
  orders: readonly OrderState[],
  positionCq: number,
  schedule: FeeSchedule,
): number {
  const bids = orders.filter((order) => order.side === "bid");
  const asks = orders.filter((order) => order.side === "ask");
  bids.sort((a, b) => b.priceCc - a.priceCc);
  asks.sort((a, b) => a.priceCc - b.priceCc);
  return (
    sideUd(bids, Math.max(0, -positionCq), schedule) +
    sideUd(asks, Math.max(0, positionCq), schedule)
  );
}

function sideUd(orders: readonly OrderState[], closableCq: number, schedule: FeeSchedule): number {
  let closable = closableCq;
  let sum = 0;
  for (const { side, priceCc, leftCq } of orders) {
    const opening = Math.max(0, leftCq - closable);
    closable -= leftCq - opening;
    sum += ownCc(side, priceCc) * opening + tradeFeeUd(priceCc, opening, true, schedule);
  }
  return sum;
}
