import type { Intent } from "../orders.ts";
import type { RiskRecord } from "../records.ts";
import { hold, type MarketView, NOTHING_JUDGED, type Verdict } from "../strategy.ts";
import { type Ms, qty } from "../units.ts";
import { executableBid } from "./executable-bid.ts";
import { type Exit, type ExitStep, type ExitTerms, nextExitStep } from "./exit.ts";
import { sellsUnasked } from "./exit-rule.ts";
import type { ExitSettings } from "./exit-settings.ts";
import { wishToLeave } from "./exit-wish.ts";

/** What is only sold at a good price may still have to be sold at any when that was not to be had. */
const AT_A_PRICE: ReadonlySet<string> = new Set(["take_profit", "model_exit"]);

/** Exits of one run by market. One that is stranded stays, so that nothing is bought into a market that could not be left. */
export class ExitBook {
  readonly #settings: ExitSettings;
  readonly #exits = new Map<string, Exit>();
  /** When something was last sold in a market, by this run or an earlier one. */
  readonly #soldMs = new Map<string, Ms>();

  constructor(settings: ExitSettings) {
    this.#settings = settings;
  }

  of(ticker: string): Exit | undefined {
    return this.#exits.get(ticker);
  }

  /** The run's rule on what is held here; null to keep it, and while an exit is at work or has failed for good. */
  wish(view: MarketView): Verdict | null {
    const exit = this.#exits.get(view.market.ticker);
    if (exit?.state === "working") return null;
    const wish = wishToLeave(view, this.#settings);
    if (exit === undefined || wish === null) return wish;
    return AT_A_PRICE.has(exit.terms.reason) && !AT_A_PRICE.has(wish.reason) ? wish : null;
  }

  /** The verdict without a strategy's own exit where the rule does not leave that to strategies. */
  overrule(verdict: Verdict): Verdict {
    if (verdict.exit === null || this.#settings.rule.keepsOwn) return verdict;
    // What selling would be worth is no near miss of a purchase.
    return hold(["exit_overruled"], { ...NOTHING_JUDGED, p: verdict.p });
  }

  /** Why nothing is ordered in a market because of how it is or was left; null when nothing stands against it. */
  denial({ action, ticker }: Intent, nowMs: Ms): string | null {
    const exit = this.#exits.get(ticker);
    if (exit !== undefined) return `exit_${exit.state}`;
    return action === "buy" && this.#isShut(ticker, nowMs) ? "exit_reentry" : null;
  }

  /** Buying back what a stop has sold, for the same money at a lower price, doubles up on a loser (models.md §6). */
  #isShut(ticker: string, nowMs: Ms): boolean {
    const { cooldownMs, rule } = this.#settings;
    const soldMs = this.#soldMs.get(ticker);
    if (soldMs === undefined || !sellsUnasked(rule)) return false;
    return cooldownMs === null || nowMs - soldMs < cooldownMs;
  }

  sold(ticker: string, atMs: Ms): void {
    this.#soldMs.set(ticker, atMs);
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
    this.#soldMs.delete(ticker);
  }
}

function record(kind: string, { holding, nowMs }: MarketView, reason: string): RiskRecord {
  const contracts = holding === null ? 0 : holding.qty / 100;
  return { atMs: nowMs, kind, value: contracts, limitValue: null, reason };
}
