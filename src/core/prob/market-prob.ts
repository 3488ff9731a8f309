import type { Market } from "../market.ts";
import type { Prob, Sigma, Usd } from "../units.ts";
import {
  certainlyAbove,
  chanceAbove,
  type Law,
  meanVariance,
  orCertain,
  SETTLEMENT_PRINTS,
  score,
  unknownPrints,
} from "./settlement.ts";

/** Prints of the averaging minute that are known. */
interface KnownPrints {
  readonly count: number;
  readonly sumUsd: Usd;
  /** `proxy` when they are our own spot samples corrected by the basis; `index` (also when absent) when they are real. */
  readonly source?: "index" | "proxy";
}

export interface MarketProbInputs extends Law {
  /** Spot of the watched venue, not yet corrected by the basis. */
  readonly spotUsd: Usd;
  readonly sigma: Sigma;
  readonly tauS: number;
  readonly shape: "normal" | "student";
  /** Expected log difference index − spot. */
  readonly basisMean: number;
  /** Relative s.d. of what remains after the mean. */
  readonly basisSd: number;
  readonly known: KnownPrints | null;
}

/**
 * P(YES) of a market, never a guess: null when an input is missing or not finite, the strike is unknown, the market is
 * past its close, or the averaging minute has begun and its prints are not given (up to 31 cents wrong, models.md §1.5).
 */
export function probYes(market: Market, inputs: MarketProbInputs): Prob | null {
  const unknown = openPrints(inputs);
  if (unknown === null) return null;
  const spot = inputs.spotUsd * Math.exp(inputs.basisMean);
  const open = (unknown * spot) / SETTLEMENT_PRINTS;
  const known = (inputs.known?.sumUsd ?? 0) / SETTLEMENT_PRINTS;
  const mean = open + known;
  const exposed = inputs.known?.source === "proxy" ? mean : open;
  const diffusion = open * inputs.sigma;
  const basis = exposed * inputs.basisSd;
  const variance = diffusion * diffusion * meanVariance(unknown, inputs.tauS) + basis * basis;
  return judge(market, mean, orCertain(Math.sqrt(variance), mean), inputs);
}

/** Prints still to come, or null when the inputs do not allow a probability. */
function openPrints(inputs: MarketProbInputs): number | null {
  if (!isUsable(inputs)) return null;
  const { known } = inputs;
  if (known === null) {
    const unknown = unknownPrints(inputs.tauS);
    return unknown === SETTLEMENT_PRINTS ? unknown : null;
  }
  const { count, sumUsd } = known;
  if (!Number.isInteger(count) || count < 0 || count > SETTLEMENT_PRINTS) return null;
  return Number.isFinite(sumUsd) && sumUsd > 0 === count > 0 ? SETTLEMENT_PRINTS - count : null;
}

/** One sum carries every NaN and infinity; the comparisons are written so that NaN fails them. */
function isUsable(inputs: MarketProbInputs): boolean {
  const { spotUsd, sigma, tauS, basisMean, basisSd } = inputs;
  if (!Number.isFinite(spotUsd + sigma + tauS + basisMean + basisSd)) return false;
  if (inputs.shape === "student" && !(inputs.nu > 2)) return false;
  return spotUsd > 0 && sigma > 0 && tauS >= 0 && basisSd >= 0;
}

/** The tie rule of the strike type decides only when nothing is uncertain any more; else A = K has probability 0. */
function judge(market: Market, mean: number, sd: number, law: Law): Prob | null {
  const { floorUsd: floor, capUsd: cap } = market;
  switch (market.strikeType) {
    case "greater":
      return above(mean, sd, { strike: floor, tie: "gt", law });
    case "greater_or_equal":
      return above(mean, sd, { strike: floor, tie: "ge", law });
    case "less":
      return below(mean, sd, { strike: cap, tie: "ge", law });
    case "less_or_equal":
      return below(mean, sd, { strike: cap, tie: "gt", law });
    case "between":
      return floor === null || cap === null ? null : inside(mean, sd, { floor, cap, law });
    case "unknown":
      break;
  }
  return null;
}

interface Threshold {
  readonly strike: Usd | null;
  /** Whether A = strike counts as above. */
  readonly tie: "gt" | "ge";
  readonly law: Law;
}

function above(mean: number, sd: number, { strike, tie, law }: Threshold): Prob | null {
  if (strike === null || !Number.isFinite(strike)) return null;
  if (strike <= 0) return 1;
  if (sd <= 0) return certainlyAbove(mean, strike, tie) ? 1 : 0;
  return chanceAbove(score(mean, sd, { strike, law }), law);
}

/** 1 − P(above), formed on its own side so that a small probability keeps its relative accuracy (models.md §1.4). */
function below(mean: number, sd: number, { strike, tie, law }: Threshold): Prob | null {
  if (strike === null || !Number.isFinite(strike)) return null;
  if (strike <= 0) return 0;
  if (sd <= 0) return certainlyAbove(mean, strike, tie) ? 0 : 1;
  return chanceAbove(-score(mean, sd, { strike, law }), law);
}

interface Bracket {
  readonly floor: Usd;
  readonly cap: Usd;
  readonly law: Law;
}

/**
 * A bracket [floor, cap] is the half-open interval up to the next floor, one cent above its cap (models.md §1.6). Above
 * the mean the difference is taken of upper tails, below it of lower tails: 1 − tiny would lose the bracket.
 */
function inside(mean: number, sd: number, { floor, cap, law }: Bracket): Prob | null {
  const next = Math.round((cap + 0.01) * 100) / 100;
  const side = floor >= mean ? above : below;
  const atFloor = side(mean, sd, { strike: floor, tie: "ge", law });
  const atNext = side(mean, sd, { strike: next, tie: "ge", law });
  if (atFloor === null || atNext === null) return null;
  return Math.min(1, Math.max(0, floor >= mean ? atFloor - atNext : atNext - atFloor));
}
