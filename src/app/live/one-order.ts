import { type FeeSchedule, takerFee } from "../../core/fees.ts";
import { IOC } from "../../core/orders.ts";
import {
  type LedgerRecord,
  type Opportunity,
  type OrderEventRecord,
  type OrderRecord,
  UNDER_WAY,
} from "../../core/records.ts";
import {
  hold,
  type Judged,
  type MarketView,
  type OwnFill,
  type Strategy,
  trade,
} from "../../core/strategy.ts";
import {
  complement,
  costOf,
  type Money,
  type Ms,
  money,
  PRICE_ONE,
  type Price,
  type Qty,
  qty,
  type Side,
  ZERO_QTY,
} from "../../core/units.ts";
import type { RowListener } from "../heard-recorder.ts";
import { BY_HAND } from "./errands.ts";

/** One purchase at the best ask, as it would be placed. */
export interface OrderPlan {
  readonly ticker: string;
  readonly side: Side;
  readonly price: Price;
  readonly qty: Qty;
  /** All of it at that price, fee included. */
  readonly cost: Money;
}

export interface OrderWish {
  readonly ticker: string;
  readonly side: Side;
  readonly maxCost: Money;
}

const CONTRACT = 100;

/**
 * An order that a person has asked for, as a strategy that wants one thing once: so it goes through every gate, the journal
 * and the order path of all others. It is sent only while the plan is word for word the one that was confirmed.
 */
export class OneOrder implements RowListener {
  readonly strategy: Strategy;
  readonly #wish: OrderWish;
  readonly #isConfirmed: (plan: OrderPlan) => boolean;
  #plan: OrderPlan | null = null;
  #plannedMs: Ms | null = null;
  #orderId: string | null = null;
  #end: OrderEventRecord | null = null;
  #filled: Qty = ZERO_QTY;
  #paid = 0;
  #reason = "no_book";

  constructor(wish: OrderWish, isConfirmed: (plan: OrderPlan) => boolean) {
    this.#wish = wish;
    this.#isConfirmed = isConfirmed;
    this.strategy = {
      name: BY_HAND,
      evaluate: (view) => this.#evaluate(view),
      onFill: (fill) => this.#onFill(fill),
    };
  }

  /** The newest plan; of an order that was placed, its own. Null before the book was seen. */
  get plan(): OrderPlan | null {
    return this.#plan;
  }

  /** When there was a plan for the first time. */
  get plannedMs(): Ms | null {
    return this.#plannedMs;
  }

  /** It is on file, and was on its way from then on. */
  get isAsked(): boolean {
    return this.#orderId !== null;
  }

  /** How it ended; null while it has not. */
  get end(): OrderEventRecord | null {
    return this.#end;
  }

  get filled(): { readonly qty: Qty; readonly cost: Money } {
    return { qty: this.#filled, cost: money(this.#paid) };
  }

  /** Why it was not placed, by the newest look at the market. */
  get reason(): string {
    return this.#reason;
  }

  opportunity({ reason, strategy, ticker }: Opportunity): void {
    const isOurs = strategy === BY_HAND && ticker === this.#wish.ticker && !this.isAsked;
    // The end of the run is no reason for what did not happen before it.
    if (isOurs && reason !== "risk.closed") this.#reason = reason;
  }

  // What an earlier run left behind is booked at the start, and is none of this order's.
  order({ orderId, strategy }: OrderRecord): void {
    if (strategy === BY_HAND) this.#orderId = orderId;
  }

  orderEvent(row: OrderEventRecord): void {
    if (row.orderId === this.#orderId && !UNDER_WAY.has(row.state)) this.#end = row;
  }

  ledger({ cost, orderId, qty: size }: LedgerRecord): void {
    if (orderId !== null && orderId === this.#orderId && size > 0) this.#paid += cost;
  }

  #onFill({ qty: size }: OwnFill): void {
    this.#filled = qty(this.#filled + size);
  }

  #evaluate(view: MarketView) {
    const { side, ticker } = this.#wish;
    if (view.market.ticker !== ticker) return hold(["not_asked"]);
    if (this.isAsked) return hold(["placed"]);
    if (view.bookProblem !== null) return hold([view.bookProblem]);
    if (view.fees === null) return hold(["fees_unknown"]);
    const price = askOf(view, side);
    if (price === null) return hold(["no_ask"]);
    const plan = planAt(this.#wish, price, view.fees);
    if (plan === null) return hold(["too_dear"]);
    this.#plan = plan;
    this.#plannedMs ??= view.nowMs;
    if (!this.#isConfirmed(plan)) return hold(["not_confirmed"]);
    const terms = { strategy: BY_HAND, action: "buy", side, ticker, price, qty: plan.qty } as const;
    // Whoever asks for more of what is held means it.
    return trade({ ...terms, ...IOC, mayAdd: true }, judgedAt(side, price));
  }
}

/** Who asks for it believes that it is worth what it costs; nothing else is known of it. */
function judgedAt(side: Side, at: Price): Judged {
  const p = (side === "yes" ? at : complement(at)) / PRICE_ONE;
  return { side, cost: null, ev: null, p };
}

function askOf({ yesAsk, yesBid }: MarketView, side: Side): Price | null {
  if (side === "yes") return yesAsk;
  return yesBid === null ? null : complement(yesBid);
}

/** As many whole contracts as the sum buys with their fee; null when it buys none. */
function planAt(
  { maxCost, side, ticker }: OrderWish,
  price: Price,
  fees: FeeSchedule,
): OrderPlan | null {
  const costAt = (contracts: number): Money => {
    const size = qty(contracts * CONTRACT);
    return money(costOf(price, size) + takerFee(price, size, fees));
  };
  let contracts = Math.floor(maxCost / costOf(price, qty(CONTRACT)));
  while (contracts > 0 && costAt(contracts) > maxCost) contracts--;
  if (contracts === 0) return null;
  return { ticker, side, price, qty: qty(contracts * CONTRACT), cost: costAt(contracts) };
}
