import { KbtError } from "../../core/errors.ts";
import type { MarketEvent, VenueEvent } from "../../core/events.ts";
import { Breakers, type LatchCause, UNKNOWN_MS_MAX } from "../../core/live/breakers.ts";
import { OrderTracker } from "../../core/live/order-tracker.ts";
import type { Placed, SeenFill, SeenOrder } from "../../core/live/seen.ts";
import type { TrackedOrder } from "../../core/live/tracked-order.ts";
import type { Market } from "../../core/market.ts";
import type { Approved, Order } from "../../core/orders.ts";
import type { RiskGate } from "../../core/risk/gate.ts";
import { type Ms, ZERO_QTY } from "../../core/units.ts";
import type { Clock, Venue } from "../../ports.ts";
import type { OrderReads, OrderTerms, OrderWrites } from "../../ports-trading.ts";
import { gatherEvidence, needsEvidence } from "./evidence.ts";
import { OrderGroups } from "./order-groups.ts";

/** An order leaves within this time of its decision or not at all. */
const DECISION_MS_MAX = 250;
/** Exchange time; a cancel after the close is refused, and an expiry of the past may become something else (F14, F16). */
const CLOSE_MARGIN_MS = 2_000;
const EXPIRY_MS_MIN = 2_000;
const EXPIRY_MS_MAX = 600_000;
const CANCEL_AGAIN_MS = 2_000;
const EVIDENCE_MS = 1_000;
/** Open orders are compared with the lists this often, whatever the socket says: a lost fill message leaves no trace. */
const SWEEP_MS = 15_000;
const REMEMBERED_MS = 7_200_000;
const KILL = "kill";

export interface LiveVenueParts {
  readonly clock: Clock;
  readonly writes: OrderWrites;
  readonly reads: OrderReads;
  readonly gate: Pick<RiskGate, "halt" | "hold" | "close">;
  /** Fills within 15 s beyond which the exchange itself stops us, contracts. */
  readonly groupContracts: number;
  /** So many within a minute, and purchases wait. */
  readonly ordersPerMinute: number;
  /** When earlier runs sent their orders of the last minute. */
  readonly sentMs: readonly Ms[];
  /** Trades of earlier runs that are on file, as far back as one of their open orders goes. */
  readonly pastTrades: readonly string[];
  readonly market: (ticker: string) => Market | undefined;
  /** We alone trade in this market, so an order that we do not know is a fault. */
  readonly isExclusive: (ticker: string) => boolean;
  /** Somebody has asked for everything to stop, from wherever. */
  readonly isKilled: () => boolean;
  /** Why no purchase should be made now besides what the venue itself knows; null for none. */
  readonly holdReason: () => string | null;
  /** Puts it on file for good; only a person takes it back. */
  readonly latch: (cause: LatchCause) => void;
}

/**
 * The exchange as a venue. An order is on file before it comes here, leaves as one request that is never repeated, and is
 * over only by evidence; what is not known counts at its worst until then.
 */
export class LiveVenue implements Venue {
  readonly tracker: OrderTracker;
  readonly groups: OrderGroups;
  readonly #parts: LiveVenueParts;
  readonly #breakers: Breakers;
  readonly #answers: VenueEvent[] = [];
  readonly #tasks = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  /** When each order's cancel was sent last. */
  readonly #cancels = new Map<string, Ms>();
  readonly #latched = new Set<string>();
  #failure: { readonly error: unknown } | null = null;
  #isClosed = false;
  #evidenceMs: Ms = Number.NEGATIVE_INFINITY;
  #sweptMs: Ms;
  #isGathering = false;

  constructor(parts: LiveVenueParts) {
    this.#parts = parts;
    this.#sweptMs = parts.clock.nowMs();
    parts.gate.hold("starting");
    this.#breakers = new Breakers(parts.ordersPerMinute, parts.sentMs);
    this.groups = new OrderGroups({ ...parts, contracts: parts.groupContracts });
    const links = {
      say: (event: VenueEvent) => void this.#answers.push(event),
      trouble: ({ what }: { readonly what: string }) => {
        this.latch(causeOf("order_mismatch", what));
      },
    };
    this.tracker = new OrderTracker(links, parts.pastTrades);
  }

  /** Kinds of latches that were set in this run. */
  get latched(): ReadonlySet<string> {
    return this.#latched;
  }

  /** Somebody has asked for everything to stop. */
  get isKilled(): boolean {
    return this.#latched.has(KILL);
  }

  submit(order: Approved<Order>, nowMs: Ms): void {
    const sent = this.#termsOf(order, nowMs);
    if (typeof sent === "string") {
      this.#refuse(order, sent);
      return;
    }
    const runaway = this.#breakers.sent(nowMs);
    if (runaway !== null) {
      this.latch(runaway);
      this.#refuse(order, "latched");
      return;
    }
    const { exchangeIndex, expiresMs } = sent;
    const tracked = this.tracker.track({ order, exchangeIndex, expiresMs, sentMs: nowMs });
    // Nothing leaves after a latch or the end of the run, however long ago it was decided (I30).
    const mayLeave = (): boolean => this.#barrier(order, nowMs) === null;
    this.#spawn(async () => {
      const placed = await this.#parts.writes.place(sent, mayLeave, this.#abort.signal);
      this.#answered(tracked, placed);
    });
    this.#updateHold();
  }

  /** Why nothing of the kind may leave now; null when it may. */
  #barrier({ action }: Order, nowMs: Ms): string | null {
    const { clock, isKilled } = this.#parts;
    if (!this.#isClosed && isKilled()) this.kill();
    if (this.#isClosed) return "closed";
    if (this.#latched.size > 0 && action === "buy") return "latched";
    return clock.nowMs() > nowMs + DECISION_MS_MAX ? "too_late" : null;
  }

  /** What goes on the wire; a word for why it must not. */
  #termsOf(order: Order, nowMs: Ms): OrderTerms | string {
    const barrier = this.#barrier(order, nowMs);
    if (barrier !== null) return barrier;
    const market = this.#parts.market(order.ticker);
    if (market === undefined) return "unknown_market";
    const { closeMs, exchangeIndex } = market;
    if (exchangeIndex === null) return "no_shard";
    const lastMs = closeMs - CLOSE_MARGIN_MS;
    const groupId = this.groups.of(exchangeIndex);
    const terms = { ...order, exchangeIndex, expiresMs: null };
    if (order.timeInForce === "ioc") {
      // What a latch stops is the group; holdings may still be sold.
      const isStopped = order.action === "buy";
      return nowMs > lastMs ? "market_closing" : { ...terms, groupId: isStopped ? groupId : null };
    }
    if (order.expiresMs === null) return "no_expiry";
    if (groupId === null) return "no_order_group";
    const endMs = Math.min(order.expiresMs, lastMs, nowMs + EXPIRY_MS_MAX);
    const expiresMs = Math.floor(endMs / 1000) * 1000;
    return expiresMs < nowMs + EXPIRY_MS_MIN
      ? "expiry_too_close"
      : { ...terms, expiresMs, groupId };
  }

  #answered({ order }: TrackedOrder, placed: Placed): void {
    const nowMs = this.#parts.clock.nowMs();
    this.tracker.answered(order.orderId, placed, nowMs);
    if (placed.type === "refused") {
      this.#react(this.#breakers.refused(nowMs, placed.reason));
      if (placed.isAuth) this.latch(causeOf("auth", `orders are refused: ${placed.reason}`));
    } else if (placed.type === "unknown") this.#react(this.#breakers.unknown(nowMs));
    if (this.tracker.get(order.orderId)?.cancelMs !== null) this.#sendCancels();
  }

  /** Takes over an order of an earlier run whose end is not on file: nothing of it goes on, and nobody knows it is there. */
  adopt(order: Order, past: { readonly trades: readonly string[]; readonly booked: number }): void {
    const { createdMs, expiresMs } = order;
    const nowMs = this.#parts.clock.nowMs();
    const terms = { order, exchangeIndex: null, expiresMs, sentMs: createdMs, past };
    const tracked = this.tracker.track(terms);
    tracked.cancelMs = nowMs;
    tracked.unknownMs = nowMs;
  }

  cancel(orderId: string, nowMs: Ms): void {
    const tracked = this.tracker.get(orderId);
    if (tracked === undefined || tracked.isOver) return;
    tracked.cancelMs ??= nowMs;
    this.#sendCancels();
  }

  /** A market that becomes known gets a group of orders on its shard. */
  observe(event: MarketEvent): void {
    if (event.type !== "market" || this.#isClosed) return;
    const { exchangeIndex } = event.market;
    if (exchangeIndex === null || this.groups.of(exchangeIndex) !== null) return;
    this.#spawn(() => this.groups.ensure(exchangeIndex, this.#abort.signal));
  }

  advance(nowMs: Ms): readonly VenueEvent[] {
    if (this.#failure !== null) {
      throw new Error("a task of the order path failed", { cause: this.#failure.error });
    }
    const later = this.#answers.findIndex(({ recvMs }) => recvMs > nowMs);
    return this.#answers.splice(0, later === -1 ? this.#answers.length : later);
  }

  nextMs(): Ms | null {
    if (this.#failure !== null) return this.#parts.clock.nowMs();
    return this.#answers[0]?.recvMs ?? null;
  }

  isQuiet(): boolean {
    return (
      this.#answers.length === 0 &&
      this.tracker.open().every(({ end, exchangeId }) => {
        return exchangeId !== null && end === null;
      })
    );
  }

  /** What is left to say. The orders themselves were ended before (wind-down.ts): that takes longer than a call. */
  cancelAll(): readonly VenueEvent[] {
    return this.#answers.splice(0);
  }

  /** An order as the account's socket tells of it. */
  sawOrder(seen: SeenOrder): void {
    const isOurs = this.tracker.saw(seen, this.#parts.clock.nowMs());
    if (!isOurs && seen.status === "resting") this.#foreign(seen);
  }

  /** A fill as the account's socket tells of it. */
  sawFill(fill: SeenFill): void {
    this.tracker.sawFill(fill, this.#parts.clock.nowMs());
  }

  /** Messages of the account may have been lost: the lists are read next. */
  missed(): void {
    this.#sweptMs = Number.NEGATIVE_INFINITY;
  }

  /** Sets a latch, once a kind: no purchase any more, and nothing rests. */
  latch(cause: LatchCause): void {
    if (this.#latched.has(cause.kind)) return;
    this.#latched.add(cause.kind);
    this.#parts.gate.halt(cause.kind);
    this.#withdraw();
    this.#parts.latch(cause);
  }

  /** Everything stops at once; nothing leaves any more but cancels. */
  kill(): void {
    if (this.#isClosed) return;
    this.close();
    this.latch(causeOf(KILL, "stopped by a person"));
  }

  /** No order leaves any more, and those that rest are taken back. */
  close(): void {
    this.#isClosed = true;
    this.#parts.gate.close();
    this.#withdraw();
  }

  #withdraw(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const tracked of this.tracker.open()) tracked.cancelMs ??= nowMs;
    this.#sendCancels();
    this.#spawn(() => this.groups.trigger(this.#abort.signal));
  }

  /** Called every tenth of a second: deadlines, repeated cancels, and reads where only they can tell. */
  tick(): void {
    const { clock, isKilled } = this.#parts;
    const nowMs = clock.nowMs();
    if (!this.#isClosed && isKilled()) this.kill();
    const open = this.tracker.open();
    for (const { order, unknownMs } of open) {
      if (unknownMs === null || nowMs - unknownMs < UNKNOWN_MS_MAX) continue;
      const waitedS = Math.floor((nowMs - unknownMs) / 1000);
      const reason = `nobody knows since ${waitedS} s whether order ${order.orderId} exists`;
      this.latch({
        kind: "unknown_order",
        value: waitedS,
        limitValue: UNKNOWN_MS_MAX / 1000,
        reason,
      });
    }
    this.#updateHold();
    this.#sendCancels();
    this.#gather(open, nowMs);
    this.tracker.forget(nowMs - REMEMBERED_MS);
  }

  #gather(open: readonly TrackedOrder[], nowMs: Ms): void {
    if (this.#isGathering || nowMs - this.#evidenceMs < EVIDENCE_MS) return;
    const isDue = open.some((tracked) => needsEvidence(tracked, this.#closeMs(tracked), nowMs));
    const isSweep = open.length > 0 && nowMs - this.#sweptMs >= SWEEP_MS;
    if (!isDue && !isSweep) return;
    if (isSweep) this.#sweptMs = nowMs;
    this.#spawn(() => this.gather(this.#abort.signal));
  }

  /** Compares open orders with the exchange's lists now. A read that fails proves nothing and changes nothing. */
  async gather(signal: AbortSignal): Promise<void> {
    const { clock, reads } = this.#parts;
    this.#isGathering = true;
    try {
      const foreign = await gatherEvidence({ tracker: this.tracker, reads, clock }, signal);
      for (const seen of foreign) this.#foreign(seen);
    } catch (error) {
      if (!signal.aborted && !(error instanceof KbtError)) throw error;
    } finally {
      this.#isGathering = false;
      this.#evidenceMs = clock.nowMs();
    }
  }

  #foreign(seen: SeenOrder): void {
    const { exchangeId, ticker } = seen;
    if (!this.#parts.isExclusive(ticker)) return;
    this.latch(causeOf("foreign_order", `order ${exchangeId} in ${ticker} is not ours`));
  }

  /** Sends the cancels that are due; each is repeated until a read says that the order is over (I9). */
  #sendCancels(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const tracked of this.tracker.open()) {
      const { cancelMs, end, exchangeId, exchangeIndex, order } = tracked;
      if (cancelMs === null || exchangeId === null || end !== null) continue;
      if (exchangeIndex === null) continue;
      // The exchange ends it by itself at the close, and refuses to be asked.
      if (nowMs >= this.#closeMs(tracked)) continue;
      const lastMs = this.#cancels.get(order.orderId) ?? Number.NEGATIVE_INFINITY;
      if (nowMs - lastMs < CANCEL_AGAIN_MS) continue;
      this.#cancels.set(order.orderId, nowMs);
      const place = { exchangeId, exchangeIndex, ticker: order.ticker };
      this.#spawn(async () => {
        await this.#parts.writes.cancel(place, this.#abort.signal);
      });
    }
    for (const orderId of this.#cancels.keys()) {
      if (this.tracker.get(orderId)?.isOver !== false) this.#cancels.delete(orderId);
    }
  }

  #closeMs({ order }: TrackedOrder): Ms {
    return this.#parts.market(order.ticker)?.closeMs ?? Number.POSITIVE_INFINITY;
  }

  #updateHold(): void {
    const { clock, gate, holdReason } = this.#parts;
    const isRecovering = this.tracker.open().some(({ isPast }) => isPast);
    const reason = isRecovering ? "recovering" : this.#breakers.hold(clock.nowMs());
    gate.hold(reason ?? holdReason());
  }

  #refuse({ orderId }: Order, reason: string): void {
    const recvMs = this.#parts.clock.nowMs();
    const answer = { orderId, state: "canceled", filledQty: ZERO_QTY, reason, recvMs } as const;
    this.#answers.push({ type: "order", ...answer });
  }

  #react(cause: LatchCause | null): void {
    if (cause !== null) this.latch(cause);
  }

  /** Work that nobody waits for; its failure ends the run at the next look at the venue. */
  #spawn(work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#failure ??= { error };
      })
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Gives up what is still under way; what became of it is for the next start to find out. */
  async abandon(): Promise<void> {
    this.#abort.abort(new DOMException("the run is over", "AbortError"));
    await Promise.all(this.#tasks);
  }
}

function causeOf(kind: string, reason: string): LatchCause {
  return { kind, value: null, limitValue: null, reason };
}
