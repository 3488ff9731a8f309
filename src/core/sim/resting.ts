import type {
  BookDelta,
  BookSnapshot,
  FeedGap,
  Level,
  MarketEvent,
  PublicTrade,
  VenueEvent,
} from "../events.ts";
import type { Order } from "../orders.ts";
import type { FillClass, OrderState } from "../records.ts";
import { complement, type Ms, otherSide, PRICE_ONE, type Price, qty } from "../units.ts";
import { type Bid, bidOf } from "./bid.ts";
import { isLeftBehind } from "./left-behind.ts";
import type { QueueModel } from "./maker-queue.ts";
import type { SimMarketAccess } from "./market-access.ts";
import { QueuePlace } from "./queue-place.ts";
import type { Ticket } from "./ticket.ts";

interface RestingOrder {
  readonly ticket: Ticket;
  readonly bid: Bid;
  readonly place: QueuePlace;
  /** Since when the market has left it behind; null while it has not. */
  behindMs: Ms | null;
}

/**
 * What fills a resting order: `traded` believes in what was traded where it would have been met, and no more than that;
 * `likely` also in what our own order would have changed. A trade or quote through its price fills all of it, as does one
 * that takes all that is displayed there, and a bid that the market has left behind is somebody's soon.
 */
export type RestingFills = "traded" | "likely";

/** The fastest takers need this long to reach a bid that the market has left behind. */
const TAKER_REACTION_MS = 100;

export interface RestingTerms {
  /** Who of a queue is believed to leave it. */
  readonly queueModel: QueueModel;
  readonly restingFills: RestingFills;
}

interface RestingParts extends RestingTerms {
  readonly access: SimMarketAccess;
  say(answer: VenueEvent): void;
}

/**
 * Orders that wait in the queue of their price (models.md §5.3). They are in no real book: its sizes are those of the
 * others, and what trades there fills us as far as it would have reached us.
 */
export class RestingOrders {
  readonly #parts: RestingParts;
  /** By order id, in the order of arrival. */
  readonly #orders = new Map<string, RestingOrder>();

  constructor(parts: RestingParts) {
    this.#parts = parts;
  }

  add(ticket: Ticket, atMs: Ms): void {
    const { access, queueModel } = this.#parts;
    const { order } = ticket;
    const bid = bidOf(order);
    const front = access.book(order.ticker)?.sizeAt(bid.side, bid.price) ?? 0;
    const place = new QueuePlace(queueModel, { front, qty: order.qty, sinceMs: atMs });
    this.#orders.set(order.orderId, { ticket, bid, place, behindMs: null });
    this.#parts.say(ticket.update("resting", "", atMs));
  }

  get isEmpty(): boolean {
    return this.#orders.size === 0;
  }

  /** Takes what the market did, while the books still show what was before. */
  observe(event: MarketEvent, atMs: Ms): void {
    if (this.isEmpty) return;
    if (this.#isLenient) this.#takeLeftBehind(atMs);
    if (event.type === "delta") this.#onDelta(event, atMs);
    else if (event.type === "trade") this.#onTrade(event, atMs);
    else if (event.type === "snapshot") this.#onSnapshot(event, atMs);
    else if (event.type === "gap") this.#onGap(event);
  }

  /** When the next order ends by itself; null while none rests. */
  nextEndMs(): Ms | null {
    if (this.isEmpty) return null;
    let next = Number.POSITIVE_INFINITY;
    for (const { ticket } of this.#orders.values()) {
      next = Math.min(next, this.#closeMs(ticket.order), expiryOf(ticket.order));
    }
    return next;
  }

  /** Ends the orders whose time has come. */
  endDue(atMs: Ms): void {
    for (const { ticket } of this.#orders.values()) {
      const { order } = ticket;
      if (expiryOf(order) <= atMs) this.#end(ticket, ["expired", "expired"], atMs);
      else if (this.#closeMs(order) <= atMs) {
        this.#end(ticket, ["canceled", "market_closed"], atMs);
      }
    }
  }

  /** Says nothing when that order is gone. */
  cancel(orderId: string, atMs: Ms): void {
    const resting = this.#orders.get(orderId);
    if (resting !== undefined) this.#end(resting.ticket, ["canceled", "canceled"], atMs);
  }

  cancelAll(reason: string, atMs: Ms): void {
    for (const { ticket } of this.#orders.values()) this.#end(ticket, ["canceled", reason], atMs);
  }

  /** Takers of a side hit the bids of the other one. */
  #onTrade(trade: PublicTrade, atMs: Ms): void {
    const { exchangeMs, recvMs, takerSide, ticker, yesPrice } = trade;
    const side = otherSide(takerSide);
    const at = side === "yes" ? yesPrice : complement(yesPrice);
    const tradedMs = exchangeMs ?? recvMs;
    // Two of our orders at one price share what trades there.
    let size: number = trade.qty;
    for (const resting of this.#at(ticker)) {
      const { bid, place } = resting;
      if (!place.counts(tradedMs) || bid.side !== side || bid.price < at) continue;
      const fillClass = bid.price > at ? "through" : "queue";
      const filled = fillClass === "through" ? place.tradeBelow(size) : place.trade(size, tradedMs);
      size -= filled;
      this.#fill(resting, filled + this.#wanted(resting, fillClass), fillClass, atMs);
    }
  }

  #onDelta({ delta, exchangeMs, price, recvMs, side, ticker }: BookDelta, atMs: Ms): void {
    const book = this.#parts.access.book(ticker);
    // A book that is not good takes no change either.
    if (book === undefined || book.problem !== null) return;
    const previous = book.sizeAt(side, price);
    const next = previous + delta;
    for (const resting of this.#at(ticker)) {
      const { bid, place } = resting;
      // Something was lost: the book is about to be given up until its next snapshot.
      if (next < 0) place.lose();
      else if (!place.isKnown) continue;
      else if (side !== bid.side) {
        if (next > 0 && isCrossing(bid, price)) this.#quotedThrough(resting, atMs);
      } else if (price === bid.price) {
        place.depth({ previous, next, atMs: exchangeMs ?? recvMs });
      }
    }
  }

  #onSnapshot(snapshot: BookSnapshot, atMs: Ms): void {
    const { recvMs, ticker } = snapshot;
    const book = this.#parts.access.book(ticker);
    for (const resting of this.#at(ticker)) {
      const { bid, place } = resting;
      const next = sizeIn(snapshot[bid.side], bid.price);
      if (book === undefined || book.problem !== null || !place.isKnown)
        place.restart(next, recvMs);
      else {
        const previous = book.sizeAt(bid.side, bid.price);
        place.depth({ previous, next, atMs: recvMs });
      }
      const others = snapshot[otherSide(bid.side)];
      if (!others.some(([level, size]) => size > 0 && isCrossing(bid, level))) continue;
      this.#quotedThrough(resting, atMs);
    }
  }

  get #isLenient(): boolean {
    return this.#parts.restingFills === "likely";
  }

  /** What the taker of a trade may have wanted beyond what was there to be traded with. */
  #wanted({ bid, place, ticket }: RestingOrder, fillClass: FillClass): number {
    if (!this.#isLenient) return 0;
    if (fillClass === "through") return place.tradeThrough();
    const displayed = this.#parts.access.book(ticket.order.ticker)?.sizeAt(bid.side, bid.price);
    return place.isSwept(displayed ?? 0) ? place.tradeThrough() : 0;
  }

  #quotedThrough(resting: RestingOrder, atMs: Ms): void {
    if (this.#isLenient) this.#fill(resting, resting.place.tradeThrough(), "through", atMs);
  }

  #takeLeftBehind(atMs: Ms): void {
    for (const resting of this.#orders.values()) {
      const { bid, place, ticket } = resting;
      const book = this.#parts.access.book(ticket.order.ticker);
      const isBehind =
        book !== undefined && book.problem === null && isLeftBehind(book, bid, ticket.schedule);
      resting.behindMs = isBehind ? (resting.behindMs ?? atMs) : null;
      if (resting.behindMs === null || atMs - resting.behindMs < TAKER_REACTION_MS) continue;
      this.#fill(resting, place.tradeThrough(), "through", atMs);
    }
  }

  #onGap({ tickers }: FeedGap): void {
    for (const { place, ticket } of this.#orders.values()) {
      if (tickers.includes(ticket.order.ticker)) place.lose();
    }
  }

  *#at(ticker: string): Iterable<RestingOrder> {
    for (const resting of this.#orders.values()) {
      if (resting.ticket.order.ticker === ticker) yield resting;
    }
  }

  #fill({ ticket }: RestingOrder, size: number, fillClass: FillClass, atMs: Ms): void {
    if (size === 0) return;
    const { orderId, price } = ticket.order;
    this.#parts.say(ticket.execute({ price, qty: qty(size), fillClass }, atMs));
    if (ticket.isFilled) this.#orders.delete(orderId);
    this.#parts.say(ticket.update(ticket.isFilled ? "filled" : "resting", "", atMs));
  }

  #end(ticket: Ticket, [state, reason]: readonly [OrderState, string], atMs: Ms): void {
    this.#orders.delete(ticket.order.orderId);
    this.#parts.say(ticket.update(state, reason, atMs));
  }

  /** A market that is known no longer has closed. */
  #closeMs({ ticker }: Order): Ms {
    return this.#parts.access.closeMs(ticker) ?? Number.NEGATIVE_INFINITY;
  }
}

function expiryOf({ expiresMs }: Order): Ms {
  return expiresMs ?? Number.POSITIVE_INFINITY;
}

/** Whether a bid of the other side would trade with ours. */
function isCrossing(bid: Bid, other: Price): boolean {
  return bid.price + other >= PRICE_ONE;
}

function sizeIn(levels: readonly Level[], at: Price): number {
  return levels.reduce((sum, [level, size]) => (level === at ? sum + size : sum), 0);
}
