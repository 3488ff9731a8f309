import type { FillEvent, MarketEvent, VenueEvent } from "../events.ts";
import type { Approved, Order } from "../orders.ts";
import type { PessimisticLeg, Ruling } from "../records.ts";
import { rulingOf } from "../settlement.ts";
import { type Money, type Ms, qty, ZERO_QTY } from "../units.ts";
import type { SimMarketAccess } from "./market-access.ts";
import { addProfit } from "./profit-range.ts";
import { ShadowBooks } from "./shadow-books.ts";
import { SimVenue, type SimVenueOptions } from "./venue.ts";

export interface ShadowParts {
  /** Terms of the venue that the account trades on. */
  readonly options: SimVenueOptions;
  /** The books that the engine decides by. */
  readonly access: SimMarketAccess;
  /** Legs of earlier runs on the account that still count, in the order in which they were written. */
  readonly past: readonly PessimisticLeg[];
  readonly record: (leg: PessimisticLeg) => void;
}

/**
 * A second account that sends the same orders and cancels to a venue on worse terms (models.md §5.4): the low end of what
 * the run would have made. It has fills, positions and a profit of its own, and nothing decides by them.
 */
export class ShadowAccount {
  readonly #venue: SimVenue;
  /** Realised profit by market. */
  readonly profits = new Map<string, number>();
  readonly #books = new ShadowBooks();
  readonly #record: (leg: PessimisticLeg) => void;
  /** Of the orders on their way or at rest. */
  readonly #strategies = new Map<string, string>();
  #contracts = ZERO_QTY;

  constructor({ access, options, past, record }: ShadowParts) {
    const books = this.#books;
    this.#venue = new SimVenue(options, {
      ...access,
      held: (ticker, side) => books.held(ticker, side),
    });
    this.#record = (leg) => {
      addProfit(this.profits, leg.ticker, leg.pnl);
      record(leg);
    };
    for (const leg of past) books.adopt(leg);
  }

  get realised(): Money {
    return this.#books.realised;
  }

  holds(ticker: string): boolean {
    return this.#books.holds(ticker);
  }

  /** Contracts of all fills together. */
  get contracts(): number {
    return this.#contracts;
  }

  submit(order: Approved<Order>, nowMs: Ms): void {
    this.#strategies.set(order.orderId, order.strategy);
    this.#venue.submit(order, nowMs);
  }

  cancel(orderId: string, nowMs: Ms): void {
    this.#venue.cancel(orderId, nowMs);
  }

  /** Takes what the market did, while the books still show what was before. */
  observe(event: MarketEvent): void {
    this.#advance(event.recvMs);
    this.#venue.observe(event);
    this.#advance(event.recvMs);
    const ruling = event.type === "settlement" ? rulingOf(event, event.recvMs) : null;
    if (ruling !== null) this.settle(ruling);
  }

  /** Takes what the account beside it was settled by, which may be the average of the index. Twice is as good as once. */
  settle(ruling: Ruling): void {
    for (const leg of this.#books.settle(ruling)) this.#record(leg);
  }

  /** Leaves no order behind. */
  finish(nowMs: Ms): void {
    this.#advance(nowMs);
    for (const answer of this.#venue.cancelAll(nowMs)) this.#take(answer);
  }

  /** Answer by answer: what one of them fills, the next arrival may sell. */
  #advance(untilMs: Ms): void {
    for (let at = this.#venue.nextMs(); at !== null && at <= untilMs; at = this.#venue.nextMs()) {
      for (const answer of this.#venue.advance(at)) this.#take(answer);
    }
  }

  #take(answer: VenueEvent): void {
    if (answer.type === "fill") this.#fill(answer);
    else if (answer.state !== "resting") this.#strategies.delete(answer.orderId);
  }

  #fill({ fill }: FillEvent): void {
    const { action, atMs, fee, orderId, price, qty: size, side, ticker } = fill;
    const strategy = this.#strategies.get(orderId) ?? "";
    const pnl = this.#books.fill(fill, strategy)?.pnl ?? null;
    this.#contracts = qty(this.#contracts + size);
    const leg = { atMs, ticker, strategy, orderId, action, side, price, qty: size, fee, pnl };
    this.#record({ ...leg, ruling: null });
  }
}
