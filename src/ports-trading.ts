import type { Placed, SeenFill, SeenList, SeenOrder, SeenPosition } from "./core/live/seen.ts";
import type { Action, Money, Ms, Price, Qty, Side } from "./core/units.ts";

/** An order with everything that goes on the wire. */
export interface OrderTerms {
  readonly clientOrderId: string;
  readonly ticker: string;
  readonly side: Side;
  readonly action: Action;
  readonly price: Price;
  readonly qty: Qty;
  readonly timeInForce: "ioc" | "gtc";
  readonly postOnly: boolean;
  /** Whole seconds; null for an order that never rests. */
  readonly expiresMs: Ms | null;
  /** Null for a sale that takes, which must leave after a latch too, and where there is no group. */
  readonly groupId: string | null;
  readonly exchangeIndex: number;
}

/** Where an order is. Without its shard the exchange looks for it on the wrong one (reliability.md F4). */
export interface OrderPlace {
  readonly exchangeId: string;
  readonly ticker: string;
  readonly exchangeIndex: number;
}

/** Why a request that changes something has no effect that one could rely on; null when it was accepted. */
export type Refused = string | null;

/** The writing half of the exchange. Every call is one request, never repeated and never redirected (I12). */
export interface OrderWrites {
  /** Never rejects. `mayLeave` is asked right before the first byte: an order may have had to wait until then. */
  place(terms: OrderTerms, mayLeave: () => boolean, signal: AbortSignal): Promise<Placed>;
  /** Whatever is answered, only a read says what became of the order (I9). Never rejects. */
  cancel(place: OrderPlace, signal: AbortSignal): Promise<Refused>;
  /** Cancels everything on every shard, and for a minute what is placed after it (F13). Never rejects. */
  cancelAll(signal: AbortSignal): Promise<Refused>;
  /** A group of orders that are cancelled together, and all at once when they fill faster than this in 15 s. */
  createGroup(
    group: { readonly exchangeIndex: number; readonly contracts: number },
    signal: AbortSignal,
  ): Promise<string>;
  /** Cancels a group and refuses its orders that are still under way. Never rejects. */
  triggerGroup(
    group: { readonly groupId: string; readonly exchangeIndex: number },
    signal: AbortSignal,
  ): Promise<Refused>;
}

/** The reading half that is about our account. Rejects with a `KbtError`; nothing is read from a failure. */
export interface OrderReads {
  /** Everything that happened up to this time of our own clock is in the lists below (F10). */
  asOfMs(signal: AbortSignal): Promise<Ms>;
  orders(
    query: { readonly status?: "resting"; readonly sinceMs?: Ms },
    signal: AbortSignal,
  ): Promise<SeenList<SeenOrder>>;
  fills(
    query: { readonly exchangeId?: string; readonly sinceMs?: Ms },
    signal: AbortSignal,
  ): Promise<SeenList<SeenFill>>;
  positions(signal: AbortSignal): Promise<SeenList<SeenPosition>>;
  /** Free cash on one shard. */
  balance(exchangeIndex: number, signal: AbortSignal): Promise<Money>;
}
