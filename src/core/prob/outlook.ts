import type { Sigma, Usd } from "../units.ts";
import type { ModelProblem } from "./problem.ts";
import {
  chanceAbove,
  isLaw,
  type Law,
  meanVariance,
  orCertain,
  SETTLEMENT_PRINTS,
  unknownPrints,
} from "./settlement.ts";

/** Prints of an averaging minute that are known. */
export interface KnownPrints {
  readonly count: number;
  readonly sumUsd: Usd;
  /** `proxy` when they are our own spot samples corrected by the basis, `index` when they are the exchange's. */
  readonly source: "index" | "proxy";
}

/** The law of the standardised outcome as markets are priced by it. */
export interface MarketLaw extends Law {
  readonly shape: "normal" | "student";
}

/** What the model is told. Together with the market's strike it is all that a probability depends on. */
export interface ModelInputs extends MarketLaw {
  /** Spot of the watched venue, not yet corrected by the basis. */
  readonly spotUsd: Usd;
  readonly sigma: Sigma;
  /** Seconds to the last print. */
  readonly tauS: number;
  /** Expected log difference index − spot. */
  readonly basisMean: number;
  /** Relative s.d. of what remains after the mean. */
  readonly basisSd: number;
  /** Prints of the minute before the close; null before it, and when they are not known. */
  readonly known: KnownPrints | null;
}

/** Raised with every change of a formula, so that rows of different formulas carry different versions. */
export const MODEL_REVISION = 4;

/** Half width of the band of sigma in the interval on p, as a share of sigma (models.md §1.11). */
export const SIGMA_BAND = 0.15;

/** S.d. of the logarithm at sigma and at the ends of its band; all of them 0 where nothing is uncertain. */
interface Spread {
  readonly mid: number;
  readonly low: number;
  readonly high: number;
}

const NO_SPREAD: Spread = { mid: 0, low: 0, high: 0 };

/**
 * The settlement value as seen at one moment. Every market that settles on this average is priced off one of these, and
 * that is what makes complements, brackets and thresholds agree.
 */
export interface Outlook {
  readonly meanUsd: Usd;
  readonly spread: Spread;
  /** What one s.d. of the basis moves the logarithm of the mean by. */
  readonly basisShift: number;
  readonly law: MarketLaw;
}

/** Looks at the settlement average with the inputs of now (models.md §1.2-1.4). */
export function outlookOf(inputs: ModelInputs): Outlook | ModelProblem {
  const unknown = openPrints(inputs);
  if (typeof unknown === "string") return unknown;
  const { known, tauS } = inputs;
  const spot = inputs.spotUsd * Math.exp(inputs.basisMean);
  const open = (unknown * spot) / SETTLEMENT_PRINTS;
  const past = (known?.sumUsd ?? 0) / SETTLEMENT_PRINTS;
  const meanUsd = open + past;
  const exposed = known?.source === "proxy" ? meanUsd : open;
  const diffusion = open * Math.sqrt(meanVariance(unknown, tauS));
  const basis = exposed * inputs.basisSd;
  const sd = (sigma: Sigma): number => Math.hypot(diffusion * sigma, basis);
  const isCertain = orCertain(sd(inputs.sigma), meanUsd) === 0;
  const spread = isCertain
    ? NO_SPREAD
    : spreadOf((sigma) => logSd(sd(sigma), meanUsd), inputs.sigma);
  // Inputs that are finite each can still be too much together.
  if (!(meanUsd > 0 && Number.isFinite(meanUsd + spread.high))) return "input_invalid";
  return { meanUsd, spread, basisShift: basis / meanUsd, law: inputs };
}

/** Prints still to come, or why they cannot be told. */
function openPrints(inputs: ModelInputs): number | ModelProblem {
  const problem = inputProblem(inputs);
  if (problem !== null) return problem;
  const { known, tauS } = inputs;
  if (known === null) {
    return unknownPrints(tauS) === SETTLEMENT_PRINTS ? SETTLEMENT_PRINTS : "index_stale";
  }
  return arePossible(known) ? SETTLEMENT_PRINTS - known.count : "input_invalid";
}

export function arePossible({ count, sumUsd }: KnownPrints): boolean {
  if (!Number.isInteger(count) || count < 0 || count > SETTLEMENT_PRINTS) return false;
  return Number.isFinite(sumUsd) && sumUsd > 0 === count > 0;
}

/** What is wrong with the inputs, whatever the market; comparisons are written so that NaN fails them. */
export function inputProblem(inputs: Omit<ModelInputs, "known">): ModelProblem | null {
  const { spotUsd, sigma, tauS, basisMean, basisSd } = inputs;
  if (!(spotUsd > 0 && spotUsd < Number.POSITIVE_INFINITY)) return "no_spot";
  if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) return "no_sigma";
  if (tauS < 0) return "market_closed";
  if (!Number.isFinite(tauS + basisMean + basisSd) || basisSd < 0) return "input_invalid";
  return isLaw(inputs) ? null : "input_invalid";
}

function spreadOf(at: (sigma: Sigma) => number, sigma: Sigma): Spread {
  return {
    mid: at(sigma),
    low: at(sigma * (1 - SIGMA_BAND)),
    high: at(sigma * (1 + SIGMA_BAND)),
  };
}

/** S.d. of the lognormal value that has this mean and s.d. */
function logSd(sd: number, mean: number): number {
  const relative = sd / mean;
  return Math.sqrt(Math.log1p(relative * relative));
}

/** P(A > strike) where the mean's logarithm lies `distance` above that of the strike; `spread` must be positive. */
export function above(distance: number, spread: number, law: Law): number {
  return chanceAbove((distance - (spread * spread) / 2) / spread, law);
}

/** 1 − above, formed on its own side so that a small probability keeps its relative accuracy (models.md §1.4). */
export function below(distance: number, spread: number, law: Law): number {
  return chanceAbove(((spread * spread) / 2 - distance) / spread, law);
}
