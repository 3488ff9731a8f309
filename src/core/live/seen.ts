import type { Money, Ms, Price, Qty } from "../units.ts";
import type { BookSide } from "./leg.ts";

// What the exchange says of our account, whichever way it says it: in an answer, in a list, on the socket. None of it is
// newer than what was known before just because it arrived later.

/** Over is over: the exchange never takes `canceled` or `executed` back. */
export type SeenStatus = "resting" | "canceled" | "executed";

/** One order as the exchange has it. */
export interface SeenOrder {
  /** The exchange's own id. */
  readonly exchangeId: string;
  /** Null for an order that was placed without one. */
  readonly clientOrderId: string | null;
  readonly ticker: string;
  /** Shard it is on; null where the exchange does not say. */
  readonly exchangeIndex: number | null;
  readonly bookSide: BookSide;
  readonly yesPrice: Price;
  readonly initialQty: Qty;
  readonly filledQty: Qty;
  readonly status: SeenStatus;
  /** Why it changed last, in the exchange's words; empty where it does not say. */
  readonly reason: string;
}

/** One execution of one of our orders. */
export interface SeenFill {
  readonly tradeId: string;
  readonly exchangeId: string;
  /** Lists do not tell it any more (kalshi.md §2.8). */
  readonly clientOrderId: string | null;
  readonly ticker: string;
  readonly bookSide: BookSide;
  readonly yesPrice: Price;
  readonly qty: Qty;
  readonly fee: Money;
  readonly isTaker: boolean;
  readonly atMs: Ms;
  /** As it was told, word for word: what moved money is kept that way too (reliability.md I28). */
  readonly told: Told;
}

export type Told = Readonly<Record<string, unknown>>;

/** What the account holds in one market; + is YES. */
export interface SeenPosition {
  readonly ticker: string;
  readonly qty: Qty;
}

/** What the account was paid for one market; a correction is one more. */
export interface SeenSettlement {
  readonly ticker: string;
  /** Whole cents. */
  readonly revenue: Money;
  readonly atMs: Ms;
}

/** A list, and whether it is the whole of it: what is missing from a part of a list proves nothing. */
export interface SeenList<T> {
  readonly items: readonly T[];
  readonly complete: boolean;
}

/** What became of a request to place an order, as far as its answer says. */
export type Placed =
  /** Accepted, by a complete acknowledgement (reliability.md I4). */
  | {
      readonly type: "accepted";
      readonly exchangeId: string;
      readonly filledQty: Qty;
      readonly leftQty: Qty;
    }
  /** Refused for certain. */
  | { readonly type: "refused"; readonly reason: string; readonly isAuth: boolean }
  /** No byte of it was sent. */
  | { readonly type: "not_sent"; readonly reason: string }
  /** It may exist or not. */
  | { readonly type: "unknown"; readonly reason: string };
