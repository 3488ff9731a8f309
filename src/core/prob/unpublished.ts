import type { Chances } from "./market-prob.ts";
import {
  arePossible,
  inputProblem,
  type KnownPrints,
  type ModelInputs,
  SIGMA_BAND,
} from "./outlook.ts";
import type { ModelProblem } from "./problem.ts";
import { SETTLEMENT_PRINTS } from "./settlement.ts";
import { probUpDown } from "./up-down.ts";

/** S.d. by which the basis moves within a quarter of an hour, relative (models.md §1.7). */
const BASIS_DRIFT_SD = 0.5e-4;

export interface UnpublishedInputs extends ModelInputs {
  /** Seconds from open to close. */
  readonly windowS: number;
  /** What is known of the minute before the open, whose average the strike will be; null when it was not watched. */
  readonly reference: KnownPrints | null;
}

/**
 * P(up) of a market whose strike will be the average of the minute before its open and is not published yet (models.md
 * §1.8): in the seconds after the open that average is known, or nearly, and only its publication is missing.
 */
export function upDownChances(inputs: UnpublishedInputs): Chances | ModelProblem {
  const problem = inputProblem(inputs);
  if (problem !== null) return problem;
  const { reference, tauS, windowS } = inputs;
  if (reference === null || tauS < SETTLEMENT_PRINTS) return "strike_tbd";
  if (!(arePossible(reference) && windowS > 0)) return "input_invalid";
  // The error of our own samples is common to both averages; that of the exchange's values is only in the second.
  const basisDriftSd = reference.source === "proxy" ? BASIS_DRIFT_SD : inputs.basisSd;
  const spotUsd = inputs.spotUsd * Math.exp(inputs.basisMean);
  const at = (sigma: number, shift: number): number =>
    probUpDown({
      S: spotUsd * Math.exp(shift),
      sigma,
      tToOpen: tauS - windowS,
      window: windowS,
      refKnownCount: reference.count,
      refKnownSum: reference.sumUsd,
      basisDriftSd,
      shape: inputs.shape,
      nu: inputs.nu,
    }).p;
  const p = at(inputs.sigma, 0);
  const ends = [inputs.sigma * (1 - SIGMA_BAND), inputs.sigma * (1 + SIGMA_BAND)] as const;
  const corners = ends.flatMap((sigma) => [at(sigma, -basisDriftSd), at(sigma, basisDriftSd)]);
  const [atLowSigma, atHighSigma] = [at(ends[0], 0), at(ends[1], 0)];
  return {
    p,
    atLowSigma,
    atHighSigma,
    low: Math.min(p, atLowSigma, atHighSigma, ...corners),
    high: Math.max(p, atLowSigma, atHighSigma, ...corners),
  };
}
