import type { AssetState } from "./asset-state.ts";
import type { EngineConfig } from "./engine-config.ts";
import { firstRowId } from "./ids.ts";
import { hasStrike, ticksBetween } from "./market.ts";
import type { MarketState } from "./market-state.ts";
import { probYes } from "./prob/market-prob.ts";
import type { Opportunity } from "./records.ts";
import type { MarketView, Verdict } from "./strategy.ts";
import { type Ms, PRICE_ONE, type Prob, type Qty, type Usd, ZERO_QTY } from "./units.ts";

/** p is also given at these multiples of sigma: an edge that dies inside is a guess about volatility (models.md §1.11). */
const SIGMA_LOW = 0.85;
const SIGMA_HIGH = 1.15;

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
}

/** A market's view together with the model inputs that go on file but are no strategy's business. */
export interface View {
  readonly market: MarketView;
  readonly knownCount: number;
  readonly knownSumUsd: Usd | null;
  readonly basisSd: number;
  readonly spotAgeMs: Ms | null;
  readonly bookAgeMs: Ms | null;
}

interface Probabilities {
  readonly p: Prob | null;
  readonly pLow: Prob | null;
  readonly pHigh: Prob | null;
}

const NO_PROBABILITIES: Probabilities = { p: null, pLow: null, pHigh: null };

/** Looks at a market: probability, touch, quality of the inputs, and whether that is worth a new row. */
export class Evaluator {
  readonly #config: EngineConfig;
  #nextRow: number;

  constructor(config: EngineConfig) {
    this.#config = config;
    this.#nextRow = firstRowId(config.runId) + 1;
  }

  view(inputs: Inputs): View {
    const { state, asset, nowMs } = inputs;
    const { basis } = asset;
    const tauS = (state.market.closeMs - nowMs) / 1000;
    const known = basis.knownPrints(state.market.closeMs, nowMs);
    const basisSd = basis.sd(nowMs);
    const modelProblem = this.#modelProblem(inputs);
    const sigma = asset.vol.sigma(horizonOf(tauS));
    const chances = this.#probabilities(inputs, {
      known,
      basisSd,
      sigma: sigma.sigma,
      modelProblem,
    });
    const problem = this.#bookProblem(inputs) ?? modelProblem;
    return {
      market: {
        market: state.market,
        nowMs,
        tauS,
        problem: problem ?? (chances.p === null ? "no_probability" : null),
        ...chances,
        ...touchOf(state),
        sigma: sigma.ready ? sigma.sigma : null,
        spotUsd: basis.spotUsd,
        position: inputs.position ?? ZERO_QTY,
        fees: this.#config.fees(state.market.seriesTicker),
      },
      knownCount: known?.count ?? 0,
      knownSumUsd: known?.sumUsd ?? null,
      basisSd,
      spotAgeMs: basis.spotUsd === null ? null : nowMs - basis.spotMs,
      bookAgeMs: Number.isFinite(inputs.bookFeedMs)
        ? nowMs - inputs.bookFeedMs + inputs.bookLateMs
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
    const { market } = view;
    return {
      opportunityId: this.#nextRow++,
      strategy,
      ticker: market.market.ticker,
      atMs: market.nowMs,
      tauS: market.tauS,
      spotUsd: market.spotUsd,
      sigma: market.sigma,
      pModel: market.p,
      pLow: market.pLow,
      pHigh: market.pHigh,
      pMarket: market.pMarket,
      side: verdict.side,
      yesBid: market.yesBid,
      yesAsk: market.yesAsk,
      yesBidQty: market.yesBid === null ? null : market.yesBidQty,
      yesAskQty: market.yesAsk === null ? null : market.yesAskQty,
      cost: verdict.cost,
      ev: verdict.ev,
      decision: verdict.decision,
      reason: verdict.reason,
      knownCount: view.knownCount,
      knownSumUsd: view.knownSumUsd,
      basisSd: view.basisSd,
      spotAgeMs: view.spotAgeMs,
      bookAgeMs: view.bookAgeMs,
    };
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

  #modelProblem({ state, asset, nowMs }: Inputs): string | null {
    if (!hasStrike(state.market)) return "no_strike";
    if (asset.basis.spotUsd === null) return "no_spot";
    const { basis, heardMs } = asset;
    const lateMs = heardMs - basis.spotMs;
    const age = ageProblem({ heardMs, lateMs, nowMs }, this.#config.staleSpotMs);
    if (age !== null) return `spot_${age}`;
    const { ready, flag } = asset.vol.sigma(horizonOf((state.market.closeMs - nowMs) / 1000));
    if (!ready) return "sigma_warming";
    return flag === "floor" || flag === "cap" ? `sigma_${flag}` : null;
  }

  #probabilities(
    { state, asset, nowMs }: Inputs,
    model: {
      readonly known: ReturnType<AssetState["basis"]["knownPrints"]>;
      readonly basisSd: number;
      readonly sigma: number;
      readonly modelProblem: string | null;
    },
  ): Probabilities {
    const { basis } = asset;
    if (basis.spotUsd === null || model.modelProblem !== null) return NO_PROBABILITIES;
    const { spotUsd } = basis;
    const at = (sigma: number): Prob | null =>
      probYes(state.market, {
        spotUsd,
        sigma,
        tauS: (state.market.closeMs - nowMs) / 1000,
        shape: this.#config.shape,
        nu: this.#config.nu,
        basisMean: basis.mean(nowMs),
        basisSd: model.basisSd,
        known: model.known,
      });
    return {
      p: at(model.sigma),
      pLow: at(model.sigma * SIGMA_LOW),
      pHigh: at(model.sigma * SIGMA_HIGH),
    };
  }
}

/**
 * Whether a source is too old to decide by: `stale` when it is silent, `late` when it talks of what was long ago
 * (reliability.md W4). Null when it is neither.
 */
function ageProblem(
  source: { readonly heardMs: Ms; readonly lateMs: Ms; readonly nowMs: Ms },
  limitMs: Ms,
): "stale" | "late" | null {
  const silentMs = source.nowMs - source.heardMs;
  if (silentMs > limitMs) return "stale";
  return silentMs + source.lateMs > limitMs ? "late" : null;
}

/** Seconds that the volatility forecast is for, in whole minutes: the time of day moves no faster. */
function horizonOf(tauS: number): number {
  return Math.max(1, Math.ceil(tauS / 60)) * 60;
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
