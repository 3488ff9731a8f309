import type { VenueEvent } from "../events.ts";
import { ceilTo, createFeeAccumulator, type FeeAccumulator, type FeeSchedule } from "../fees.ts";
import type { Order } from "../orders.ts";
import type { FillClass, OrderState } from "../records.ts";
import { type Money, type Ms, money, type Price, type Qty, qty, ZERO_QTY } from "../units.ts";

interface Piece {
  readonly price: Price;
  readonly qty: Qty;
  readonly fillClass: FillClass;
}

/** What its fills cost. */
export interface Charges {
  /** The terms of its arrival hold for all its fills. */
  readonly schedule: FeeSchedule;
  /** The fee of each fill is rounded up to a multiple of this once more; 1 leaves it as the exchange charges it. */
  readonly feeStep: Money;
}

/** One order at the simulated venue: numbers, adds up and charges its fills, and puts into words what became of it. */
export class Ticket {
  readonly order: Order;
  readonly schedule: FeeSchedule;
  readonly #fees: FeeAccumulator;
  readonly #feeStep: Money;
  #fills = 0;
  #filledQty = ZERO_QTY;

  constructor(order: Order, { feeStep, schedule }: Charges) {
    this.order = order;
    this.schedule = schedule;
    this.#feeStep = feeStep;
    this.#fees = createFeeAccumulator(schedule);
  }

  get isFilled(): boolean {
    return this.#filledQty === this.order.qty;
  }

  execute(piece: Piece, atMs: Ms): VenueEvent {
    const { action, orderId, side, ticker } = this.order;
    const fillId = `${orderId}-f${++this.#fills}`;
    const isTaker = piece.fillClass === "crossed";
    const charged = this.#fees.charge({ ...piece, isTaker, action }).net;
    const fee = money(ceilTo(charged, this.#feeStep));
    this.#filledQty = qty(this.#filledQty + piece.qty);
    const fill = { fillId, orderId, ticker, side, action, ...piece, isTaker, fee, atMs };
    return { type: "fill", fill, recvMs: atMs };
  }

  update(state: OrderState, reason: string, atMs: Ms): VenueEvent {
    const { orderId } = this.order;
    return { type: "order", orderId, state, filledQty: this.#filledQty, reason, recvMs: atMs };
  }
}
