import { believable } from "../../core/prob/believable.ts";
import type { MarketView } from "../../core/strategy.ts";
import type { Prob, Side } from "../../core/units.ts";
import type { EnsembleParams } from "../ensemble.params.ts";
import { candidate, conclude, edgeGates, type Opinion } from "../entry.ts";
import { kellyStake, sizeGates } from "../stake.ts";
import { priceGates } from "./guardrails.ts";
import { entryFor, type Look, type Outcome } from "./look.ts";

// The up/down market at its open: a coin to the model, to which confirmed votes add a little.

export function judgeDirection(look: Look): Outcome {
  const { account, fees, params, view } = look;
  const { direction, lean, why } = look.ballot();
  if (direction === null) {
    return { verdict: conclude([why ?? "unconfirmed"], null, null), isFinal: true };
  }
  const side = direction === "up" ? "yes" : "no";
  const shift = pointsOf(lean, params);
  const entry = entryFor(view, params, opinionOf(view, shift, params));
  const best = candidate(side, entry);
  const failed = isLifted(side, (view.p ?? 0.5) + shift, params) ? ["beyond_clip"] : [];
  failed.push(...edgeGates(entry, best));
  if (best === null) {
    return { verdict: conclude(failed, null, null, entry.opinion.p), isFinal: false };
  }
  failed.push(...priceGates(best, params));
  const intent = kellyStake(entry, best, { account, fees, params });
  if (intent === null) failed.push(...sizeGates(best, params));
  return { verdict: conclude(failed, best, intent), isFinal: true };
}

/** What votes of that lean add to a probability: all of them sure, and believed wholly, make a half a certainty. */
export function pointsOf(lean: number, { vote_shrink }: EnsembleParams): number {
  return (vote_shrink * lean) / 2;
}

/**
 * The model's probability is a half at the open, and moves with spot in the half minute after it: votes add to what is
 * known by then. The result is clipped, so that no number of voters is more than a guess.
 */
function opinionOf({ p, pHigh, pLow }: MarketView, shift: number, params: EnsembleParams): Opinion {
  const clipped = (model: Prob): Prob =>
    believable(Math.min(params.clip_max, Math.max(params.clip_min, model + shift)));
  return {
    p: clipped(p ?? 0.5),
    atLowSigma: pLow === null ? null : clipped(pLow),
    atHighSigma: pHigh === null ? null : clipped(pHigh),
  };
}

/** The clip is there to believe less: where it raises the chance of the side that would be bought, it makes up an edge. */
function isLifted(side: Side, p: Prob, { clip_max, clip_min }: EnsembleParams): boolean {
  return side === "yes" ? p < clip_min : p > clip_max;
}
