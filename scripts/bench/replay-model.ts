import { Book } from "../../src/core/book.ts";
import { takerEdge } from "../../src/core/edge.ts";
import type { Level, MarketEvent } from "../../src/core/events.ts";
import { type FeeSchedule, QUADRATIC_FEES } from "../../src/core/fees.ts";
import { MarketState } from "../../src/core/market-state.ts";
import { probYes } from "../../src/core/prob/market-prob.ts";
import type { ModelInputs } from "../../src/core/prob/outlook.ts";
import { price, type Qty, qty } from "../../src/core/units.ts";
import { benchMarkets } from "./path-world.ts";

const TEN = qty(1000);
const SLIPPAGE = 0.005;
const EV_MIN = 0.02;
/** Of a market, all but spot and the time that is left: the law is the bench's subject, not the estimates it rests on. */
const INPUTS: ModelInputs = {
  spotUsd: 80_000,
  sigma: 0.55e-4,
  tauS: 600,
  basisMean: 0,
  basisSd: 0.5e-4,
  known: null,
  shape: "normal",
  nu: 4,
};

/** What a model came to; equal for all who replayed the same. */
export interface ModelAccount {
  readonly changes: number;
  readonly evaluations: number;
  readonly trades: number;
  /** Of both bests after each change. */
  readonly bests: number;
  readonly evs: number;
}

/** What the model takes in; markets are named by their place among the bench's. */
export interface ModelInput {
  spot(priceUsd: number): void;
  snapshot(place: number, yes: readonly Level[], no: readonly Level[], nowMs: number): void;
  /** The price as it is stored: p for side yes, -1 - p for side no. */
  delta(place: number, priceCode: number, delta: Qty, nowMs: number): void;
}

/**
 * The model of performance.md §1, made of the product's parts: the books of all markets and, where a touch is another one
 * than before, one evaluation: probability, fees, expected value of either side, verdict. No risk, no strategies, no rows.
 */
export class ReplayModel implements ModelInput {
  readonly #states: readonly MarketState[];
  readonly #fees: FeeSchedule = QUADRATIC_FEES;
  #spotUsd = INPUTS.spotUsd;
  #changes = 0;
  #evaluations = 0;
  #trades = 0;
  #bests = 0;
  #evs = 0;

  constructor(tickers: readonly string[]) {
    this.#states = benchMarkets(tickers).map(({ market }) => new MarketState(market, new Book()));
  }

  get account(): ModelAccount {
    const [changes, evaluations] = [this.#changes, this.#evaluations];
    return { changes, evaluations, trades: this.#trades, bests: this.#bests, evs: this.#evs };
  }

  spot(priceUsd: number): void {
    this.#spotUsd = priceUsd;
  }

  snapshot(place: number, yes: readonly Level[], no: readonly Level[], nowMs: number): void {
    const state = this.#stateAt(place);
    state.book.replace(yes, no, nowMs);
    if (state.touchChanged()) this.#evaluate(state, nowMs);
  }

  delta(place: number, priceCode: number, delta: Qty, nowMs: number): void {
    const state = this.#stateAt(place);
    const { book } = state;
    const side = priceCode < 0 ? "no" : "yes";
    const level = price(priceCode < 0 ? -1 - priceCode : priceCode);
    if (!book.apply(side, level, delta, nowMs)) throw new Error("a book below zero");
    this.#changes++;
    this.#bests += 3 * (book.bid("yes") ?? 0) + (book.bid("no") ?? 0);
    if (state.touchChanged()) this.#evaluate(state, nowMs);
  }

  #evaluate({ book, market }: MarketState, nowMs: number): void {
    const tauS = (market.closeMs - nowMs) / 1000;
    const p = probYes(market, { ...INPUTS, spotUsd: this.#spotUsd, tauS });
    if (typeof p === "string") throw new Error(p);
    this.#evaluations++;
    let best = Number.NEGATIVE_INFINITY;
    for (const side of SIDES) {
      const ask = book.ask(side);
      if (ask === undefined) continue;
      const about = { p, side, ask, qty: TEN, schedule: this.#fees, slippage: SLIPPAGE };
      best = Math.max(best, takerEdge(about).ev);
    }
    if (best >= EV_MIN) this.#trades++;
    if (best !== Number.NEGATIVE_INFINITY) this.#evs += best;
  }

  #stateAt(place: number): MarketState {
    const state = this.#states[place];
    if (state === undefined) throw new Error(`there is no market ${place}`);
    return state;
  }
}

const SIDES = ["yes", "no"] as const;

/** Hands events to the model as whoever replays a run would. */
export class ModelFeed {
  readonly model: ReplayModel;
  readonly #tickers: readonly string[];
  // Keyed by the strings that the events carry: other strings of the same letters are compared letter by letter each time.
  readonly #places = new Map<string, number>();

  constructor(tickers: readonly string[]) {
    this.model = new ReplayModel(tickers);
    this.#tickers = tickers;
  }

  take(events: readonly MarketEvent[]): void {
    const { model } = this;
    for (const event of events) {
      if (event.type === "delta") {
        const priceCode = event.side === "no" ? -1 - event.price : event.price;
        model.delta(this.#placeOf(event.ticker), priceCode, event.delta, event.recvMs);
      } else if (event.type === "snapshot") {
        model.snapshot(this.#placeOf(event.ticker), event.yes, event.no, event.recvMs);
      } else if (event.type === "spot") model.spot(event.priceUsd);
    }
  }

  #placeOf(ticker: string): number {
    const known = this.#places.get(ticker);
    if (known !== undefined) return known;
    const place = this.#tickers.indexOf(ticker);
    this.#places.set(ticker, place);
    return place;
  }
}
