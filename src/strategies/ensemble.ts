import type { Market } from "../core/market.ts";
import type { MarketView, Strategy } from "../core/strategy.ts";
import type { Ms } from "../core/units.ts";
import { type Ballot, countVotes } from "./ensemble/ballot.ts";
import { judgeBracket } from "./ensemble/bracket-mode.ts";
import { judgeDirection } from "./ensemble/direction-mode.ts";
import { ENSEMBLE, type Look, type Outcome } from "./ensemble/look.ts";
import { TradeMemory } from "./ensemble/trade-memory.ts";
import type { EnsembleParams } from "./ensemble.params.ts";
import { conclude, windowGates } from "./entry.ts";
import { isQuarterHour } from "./lean.ts";
import { type Account, accountOf, type StrategyPlugin, type StrategySettings } from "./plugin.ts";
import { fundingRateVoter } from "./voters/funding-rate.ts";
import { meanReversionVoter } from "./voters/mean-reversion.ts";
import { momentumVoter } from "./voters/momentum.ts";
import { orderbookImbalanceVoter } from "./voters/orderbook-imbalance.ts";
import { type Regime, regimeWatch, weightIn } from "./voters/volatility-regime.ts";
import type { Voter } from "./voters/vote.ts";

// Seed 2's ensemble: once per market, a quarter of an hour before its close, brackets are bought for their volatility and
// up/down markets for a direction that several voters confirm.

export const ensemble: StrategyPlugin = {
  name: ENSEMBLE,
  feeds: ["binance"],
  create(settings) {
    return createEnsemble(settings.strategy.ensemble, {
      account: accountOf(settings),
      voters: votersOf(settings.strategy),
      regime: regimeWatch(settings.strategy["volatility-regime"]),
    });
  },
};

/** A look that was missing something is had again after this, not at every change of the book: a fit is no small work. */
const AGAIN_MS = 1_000;

interface Looked extends Outcome {
  readonly atMs: Ms;
  readonly closeMs: Ms;
}

function votersOf(tables: StrategySettings["strategy"]): readonly Voter[] {
  return [
    momentumVoter(tables.momentum),
    meanReversionVoter(tables["mean-reversion"]),
    orderbookImbalanceVoter(tables["orderbook-imbalance"]),
    fundingRateVoter(tables["funding-rate"]),
  ];
}

export interface EnsembleParts {
  readonly account: Account;
  readonly voters: readonly Voter[];
  regime(view: MarketView): Regime | null;
}

export function createEnsemble(params: EnsembleParams, parts: EnsembleParts): Strategy {
  const trades = new TradeMemory();
  const looked = new Map<string, Looked>();
  return {
    name: ENSEMBLE,
    onFill: (fill) => trades.onFill(fill),
    evaluate(view) {
      for (const voter of parts.voters) voter.watch?.(view);
      const { closeMs, ticker } = view.market;
      const last = looked.get(ticker);
      const judge = judgeOf(view.market);
      const failed = judge === null ? ["other_series", ...view.problems] : [...view.problems];
      failed.push(...entryGates(view, params));
      if (last?.isFinal === true) failed.push("already_evaluated");
      failed.push(...trades.gates(ticker, view.nowMs, params), ...bookGates(view, params));
      if (judge === null || failed.length > 0 || view.fees === null) {
        return conclude(failed, null, null);
      }
      if (last !== undefined && view.nowMs - last.atMs < AGAIN_MS) return last.verdict;
      const ballot = (): Ballot => ballotOf(view, params, parts);
      const look = { view, params, account: parts.account, fees: view.fees, ballot };
      const outcome = judge(look);
      forget(looked, view.nowMs);
      looked.set(ticker, { ...outcome, atMs: view.nowMs, closeMs });
      return outcome.verdict;
    },
  };
}

function judgeOf(market: Market): ((look: Look) => Outcome) | null {
  if (market.strikeType === "between") return judgeBracket;
  return isQuarterHour(market) ? judgeDirection : null;
}

function entryGates(view: MarketView, params: EnsembleParams): string[] {
  const isInside = view.tauS <= params.window_from_s && view.tauS >= params.window_until_s;
  return isInside ? windowGates(view, params) : ["outside_window"];
}

/** A book that is not there yet, or stands far apart, does not use up the one look. */
function bookGates({ spreadTicks }: MarketView, params: EnsembleParams): string[] {
  if (spreadTicks === null) return ["one_sided"];
  return spreadTicks > params.spread_max_ticks ? ["spread_wide"] : [];
}

function ballotOf(
  view: MarketView,
  { confirmations }: EnsembleParams,
  parts: EnsembleParts,
): Ballot {
  const regime = parts.regime(view);
  const votes = parts.voters.map((voter) => voter.vote(view));
  return countVotes(votes, { confirmations, weight: (voter) => weightIn(regime, voter) });
}

function forget(looked: Map<string, Looked>, nowMs: Ms): void {
  for (const [ticker, { closeMs }] of looked) if (closeMs < nowMs) looked.delete(ticker);
}
