import type { Action, Ms, Price, Qty, Side } from "./units.ts";

type TimeInForce = "ioc" | "gtc";

/** What a strategy wishes. It cannot reach a venue: only the risk gate turns it into an order. */
export interface Intent {
  readonly strategy: string;
  readonly ticker: string;
  readonly side: Side;
  readonly action: Action;
  /** Limit price of `side`. */
  readonly price: Price;
  readonly qty: Qty;
  readonly timeInForce: TimeInForce;
  /** Never takes: the exchange cancels it when it would cross on arrival. Only with `gtc`. */
  readonly postOnly: boolean;
  /** When the exchange itself ends what still rests; null for `ioc`, which never rests. */
  readonly expiresMs: Ms | null;
  /** May enlarge what the strategy already holds here on the same side. */
  readonly mayAdd: boolean;
}

/** Terms of an order that takes what it can at once. */
export const IOC = {
  timeInForce: "ioc",
  postOnly: false,
  expiresMs: null,
  mayAdd: false,
} as const;

/** An intent with identity, ready for a venue once approved. */
export interface Order extends Intent {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly opportunityId: number;
  readonly createdMs: Ms;
}

declare const approved: unique symbol;
/** Proof that the risk gate saw this very order. `Venue.submit` accepts nothing else, so an unchecked order does not compile. */
export type Approved<T> = T & { readonly [approved]: true };
