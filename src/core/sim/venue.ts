import type { Book } from "../book.ts";
import type { MarketEvent, VenueEvent } from "../events.ts";
import { createFeeAccumulator, type FeeSchedule } from "../fees.ts";
import type { Approved, Order } from "../orders.ts";
import type { FillRecord } from "../records.ts";
import { type Ms, type Price, price, type Qty, qty, type Side, ZERO_QTY } from "../units.ts";
import { walkBook } from "./walk.ts";

// The simulated venue of paper and backtest. An order meets the book of submit time + latency, takes only part of what
// is displayed, and what it took stays taken until the exchange updates that level (models.md §5.2).

export interface SimVenueOptions {
  /** Time from decision to the matching engine, milliseconds. */
  readonly latencyMs: Ms;
  /** Share of the displayed size up to the limit that one order may take. */
  readonly participation: number;
  /** Share of each level that is gone by the time we arrive. */
  readonly haircut: number;
  /** A book without any sign of life for longer fills nothing. */
  readonly bookStaleMs: Ms;
}

/** What the venue needs to know of the market; the engine answers from its own books. */
export interface SimMarketAccess {
  book(ticker: string): Book | undefined;
  closeMs(ticker: string): Ms | undefined;
  /** Receive time of the newest message of the book feed. */
  bookFeedMs(): Ms;
  /** What a fill at that time costs; undefined while that is not known. */
  fees(ticker: string, atMs: Ms): FeeSchedule | undefined;
}

interface Pending {
  readonly order: Approved<Order>;
  readonly dueMs: Ms;
}

export class SimVenue {
  readonly #options: SimVenueOptions;
  readonly #access: SimMarketAccess;
  /** In order of submission, which with one latency is the order of arrival. */
  readonly #pending: Pending[] = [];
  /** Size we took per ask level, by ticker, side and price, until that level is next updated. */
  readonly #taken = new Map<string, Map<string, number>>();

  constructor(options: SimVenueOptions, access: SimMarketAccess) {
    this.#options = options;
    this.#access = access;
  }

  submit(order: Approved<Order>, nowMs: Ms): void {
    this.#pending.push({ order, dueMs: nowMs + this.#options.latencyMs });
  }

  nextMs(): Ms | null {
    return this.#pending[0]?.dueMs ?? null;
  }

  observe(event: MarketEvent): void {
    if (event.type !== "delta" && event.type !== "snapshot") return;
    const taken = this.#taken.get(event.ticker);
    if (taken === undefined) return;
    if (event.type === "snapshot") this.#taken.delete(event.ticker);
    else taken.delete(`${event.side}${event.price}`);
  }

  advance(nowMs: Ms): readonly VenueEvent[] {
    const events: VenueEvent[] = [];
    for (;;) {
      const next = this.#pending[0];
      if (next === undefined || next.dueMs > nowMs) return events;
      this.#pending.shift();
      this.#match(next.order, next.dueMs, events);
    }
  }

  cancelAll(nowMs: Ms): readonly VenueEvent[] {
    return this.#pending.splice(0).map(({ order }) => ({
      type: "order",
      orderId: order.orderId,
      state: "canceled",
      filledQty: ZERO_QTY,
      reason: "run_ended",
      recvMs: nowMs,
    }));
  }

  #match(order: Approved<Order>, atMs: Ms, events: VenueEvent[]): void {
    const schedule = this.#access.fees(order.ticker, atMs);
    const refusal =
      this.#refusal(order.ticker, atMs) ?? (schedule === undefined ? "fee_unknown" : null);
    const fills = schedule === undefined || refusal !== null ? [] : this.#fills(order, schedule);
    let filled = 0;
    for (const fill of fills) {
      filled += fill.qty;
      const fillId = `${order.orderId}-f${events.length + 1}`;
      events.push({ type: "fill", recvMs: atMs, fill: { ...fill, fillId, atMs } });
    }
    const complete = filled === order.qty;
    events.push({
      type: "order",
      orderId: order.orderId,
      state: complete ? "filled" : "canceled",
      filledQty: qty(filled),
      reason: complete ? "" : (refusal ?? "ioc_remainder"),
      recvMs: atMs,
    });
  }

  #fills(order: Approved<Order>, schedule: FeeSchedule): Omit<FillRecord, "fillId" | "atMs">[] {
    const { action, orderId, side, ticker } = order;
    const fees = createFeeAccumulator(schedule);
    return this.#walk(order).map(([at, size]) => {
      const fee = fees.charge({ action, price: at, qty: size, isTaker: true }).net;
      return { orderId, ticker, side, action, price: at, qty: size, fee, isTaker: true };
    });
  }

  /** Why nothing can fill now; null when the book is fit to trade on. */
  #refusal(ticker: string, atMs: Ms): string | null {
    const closeMs = this.#access.closeMs(ticker);
    if (closeMs === undefined || atMs >= closeMs) return "market_closed";
    const book = this.#access.book(ticker);
    if (book === undefined || book.problem !== null) return "no_book";
    if (book.crossed) return "book_crossed";
    if (atMs - this.#access.bookFeedMs() > this.#options.bookStaleMs) return "book_stale";
    return null;
  }

  #walk(order: Approved<Order>): [Price, Qty][] {
    const book = this.#access.book(order.ticker);
    if (book === undefined) return [];
    const taken = this.#taken.get(order.ticker) ?? new Map<string, number>();
    const restingSide: Side = order.side === "yes" ? "no" : "yes";
    const levelKey = (ask: number): string => `${restingSide}${10_000 - ask}`;
    const asks = book
      .asks(order.side, order.price)
      .map(([ask, size]): [number, number] => [ask, size - (taken.get(levelKey(ask)) ?? 0)])
      .filter(([, size]) => size > 0);
    const walked = walkBook({
      asks,
      qty: order.qty,
      limit: order.price,
      participation: this.#options.participation,
      haircut: this.#options.haircut,
    });
    const fills = walked.fills.map(([ask, size]): [Price, Qty] => [price(ask), qty(size)]);
    for (const [ask, size] of fills) {
      taken.set(levelKey(ask), (taken.get(levelKey(ask)) ?? 0) + size);
    }
    if (fills.length > 0) this.#taken.set(order.ticker, taken);
    return fills.filter(([, size]) => size > ZERO_QTY);
  }
}
