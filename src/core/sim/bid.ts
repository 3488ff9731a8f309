import type { Order } from "../orders.ts";
import { complement, otherSide, type Price, type Side } from "../units.ts";

export interface Bid {
  readonly side: Side;
  readonly price: Price;
}

/** An order as the book knows it, which has only bids: selling a side at p is bidding 1 − p for the other one. */
export function bidOf({ action, price, side }: Pick<Order, "action" | "price" | "side">): Bid {
  return action === "buy" ? { side, price } : { side: otherSide(side), price: complement(price) };
}
