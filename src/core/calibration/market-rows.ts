import type { Prob } from "../units.ts";
import type { ScoredRow } from "./pick-rows.ts";

/** A mid of a wide, stale or crossed book is no opinion of the market (models.md §4.1). */
const UNFIT: ReadonlySet<string> = new Set([
  "spread_wide",
  "book_stale",
  "book_late",
  "book_crossed",
  "spot_stale",
  "spot_late",
]);

type Quoted = Pick<ScoredRow, "failed" | "pMarket" | "reason">;

/** Why the market's opinion on a row is not to be had, or not to be believed; null where it is. */
export function marketProblem({ failed, pMarket, reason }: Quoted): string | null {
  const unfit = (failed ?? reason).split(",").find((code) => UNFIT.has(code));
  return unfit ?? (pMarket === null ? "no_price" : null);
}

export function hasMarket<Row extends Quoted>(row: Row): row is Row & { readonly pMarket: Prob } {
  return marketProblem(row) === null;
}

/** Nothing is quoted beyond these: the last half cent is the tick, not an opinion (models.md §4.1). */
export const QUOTED_P_MIN = 0.005;

export function quoted(p: Prob): Prob {
  return Math.min(1 - QUOTED_P_MIN, Math.max(QUOTED_P_MIN, p));
}
