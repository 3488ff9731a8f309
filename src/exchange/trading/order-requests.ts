// Requests about orders, from the checks to the answer (kalshi.md §2.9).

import type { Rng } from "../random.ts";
import type { WorldMarket } from "../world.ts";
import {
  type CheckContext,
  checkCreate,
  isCount,
  isExpired,
  isPastClose,
  pauseRefusal,
  statusRefusal,
} from "./checks.ts";
import type { Engine } from "./engine.ts";
import type { LiveOrder } from "./order-store.ts";
import { bidOf, isOnGrid } from "./prices.ts";
import {
  FILL_OR_KILL_INSUFFICIENT,
  INSUFFICIENT_BALANCE,
  INVALID_PRICE,
  invalidOrder,
  MARKET_INACTIVE,
  MARKET_NOT_ACTIVE,
  NOT_FOUND,
  ORDER_ALREADY_EXISTS,
  TRADING_IS_PAUSED,
} from "./refusals.ts";
import {
  type AmendRequest,
  type CancelAnswer,
  type DeskRefusal,
  isRefused,
  type OrderAnswer,
  type OrderName,
  type OrderRequest,
  type OrderState,
} from "./types.ts";

export interface OrderRequestsOptions {
  readonly context: CheckContext;
  readonly engine: Engine;
  /** Order ids come from here. */
  readonly rng: Rng;
  /** Called with every order that was placed or changed, after it was matched. */
  readonly onPlaced: (order: LiveOrder) => void;
}

export class OrderRequests {
  readonly #context: CheckContext;
  readonly #engine: Engine;
  readonly #rng: Rng;
  readonly #onPlaced: (order: LiveOrder) => void;

  constructor({ context, engine, rng, onPlaced }: OrderRequestsOptions) {
    this.#context = context;
    this.#engine = engine;
    this.#rng = rng;
    this.#onPlaced = onPlaced;
  }

  create(request: OrderRequest): OrderAnswer | DeskRefusal {
    const market = checkCreate(this.#context, request);
    if (isRefused(market)) return market;
    const state = this.#newOrder(request, market);
    const others = this.#context.orders.openIn(state.ticker);
    const refusal = this.#bookRefusal(state, others);
    if (refusal !== null) return refusal;
    if (this.#isKilled(state, others)) {
      this.#context.orders.use(state.clientOrderId, null);
      return FILL_OR_KILL_INSUFFICIENT;
    }
    const fillsBefore = this.#engine.fills.length;
    const order = this.#context.orders.add(state);
    this.#engine.place(order);
    this.#onPlaced(order);
    return this.#answer(order, fillsBefore);
  }

  #newOrder(request: OrderRequest, market: WorldMarket): OrderState {
    const { expirationS, exchangeIndex: _asked, countCq, ...terms } = request;
    const nowMs = this.#context.world.nowMs();
    return {
      ...terms,
      orderId: this.#rng.uuid(),
      initialCq: countCq,
      filledCq: 0,
      leftCq: countCq,
      status: "resting",
      expirationMs: expirationS === null ? null : expirationS * 1000,
      exchangeIndex: market.exchangeIndex,
      takerCostUd: 0,
      makerCostUd: 0,
      takerFeesUd: 0,
      makerFeesUd: 0,
      createdMs: nowMs,
      updatedMs: nowMs,
      reason: "",
    };
  }

  /** Refusals that depend on money and on the book. */
  #bookRefusal(order: OrderState, others: readonly LiveOrder[]): DeskRefusal | null {
    const floor = this.#engine.floor(order.ticker);
    if (floor === undefined) return MARKET_NOT_ACTIVE;
    if (!this.#engine.canReserve(order, others)) return INSUFFICIENT_BALANCE;
    const { side, priceCc } = bidOf(order);
    const front = floor.front(side === "yes" ? "no" : "yes");
    const isCrossing = front !== null && front.priceCc + priceCc >= 10_000;
    return order.isPostOnly && isCrossing ? invalidOrder("post only cross") : null;
  }

  /** A fill-or-kill order without enough to meet, unless it would meet its owner: then it is just immediate. */
  #isKilled(order: OrderState, others: readonly LiveOrder[]): boolean {
    const floor = this.#engine.floor(order.ticker);
    if (order.timeInForce !== "fill_or_kill" || floor === undefined) return false;
    const { side, priceCc } = bidOf(order);
    const meetsSelf = others.some(({ place }) => {
      if (place === null || place.side === side || place.priceCc + priceCc < 10_000) return false;
      return floor.aheadCq(place) < order.leftCq;
    });
    if (meetsSelf) return false;
    const thereCq = floor.sizeTo(side === "yes" ? "no" : "yes", 10_000 - priceCc);
    return Math.min(thereCq, this.#engine.wantedCq(order)) < order.leftCq;
  }

  amend(request: AmendRequest): OrderAnswer | DeskRefusal {
    const order = this.#find(request);
    if (isRefused(order)) return order;
    const refusal = this.#amendRefusal(request, order.state);
    if (refusal !== null) return refusal;
    const fillsBefore = this.#engine.fills.length;
    const { state } = order;
    const terms = amendedTerms(request, state);
    const leftCq = request.countCq - state.filledCq;
    if (request.priceCc === state.priceCc && leftCq < state.leftCq) {
      this.#engine.shrink(order, state.leftCq - leftCq, terms);
    } else {
      const others = this.#context.orders.openIn(state.ticker).filter((other) => other !== order);
      const denied = this.#bookRefusal({ ...state, ...terms, leftCq }, others);
      if (denied !== null) return denied;
      this.#engine.move(order, { ...terms, leftCq });
    }
    this.#context.orders.use(order.state.clientOrderId, order.state.orderId);
    this.#onPlaced(order);
    return this.#answer(order, fillsBefore);
  }

  #amendRefusal(request: AmendRequest, order: OrderState): DeskRefusal | null {
    const market = this.#context.world.market(order.ticker);
    if (market === undefined) return NOT_FOUND;
    const paused = pauseRefusal(this.#context.shards, order.exchangeIndex) ?? statusRefusal(market);
    if (paused !== null) return paused;
    if (!isOnGrid(market, request.priceCc)) return INVALID_PRICE;
    if (request.side !== order.side) return invalidOrder("side mismatch");
    if (request.clientOrderId !== null && request.clientOrderId !== order.clientOrderId) {
      return invalidOrder("client order id mismatch");
    }
    if (!isCount(request.countCq - order.filledCq)) return invalidOrder("invalid count");
    if (isExpired(request.expirationS, this.#context.world.nowMs())) {
      return invalidOrder("expiration time in the past");
    }
    const updated = request.updatedClientOrderId;
    const isRepeated = updated !== order.clientOrderId && this.#context.orders.isUsed(updated);
    return isRepeated ? ORDER_ALREADY_EXISTS : null;
  }

  decrease(
    name: OrderName,
    by: { readonly byCq: number } | { readonly toCq: number },
  ): CancelAnswer | DeskRefusal {
    const order = this.#find(name);
    if (isRefused(order)) return order;
    const { leftCq } = order.state;
    // More than there is takes all there is; a target at or above what is left is no decrease.
    const byCq = "byCq" in by ? Math.min(by.byCq, leftCq) : leftCq - by.toCq;
    if (!isCount(byCq) || byCq > leftCq) return invalidOrder("invalid count");
    if (byCq === leftCq) this.#engine.cancel(order, "Decrease");
    else this.#engine.shrink(order, byCq, { reason: "Decrease" });
    return { order: order.state, reducedCq: byCq };
  }

  cancel(name: OrderName): CancelAnswer | DeskRefusal {
    const order = this.#find(name);
    if (isRefused(order)) return order;
    const reducedCq = order.state.leftCq;
    this.#engine.cancel(order, "Decrease");
    return { order: order.state, reducedCq };
  }

  /** The resting order of a request that names one; the shard decides where it is looked for (kalshi.md §2.9). */
  #find(name: OrderName): LiveOrder | DeskRefusal {
    const { world, shards, orders } = this.#context;
    const shard = this.#shardOf(name);
    if (!shards.has(shard)) return NOT_FOUND;
    if (!shards.isExchangeActive(shard)) return TRADING_IS_PAUSED;
    const order = orders.get(name.orderId);
    if (order === undefined || order.state.exchangeIndex !== shard) return NOT_FOUND;
    const { ticker, status } = order.state;
    const market = world.market(ticker);
    if (market === undefined || ticker !== (name.ticker ?? ticker)) return NOT_FOUND;
    if (isPastClose(market.status)) return MARKET_INACTIVE;
    return status === "resting" ? order : NOT_FOUND;
  }

  #shardOf({ ticker, exchangeIndex }: OrderName): number {
    if (exchangeIndex !== null && exchangeIndex !== -1) return exchangeIndex;
    return ticker === null ? 0 : (this.#context.world.market(ticker)?.exchangeIndex ?? 0);
  }

  #answer({ state }: LiveOrder, fillsBefore: number): OrderAnswer {
    const fills = this.#engine.fills
      .slice(fillsBefore)
      .filter((fill) => fill.orderId === state.orderId);
    let [filledCq, costUd, feesUd] = [0, 0, 0];
    for (const fill of fills) {
      filledCq += fill.countCq;
      costUd += fill.priceCc * fill.countCq;
      feesUd += fill.feeUd;
    }
    return { order: state, filledCq, costUd, feesUd };
  }
}

function amendedTerms(request: AmendRequest, order: OrderState): Partial<OrderState> {
  const { expirationS, updatedClientOrderId } = request;
  const cleared = expirationS === 0 ? null : (expirationS ?? 0) * 1000;
  return {
    priceCc: request.priceCc,
    initialCq: request.countCq,
    clientOrderId: updatedClientOrderId ?? order.clientOrderId,
    expirationMs: expirationS === undefined ? order.expirationMs : cleared,
    reason: "Amend",
  };
}
