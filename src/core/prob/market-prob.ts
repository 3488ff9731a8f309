import type { Market } from "../market.ts";
import type { Prob } from "../units.ts";
import { type Bounds, boundsOf, pays } from "./bounds.ts";
import { above, below, type ModelInputs, type Outlook, outlookOf } from "./outlook.ts";
import type { ModelProblem } from "./problem.ts";

/** P(YES) and how far it can be trusted. */
export interface Chances {
  readonly p: Prob;
  /** p at the lower and the upper end of the band of sigma: an edge that dies inside is a guess about volatility. */
  readonly atLowSigma: Prob;
  readonly atHighSigma: Prob;
  /** Interval on p: the smallest and the largest of p at the ends of the band of sigma, the basis up to one s.d. to either side. */
  readonly low: Prob;
  readonly high: Prob;
}

/**
 * P(YES) of a market, never a guess: with an input that is missing, not finite or impossible it is the reason instead.
 */
export function probYes(market: Market, inputs: ModelInputs): Prob | ModelProblem {
  const outlook = outlookOf(inputs);
  if (typeof outlook === "string") return outlook;
  const bounds = boundsOf(market);
  return typeof bounds === "string" ? bounds : probOf(bounds, outlook);
}

/** P(YES) alone, for whoever prices many markets that settle on one average. */
export function probOf(bounds: Bounds, outlook: Outlook): Prob {
  const { meanUsd, spread } = outlook;
  if (spread.mid <= 0) return pays(bounds, meanUsd) ? 1 : 0;
  const ends = distancesOf(bounds, meanUsd);
  return ends === null ? 0 : inside(ends, { spread: spread.mid, shift: 0, outlook });
}

/** The same with its interval. */
export function chancesOf(bounds: Bounds, outlook: Outlook): Chances {
  const { basisShift, meanUsd, spread } = outlook;
  const ends = spread.mid <= 0 ? null : distancesOf(bounds, meanUsd);
  if (ends === null) return certain(probOf(bounds, outlook));
  const at = (sd: number, shift: number): Prob => inside(ends, { spread: sd, shift, outlook });
  const p = at(spread.mid, 0);
  const atLowSigma = at(spread.low, 0);
  const atHighSigma = at(spread.high, 0);
  let low = Math.min(p, atLowSigma, atHighSigma);
  let high = Math.max(p, atLowSigma, atHighSigma);
  if (basisShift > 0) {
    for (const sd of [spread.low, spread.high]) {
      const down = at(sd, -basisShift);
      const up = at(sd, basisShift);
      low = Math.min(low, down, up);
      high = Math.max(high, down, up);
    }
    const centre = centreOf(ends);
    if (Math.abs(centre) < basisShift) {
      high = Math.max(high, at(spread.low, centre), at(spread.high, centre));
    }
  }
  return { p, atLowSigma, atHighSigma, low, high };
}

function certain(p: Prob): Chances {
  return { p, atLowSigma: p, atHighSigma: p, low: p, high: p };
}

/** Logarithm of the mean over each end; null where there is no end that a positive price could miss. */
interface Distances {
  readonly from: number | null;
  readonly to: number | null;
}

/** Null when no price pays: all of them are positive. */
function distancesOf({ from, to }: Bounds, meanUsd: number): Distances | null {
  if (to !== null && to <= 0) return null;
  return {
    from: from === null || from <= 0 ? null : Math.log(meanUsd / from),
    to: to === null ? null : Math.log(meanUsd / to),
  };
}

/** The shift that puts the mean into the middle of a bracket, where its chance is largest; infinite without both ends. */
function centreOf({ from, to }: Distances): number {
  return from === null || to === null ? Number.POSITIVE_INFINITY : -(from + to) / 2;
}

interface At {
  readonly spread: number;
  /** Of the logarithm of the mean. */
  readonly shift: number;
  readonly outlook: Outlook;
}

/**
 * P(from ≤ A < to). Above the mean the difference is taken of upper tails, below it of lower tails: 1 − tiny would lose
 * the bracket.
 */
function inside({ from, to }: Distances, { spread, shift, outlook: { law } }: At): Prob {
  if (to === null) return from === null ? 1 : above(from + shift, spread, law);
  if (from === null) return below(to + shift, spread, law);
  const isUpper = from + shift <= 0;
  const side = isUpper ? above : below;
  const atFrom = side(from + shift, spread, law);
  const atTo = side(to + shift, spread, law);
  return Math.min(1, Math.max(0, isUpper ? atFrom - atTo : atTo - atFrom));
}
