import type { VenueEvent } from "../events.ts";
import type { FillRecord, OrderState } from "../records.ts";
import { type Ms, qty } from "../units.ts";
import { ownPrice } from "./leg.ts";
import type { Placed, SeenFill, SeenOrder } from "./seen.ts";
import { differenceOf, endOf, newTracked, type Sent, type TrackedOrder } from "./tracked-order.ts";

/** Something about our orders that cannot be, and that a person must look at before anything else is traded. */
interface Trouble {
  readonly orderId: string;
  readonly what: string;
}

interface TrackerLinks {
  say(event: VenueEvent): void;
  trouble(trouble: Trouble): void;
}

/** One list can be wrong (reliability.md R16). */
const MISSED_READS = 3;
const NO_FILLS = { filledQty: 0 } as const;

/**
 * Every order of ours and what the exchange has said of it. Answers, lists and socket messages may come in any order, twice
 * or not at all: an order only moves forward, what is over stays over, each fill is booked once, and an order whose fate is
 * not known stays so until there is evidence (reliability.md I4 to I6).
 */
export class OrderTracker {
  readonly #links: TrackerLinks;
  readonly #orders = new Map<string, TrackedOrder>();
  readonly #byClient = new Map<string, TrackedOrder>();
  readonly #byExchange = new Map<string, TrackedOrder>();
  /** Fills of orders that are not known by the exchange's id yet. */
  readonly #unmatched = new Map<string, SeenFill>();
  /** Trades of earlier runs that are booked; their orders are over and not known here. */
  readonly #past: ReadonlySet<string>;
  #fills = 0;
  #changedMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(links: TrackerLinks, pastTrades: Iterable<string> = []) {
    this.#links = links;
    this.#past = new Set(pastTrades);
  }

  /** Before the request leaves: what is not here would be somebody else's. */
  track(sent: Sent): TrackedOrder {
    const { clientOrderId, orderId } = sent.order;
    if (this.#orders.has(orderId) || this.#byClient.has(clientOrderId)) {
      throw new RangeError(`order ${orderId} is tracked already`);
    }
    const tracked = newTracked(sent);
    this.#orders.set(orderId, tracked);
    this.#byClient.set(clientOrderId, tracked);
    return tracked;
  }

  /** Fills booked so far. */
  get fills(): number {
    return this.#fills;
  }

  /** When the account last changed by an order of ours. */
  get changedMs(): Ms {
    return this.#changedMs;
  }

  get(orderId: string): TrackedOrder | undefined {
    return this.#orders.get(orderId);
  }

  /** Orders that something is still expected of, oldest first. */
  open(): TrackedOrder[] {
    return [...this.#orders.values()].filter(({ isOver }) => !isOver);
  }

  isOurs({ clientOrderId, exchangeId }: SeenOrder): boolean {
    return this.#find(exchangeId, clientOrderId) !== undefined;
  }

  /** Fills in a market that belong to no order known by the exchange's id. */
  unmatched(ticker: string): readonly SeenFill[] {
    return [...this.#unmatched.values()].filter((fill) => fill.ticker === ticker);
  }

  answered(orderId: string, placed: Placed, nowMs: Ms): void {
    const tracked = this.#orders.get(orderId);
    if (tracked === undefined || tracked.isOver) return;
    if (placed.type === "accepted") this.#accepted(tracked, placed, nowMs);
    // It was seen meanwhile, so it exists, whatever the answer says.
    else if (tracked.exchangeId !== null) return;
    else if (placed.type === "unknown") {
      tracked.unknownMs = nowMs;
      this.#update(tracked, "unknown", placed.reason, nowMs);
    } else {
      const state = placed.type === "refused" ? "rejected" : "canceled";
      tracked.end = { state, reason: placed.reason, ...NO_FILLS };
      this.#conclude(tracked, nowMs);
    }
  }

  #accepted(tracked: TrackedOrder, placed: Extract<Placed, { type: "accepted" }>, nowMs: Ms): void {
    const { filledQty, leftQty } = placed;
    const { order } = tracked;
    const isNew = tracked.exchangeId === null;
    if (!this.#identify(tracked, placed.exchangeId, nowMs)) return;
    tracked.toldQty = Math.max(tracked.toldQty, filledQty);
    // What rests is told of when it rests: a post-only order that would cross is cancelled after its acknowledgement.
    if (filledQty === order.qty) tracked.end ??= { state: "filled", reason: "", filledQty };
    else if (order.timeInForce === "ioc" && leftQty === 0) {
      tracked.end ??= { state: "canceled", reason: "ioc_remainder", filledQty };
    } else if (isNew && tracked.end === null && order.timeInForce === "gtc" && leftQty > 0) {
      this.#update(tracked, "resting", "", nowMs);
    }
    this.#conclude(tracked, nowMs);
  }

  /** Takes an order as the exchange tells of it; false when it is not one of ours. */
  saw(seen: SeenOrder, nowMs: Ms): boolean {
    const tracked = this.#find(seen.exchangeId, seen.clientOrderId);
    if (tracked === undefined) return false;
    const difference = differenceOf(tracked, seen);
    if (difference !== null) {
      this.#trouble(tracked, `order ${seen.exchangeId} of the exchange ${difference}`);
      return true;
    }
    const isNews = tracked.exchangeId === null;
    tracked.exchangeIndex = seen.exchangeIndex ?? tracked.exchangeIndex;
    if (!this.#identify(tracked, seen.exchangeId, nowMs)) return true;
    tracked.toldQty = Math.max(tracked.toldQty, seen.filledQty);
    const end = endOf(tracked, seen, nowMs);
    if (end !== null && tracked.end === null) tracked.end = end;
    if (isNews && tracked.end === null) this.#update(tracked, "resting", "", nowMs);
    this.#conclude(tracked, nowMs);
    return true;
  }

  /** Books a fill once, however often and by whatever way it is told. */
  sawFill(fill: SeenFill, nowMs: Ms): void {
    const tracked = this.#find(fill.exchangeId, fill.clientOrderId);
    if (tracked === undefined) {
      if (this.#past.has(fill.tradeId)) return;
      this.#unmatched.set(`${fill.tradeId} ${fill.exchangeId}`, fill);
      return;
    }
    if (this.#identify(tracked, fill.exchangeId, nowMs)) this.#book(tracked, fill, nowMs);
  }

  #book(tracked: TrackedOrder, fill: SeenFill, nowMs: Ms): void {
    const { leg, order, trades } = tracked;
    if (trades.has(fill.tradeId)) return;
    if (fill.ticker !== order.ticker || fill.bookSide !== leg.bookSide) {
      this.#trouble(tracked, `fill ${fill.tradeId} is of another market or side`);
      return;
    }
    trades.add(fill.tradeId);
    this.#fills++;
    this.#changedMs = nowMs;
    tracked.booked += fill.qty;
    if (tracked.booked > order.qty) this.#trouble(tracked, `filled beyond its ${order.qty}`);
    const { told } = fill;
    this.#links.say({ type: "fill", fill: recordOf(tracked, fill), told, recvMs: nowMs });
    if (tracked.isOver) return;
    if (tracked.booked >= order.qty) {
      tracked.end ??= { state: "filled", reason: "", filledQty: order.qty };
    }
    this.#conclude(tracked, nowMs);
    if (!tracked.isOver && order.timeInForce === "gtc" && tracked.end === null) {
      this.#update(tracked, "resting", "", nowMs);
    }
  }

  /** A whole list that it would be in does not show it; the last of several in a row is proof that it never arrived. */
  missed(orderId: string, nowMs: Ms): void {
    const tracked = this.#orders.get(orderId);
    if (tracked === undefined || tracked.exchangeId !== null) return;
    tracked.missedReads++;
    if (tracked.missedReads >= MISSED_READS) this.#absent(tracked, nowMs);
  }

  #absent(tracked: TrackedOrder, nowMs: Ms): void {
    tracked.end ??= { state: "canceled", reason: "never_arrived", ...NO_FILLS };
    this.#conclude(tracked, nowMs);
  }

  /** Drops what has been over since long before; late messages about it would be taken for somebody else's. */
  forget(beforeMs: Ms): void {
    for (const [orderId, { exchangeId, isOver, order, sentMs }] of this.#orders) {
      if (!isOver || sentMs >= beforeMs) continue;
      this.#orders.delete(orderId);
      this.#byClient.delete(order.clientOrderId);
      if (exchangeId !== null) this.#byExchange.delete(exchangeId);
    }
    for (const [key, { atMs }] of this.#unmatched) if (atMs < beforeMs) this.#unmatched.delete(key);
  }

  #find(exchangeId: string, clientOrderId: string | null): TrackedOrder | undefined {
    const byId = this.#byExchange.get(exchangeId);
    if (byId !== undefined || clientOrderId === null) return byId;
    return this.#byClient.get(clientOrderId);
  }

  /** Learns the exchange's id of an order, and books the fills that came before it. False when it has another one. */
  #identify(tracked: TrackedOrder, exchangeId: string, nowMs: Ms): boolean {
    if (tracked.exchangeId === exchangeId) return true;
    if (tracked.exchangeId !== null) {
      this.#trouble(tracked, `the exchange has it twice: ${tracked.exchangeId} and ${exchangeId}`);
      return false;
    }
    if (tracked.isOver) this.#reopen(tracked, nowMs);
    tracked.exchangeId = exchangeId;
    tracked.unknownMs = null;
    this.#byExchange.set(exchangeId, tracked);
    for (const [key, fill] of this.#unmatched) {
      if (fill.exchangeId !== exchangeId) continue;
      this.#unmatched.delete(key);
      this.#book(tracked, fill, nowMs);
    }
    return true;
  }

  /** What was taken for refused or lost exists after all: it is taken back, and somebody must look at it. */
  #reopen(tracked: TrackedOrder, nowMs: Ms): void {
    tracked.isOver = false;
    tracked.end = null;
    tracked.cancelMs ??= nowMs;
    this.#trouble(tracked, `exists at the exchange although it was given up`);
  }

  /** An order is over when its end is known and every fill of it is booked: until then it may still cost something. */
  #conclude(tracked: TrackedOrder, nowMs: Ms): void {
    const { end } = tracked;
    if (end === null || tracked.isOver) return;
    if (tracked.booked < Math.max(end.filledQty, tracked.toldQty)) return;
    tracked.isOver = true;
    tracked.unknownMs = null;
    this.#changedMs = nowMs;
    this.#update(tracked, end.state, end.reason, nowMs);
  }

  #update({ booked, order }: TrackedOrder, state: OrderState, reason: string, nowMs: Ms): void {
    const { orderId } = order;
    this.#links.say({
      type: "order",
      orderId,
      state,
      filledQty: qty(booked),
      reason,
      recvMs: nowMs,
    });
  }

  #trouble({ order }: TrackedOrder, what: string): void {
    this.#links.trouble({ orderId: order.orderId, what: `${order.orderId}: ${what}` });
  }
}

function recordOf({ order }: TrackedOrder, fill: SeenFill): FillRecord {
  const { action, orderId, side, ticker } = order;
  return {
    fillId: fill.tradeId,
    orderId,
    ticker,
    side,
    action,
    price: ownPrice(side, fill.yesPrice),
    qty: fill.qty,
    fee: fill.fee,
    isTaker: fill.isTaker,
    fillClass: null,
    atMs: fill.atMs,
  };
}
