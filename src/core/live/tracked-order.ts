import type { Order } from "../orders.ts";
import type { OrderState } from "../records.ts";
import type { Ms } from "../units.ts";
import { type Leg, legOf } from "./leg.ts";
import type { SeenOrder } from "./seen.ts";

/** How an order ended according to the exchange. */
export interface End {
  readonly state: OrderState;
  readonly reason: string;
  /** Contracts that traded; the order is not over here before as many are booked. */
  readonly filledQty: number;
}

/** One order of ours from before its request until everything about it is known. */
export interface TrackedOrder {
  readonly order: Order;
  readonly leg: Leg;
  /** Null while neither the market nor the exchange has said it. */
  exchangeIndex: number | null;
  /** When the exchange itself ends it; null for one that never rests, and where that is not known. */
  readonly expiresMs: Ms | null;
  readonly sentMs: Ms;
  /** Of an earlier run: nothing is traded before its end is known. */
  readonly isPast: boolean;
  /** The exchange's id; null until there is evidence that it exists there. */
  exchangeId: string | null;
  /** Since when nobody knows whether it exists; null while that is known or its answer is awaited. */
  unknownMs: Ms | null;
  /** Whole lists in a row that reach beyond its last possible arrival and do not show it. */
  missedReads: number;
  /** Fills that are booked, by trade. */
  readonly trades: Set<string>;
  booked: number;
  /** Most that the exchange has said is filled. */
  toldQty: number;
  end: End | null;
  /** When its end was first asked for; null while it may go on. */
  cancelMs: Ms | null;
  /** Nothing more is expected of it: its end was told, with all its fills. */
  isOver: boolean;
}

/** What is known of an order before its request leaves. */
export interface Sent {
  readonly order: Order;
  readonly exchangeIndex: number | null;
  readonly expiresMs: Ms | null;
  readonly sentMs: Ms;
  /** Of an earlier run, from the journal: what is booked of it already. */
  readonly past?: { readonly trades: readonly string[]; readonly booked: number };
}

export function newTracked({ exchangeIndex, expiresMs, order, past, sentMs }: Sent): TrackedOrder {
  return {
    order,
    leg: legOf(order.side, order.action, order.price),
    exchangeIndex,
    expiresMs,
    sentMs,
    isPast: past !== undefined,
    exchangeId: null,
    unknownMs: null,
    missedReads: 0,
    trades: new Set(past?.trades),
    booked: past?.booked ?? 0,
    toldQty: 0,
    end: null,
    cancelMs: null,
    isOver: false,
  };
}

/** Why an order of the exchange with our id cannot be the one that we sent; null when it is. */
export function differenceOf({ leg, order }: TrackedOrder, seen: SeenOrder): string | null {
  if (seen.ticker !== order.ticker) return `is in ${seen.ticker}, not ${order.ticker}`;
  if (seen.bookSide !== leg.bookSide) return `is a ${seen.bookSide}, not a ${leg.bookSide}`;
  if (seen.yesPrice !== leg.yesPrice) return `is at ${seen.yesPrice}, not ${leg.yesPrice}`;
  if (seen.initialQty !== order.qty) return `is for ${seen.initialQty}, not ${order.qty}`;
  return seen.filledQty > order.qty ? `has filled ${seen.filledQty} of ${order.qty}` : null;
}

/** The end that the exchange tells of; null for an order that rests. */
export function endOf(tracked: TrackedOrder, seen: SeenOrder, nowMs: Ms): End | null {
  const { filledQty, reason, status } = seen;
  if (status === "resting") return null;
  if (status === "executed") return { state: "filled", reason: "", filledQty };
  const { expiresMs } = tracked;
  // Lists do not say why; an order that nobody wanted to end and whose time was up has expired.
  const isExpired =
    reason === "ExpiryCancel" ||
    (reason === "" && tracked.cancelMs === null && expiresMs !== null && nowMs >= expiresMs);
  if (isExpired) return { state: "expired", reason: "expired", filledQty };
  return { state: "canceled", reason: reason === "" ? "canceled" : wordOf(reason), filledQty };
}

/** `PostOnlyCrossCancel` → `post_only_cross_cancel`. */
function wordOf(reason: string): string {
  return reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

/** Fills are missing that the exchange has told of. */
export function lacksFills({ booked, end, toldQty }: TrackedOrder): boolean {
  return booked < Math.max(toldQty, end?.filledQty ?? 0);
}
