import { type Action, complement, type Price, type Side } from "../units.ts";

/** Side of the one book in which the exchange matches: bids want YES, asks sell it. */
export type BookSide = "bid" | "ask";

/** An order as the exchange has it: everything is said of the YES leg. */
export interface Leg {
  readonly bookSide: BookSide;
  readonly yesPrice: Price;
}

/** Buying NO at p is asking 1 − p for YES; this is the only place that knows (reliability.md I13). */
export function legOf(side: Side, action: Action, limit: Price): Leg {
  const wantsYes = (side === "yes") === (action === "buy");
  return { bookSide: wantsYes ? "bid" : "ask", yesPrice: ownPrice(side, limit) };
}

/** A price of the YES leg as one of this side, and the other way round. */
export function ownPrice(side: Side, yesPrice: Price): Price {
  return side === "yes" ? yesPrice : complement(yesPrice);
}
