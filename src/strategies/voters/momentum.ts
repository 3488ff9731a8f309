import type { Sigma, Usd } from "../../core/units.ts";
import { abstain, cast, type Vote, type Voter } from "./vote.ts";

// Continuation: when the last few candles all closed on the same side of the one before, it votes for more of it (F84).

export const MOMENTUM = "momentum";

interface MomentumSettings {
  /** Candles that must agree. */
  readonly candles: number;
  readonly candle_minutes: number;
}

export interface Run {
  /** Closes of one candle more than must agree, oldest first. */
  readonly closes: readonly Usd[];
  readonly candleMinutes: number;
  readonly sigma: Sigma;
}

/** A standard deviation of the whole run is where it is half sure. */
const USUAL_MOVE = 1;

export function momentumVote({ candleMinutes, closes, sigma }: Run): Vote {
  const steps = closes.slice(1).map((usd, i) => Math.log(usd / (closes[i] ?? usd)));
  const move = steps.reduce((sum, step) => sum + step, 0);
  const size = move / (sigma * Math.sqrt(60 * candleMinutes * steps.length));
  const features = { move_sd: size };
  const agree = steps.every((step) => step > 0) || steps.every((step) => step < 0);
  if (!agree || !Number.isFinite(size) || size === 0) {
    return abstain(MOMENTUM, "candles_disagree", features);
  }
  return cast(MOMENTUM, { size, threshold: USUAL_MOVE }, features);
}

export function momentumVoter({ candle_minutes, candles }: MomentumSettings): Voter {
  return {
    name: MOMENTUM,
    vote(view) {
      const known = view.closes(candle_minutes, candles + 1);
      const { sigma } = view;
      if (known === null || sigma === null) return abstain(MOMENTUM, "warming");
      return momentumVote({ closes: known, candleMinutes: candle_minutes, sigma });
    },
  };
}
