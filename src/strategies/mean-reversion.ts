import { isUpDown, type Underlying, underlyingOf } from "../core/market.ts";
import { believable } from "../core/prob/believable.ts";
import type { MarketView, Strategy, Verdict } from "../core/strategy.ts";
import type { Side } from "../core/units.ts";
import { candidate, conclude, concludeFixed, type Entry, windowGates } from "./entry.ts";
import { LookBack } from "./look-back.ts";
import type { MeanReversionParams } from "./mean-reversion.params.ts";

// Seed 4's mean reversion, with its size of conviction made a number: a move of spot away from its recent mean shifts the
// model's probability a little towards a return, and what then beats the ask after costs is bought.

const NAME = "mean-reversion";
const WINDOW_MS = 900_000;
/** A spot that is older than this is not sampled. */
const FRESH_MS = 3_000;

export function createMeanReversion(params: MeanReversionParams): Strategy {
  const memories = new Map<Underlying["asset"], LookBack>();
  return {
    name: NAME,
    evaluate(view) {
      const asset = underlyingOf(view.market.seriesTicker)?.asset;
      if (asset === undefined) return conclude(["other_series", ...view.problems], null, null);
      const memory = memories.get(asset) ?? new LookBack(params.look_back_s);
      memories.set(asset, memory);
      const { nowMs, spotAgeMs, spotUsd } = view;
      if (spotUsd !== null && spotAgeMs !== null && spotAgeMs <= FRESH_MS) {
        memory.take(spotUsd, nowMs);
      }
      return judge(view, params, spotUsd === null ? null : memory.zScore(spotUsd, nowMs));
    },
  };
}

/** `z` is spot's distance from its mean in s.d.; null while the look-back is not filled. */
function judge(view: MarketView, params: MeanReversionParams, z: number | null): Verdict {
  const isOurs = isUpDown(view.market) && view.market.closeMs - view.market.openMs === WINDOW_MS;
  const failed = isOurs ? [...view.problems] : ["other_series", ...view.problems];
  failed.push(...windowGates(view, params));
  if (z === null) failed.push("warming");
  else if (Math.abs(z) < smallest(params)) failed.push("z_small");
  // Without a probability or a move there is no side to ask the other gates about.
  const entry = isOurs && z !== null && z !== 0 ? entryOf(view, params, z) : null;
  if (z === null || entry === null) return conclude(failed, null, null);
  return concludeFixed(failed, entry, candidate(fadedBy(z), entry));
}

/** The side that wins when the move is taken back. */
function fadedBy(z: number): Side {
  return z > 0 ? "no" : "yes";
}

/** The market with the model's probability shifted against the move; null without a probability. */
function entryOf(view: MarketView, params: MeanReversionParams, z: number): Entry | null {
  const { p, pHigh, pLow } = view;
  if (view.problem !== null || p === null) return null;
  const shift = fadedBy(z) === "yes" ? shiftOf(z, params) : 0 - shiftOf(z, params);
  const opinion = {
    p: believable(p + shift),
    atLowSigma: pLow === null ? null : believable(pLow + shift),
    atHighSigma: pHigh === null ? null : believable(pHigh + shift),
  };
  return { strategy: NAME, view, params, opinion, contracts: params.contracts };
}

function smallest({ z_high, z_medium }: MeanReversionParams): number {
  return Math.min(z_high, z_medium);
}

/** Probability that the move adds to the side against it; nothing for a move that is too small to be traded. */
function shiftOf(z: number, params: MeanReversionParams): number {
  if (Math.abs(z) >= params.z_high) return params.shift_high;
  return Math.abs(z) >= params.z_medium ? params.shift_medium : 0;
}
