import type { Market } from "../market.ts";
import type { Usd } from "../units.ts";
import type { ModelProblem } from "./problem.ts";

/** Settlement values on which YES pays: from `from` up to and without `to`, dollars; null where there is no such end. */
export interface Bounds {
  readonly from: Usd | null;
  readonly to: Usd | null;
}

/**
 * The paying values as one half-open interval. Values are published rounded, so "above 72749.99" is "72750 or above" and
 * "up to 63999.99" is "below 64000" (kalshi.md §4.3): that way the brackets of an event tile the line with its tails, and
 * the thresholds of the sister series fall on the same boundaries.
 */
export function boundsOf(market: Market): Bounds | ModelProblem {
  const { floorUsd: floor, capUsd: cap } = market;
  switch (market.strikeType) {
    case "greater":
      return checked(floor, (strike) => ({ from: nextValue(strike), to: null }));
    case "greater_or_equal":
      return checked(floor, (strike) => ({ from: strike, to: null }));
    case "less":
      return checked(cap, (strike) => ({ from: null, to: strike }));
    case "less_or_equal":
      return checked(cap, (strike) => ({ from: null, to: nextValue(strike) }));
    case "between":
      return checked(floor, (from) => checked(cap, (last) => between(from, last)));
    case "unknown":
      return "strike_invalid";
  }
}

function between(from: Usd, last: Usd): Bounds | ModelProblem {
  return last < from ? "strike_invalid" : { from, to: nextValue(last) };
}

function checked(
  strike: Usd | null,
  bounds: (strike: Usd) => Bounds | ModelProblem,
): Bounds | ModelProblem {
  if (strike === null) return "strike_tbd";
  return Number.isFinite(strike) ? bounds(strike) : "strike_invalid";
}

/** Steps of published values, as parts of a dollar: cents, or ten-thousandths for what is cheap. */
const COARSE = 100;
const FINE = 10_000;
/** Float dust of a strike in cents: more than the 1e-6 dollars that occur, far less than a ten-thousandth of one. */
const DUST_CENTS = 1e-3;

/** Parts of a dollar that values comparable to this strike are published in. */
function stepsPerDollar(strikeUsd: Usd): number {
  const cents = strikeUsd * COARSE;
  return Math.abs(cents - Math.round(cents)) < DUST_CENTS ? COARSE : FINE;
}

/** The lowest published value above a strike, dollars. */
export function nextValue(strikeUsd: Usd): Usd {
  const steps = stepsPerDollar(strikeUsd);
  return (Math.round(strikeUsd * steps) + 1) / steps;
}

/** A settlement value that is known for certain pays, as the exchange compares it: rounded to what is published. */
export function pays({ from, to }: Bounds, valueUsd: Usd): boolean {
  return (
    (from === null || rounded(valueUsd, from) >= rounded(from, from)) &&
    (to === null || rounded(valueUsd, to) < rounded(to, to))
  );
}

function rounded(valueUsd: Usd, likeUsd: Usd): number {
  return Math.round(valueUsd * stepsPerDollar(likeUsd));
}
