import { type Market, seriesOfTicker, tickAt } from "./market.ts";
import { normInv, normPdf } from "./prob/normal.ts";
import { meanVariance, SETTLEMENT_PRINTS } from "./prob/settlement.ts";
import {
  type Action,
  complement,
  type Ms,
  type Price,
  type Prob,
  type Qty,
  type Side,
} from "./units.ts";

// What a fill may cost beyond the ask that was looked at. A guess on the safe side until a strategy has enough fills in a
// series, then what they measured (F65). An exponential mean, not a window: a window of fills would have to be kept with
// each run for its replay, the mean is a handful of numbers, and it forgets the market of last month all the same.

/** One fill beside the touch at the decision: the ask for a buy, the bid for a sale, of the side that was traded. */
export interface MeasuredFill {
  readonly strategy: string;
  readonly series: string;
  readonly action: Action;
  readonly touch: Price;
  readonly price: Price;
  readonly qty: Qty;
}

/** What an order meant to meet: the ask of its side for a buy, the bid for a sale; null when there was none. */
export function touchOf(
  { action, side }: { readonly action: Action; readonly side: Side },
  { yesAsk, yesBid }: { readonly yesAsk: Price | null; readonly yesBid: Price | null },
): Price | null {
  const yes = (action === "buy") === (side === "yes") ? yesAsk : yesBid;
  if (yes === null) return null;
  return side === "yes" ? yes : complement(yes);
}

/** What the fills of one strategy in one series say: decayed sums over contracts `w` and slippage `x`, in dollars. */
export interface SlippageState {
  readonly strategy: string;
  readonly series: string;
  /** Fills ever, undecayed. */
  readonly fills: number;
  /** Σw */
  readonly weight: number;
  /** Σw² */
  readonly weightSq: number;
  /** Σwx */
  readonly sum: number;
  /** Σwx² */
  readonly sumSq: number;
}

export interface SlippageOptions {
  /** Time from a decision to its fill. */
  readonly latencyMs: Ms;
  /** What earlier runs of this mode measured. */
  readonly past: readonly SlippageState[];
}

/** Fills from which the measured slippage replaces the guess. */
export const MEASURED_FROM = 30;
/** Below so many fills half a price step is charged at least: a lucky start must not make trading free. */
export const FLOORED_BELOW = 200;
/** One-sided 95 %. */
const Z_95 = 1.645;
/** After so many fills a fill counts half. */
const HALF_LIFE = 500;
const DECAY = 2 ** (-1 / HALF_LIFE);

/** Takes a fill into what earlier ones said; against us is positive. */
export function withFill(before: SlippageState | undefined, fill: MeasuredFill): SlippageState {
  const { action, qty, series, strategy } = fill;
  const worse = action === "buy" ? fill.price - fill.touch : fill.touch - fill.price;
  const x = worse / 10_000;
  const w = qty / 100;
  const decayed = (value: number | undefined): number => (value ?? 0) * DECAY;
  return {
    strategy,
    series,
    fills: (before?.fills ?? 0) + 1,
    weight: decayed(before?.weight) + w,
    weightSq: decayed(before?.weightSq) * DECAY + w * w,
    sum: decayed(before?.sum) + w * x,
    sumSq: decayed(before?.sumSq) + w * x * x,
  };
}

/** What many fills say, oldest first, by strategy and series. */
export function slippageOf(fills: Iterable<MeasuredFill>): SlippageState[] {
  const states = new Map<string, SlippageState>();
  for (const fill of fills) {
    const key = `${fill.strategy} ${fill.series}`;
    states.set(key, withFill(states.get(key), fill));
  }
  return [...states.values()];
}

/**
 * Mean slippage per contract plus 1.645 standard errors, dollars, of whatever sign; null before there are 30 fills. The
 * standard error is that of a weighted mean with Kish's effective number of fills (Σw)²/Σw².
 */
export function measuredSlippage(state: SlippageState | undefined): number | null {
  if (state === undefined || state.fills < MEASURED_FROM) return null;
  const mean = state.sum / state.weight;
  const count = (state.weight * state.weight) / state.weightSq;
  // One order that outweighs all others says what one order says.
  if (!(count > 1.5)) return null;
  const spread = Math.max(0, state.sumSq / state.weight - mean * mean);
  return mean + Z_95 * Math.sqrt(spread / (count - 1));
}

export interface LatencyInput {
  readonly p: Prob;
  readonly tauS: number;
  /** Prints of the settlement average that are known. */
  readonly knownCount: number;
  readonly latencyMs: Ms;
}

/**
 * Dollars that fair value moves while an order is on its way, φ(z)·sqrt(latency/V) (models.md §1.11), at most 1. z is taken
 * from p: exact for a threshold, and for a bracket of the same p an upper bound (no set of that probability is lost faster
 * by a shift of a normal variable than a half line).
 */
export function latencySlippage({ knownCount, latencyMs, p, tauS }: LatencyInput): number {
  const density = normPdf(normInv(p));
  if (!(density > 0) || latencyMs <= 0) return 0;
  const variance = meanVariance(SETTLEMENT_PRINTS - knownCount, tauS);
  return Math.min(1, density * Math.sqrt(latencyMs / 1000 / variance));
}

/** What a strategy asks for: dollars per contract that a fill at this ask may be worse. */
export interface SlippageWanted {
  readonly strategy: string;
  /** What it is configured to charge until it is measured, dollars. */
  readonly configured: number;
  readonly ask: Price;
}

/** Where and when it is asked: the market, and how fast its value moves. */
export interface SlippagePlace extends Pick<LatencyInput, "knownCount" | "tauS"> {
  readonly market: Market;
  /** Null when there is none; nothing is bought then. */
  readonly p: Prob | null;
}

/** Slippage by strategy and series: a function of the fills that were seen and of what earlier runs left. */
export class SlippageBook {
  readonly #latencyMs: Ms;
  /** By strategy, then series: an evaluation looks it up without building a key. */
  readonly #states = new Map<string, Map<string, SlippageState>>();

  constructor({ latencyMs, past }: SlippageOptions) {
    this.#latencyMs = latencyMs;
    for (const state of past) this.#of(state.strategy).set(state.series, state);
  }

  onFill(fill: MeasuredFill): void {
    const states = this.#of(fill.strategy);
    states.set(fill.series, withFill(states.get(fill.series), fill));
  }

  /** Answers for one look at a market; what latency costs there is computed once, and only when it is asked for. */
  at(place: SlippagePlace): (wanted: SlippageWanted) => number {
    let latency: number | null = null;
    const guess = (): number => {
      const { knownCount, p, tauS } = place;
      if (p === null) return 0;
      // Field by field: a spread costs ten times what is computed here.
      latency ??= latencySlippage({ p, tauS, knownCount, latencyMs: this.#latencyMs });
      return latency;
    };
    return (wanted) => this.#buffer(wanted, place.market, guess);
  }

  /** The measured slippage, never below 0, nor below half a step before 200 fills; before 30 the larger of both guesses. */
  #buffer(
    { ask, configured, strategy }: SlippageWanted,
    market: Market,
    guess: () => number,
  ): number {
    const state = this.#states.get(strategy)?.get(seriesOfTicker(market.ticker));
    const measured = measuredSlippage(state);
    if (state === undefined || measured === null) return Math.max(configured, guess());
    const floor = state.fills < FLOORED_BELOW ? tickAt(market.ranges, ask) / 20_000 : 0;
    return Math.max(measured, floor);
  }

  #of(strategy: string): Map<string, SlippageState> {
    const known = this.#states.get(strategy);
    if (known !== undefined) return known;
    const states = new Map<string, SlippageState>();
    this.#states.set(strategy, states);
    return states;
  }
}
