import type { MarketEvent, VenueEvent } from "../events.ts";
import { createFeeAccumulator, type FeeSchedule } from "../fees.ts";
import type { Approved, Order } from "../orders.ts";
import type { OrderState } from "../records.ts";
import { type Ms, type Price, type Qty, qty, ZERO_QTY } from "../units.ts";
import { groundOf, type SimMarketAccess } from "./market-access.ts";
import { Taker, type TakerOptions } from "./taker.ts";

// The simulated venue of paper and backtest. Orders and cancels arrive after a latency, in the order in which they were
// sent, and meet the book of then (models.md §5).

export interface SimVenueOptions extends TakerOptions {
  /** Time from decision to the matching engine, milliseconds. */
  readonly latencyMs: Ms;
  /** A book without any sign of life for longer fills nothing. */
  readonly bookStaleMs: Ms;
}

/** What is on its way to the venue. */
type Command = { readonly dueMs: Ms } & (
  | { readonly type: "submit"; readonly order: Approved<Order> }
  | { readonly type: "cancel"; readonly orderId: string }
);

export class SimVenue {
  readonly #options: SimVenueOptions;
  readonly #access: SimMarketAccess;
  readonly #taker: Taker;
  /** In the order of sending, which with one latency is the order of arrival. */
  readonly #commands: Command[] = [];
  /** What happened and was not said yet, the oldest first. */
  #answers: VenueEvent[] = [];

  constructor(options: SimVenueOptions, access: SimMarketAccess) {
    this.#options = options;
    this.#access = access;
    this.#taker = new Taker(options);
  }

  submit(order: Approved<Order>, nowMs: Ms): void {
    this.#commands.push({ type: "submit", order, dueMs: nowMs + this.#options.latencyMs });
  }

  cancel(orderId: string, nowMs: Ms): void {
    this.#commands.push({ type: "cancel", orderId, dueMs: nowMs + this.#options.latencyMs });
  }

  nextMs(): Ms | null {
    return this.#commands[0]?.dueMs ?? null;
  }

  observe(event: MarketEvent): void {
    this.#taker.observe(event);
  }

  advance(nowMs: Ms): readonly VenueEvent[] {
    for (;;) {
      const next = this.#commands[0];
      if (next === undefined || next.dueMs > nowMs) break;
      this.#commands.shift();
      if (next.type === "submit") this.#arrive(next.order, next.dueMs);
    }
    return this.#spoken();
  }

  cancelAll(nowMs: Ms): readonly VenueEvent[] {
    for (const command of this.#commands.splice(0)) {
      if (command.type === "cancel") continue;
      this.#say(command.order, { state: "canceled", reason: "run_ended", atMs: nowMs });
    }
    return this.#spoken();
  }

  #arrive(order: Approved<Order>, atMs: Ms): void {
    const { bookStaleMs } = this.#options;
    const ground = groundOf(this.#access, { ticker: order.ticker, atMs, bookStaleMs });
    if (ground.refusal !== null) {
      this.#say(order, { state: "canceled", reason: ground.refusal, atMs });
      return;
    }
    const fills = this.#taker.take(order, ground.book);
    const filledQty = this.#fill(order, fills, { schedule: ground.schedule, atMs });
    const isComplete = filledQty === order.qty;
    const [state, reason] = isComplete ? ["filled" as const, ""] : IOC_REMAINDER;
    this.#say(order, { state, reason, atMs, filledQty });
  }

  #fill(
    order: Order,
    fills: readonly (readonly [Price, Qty])[],
    { atMs, schedule }: { readonly atMs: Ms; readonly schedule: FeeSchedule },
  ): Qty {
    const { action, orderId, side, ticker } = order;
    const fees = createFeeAccumulator(schedule);
    let filled = 0;
    for (const [index, [at, size]] of fills.entries()) {
      filled += size;
      const piece = { action, price: at, qty: size, isTaker: true };
      const ids = { fillId: `${orderId}-f${index + 1}`, orderId, ticker, side };
      const fill = { ...ids, ...piece, fee: fees.charge(piece).net, atMs };
      this.#answers.push({ type: "fill", recvMs: atMs, fill });
    }
    return qty(filled);
  }

  #say(
    { orderId }: Order,
    change: {
      readonly state: OrderState;
      readonly reason: string;
      readonly atMs: Ms;
      readonly filledQty?: Qty;
    },
  ): void {
    const { atMs, filledQty = ZERO_QTY, reason, state } = change;
    this.#answers.push({ type: "order", orderId, state, filledQty, reason, recvMs: atMs });
  }

  #spoken(): readonly VenueEvent[] {
    const answers = this.#answers;
    if (answers.length > 0) this.#answers = [];
    return answers;
  }
}

const IOC_REMAINDER = ["canceled", "ioc_remainder"] as const;
