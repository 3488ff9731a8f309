// Where orders meet the book: matching, resting, cancelling, each with the money that goes with it. Whether a request
// may be carried out is decided before (`checks.ts`).

import type { FloorOrder, Happening, World, WorldFloor, WorldTrade } from "../world.ts";
import type { Account, AccountTrade } from "./account.ts";
import { reserveUd } from "./collateral.ts";
import { type FeeSchedule, feeScheduleOf, fillFee } from "./fees.ts";
import type { LiveOrder, OrderStore } from "./order-store.ts";
import { bidOf, ownCc } from "./prices.ts";
import type {
  AccountEvent,
  CashPlace,
  FeeOf,
  FeeTerms,
  Fill,
  OrderState,
  OrderStatus,
  UpdateReason,
} from "./types.ts";

export interface EngineOptions {
  readonly world: World;
  readonly account: Account;
  readonly orders: OrderStore;
  readonly emit: (happening: Happening) => void;
  readonly tell: (event: AccountEvent) => void;
  /** Called after each fill, which may cancel other orders, or this one. */
  readonly onFilled: (order: OrderState, countCq: number) => void;
  /** What a market charges now; what its series was listed with when left out. */
  readonly feeOf?: FeeOf;
}

/** A fill as it changes the sums of its order. */
interface Booked {
  readonly countCq: number;
  readonly costUd: number;
  readonly feeUd: number;
  readonly isTaker: boolean;
}

const NO_SERIES: FeeTerms = { feeType: "quadratic", feeMultiplier: 1 };

export class Engine {
  readonly fills: Fill[] = [];
  readonly #options: EngineOptions;
  readonly #schedules = new Map<string, FeeSchedule>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  floor(ticker: string): WorldFloor | undefined {
    return this.#options.world.floor(ticker);
  }

  /** True when the free cash covers what `others` and this order would reserve together. */
  canReserve(order: OrderState, others: readonly LiveOrder[]): boolean {
    const { ticker, subaccount } = order;
    const wanted = this.#reserveUd([...others.map(({ state }) => state), order], order);
    const change = wanted - this.#options.account.reservedUd(ticker, subaccount);
    return change <= this.#options.account.availableUd(order);
  }

  /** Matches an accepted order, then rests or cancels what is left of it. */
  place(order: LiveOrder): void {
    this.#reserve(order.state);
    this.#match(order);
    const { status, timeInForce, leftCq } = order.state;
    if (status !== "resting") return;
    if (timeInForce !== "good_till_canceled") {
      const isCapped = order.state.isReduceOnly && this.#reducibleCq(order.state) === 0;
      this.cancel(order, isCapped ? "ReduceOnlyCancel" : "");
      return;
    }
    const { ticker } = order.state;
    const { side, priceCc } = bidOf(order.state);
    order.place = { orderId: order.state.orderId, side, priceCc, leftCq };
    this.floor(ticker)?.rest(order.place, this.#options.emit);
    this.#tellOrder(order);
    this.#tellBalance(order.state);
  }

  /** Takes an order out of the book and places it anew, behind all others, with new terms. */
  move(order: LiveOrder, terms: Partial<OrderState>): void {
    this.#lift(order);
    this.#options.orders.moveBack(order);
    this.#change(order, terms);
    this.#tellOrder(order);
    this.place(order);
  }

  #lift(order: LiveOrder): void {
    const { place, state } = order;
    if (place === null) return;
    order.place = null;
    this.floor(state.ticker)?.reduce(place, place.leftCq, this.#options.emit);
  }

  /** Takes size off an order, which keeps its place, and changes its other terms. */
  shrink(order: LiveOrder, byCq: number, terms: Partial<OrderState>): void {
    if (order.place !== null) {
      this.floor(order.state.ticker)?.reduce(order.place, byCq, this.#options.emit);
    }
    this.#change(order, { ...terms, leftCq: order.state.leftCq - byCq });
    this.#reserve(order.state);
    this.#tellOrder(order);
    this.#tellBalance(order.state);
  }

  cancel(order: LiveOrder, reason: UpdateReason): void {
    if (order.state.status !== "resting") return;
    this.#change(order, { status: "canceled", leftCq: 0, reason });
    this.#options.orders.close(order);
    this.#reserve(order.state);
    // Everybody hears of it when it is done: a client may act at the sight of the delta.
    this.#lift(order);
    this.#tellOrder(order);
    this.#tellBalance(order.state);
  }

  /** A resting order was hit by somebody else. */
  executed(orderId: string, trade: WorldTrade): void {
    const order = this.#options.orders.get(orderId);
    if (order !== undefined) this.#fill(order, trade, false);
  }

  #change(order: LiveOrder, terms: Partial<OrderState>): void {
    order.state = { ...order.state, ...terms, updatedMs: this.#options.world.nowMs() };
  }

  /** Brings what is reserved for one market up to date with its open orders. */
  #reserve({ ticker, exchangeIndex, subaccount }: OrderState): void {
    const place = { ticker, exchangeIndex, subaccount };
    const open = this.#options.orders.openIn(ticker).map(({ state }) => state);
    const { account, world } = this.#options;
    account.reserve(place, this.#reserveUd(open, place), world.nowMs());
  }

  #reserveUd(
    orders: readonly OrderState[],
    { ticker, subaccount }: { readonly ticker: string; readonly subaccount: number },
  ): number {
    const own = orders
      .filter((order) => order.subaccount === subaccount)
      .map((order) => (order.isReduceOnly ? { ...order, leftCq: this.wantedCq(order) } : order));
    const positionCq = this.#options.account.positionCq(ticker, subaccount);
    return reserveUd(own, positionCq, this.#schedule(ticker));
  }

  #match(order: LiveOrder): void {
    const floor = this.floor(order.state.ticker);
    if (floor === undefined) return;
    const { side, priceCc } = bidOf(order.state);
    const other = side === "yes" ? "no" : "yes";
    while (order.state.status === "resting") {
      const wantedCq = this.wantedCq(order.state);
      const front = floor.front(other);
      if (wantedCq === 0 || front === null || front.priceCc + priceCc < 10_000) return;
      if (front.order !== null) this.#meetSelf(order, front.order);
      else {
        const trade = floor.hit(other, wantedCq, (happening) => this.#publish(order, happening));
        if (trade === null) return;
        this.#fill(order, trade, true);
      }
    }
  }

  wantedCq(order: OrderState): number {
    return order.isReduceOnly ? Math.min(order.leftCq, this.#reducibleCq(order)) : order.leftCq;
  }

  #reducibleCq({ ticker, subaccount, side }: OrderState): number {
    const positionCq = this.#options.account.positionCq(ticker, subaccount);
    return Math.max(0, side === "bid" ? -positionCq : positionCq);
  }

  /** `taker_at_cross` stops the incoming order, `maker` takes the resting one away (kalshi.md §2.9). */
  #meetSelf(order: LiveOrder, resting: FloorOrder): void {
    if (order.state.selfTrade === "taker_at_cross") {
      this.cancel(order, "SelfTradeCancel");
      return;
    }
    const own = this.#options.orders.get(resting.orderId);
    if (own === undefined) throw new Error(`the book holds an unknown order ${resting.orderId}`);
    this.cancel(own, "SelfTradeCancel");
  }

  /** Whoever causes a change of the book finds his order's id in it. */
  #publish({ state }: LiveOrder, happening: Happening): void {
    const { emit } = this.#options;
    if (happening.type === "delta") emit({ ...happening, orderId: state.orderId });
    else emit(happening);
  }

  #fill(order: LiveOrder, trade: WorldTrade, isTaker: boolean): void {
    const { account, world, orders } = this.#options;
    const { ticker, side, exchangeIndex, subaccount } = order.state;
    const { yesPriceCc: priceCc, countCq, atMs } = trade;
    const eventTicker = world.market(ticker)?.eventTicker ?? "";
    const place = { exchangeIndex, subaccount };
    const deal = { ticker, eventTicker, ...place, side, priceCc, countCq, atMs };
    account.trade(deal);
    const leftCq = order.state.leftCq - countCq;
    if (leftCq === 0) {
      order.place = null;
      orders.close(order);
    }
    this.#change(order, { leftCq });
    this.#reserve(order.state);
    const feeUd = this.#feeUd(order, deal, isTaker);
    const position = account.charge(deal, feeUd);
    const costUd = ownCc(side, priceCc) * countCq;
    this.#change(order, afterFill(order.state, { countCq, costUd, feeUd, isTaker }));
    const fill = fillOf(order.state, trade, { isTaker, feeUd, positionCq: position.positionCq });
    this.fills.push(fill);
    this.#tellOrder(order);
    this.#options.tell({ type: "fill", fill, atMs });
    this.#options.tell({ type: "position", position, atMs });
    this.#tellBalance(order.state);
    this.#options.onFilled(order.state, countCq);
  }

  /** Fragments of a cent that the account does not have are not charged: rounding must not make it owe money. */
  #feeUd(order: LiveOrder, deal: AccountTrade, isTaker: boolean): number {
    const { side, priceCc, countCq } = deal;
    const input = { side, priceCc, countCq, isTaker, roundedUd: order.roundedUd };
    const { feeUd, roundedUd } = fillFee(input, this.#schedule(deal.ticker));
    order.roundedUd = roundedUd;
    return Math.min(feeUd, Math.max(0, this.#options.account.availableUd(deal)));
  }

  #schedule(ticker: string): FeeSchedule {
    const fee = this.#fee(ticker);
    const key = `${fee.feeType} ${fee.feeMultiplier}`;
    const known = this.#schedules.get(key);
    if (known !== undefined) return known;
    const schedule = feeScheduleOf(fee);
    this.#schedules.set(key, schedule);
    return schedule;
  }

  #fee(ticker: string): FeeTerms {
    const { world, feeOf } = this.#options;
    const market = world.market(ticker);
    if (market === undefined) return NO_SERIES;
    const series = world.series().find((one) => one.ticker === market.seriesTicker);
    return feeOf?.(market) ?? series ?? NO_SERIES;
  }

  #tellOrder(order: LiveOrder): void {
    const { state } = order;
    if (order.told === state) return;
    order.told = state;
    this.#options.tell({ type: "order", order: state, atMs: this.#options.world.nowMs() });
  }

  #tellBalance(place: CashPlace): void {
    const balance = this.#options.account.balance(place);
    this.#options.tell({ type: "balance", balance, atMs: this.#options.world.nowMs() });
  }
}

function afterFill(
  order: OrderState,
  { countCq, costUd, feeUd, isTaker }: Booked,
): Partial<OrderState> {
  const status: OrderStatus = order.leftCq === 0 ? "executed" : "resting";
  const sums = isTaker
    ? { takerCostUd: order.takerCostUd + costUd, takerFeesUd: order.takerFeesUd + feeUd }
    : { makerCostUd: order.makerCostUd + costUd, makerFeesUd: order.makerFeesUd + feeUd };
  return { ...sums, filledCq: order.filledCq + countCq, status, reason: "Trade" };
}

function fillOf(
  order: OrderState,
  { tradeId, yesPriceCc, countCq, atMs }: WorldTrade,
  own: { readonly isTaker: boolean; readonly feeUd: number; readonly positionCq: number },
): Fill {
  const { orderId, clientOrderId, ticker, exchangeIndex, side, subaccount } = order;
  const named = { tradeId, orderId, clientOrderId, ticker, exchangeIndex, side, subaccount };
  return { ...named, priceCc: yesPriceCc, countCq, atMs, ...own };
}
