import type { LatchCause } from "../live/breakers.ts";
import type { Prob } from "../units.ts";

/** What was believed of a market when it was first bought, and what its mid said. */
export interface Belief {
  readonly ticker: string;
  /** P(YES). */
  readonly p: Prob;
  readonly pMarket: Prob;
}

/** Fewer results say nothing. */
const RESULTS = 50;

/** Holds what was believed of the markets that were bought against what the market said, by their results. */
export class ModelBook {
  readonly #maxWorse: number;
  readonly #open = new Map<string, Belief>();
  /** Brier score of ours minus that of the market, newest last. */
  readonly #differences: number[] = [];

  constructor(maxWorse: number) {
    this.#maxWorse = maxWorse;
  }

  /** The first belief in a market counts. */
  bought(belief: Belief): void {
    if (!this.#open.has(belief.ticker)) this.#open.set(belief.ticker, belief);
  }

  settled(ticker: string, result: "yes" | "no"): void {
    const belief = this.#open.get(ticker);
    if (belief === undefined) return;
    this.#open.delete(ticker);
    const outcome = result === "yes" ? 1 : 0;
    this.#differences.push((belief.p - outcome) ** 2 - (belief.pMarket - outcome) ** 2);
    if (this.#differences.length > RESULTS) this.#differences.shift();
  }

  /** By how much ours is worse, of how many results; null before there is one. */
  get score(): { readonly worse: number | null; readonly results: number } {
    const results = this.#differences.length;
    const sum = this.#differences.reduce((total, one) => total + one, 0);
    return { worse: results === 0 ? null : sum / results, results };
  }

  cause(): LatchCause | null {
    const { results, worse } = this.score;
    if (worse === null || results < RESULTS || worse <= this.#maxWorse) return null;
    const reason = `of the last ${RESULTS} markets bought the model's Brier score is worse than the market's`;
    return { kind: "model_worse", value: worse, limitValue: this.#maxWorse, reason };
  }
}
