import type { Market } from "../../../src/core/market.ts";
import { chanceAbove, type Law } from "../../../src/core/prob/settlement.ts";

export interface PlainInputs {
  readonly spotUsd: number;
  readonly sigma: number;
  readonly tauS: number;
  readonly law: Law;
}

export const NORMAL: Law = { shape: "normal", nu: 4 };
export const STUDENT: Law = { shape: "student", nu: 4 };

/**
 * The plain model: the outcome is spot at the close, Φ(ln(S/K)/(σ√τ)) (models.md §1.5). It knows no averaging, no known
 * prints and no basis; spot and sigma are those of the model that it is held against. NaN without a strike or at τ = 0.
 */
export function plainYes(market: Market, inputs: PlainInputs): number {
  const { floorUsd: floor, capUsd: cap } = market;
  switch (market.strikeType) {
    case "greater":
    case "greater_or_equal":
      return above(floor, inputs);
    case "less":
    case "less_or_equal":
      return 1 - above(cap, inputs);
    case "between":
      return above(floor, inputs) - above(cap === null ? null : nextFloor(cap), inputs);
    case "unknown":
      return Number.NaN;
  }
}

function above(strikeUsd: number | null, { spotUsd, sigma, tauS, law }: PlainInputs): number {
  if (strikeUsd === null || !(strikeUsd > 0 && tauS > 0 && sigma > 0)) return Number.NaN;
  return chanceAbove(Math.log(spotUsd / strikeUsd) / (sigma * Math.sqrt(tauS)), law);
}

/** A bracket's cap lies one cent below the next floor (models.md §1.6). */
function nextFloor(capUsd: number): number {
  return Math.round((capUsd + 0.01) * 100) / 100;
}
