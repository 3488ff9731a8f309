import { Rng } from "../random.ts";
import type {
  AccountEvent,
  Balance,
  Fill,
  OrderGroup,
  OrderState,
  Position,
  Settlement,
} from "./types.ts";

/** The account as the REST reads show it: everything up to `asOfMs`, a little behind the truth (kalshi.md §2.8). */
export interface AccountView {
  /** Reads reflect everything up to here. */
  asOfMs(nowMs: number): number;
  /** Applies what has become visible by now; call it before reading. */
  catchUp(nowMs: number): void;
  observe(event: AccountEvent): void;
  order(orderId: string): OrderState | undefined;
  /** Newest first. */
  orders(): readonly OrderState[];
  fills(): readonly Fill[];
  positions(): readonly Position[];
  balances(): readonly Balance[];
  settlements(): readonly Settlement[];
  groups(): readonly OrderGroup[];
}

/** How long a change takes to show in reads, each drawn anew between these. */
export interface ReadLag {
  readonly minMs: number;
  readonly maxMs: number;
}

/** A cancelled order was still `resting` 360 ms after its acknowledgement; reads caught up within 1.5 s. */
const USUAL_LAG: ReadLag = { minMs: 400, maxMs: 1500 };

export interface LaggedViewOptions {
  readonly seed: number;
  /** What the account holds before anything happens. */
  readonly balances: readonly Balance[];
  readonly lag?: ReadLag;
}

interface Waiting {
  readonly event: AccountEvent;
  /** When it may show, if everything before it does. */
  readonly visibleMs: number;
}

/** Shows account events in their order, each some time after it happened. */
export class LaggedView implements AccountView {
  readonly #rng: Rng;
  #lag: ReadLag;
  #waiting: Waiting[] = [];
  #asOfMs = Number.NEGATIVE_INFINITY;
  readonly #orders = new Map<string, OrderState>();
  readonly #fills: Fill[] = [];
  readonly #positions = new Map<string, Position>();
  readonly #balances = new Map<string, Balance>();
  readonly #settlements: Settlement[] = [];
  readonly #groups = new Map<string, OrderGroup>();

  constructor(options: LaggedViewOptions) {
    this.#rng = new Rng(options.seed, "read-lag");
    this.#lag = options.lag ?? USUAL_LAG;
    for (const balance of options.balances) this.#balances.set(balanceKey(balance), balance);
  }

  /** For what happens from now on; a fault may hold reads back for long. */
  setLag(lag: ReadLag): void {
    this.#lag = lag;
  }

  asOfMs(nowMs: number): number {
    this.catchUp(nowMs);
    // One millisecond before the oldest change that is still hidden; what happens at this very moment is hidden too.
    const hidden = this.#waiting[0]?.event.atMs ?? nowMs;
    const asOf = Math.min(hidden - 1, nowMs - this.#lag.minMs);
    this.#asOfMs = Math.max(this.#asOfMs, asOf);
    return this.#asOfMs;
  }

  catchUp(nowMs: number): void {
    // Nothing shows before an older change does: reads go through states the account was really in.
    const visible = this.#waiting.findIndex(({ visibleMs }) => visibleMs > nowMs);
    const due = visible < 0 ? this.#waiting : this.#waiting.slice(0, visible);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.slice(due.length);
    for (const { event } of due) this.#apply(event);
  }

  observe(event: AccountEvent): void {
    const { minMs, maxMs } = this.#lag;
    const visibleMs = event.atMs + Math.round(this.#rng.between(minMs, maxMs));
    this.#waiting.push({ event, visibleMs });
  }

  order(orderId: string): OrderState | undefined {
    return this.#orders.get(orderId);
  }

  orders(): readonly OrderState[] {
    return [...this.#orders.values()].toReversed();
  }

  fills(): readonly Fill[] {
    return this.#fills.toReversed();
  }

  positions(): readonly Position[] {
    return [...this.#positions.values()];
  }

  balances(): readonly Balance[] {
    return [...this.#balances.values()];
  }

  settlements(): readonly Settlement[] {
    return this.#settlements.toReversed();
  }

  groups(): readonly OrderGroup[] {
    return [...this.#groups.values()];
  }

  #apply(event: AccountEvent): void {
    switch (event.type) {
      case "order":
        this.#orders.set(event.order.orderId, event.order);
        break;
      case "fill":
        this.#fills.push(event.fill);
        break;
      case "position":
        this.#positions.set(
          `${event.position.subaccount} ${event.position.ticker}`,
          event.position,
        );
        break;
      case "balance":
        this.#balances.set(balanceKey(event.balance), event.balance);
        break;
      case "settlement":
        this.#settlements.push(event.settlement);
        break;
      case "group":
        if (event.change === "deleted") this.#groups.delete(event.group.groupId);
        else this.#groups.set(event.group.groupId, event.group);
        break;
    }
  }
}

function balanceKey(balance: Balance): string {
  return `${balance.subaccount} ${balance.exchangeIndex}`;
}
