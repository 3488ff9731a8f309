import type { Prob } from "../units.ts";

/** A decision believes in no outcome more than this; the row keeps the probability as it is (models.md §7). */
const DECISION_P_MIN = 0.0005;

/** The probability as a decision may use it. */
export function believable(p: Prob): Prob {
  return Math.min(1 - DECISION_P_MIN, Math.max(DECISION_P_MIN, p));
}
