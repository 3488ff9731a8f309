import type { Proof } from "../../src/core/proof/proof.ts";

const NOTHING = { rows: 0, windows: 0, fromMs: null, untilMs: null, scores: null };

/** A proof of nothing at all, and what a test changes in it. */
export function aProof(changes: Partial<Proof> = {}): Proof {
  return {
    forecaster: "model",
    verdict: {
      name: "NOISY",
      reason: "no settled window yet",
      conditions: [],
      kills: [],
      windows: 0,
      effectiveWindows: 0,
      minimumDetectableEdge: null,
      windowsMissing: null,
      daysMissing: null,
    },
    version: null,
    versions: [],
    options: {
      minWindows: 100,
      eps: 1e-3,
      epsRobust: 0.01,
      alpha: 0.05,
      resamples: 2000,
      draws: 1000,
      seed: 1,
    },
    universes: { all: NOTHING, wouldTrade: NOTHING, filled: NOTHING },
    parts: {
      boundaryMs: null,
      development: { all: NOTHING, wouldTrade: NOTHING },
      confirmation: { all: NOTHING, wouldTrade: NOTHING },
    },
    evidence: { bets: 0, logE: 0, logThreshold: Math.log(20), reachedMs: null, path: [] },
    confidence: { alpha: 0.05, path: [] },
    evBins: { bins: [], trend: null, spearman: null, isotonicRange: null },
    breakdowns: { strategy: [], series: [], timeToClose: [], price: [], hour: [] },
    equity: { path: [], profit: 0, maxDrawdown: 0 },
    funnel: [],
    coverage: { markets: 0, settledMarkets: 0, settledWindows: 0, leftOut: [] },
    ...changes,
  };
}
