import type { FloorOrder } from "../world.ts";
import type { OrderState } from "./types.ts";

/** An order while it lives: its present state and its place in the book. */
export interface LiveOrder {
  state: OrderState;
  /** Null while it is not in the book: still matching, or gone. */
  place: FloorOrder | null;
  /** Rounding fees not paid back yet (kalshi.md §5). */
  roundedUd: number;
  /** The state its owner was told last. */
  told: OrderState | null;
}

/** Every order ever accepted, and those that rest, in the order in which they entered the book. */
export class OrderStore {
  readonly #orders = new Map<string, LiveOrder>();
  /** Null for an order that was killed: it has no record, but its id is used up. */
  readonly #clientIds = new Map<string, string | null>();
  readonly #open = new Map<string, Set<LiveOrder>>();

  get(orderId: string): LiveOrder | undefined {
    return this.#orders.get(orderId);
  }

  byClientId(clientOrderId: string): OrderState | undefined {
    return this.#orders.get(this.#clientIds.get(clientOrderId) ?? "")?.state;
  }

  isUsed(clientOrderId: string | null): boolean {
    return clientOrderId !== null && this.#clientIds.has(clientOrderId);
  }

  use(clientOrderId: string | null, orderId: string | null): void {
    if (clientOrderId !== null) this.#clientIds.set(clientOrderId, orderId);
  }

  states(): readonly OrderState[] {
    return [...this.#orders.values()].map((order) => order.state);
  }

  add(state: OrderState): LiveOrder {
    const order: LiveOrder = { state, place: null, roundedUd: 0, told: null };
    this.#orders.set(state.orderId, order);
    this.use(state.clientOrderId, state.orderId);
    this.#openIn(state.ticker).add(order);
    return order;
  }

  /** Moves an order behind all others of its market. */
  moveBack(order: LiveOrder): void {
    const open = this.#openIn(order.state.ticker);
    open.delete(order);
    open.add(order);
  }

  close(order: LiveOrder): void {
    const { ticker } = order.state;
    const open = this.#openIn(ticker);
    open.delete(order);
    if (open.size === 0) this.#open.delete(ticker);
  }

  /** Open orders of one market. */
  openIn(ticker: string): readonly LiveOrder[] {
    return [...(this.#open.get(ticker) ?? [])];
  }

  /** Open orders everywhere. */
  open(): readonly LiveOrder[] {
    return [...this.#open.values()].flatMap((orders) => [...orders]);
  }

  #openIn(ticker: string): Set<LiveOrder> {
    const known = this.#open.get(ticker);
    if (known !== undefined) return known;
    const orders = new Set<LiveOrder>();
    this.#open.set(ticker, orders);
    return orders;
  }
}
