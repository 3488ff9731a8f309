import type { RiskRecord } from "../records.ts";
import type { MarketView } from "../strategy.ts";
import { complement, type Ms, type Price, qty } from "../units.ts";
import { type Exit, type ExitStep, type ExitTerms, nextExitStep } from "./exit.ts";

/** Exits of one run by market. One that is stranded stays, so that nothing is bought into a market that could not be left. */
export class ExitBook {
  readonly #exits = new Map<string, Exit>();

  of(ticker: string): Exit | undefined {
    return this.#exits.get(ticker);
  }

  /** Begins one. What it ends as is said once more, by `end`. */
  commit(view: MarketView, terms: ExitTerms, opportunityId: number): RiskRecord {
    const { market, nowMs } = view;
    this.#exits.set(market.ticker, {
      terms,
      committedMs: nowMs,
      opportunityId,
      state: "working",
      attempts: 0,
      orderId: null,
      triedMs: nowMs,
    });
    return record("exit_committed", view, `${market.ticker} ${terms.reason}`);
  }

  /** What the exit of this market does now; undefined when there is none at work. */
  step(view: MarketView): ExitStep | undefined {
    const exit = this.#exits.get(view.market.ticker);
    if (exit?.state !== "working") return undefined;
    return nextExitStep(exit, {
      nowMs: view.nowMs,
      held: view.holding?.qty ?? qty(0),
      bid: executableBid(view),
      ranges: view.market.ranges,
      isClosed: view.nowMs >= view.market.closeMs,
    });
  }

  sent(ticker: string, orderId: string, nowMs: Ms): void {
    const exit = this.#exits.get(ticker);
    if (exit === undefined) return;
    exit.orderId = orderId;
    exit.triedMs = nowMs;
    exit.attempts++;
  }

  answered(ticker: string, orderId: string): void {
    const exit = this.#exits.get(ticker);
    if (exit?.orderId === orderId) exit.orderId = null;
  }

  /** Ends one; a stranded rest is on file as a risk event with its size. */
  end(view: MarketView, { state, why }: Extract<ExitStep, { type: "end" }>): RiskRecord {
    const { ticker } = view.market;
    const exit = this.#exits.get(ticker);
    if (exit !== undefined) exit.state = state;
    // What is flat may be entered again: a rotation comes back to the market when nothing else is left.
    if (state === "flat") this.#exits.delete(ticker);
    const orders = `after ${exit?.attempts ?? 0} orders`;
    return record(`exit_${state}`, view, `${ticker} ${why} ${orders}`);
  }

  forget(ticker: string): void {
    this.#exits.delete(ticker);
  }
}

/** What somebody pays now for the side that is held; null where nobody does, or where the book is not to be trusted. */
export function executableBid({ bookProblem, holding, yesAsk, yesBid }: MarketView): Price | null {
  if (holding === null || bookProblem !== null) return null;
  if (holding.side === "yes") return yesBid;
  return yesAsk === null ? null : complement(yesAsk);
}

function record(kind: string, { holding, nowMs }: MarketView, reason: string): RiskRecord {
  const contracts = holding === null ? 0 : holding.qty / 100;
  return { atMs: nowMs, kind, value: contracts, limitValue: null, reason };
}
