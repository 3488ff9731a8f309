import type { FillEvent, MarketEvent, Settlement, VenueEvent } from "../events.ts";
import type { Approved, Order } from "../orders.ts";
import { Portfolio, type Realised } from "../portfolio.ts";
import type { FillRecord, PessimisticLeg } from "../records.ts";
import { type Money, type Ms, money, type Qty, qty, type Side, ZERO_QTY } from "../units.ts";
import type { SimMarketAccess } from "./market-access.ts";
import { addProfit } from "./profit-range.ts";
import { SimVenue, type SimVenueOptions } from "./venue.ts";

/** A fill of the pessimistic account in an earlier run on it. */
export interface PastShadowFill {
  readonly fill: FillRecord;
  readonly strategy: string;
}

export interface ShadowParts {
  /** Terms of the venue that the account trades on. */
  readonly options: SimVenueOptions;
  /** The books that the engine decides by. */
  readonly access: SimMarketAccess;
  /** What earlier runs on the account left open, in the order in which it happened. */
  readonly past: readonly PastShadowFill[];
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
  readonly #portfolio = new Portfolio();
  readonly #record: (leg: PessimisticLeg) => void;
  /** Of the orders on their way or at rest. */
  readonly #strategies = new Map<string, string>();
  /** Whose what is held is. */
  readonly #holders = new Map<string, string>();
  #fills = 0;
  #contracts = ZERO_QTY;

  constructor({ access, options, past, record }: ShadowParts) {
    const held = (ticker: string, side: Side): Qty => {
      const signed: number = this.#portfolio.position(ticker)?.qty ?? 0;
      return qty(Math.max(0, side === "yes" ? signed : -signed));
    };
    this.#venue = new SimVenue(options, { ...access, held });
    this.#record = (leg) => {
      addProfit(this.profits, leg.ticker, leg.pnl);
      record(leg);
    };
    for (const { fill, strategy } of past) {
      this.#portfolio.adopt(fill);
      this.#holders.set(fill.ticker, strategy);
    }
  }

  get realised(): Money {
    return this.#portfolio.realised;
  }

  get fills(): number {
    return this.#fills;
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
    if (event.type === "settlement") this.#settle(event);
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
    const realised = this.#portfolio.applyFill(fill);
    this.#fills++;
    this.#contracts = qty(this.#contracts + size);
    if (this.#portfolio.position(ticker) === undefined) this.#holders.delete(ticker);
    else if (!this.#holders.has(ticker)) this.#holders.set(ticker, strategy);
    const pnl = realised?.pnl ?? null;
    this.#record({ atMs, ticker, strategy, orderId, action, side, price, qty: size, fee, pnl });
  }

  #settle({ final, recvMs, result, ticker }: Settlement): void {
    const realised = final ? this.#portfolio.settle(ticker, result) : null;
    if (realised === null) return;
    const strategy = this.#holders.get(ticker) ?? "";
    this.#holders.delete(ticker);
    this.#record(settledLeg(realised, { atMs: recvMs, ticker, strategy }));
  }
}

/** The end of a pessimistic position. */
export function settledLeg(
  { pnl, qty: size, side }: Realised,
  at: Pick<PessimisticLeg, "atMs" | "ticker" | "strategy">,
): PessimisticLeg {
  const none = { orderId: null, price: null, fee: money(0) };
  return { ...at, ...none, action: "settle", side, qty: size, pnl };
}
