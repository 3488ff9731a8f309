import type { AssetState } from "./asset-state.ts";
import { mapValue, type RecalibrationMap } from "./calibration/maps.ts";
import type { EngineConfig } from "./engine-config.ts";
import type { FeeSchedule } from "./fees.ts";
import { firstRowId } from "./ids.ts";
import { ticksBetween } from "./market.ts";
import type { MarketState } from "./market-state.ts";
import { ageProblem, type Priced, Pricer } from "./pricer.ts";
import { believable } from "./prob/believable.ts";
import type { Opportunity } from "./records.ts";
import type { SlippageBook } from "./slippage.ts";
import type { Holding, MarketView, RestingOrder, Verdict } from "./strategy.ts";
import { type Ms, PRICE_ONE, type Qty, qty, type Side, ZERO_QTY } from "./units.ts";
import type { View } from "./view.ts";

const NONE: readonly string[] = [];
const NO_CHANCES = { p: null, low: null, high: null } as const;
const NO_PRINTS = { count: null, sumUsd: null, source: null } as const;

interface Inputs {
  readonly state: MarketState;
  readonly asset: AssetState;
  readonly nowMs: Ms;
  readonly bookFeedMs: Ms;
  /** How late the book feed was when it last said so. */
  readonly bookLateMs: Ms;
  /** What stands against any trade, whatever the market looks like. */
  readonly halt: string | null;
  readonly position: Qty | null;
  readonly holding: Holding | null;
  readonly resting: RestingOrder | null;
  readonly ordering: string | null;
  /** Null while the fees of the market are not known. */
  readonly fees: FeeSchedule | null;
  readonly slippage: SlippageBook;
  event(): readonly MarketView[];
}

/** Looks at a market: probability, touch, quality of the inputs, and whether that is worth a new row. */
export class Evaluator {
  readonly #config: EngineConfig;
  readonly #pricer: Pricer;
  #nextRow: number;

  constructor(config: EngineConfig) {
    this.#config = config;
    this.#pricer = new Pricer(config.staleSpotMs);
    this.#nextRow = firstRowId(config.runId) + 1;
  }

  view(inputs: Inputs): View {
    const { state, asset, nowMs } = inputs;
    const { market } = state;
    const model = this.#config.model(market.seriesTicker);
    const priced = recalibrated(this.#pricer.price(market, asset, nowMs, model.law), model.map);
    const { chances } = priced;
    const touch = touchOf(state);
    const tauS = (market.closeMs - nowMs) / 1000;
    const p = chances === null ? null : believable(chances.p);
    const problems = this.#problems(inputs, priced);
    const knownCount = priced.known?.count ?? 0;
    const place = { market, p, tauS: priced.lastPrintS, knownCount };
    return {
      market: {
        market,
        nowMs,
        tauS,
        problem: problems[0] ?? null,
        problems,
        bookProblem: this.#bookProblem(inputs),
        p,
        pLow: chances === null ? null : believable(chances.atLowSigma),
        pHigh: chances === null ? null : believable(chances.atHighSigma),
        yesBid: touch.yesBid,
        yesAsk: touch.yesAsk,
        yesBidQty: touch.yesBidQty,
        yesAskQty: touch.yesAskQty,
        spreadTicks: touch.spreadTicks,
        pMarket: touch.pMarket,
        sigma: priced.sigma,
        spotUsd: priced.spotUsd,
        spotAgeMs: priced.spotAgeMs,
        basisMean: priced.basisMean,
        basisSd: priced.basisSd,
        lastPrintS: priced.lastPrintS,
        known: priced.known,
        position: inputs.position ?? ZERO_QTY,
        holding: inputs.holding,
        resting: inputs.resting,
        ordering: inputs.ordering,
        fees: inputs.fees,
        funding: asset.funding,
        slippage: inputs.slippage.at(place),
        bidDepth: (side, levels) => depthOf(state, side, levels),
        closes: (minutes, count) => asset.minutes.closes(minutes, count, nowMs),
        event: () => inputs.event(),
      },
      priced,
      model,
      // Whole anyway. As the plain difference of two large numbers it kept the optimised code from ever holding: thrown away
      // and compiled again several times a second (V8 of Node 20), which cost more than all evaluations did.
      bookAgeMs: Number.isFinite(inputs.bookFeedMs)
        ? Math.round(nowMs - inputs.bookFeedMs + inputs.bookLateMs)
        : null,
    };
  }

  /** True when touch, verdict or reason changed, or when a new second began; remembers what it let through. */
  saysSomethingNew(state: MarketState, strategy: number, verdict: Verdict, view: View): boolean {
    const bid = view.market.yesBid ?? 0;
    const ask = view.market.yesAsk ?? 0;
    const second = Math.floor(view.market.nowMs / 1000);
    const last = state.last[strategy];
    if (
      last !== undefined &&
      last.second === second &&
      last.reason === verdict.reason &&
      last.decision === verdict.decision &&
      last.side === verdict.side &&
      last.yesBid === bid &&
      last.yesAsk === ask
    ) {
      return false;
    }
    state.last[strategy] = {
      decision: verdict.decision,
      reason: verdict.reason,
      side: verdict.side,
      yesBid: bid,
      yesAsk: ask,
      second,
    };
    return true;
  }

  row(strategy: string, verdict: Verdict, view: View): Opportunity {
    const { market, priced } = view;
    const chances = priced.chances ?? NO_CHANCES;
    const known = priced.known ?? NO_PRINTS;
    const reference = priced.reference ?? NO_PRINTS;
    return {
      opportunityId: this.#nextRow++,
      strategy,
      ticker: market.market.ticker,
      atMs: market.nowMs,
      tauS: market.tauS,
      spotUsd: priced.spotUsd,
      sigma: priced.sigma,
      pModel: chances.p,
      pLow: chances.low,
      pHigh: chances.high,
      pMarket: market.pMarket,
      pStrategy: verdict.p,
      side: verdict.side,
      yesBid: market.yesBid,
      yesAsk: market.yesAsk,
      yesBidQty: market.yesBid === null ? null : market.yesBidQty,
      yesAskQty: market.yesAsk === null ? null : market.yesAskQty,
      cost: verdict.cost,
      ev: verdict.ev,
      decision: verdict.decision,
      reason: verdict.reason,
      failed: verdict.failed.join(","),
      model: view.model.version,
      basisMean: priced.basisMean,
      basisSd: priced.basisSd,
      knownCount: known.count ?? 0,
      knownSumUsd: known.sumUsd,
      knownSource: known.source,
      referenceCount: reference.count,
      referenceSumUsd: reference.sumUsd,
      referenceSource: reference.source,
      spotAgeMs: priced.spotAgeMs,
      bookAgeMs: view.bookAgeMs,
    };
  }

  #problems(inputs: Inputs, { problem }: Priced): readonly string[] {
    const book = this.#bookProblem(inputs);
    if (book === null && problem === null && inputs.fees !== null) return NONE;
    return [book, problem, inputs.fees === null ? "fee_unknown" : null].filter(
      (one) => one !== null,
    );
  }

  #bookProblem({ state, nowMs, bookFeedMs, bookLateMs, halt }: Inputs): string | null {
    if (halt !== null) return halt;
    if (state.book.problem !== null) return state.book.problem;
    const age = ageProblem(
      { heardMs: bookFeedMs, lateMs: bookLateMs, nowMs },
      this.#config.staleBookMs,
    );
    if (age !== null) return `book_${age}`;
    if (state.book.crossed) return "book_crossed";
    return null;
  }
}

/** The same with every probability as the map has it; a map keeps their order, so the interval stays one. */
function recalibrated(priced: Priced, map: RecalibrationMap | null): Priced {
  const { chances } = priced;
  if (map === null || chances === null) return priced;
  return {
    ...priced,
    chances: {
      p: mapValue(map, chances.p),
      atLowSigma: mapValue(map, chances.atLowSigma),
      atHighSigma: mapValue(map, chances.atHighSigma),
      low: mapValue(map, chances.low),
      high: mapValue(map, chances.high),
    },
  };
}

function depthOf({ book }: MarketState, side: Side, levels: number): Qty {
  if (book.problem !== null) return ZERO_QTY;
  return qty(book.bids(side, levels).reduce((sum, [, size]) => sum + size, 0));
}

type Touch = Pick<
  MarketView,
  "yesBid" | "yesAsk" | "yesBidQty" | "yesAskQty" | "spreadTicks" | "pMarket"
>;

/** The touch of a usable book; nothing of a book that is not. */
function touchOf({ book, market }: MarketState): Touch {
  const yesBid = book.problem === null ? book.bid("yes") : undefined;
  const yesAsk = book.problem === null ? book.ask("yes") : undefined;
  const both = yesBid === undefined || yesAsk === undefined ? null : { yesBid, yesAsk };
  return {
    yesBid: yesBid ?? null,
    yesAsk: yesAsk ?? null,
    yesBidQty: book.bidQty("yes"),
    yesAskQty: book.askQty("yes"),
    spreadTicks: both === null ? null : ticksBetween(market.ranges, both.yesBid, both.yesAsk),
    pMarket: both === null || book.crossed ? null : (both.yesBid + both.yesAsk) / 2 / PRICE_ONE,
  };
}
