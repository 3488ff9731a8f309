import type {
  LedgerRecord,
  Opportunity,
  OrderEventRecord,
  OrderRecord,
  OrderState,
  RiskRecord,
} from "../../core/records.ts";
import type { Ms } from "../../core/units.ts";
import type { RowListener } from "../heard-recorder.ts";
import type { SessionTotals, StepWatch } from "../session.ts";
import { Counts } from "./counts.ts";
import { Histogram } from "./histogram.ts";

/** Seconds; a decision takes some microseconds, a round trip some hundred milliseconds. */
const DECISION_BOUNDS = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.1, 0.5];
const TRIP_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PNL_BOUNDS = [-50, -20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20, 50];

const ENDS: readonly OrderState[] = ["filled", "canceled", "rejected", "expired"];

/** Counts what a run decides and does, from the rows that it puts on file and from its steps. */
export class RunMeter implements RowListener, StepWatch {
  readonly trades = new Counts();
  readonly signals = new Counts();
  readonly orders = new Counts();
  readonly ends = new Counts(ENDS.map((state) => [state]));
  readonly rejects = new Counts();
  readonly risks = new Counts();
  readonly pnl = new Histogram(PNL_BOUNDS);
  readonly decisions = new Histogram(DECISION_BOUNDS);
  readonly signalLatency = new Histogram(DECISION_BOUNDS);
  readonly roundTrips = new Histogram(TRIP_BOUNDS);
  readonly #monoMs: () => Ms;
  /** Orders that the venue has said nothing of yet, by when they went on file. */
  readonly #unheard = new Map<string, Ms>();
  readonly #open = new Set<string>();
  #startMono: Ms = 0;
  #evaluations = 0;
  #decided = 0;

  /** `monoMs` counts the user's own time. */
  constructor(monoMs: () => Ms) {
    this.#monoMs = monoMs;
  }

  get openOrders(): number {
    return this.#open.size;
  }

  begin({ evaluations, trades }: SessionTotals): void {
    this.#evaluations = evaluations;
    this.#decided = trades;
    this.#startMono = this.#monoMs();
  }

  end({ evaluations, trades }: SessionTotals): void {
    if (evaluations === this.#evaluations) return;
    const seconds = (this.#monoMs() - this.#startMono) / 1000;
    this.decisions.observe(seconds);
    if (trades > this.#decided) this.signalLatency.observe(seconds);
  }

  opportunity({ decision, strategy }: Opportunity): void {
    if (decision === "trade") this.signals.add(strategy);
  }

  order({ action, createdMs, orderId, strategy }: OrderRecord): void {
    this.orders.add(strategy, action);
    this.#unheard.set(orderId, createdMs);
    this.#open.add(orderId);
  }

  orderEvent({ atMs, filledQty, orderId, reason, state }: OrderEventRecord): void {
    const createdMs = this.#unheard.get(orderId);
    if (createdMs !== undefined && state !== "pending" && state !== "unknown") {
      this.#unheard.delete(orderId);
      this.roundTrips.observe(Math.max(0, atMs - createdMs) / 1000);
    }
    if (!ENDS.includes(state) || !this.#open.delete(orderId)) return;
    this.ends.add(state);
    if (filledQty === 0) this.rejects.add(reason === "" ? state : reason);
  }

  ledger({ action, pnl, side, status, strategy }: LedgerRecord): void {
    if (action !== "settle" && status === "filled") this.trades.add(strategy, action, side);
    if (pnl !== null) this.pnl.observe(pnl / 1e6);
  }

  risk({ kind }: RiskRecord): void {
    this.risks.add(kind);
  }
}
