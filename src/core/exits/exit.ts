import { isOnGrid, type PriceRange, tickAt } from "../market.ts";
import { type Ms, type Price, price, type Qty } from "../units.ts";

// An exit is committed once and then worked down to flat (F76): the strategy is not asked again, since a market that
// recovers for a moment would have it hesitate in the middle. It ends flat, or stranded with the size that is left, after
// bounded time and attempts and above a floor; it never ends in silence.

/** On what terms a holding is sold. */
export interface ExitTerms {
  /** Stable word: `stop_loss`, `model_exit`, `roll`. */
  readonly reason: string;
  /** No order sells below it. */
  readonly floor: Price;
  readonly maxMs: Ms;
  /** Orders that may be sent. */
  readonly maxAttempts: number;
}

type ExitState = "working" | "flat" | "stranded";

/** One exit as it stands. */
export interface Exit {
  readonly terms: ExitTerms;
  readonly committedMs: Ms;
  /** Evaluation that it began with; all its orders point there. */
  readonly opportunityId: number;
  state: ExitState;
  attempts: number;
  /** The order that is under way. */
  orderId: string | null;
  /** When the newest order was sent. */
  triedMs: Ms;
}

/** What the next step depends on besides. */
export interface ExitSight {
  readonly nowMs: Ms;
  /** Contracts still held, unsigned. */
  readonly held: Qty;
  /** Best bid of the side that is held; null without one, and where the book is not fit to be traded on. */
  readonly bid: Price | null;
  /** The market's price grid. */
  readonly ranges: readonly PriceRange[];
  readonly isClosed: boolean;
}

export type ExitStep =
  | { readonly type: "wait"; readonly why: "order_under_way" | "no_bid" | "below_floor" | "pause" }
  | { readonly type: "sell"; readonly limit: Price; readonly qty: Qty }
  | { readonly type: "end"; readonly state: "flat" | "stranded"; readonly why: string };

/** Between two orders: what the last one took must be able to come back. */
const PAUSE_MS = 1000;
/** Each order that did not get all of it reaches one grid step further down, to this many. */
const STEPS_DOWN_MAX = 3;

const wait = (why: Extract<ExitStep, { type: "wait" }>["why"]): ExitStep => ({ type: "wait", why });
const strand = (why: string): ExitStep => ({ type: "end", state: "stranded", why });

/** What an exit that is still working does next. Pure; the order desk carries it out. */
export function nextExitStep(exit: Exit, sight: ExitSight): ExitStep {
  const { attempts, committedMs, orderId, terms, triedMs } = exit;
  const { bid, held, isClosed, nowMs } = sight;
  if (orderId !== null) return wait("order_under_way");
  if (held <= 0) return { type: "end", state: "flat", why: terms.reason };
  if (isClosed) return strand("market_closed");
  if (attempts >= terms.maxAttempts) return strand("attempts_used_up");
  if (nowMs - committedMs >= terms.maxMs) {
    return strand(bid !== null && bid < terms.floor ? "below_floor" : "time_used_up");
  }
  if (bid === null) return wait("no_bid");
  if (bid < terms.floor) return wait("below_floor");
  if (attempts > 0 && nowMs - triedMs < PAUSE_MS) return wait("pause");
  return { type: "sell", limit: limitOf(bid, exit, sight), qty: held };
}

/** So many steps below the bid as the attempts allow, less those that would leave the grid or pass the floor. */
function limitOf(bid: Price, { attempts, terms }: Exit, { ranges }: ExitSight): Price {
  const step = tickAt(ranges, bid);
  for (let steps = Math.min(attempts, STEPS_DOWN_MAX); steps > 0; steps--) {
    const limit = bid - steps * step;
    if (limit > 0 && limit >= terms.floor && isOnGrid(ranges, price(limit))) return price(limit);
  }
  return bid;
}
