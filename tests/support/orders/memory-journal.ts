import type { MarketEvent } from "../../../src/core/events.ts";
import type { PastTrading } from "../../../src/core/past-trading.ts";
import type {
  FillRecord,
  LedgerRecord,
  OrderEventRecord,
  OrderRecord,
} from "../../../src/core/records.ts";
import type { Paid } from "../../../src/core/settle-legs.ts";
import { money, qty } from "../../../src/core/units.ts";
import type { Recorder } from "../../../src/ports.ts";

/** Stops a client at a named place, as a SIGKILL there would. */
export type CrashAt = (place: string) => void;

function nothing(): void {}

/** A settled position by its only leg: results here are final from the first. */
function paidBy({ cost, pnl, qty: size, ruling, side, strategy }: LedgerRecord): readonly Paid[] {
  if (ruling === undefined || pnl === null) return [];
  const payout = money(0 - cost);
  const sizes = { yesQty: qty(side === "yes" ? size : 0), noQty: qty(side === "no" ? size : 0) };
  return [{ ruling, strategy, ...sizes, cost: money(payout - pnl), payout }];
}

/** What outlives a client: every row is on file when the call returns, and a crash loses none of them. */
export class MemoryJournal {
  readonly orders: OrderRecord[] = [];
  readonly events: OrderEventRecord[] = [];
  readonly fills: FillRecord[] = [];
  readonly ledger: LedgerRecord[] = [];
  /** Fills that were offered twice; the file refuses them. */
  readonly repeated: FillRecord[] = [];

  /** Orders without an end on file, as the next start finds them. */
  openOrders(): readonly OrderRecord[] {
    const states = new Map(this.events.map(({ orderId, state }) => [orderId, state]));
    return this.orders.filter(({ orderId }) => {
      const state = states.get(orderId) ?? "pending";
      return state === "pending" || state === "resting" || state === "unknown";
    });
  }

  /** Newest state and reason of each order. */
  ends(): readonly string[] {
    const newest = new Map(
      this.events.map((row) => [row.orderId, `${row.state} ${row.reason}`.trim()]),
    );
    return this.orders.map(({ orderId }) => newest.get(orderId) ?? "pending");
  }

  fillsOf(orderId: string): readonly FillRecord[] {
    return this.fills.filter((fill) => fill.orderId === orderId);
  }

  past(): PastTrading {
    const settled = new Set(
      this.ledger.filter(({ action }) => action === "settle").map(({ ticker }) => ticker),
    );
    return {
      fills: this.fills.map((fill) => {
        return { fill, strategy: "random", isOpen: !settled.has(fill.ticker) };
      }),
      settled: this.ledger.flatMap(paidBy),
      losses: this.ledger.flatMap(({ action, atMs, pnl }) =>
        action !== "settle" && pnl !== null && pnl < 0 ? [{ pnl, atMs }] : [],
      ),
    };
  }

  /** The recorder of one client. */
  recorder(runId: number, crash: CrashAt): Recorder {
    return {
      runId,
      event: (_event: MarketEvent) => {},
      opportunity: nothing,
      order: (row) => {
        crash("intent.before_commit");
        this.orders.push(row);
        crash("intent.after_commit");
      },
      orderEvent: (row) => {
        crash("order_event.before_commit");
        this.events.push(row);
      },
      fill: (row) => {
        crash("fill.before_commit");
        this.#fill(row);
      },
      together: (rows) => {
        this.#atomically(rows);
        crash("answer.after_commit");
      },
      ledger: (row) => {
        crash("ledger.before_commit");
        this.ledger.push(row);
      },
      pessimistic: nothing,
      position: nothing,
      risk: nothing,
      finished: nothing,
      flush: nothing,
      drain: () => Promise.resolve(),
      counts: () => new Map(),
      stored: () => new Map(),
      close: () => Promise.resolve(),
    };
  }

  /** What a client that dies in the middle had written is not there afterwards. */
  #atomically(rows: () => void): void {
    const tables: unknown[][] = [this.events, this.fills, this.ledger, this.repeated];
    const before = tables.map(({ length }) => length);
    try {
      rows();
    } catch (error) {
      tables.forEach((table, at) => table.splice(before[at] ?? 0));
      throw error;
    }
  }

  #fill(row: FillRecord): void {
    const isKnown = this.fills.some(
      ({ fillId, orderId }) => fillId === row.fillId && orderId === row.orderId,
    );
    if (isKnown) this.repeated.push(row);
    else this.fills.push(row);
  }

  /** Money that the ledger says is gone, up to now. */
  cost(since: number): {
    readonly cost: number;
    readonly fills: number;
    readonly settlements: number;
  } {
    const rows = this.ledger.slice(since);
    const settlements = rows.filter(({ action }) => action === "settle").length;
    const cost = rows.reduce((sum, row) => sum + row.cost, 0);
    return { cost, fills: rows.length - settlements, settlements };
  }
}
