import type { Intent } from "../../core/orders.ts";
import type { OrderEventRecord, OrderState } from "../../core/records.ts";
import {
  hold,
  type MarketView,
  NOTHING_JUDGED,
  type Strategy,
  trade,
  type Verdict,
  withdraw,
} from "../../core/strategy.ts";
import { type Ms, price, qty, type Side } from "../../core/units.ts";
import type { RowListener } from "../heard-recorder.ts";
import { DRILL } from "./errands.ts";

/** What rests costs nearly nothing, and nobody sells for it while the market asks this much. */
const ASK_MIN = price(1_000);
const CONTRACT = qty(100);
const EXPIRY_MS = 60_000;
/** So that the order cannot outlive its market. */
const TAU_MIN_S = 120;

/** What the drill goes through, in this order. */
const STEPS = ["order", "cancel", "second order"] as const;

interface StepTime {
  readonly step: (typeof STEPS)[number];
  readonly startMs: Ms;
  /** When the exchange had said so; null while it has not. */
  endMs: Ms | null;
}

/**
 * An order far from the market that rests, is taken back, and another one that rests for the kill switch to take back: the
 * way of a real order, for a cent.
 */
export class Drill implements RowListener {
  readonly strategy: Strategy = {
    name: DRILL,
    evaluate: (view) => this.#evaluate(view),
  };
  readonly steps: StepTime[] = [];
  #ticker: string | null = null;
  #problem: string | null = null;

  get ticker(): string | null {
    return this.#ticker;
  }

  /** What went another way than it should have; null for nothing. */
  get problem(): string | null {
    return this.#problem;
  }

  /** The second order rests: it is the kill switch's turn. */
  get isReady(): boolean {
    return this.steps.length === STEPS.length && this.steps.at(-1)?.endMs !== null;
  }

  orderEvent({ atMs, reason, state }: OrderEventRecord): void {
    const step = this.steps.at(-1);
    if (step === undefined || step.endMs !== null || state === "pending") return;
    const wanted: OrderState = step.step === "cancel" ? "canceled" : "resting";
    if (state === wanted) step.endMs = atMs;
    else if (state !== "unknown") this.#problem ??= `${step.step}: ${state} ${reason}`.trim();
  }

  #evaluate(view: MarketView): Verdict {
    const { market, resting } = view;
    const step = this.steps.at(-1);
    const isOurs = this.#ticker === null || this.#ticker === market.ticker;
    if (!isOurs || this.#problem !== null || this.isReady) return hold(["drilled"]);
    if (step !== undefined && step.endMs === null) return hold([step.step]);
    if (step?.step === "order" && resting !== null) {
      this.#begin("cancel", view);
      return withdraw(resting, DRILL, { ...NOTHING_JUDGED, side: resting.side });
    }
    const intent = farOrder(view);
    return intent === null ? hold(["no_place"]) : trade(intent, NOTHING_JUDGED);
  }

  /** The order of this step is on file and on its way. */
  order({ createdMs, ticker }: { readonly createdMs: Ms; readonly ticker: string }): void {
    this.#ticker ??= ticker;
    const step = this.steps.length === 0 ? "order" : "second order";
    this.steps.push({ step, startMs: createdMs, endMs: null });
  }

  #begin(step: StepTime["step"], { nowMs }: MarketView): void {
    this.steps.push({ step, startMs: nowMs, endMs: null });
  }
}

/** One contract for next to nothing; null where none could rest. */
function farOrder(view: MarketView): Intent | null {
  const { bookProblem, market, nowMs, ordering, tauS } = view;
  const side = farSide(view);
  const lowest = market.ranges.find(({ end }) => end > 0);
  if (side === null || lowest === undefined) return null;
  if (ordering !== null || bookProblem !== null || tauS < TAU_MIN_S) return null;
  return {
    strategy: DRILL,
    ticker: market.ticker,
    side,
    action: "buy",
    price: price(Math.max(lowest.start, lowest.step)),
    qty: CONTRACT,
    timeInForce: "gtc",
    postOnly: true,
    expiresMs: nowMs + EXPIRY_MS,
    mayAdd: false,
  };
}

/** The side that is dear: nobody sells it for next to nothing. */
function farSide({ yesAsk, yesBid }: MarketView): Side | null {
  if (yesAsk !== null && yesAsk >= ASK_MIN) return "yes";
  return yesBid !== null && 10_000 - yesBid >= ASK_MIN ? "no" : null;
}
