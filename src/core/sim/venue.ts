import type { MarketEvent, VenueEvent } from "../events.ts";
import type { FeeSchedule } from "../fees.ts";
import type { Approved, Order } from "../orders.ts";
import type { OrderState } from "../records.ts";
import { type Money, type Ms, ZERO_QTY } from "../units.ts";
import { bidOf } from "./bid.ts";
import { type LatencyOptions, latencyOf } from "./latency.ts";
import { type Ground, groundOf, type SimMarketAccess } from "./market-access.ts";
import { RestingOrders, type RestingTerms } from "./resting.ts";
import { Taker, type TakerOptions } from "./taker.ts";
import { Ticket } from "./ticket.ts";

// The simulated venue of paper and backtest (models.md §5). Orders and cancels arrive after a latency, each after its own,
// and meet the book of then: an order that may take does so at once, a post-only one waits.

export interface SimVenueOptions extends TakerOptions, RestingTerms, LatencyOptions {
  /** The fee of each fill is rounded up to a multiple of this once more; 1 leaves it as the exchange charges it. */
  readonly feeStep: Money;
  /** A book without any sign of life for longer takes no order. */
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
  readonly #resting: RestingOrders;
  /** In the order of arrival; what arrives at the same time, in the order of sending. */
  readonly #commands: Command[] = [];
  /** What happened and was not said yet, the oldest first. */
  readonly #answers: VenueEvent[] = [];
  #nowMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(options: SimVenueOptions, access: SimMarketAccess) {
    const { queueModel, restingFills } = options;
    this.#options = options;
    this.#access = access;
    this.#taker = new Taker(options);
    const say = (answer: VenueEvent): void => void this.#answers.push(answer);
    this.#resting = new RestingOrders({ queueModel, restingFills, access, say });
  }

  submit(order: Approved<Order>, nowMs: Ms): void {
    const dueMs = nowMs + latencyOf("submit", order.orderId, this.#options);
    this.#send({ type: "submit", order, dueMs });
  }

  cancel(orderId: string, nowMs: Ms): void {
    const arrives = nowMs + latencyOf("cancel", orderId, this.#options);
    // One that overtook its order would find nothing to end.
    const order = this.#commands.find(
      (sent) => sent.type === "submit" && sent.order.orderId === orderId,
    );
    this.#send({ type: "cancel", orderId, dueMs: Math.max(arrives, order?.dueMs ?? arrives) });
  }

  #send(command: Command): void {
    const earlierOnes = this.#commands.findLastIndex(({ dueMs }) => dueMs <= command.dueMs);
    this.#commands.splice(earlierOnes + 1, 0, command);
  }

  nextMs(): Ms | null {
    if (this.#isIdle) return null;
    return this.#answers[0]?.recvMs ?? earlier(this.#commands[0]?.dueMs ?? null, this.#endMs());
  }

  isQuiet(): boolean {
    return this.#commands.length === 0 && this.#answers.length === 0;
  }

  /** Nothing happens by itself, as between two orders: nearly always, and asked with every change of a book. */
  get #isIdle(): boolean {
    return this.isQuiet() && this.#resting.isEmpty;
  }

  /** What a resting order got of the event is said by the next `advance`. */
  observe(event: MarketEvent): void {
    if (this.#isIdle) this.#nowMs = Math.max(this.#nowMs, event.recvMs);
    else this.#run(event.recvMs);
    this.#taker.observe(event);
    this.#resting.observe(event, this.#nowMs);
  }

  advance(nowMs: Ms): readonly VenueEvent[] {
    this.#run(nowMs);
    const later = this.#answers.findIndex(({ recvMs }) => recvMs > nowMs);
    return this.#answers.splice(0, later === -1 ? this.#answers.length : later);
  }

  cancelAll(nowMs: Ms): readonly VenueEvent[] {
    this.#run(nowMs);
    this.#resting.cancelAll("run_ended", nowMs);
    for (const command of this.#commands.splice(0)) {
      if (command.type === "submit") this.#refuse(command.order, "run_ended", nowMs);
    }
    return this.#answers.splice(0);
  }

  /** When the next resting order ends by itself: not in the past, though its market may have closed early. */
  #endMs(): Ms | null {
    const endMs = this.#resting.nextEndMs();
    return endMs === null ? null : Math.max(endMs, this.#nowMs);
  }

  /** Lets happen what is due up to a time, in order; an order that ends then is over before anything arrives. */
  #run(untilMs: Ms): void {
    for (;;) {
      const endMs = this.#endMs();
      const [command] = this.#commands;
      const dueMs = command?.dueMs ?? null;
      const nextMs = earlier(endMs, dueMs);
      if (nextMs === null || nextMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      if (nextMs === endMs) this.#resting.endDue(nextMs);
      else this.#receive(nextMs);
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #receive(atMs: Ms): void {
    const command = this.#commands.shift();
    if (command?.type === "submit") this.#arrive(command.order, atMs);
    else if (command?.type === "cancel") this.#resting.cancel(command.orderId, atMs);
  }

  #arrive(sent: Order, atMs: Ms): void {
    const order = this.#sellable(sent);
    const { ticker, timeInForce } = order;
    const { bookStaleMs } = this.#options;
    const ground = groundOf(this.#access, { ticker, atMs, bookStaleMs });
    if (ground.refusal !== null) this.#refuse(order, ground.refusal, atMs);
    else if (order.qty === 0) this.#refuse(order, "nothing_held", atMs);
    else if (timeInForce === "ioc") this.#take(order, ground, atMs);
    else this.#rest(order, ground, atMs);
  }

  /** A sale of what is not held would be a position on the other side, which nobody decided on. */
  #sellable(order: Order): Order {
    if (order.action === "buy" || this.#access.held === undefined) return order;
    const held = this.#access.held(order.ticker, order.side);
    return held >= order.qty ? order : { ...order, qty: held };
  }

  #take(order: Order, { book, schedule }: Found, atMs: Ms): void {
    const ticket = this.#ticket(order, schedule);
    for (const [price, qty] of this.#taker.take(order, book)) {
      this.#answers.push(ticket.execute({ price, qty, fillClass: "crossed" }, atMs));
    }
    const [state, reason] = ticket.isFilled ? FILLED : IOC_REMAINDER;
    this.#answers.push(ticket.update(state, reason, atMs));
  }

  #rest(order: Order, { book, schedule }: Found, atMs: Ms): void {
    const bid = bidOf(order);
    const ask = book.ask(bid.side);
    // What takes and then rests is no order of ours, and would have to be both here.
    if (!order.postOnly) this.#refuse(order, "not_post_only", atMs, "rejected");
    else if (order.expiresMs !== null && order.expiresMs <= atMs) {
      this.#refuse(order, "expired", atMs, "expired");
    } else if (ask !== undefined && bid.price >= ask) {
      this.#refuse(order, "post_only_cross", atMs);
    } else this.#resting.add(this.#ticket(order, schedule), atMs);
  }

  #ticket(order: Order, schedule: FeeSchedule): Ticket {
    return new Ticket(order, { schedule, feeStep: this.#options.feeStep });
  }

  #refuse(order: Order, reason: string, atMs: Ms, state: OrderState = "canceled"): void {
    const { orderId } = order;
    const answer = { orderId, state, filledQty: ZERO_QTY, reason, recvMs: atMs };
    this.#answers.push({ type: "order", ...answer });
  }
}

type Found = Extract<Ground, { refusal: null }>;

const FILLED = ["filled", ""] as const;
const IOC_REMAINDER = ["canceled", "ioc_remainder"] as const;

function earlier(a: Ms | null, b: Ms | null): Ms | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
