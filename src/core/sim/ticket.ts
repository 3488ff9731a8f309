import type { VenueEvent } from "../events.ts";
import { createFeeAccumulator, type FeeAccumulator, type FeeSchedule } from "../fees.ts";
import type { Order } from "../orders.ts";
import type { OrderState } from "../records.ts";
import { type Ms, type Price, type Qty, qty, ZERO_QTY } from "../units.ts";

interface Piece {
  readonly price: Price;
  readonly qty: Qty;
  readonly isTaker: boolean;
}

/** One order at the simulated venue: numbers, adds up and charges its fills, and puts into words what became of it. */
export class Ticket {
  readonly order: Order;
  readonly #fees: FeeAccumulator;
  #fills = 0;
  #filledQty = ZERO_QTY;

  /** The terms of its arrival hold for all its fills. */
  constructor(order: Order, schedule: FeeSchedule) {
    this.order = order;
    this.#fees = createFeeAccumulator(schedule);
  }

  get isFilled(): boolean {
    return this.#filledQty === this.order.qty;
  }

  execute(piece: Piece, atMs: Ms): VenueEvent {
    const { action, orderId, side, ticker } = this.order;
    const fillId = `${orderId}-f${++this.#fills}`;
    const fee = this.#fees.charge({ ...piece, action }).net;
    this.#filledQty = qty(this.#filledQty + piece.qty);
    const fill = { fillId, orderId, ticker, side, action, ...piece, fee, atMs };
    return { type: "fill", fill, recvMs: atMs };
  }

  update(state: OrderState, reason: string, atMs: Ms): VenueEvent {
    const { orderId } = this.order;
    return { type: "order", orderId, state, filledQty: this.#filledQty, reason, recvMs: atMs };
  }
}
