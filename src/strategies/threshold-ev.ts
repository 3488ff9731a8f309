import type { MarketView, Strategy, Verdict } from "../core/strategy.ts";
import { bestCandidate, conclude, concludeFixed, type Entry, windowGates } from "./entry.ts";
import type { ThresholdEvParams } from "./threshold-ev.params.ts";

// Seed 1's threshold trader: buys the side whose model probability beats its all-in cost by EV_MIN, as a taker, inside
// its entry window, when the spread is sane and the edge does not hang on the volatility guess.

const NAME = "threshold-ev";

export function createThresholdEv(params: ThresholdEvParams): Strategy {
  return {
    name: NAME,
    evaluate: (view) => evaluate(view, params),
  };
}

function evaluate(view: MarketView, params: ThresholdEvParams): Verdict {
  const failed = [...view.problems, ...windowGates(view, params)];
  const entry = entryOf(view, params);
  // Without a probability or a usable book there is nothing to ask the other gates about.
  if (entry === null) return conclude(failed, null, null);
  return concludeFixed(failed, entry, bestCandidate(entry));
}

function entryOf(view: MarketView, params: ThresholdEvParams): Entry | null {
  const { p, pHigh, pLow } = view;
  if (view.problem !== null || p === null) return null;
  const opinion = { p, atLowSigma: pLow, atHighSigma: pHigh };
  return { strategy: NAME, view, params, opinion, contracts: params.contracts };
}
