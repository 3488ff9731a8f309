import {
  type MarketView,
  NOTHING_JUDGED,
  type Strategy,
  type Verdict,
  withdraw,
} from "../core/strategy.ts";
import { bestCandidate, type Candidate, conclude, concludeFixed, windowGates } from "./entry.ts";
import { bestQuote, concludeMaker, type MakerEntry } from "./maker.ts";
import { modelExit } from "./model-exit.ts";
import { type Account, accountOf, type StrategyPlugin } from "./plugin.ts";
import { concludeStaked, kellyStake, type Purse } from "./stake.ts";
import type { ThresholdEvParams } from "./threshold-ev.params.ts";

// Seed 1's threshold trader: buys the side whose model probability beats its all-in cost by EV_MIN, inside its entry
// window, when the spread is sane and the edge does not hang on the volatility guess: at the ask, or waiting in the book.

const NAME = "threshold-ev";

export const thresholdEv: StrategyPlugin = {
  name: NAME,
  create: (settings) => createThresholdEv(settings.strategy[NAME], accountOf(settings)),
};

export function createThresholdEv(params: ThresholdEvParams, account: Account): Strategy {
  return {
    name: NAME,
    evaluate: (view) => evaluate(view, params, account),
  };
}

function evaluate(view: MarketView, params: ThresholdEvParams, account: Account): Verdict {
  const left = modelExit(view, NAME, params);
  if (left !== null) return left;
  const failed = [...view.problems, ...windowGates(view, params)];
  const entry = entryOf(view, params);
  // Without a probability or a usable book there is nothing to ask the other gates about.
  if (entry === null) return blind(view, failed);
  const purse =
    params.sizing === "contracts" || view.fees === null
      ? null
      : { account, fees: view.fees, params };
  if (params.entry === "maker") {
    const best = bestQuote(entry);
    return concludeMaker(failed, entry, best, contractsOf(entry, best, purse));
  }
  return purse === null
    ? concludeFixed(failed, entry, bestCandidate(entry))
    : concludeStaked(failed, entry, purse);
}

/** Contracts to wait for: so many, or what Kelly stakes at that price. */
function contractsOf(entry: MakerEntry, best: Candidate | null, purse: Purse | null): number {
  if (purse === null || best === null || best.ev < purse.params.ev_min) return entry.contracts;
  return (kellyStake(entry, best, purse)?.qty ?? 0) / 100;
}

/** No order waits in a market that cannot be priced. */
function blind({ resting }: MarketView, failed: readonly string[]): Verdict {
  const [reason] = failed;
  return reason !== undefined && resting?.strategy === NAME
    ? withdraw(resting, reason, NOTHING_JUDGED)
    : conclude(failed, null, null);
}

function entryOf(view: MarketView, params: ThresholdEvParams): MakerEntry | null {
  const { p, pHigh, pLow } = view;
  if (view.problem !== null || p === null) return null;
  const opinion = { p, atLowSigma: pLow, atHighSigma: pHigh };
  return { strategy: NAME, view, params, opinion, contracts: params.contracts };
}
