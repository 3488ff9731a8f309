import { underlyingOf } from "../core/market.ts";
import type { Strategy } from "../core/strategy.ts";
import { conclude } from "./entry.ts";
import { judgeLean, type Lean } from "./lean.ts";
import { lookBacks } from "./look-back.ts";
import type { MeanReversionParams } from "./mean-reversion.params.ts";
import type { StrategyPlugin } from "./plugin.ts";

// Seed 4's mean reversion, with its size of conviction made a number: a move of spot away from its recent mean shifts the
// model's probability a little towards a return, and what then beats the ask after costs is bought.

const NAME = "mean-reversion";

export const meanReversion: StrategyPlugin = {
  name: NAME,
  create: ({ strategy }) => createMeanReversion(strategy[NAME]),
};

export function createMeanReversion(params: MeanReversionParams): Strategy {
  const memory = lookBacks(params.look_back_s);
  return {
    name: NAME,
    evaluate(view) {
      if (underlyingOf(view.market.seriesTicker) === undefined) {
        return conclude(["other_series", ...view.problems], null, null);
      }
      memory.watch(view);
      return judgeLean({ strategy: NAME, view, params }, leanOf(memory.zScore(view), params));
    },
  };
}

/** `z` is spot's distance from its mean in s.d.; null while the look-back is not filled. */
function leanOf(z: number | null, params: MeanReversionParams): Lean {
  if (z === null) return { side: null, shift: 0, why: "warming" };
  const why = Math.abs(z) < Math.min(params.z_high, params.z_medium) ? "z_small" : null;
  if (z === 0) return { side: null, shift: 0, why };
  // The side that wins when the move is taken back.
  return { side: z > 0 ? "no" : "yes", shift: shiftOf(z, params), why };
}

/** Probability that the move adds to the side against it; nothing for a move that is too small to be traded. */
function shiftOf(z: number, params: MeanReversionParams): number {
  if (Math.abs(z) >= params.z_high) return params.shift_high;
  return Math.abs(z) >= params.z_medium ? params.shift_medium : 0;
}
