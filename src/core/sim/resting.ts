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
import type { OrderState } from "../records.ts";
import { complement, type Ms, otherSide, PRICE_ONE, type Price, qty } from "../units.ts";
import { type Bid, bidOf } from "./bid.ts";
import type { QueueModel } from "./maker-queue.ts";
import type { SimMarketAccess } from "./market-access.ts";
import { QueuePlace } from "./queue-place.ts";
import type { Ticket } from "./ticket.ts";

interface RestingOrder {
  readonly ticket: Ticket;
  readonly bid: Bid;
  readonly place: QueuePlace;
}

interface RestingParts {
  readonly queueModel: QueueModel;
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
    this.#orders.set(order.orderId, { ticket, bid, place });
    this.#parts.say(ticket.update("resting", "", atMs));
  }

  /** Takes what the market did, while the books still show what was before. */
  observe(event: MarketEvent, atMs: Ms): void {
    if (this.#orders.size === 0) return;
    if (event.type === "delta") this.#onDelta(event, atMs);
    else if (event.type === "trade") this.#onTrade(event, atMs);
    else if (event.type === "snapshot") this.#onSnapshot(event, atMs);
    else if (event.type === "gap") this.#onGap(event);
  }

  /** When the next order ends by itself; null while none rests. */
  nextEndMs(): Ms | null {
    if (this.#orders.size === 0) return null;
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
      if (bid.price > at) {
        this.#fill(resting, place.tradeThrough(), atMs);
        continue;
      }
      const filled = place.trade(size, tradedMs);
      size -= filled;
      this.#fill(resting, filled, atMs);
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
        if (next > 0 && isCrossing(bid, price)) this.#fill(resting, place.tradeThrough(), atMs);
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
      this.#fill(resting, place.tradeThrough(), atMs);
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

  #fill({ ticket }: RestingOrder, size: number, atMs: Ms): void {
    if (size === 0) return;
    const { orderId, price } = ticket.order;
    this.#parts.say(ticket.execute({ price, qty: qty(size), isTaker: false }, atMs));
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
