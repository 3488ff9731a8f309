import { probColumn, requireBetween, requireSameLength } from "../input-checks.ts";
import { numberAt } from "../prob/number-at.ts";

/** Probabilities that sum to 1 only up to rounding are complete. */
const DUST = 1e-9;

export type ExclusiveStakes =
  | {
      readonly kind: "sized";
      /** Share of the bankroll spent on each leg, in the order of the input. */
      readonly staked: readonly number[];
      /** Share of the bankroll that is kept. */
      readonly reserve: number;
      /** Expected growth of the logarithm of the bankroll. */
      readonly growth: number;
    }
  /** Legs that cover every outcome cost less than $1 together: buy them all, that is no question of Kelly's. */
  | { readonly kind: "arbitrage"; readonly profitPerSet: number }
  /** The probabilities sum to more than 1, so that they cannot belong to exclusive legs. */
  | { readonly kind: "inconsistent"; readonly total: number };

/**
 * Stakes on YES legs of which at most one wins (Smoczynski & Tomkins 2010; models.md §3.5). `cost` is the all-in price
 * of a contract in dollars; what the probabilities leave of 1 is the chance that no leg wins. Independent sizing would
 * bet too little here, because the legs insure each other. Throws `RangeError` on columns of unequal length,
 * probabilities outside [0, 1] and costs not strictly between 0 and 1.
 */
export function kellyExclusive(input: {
  readonly p: readonly number[];
  readonly cost: readonly number[];
}): ExclusiveStakes {
  requireSameLength({ p: input.p, cost: input.cost });
  const p = probColumn("p", input.p);
  for (const [i, cost] of input.cost.entries()) {
    requireBetween(`cost[${i}]`, cost, { above: 0, below: 1 });
  }
  const total = sum(p);
  if (total > 1 + DUST) return { kind: "inconsistent", total };
  const setCost = sum(input.cost);
  if (total >= 1 - DUST && setCost < 1 - DUST) {
    return { kind: "arbitrage", profitPerSet: 1 - setCost };
  }
  return sized(p, input.cost);
}

/** Takes the legs with the best ratio of p to cost while they beat what is kept. */
function sized(p: Float64Array, cost: readonly number[]): ExclusiveStakes {
  const ratio = (i: number): number => numberAt(p, i) / numberAt(cost, i);
  const order = cost.map((_, i) => i).toSorted((a, b) => ratio(b) - ratio(a));
  let chosenP = 0;
  let chosenCost = 0;
  let reserve = 1;
  const chosen: number[] = [];
  for (const i of order) {
    if (!(ratio(i) > reserve)) break;
    chosen.push(i);
    chosenP += numberAt(p, i);
    chosenCost += numberAt(cost, i);
    reserve = Math.max(0, 1 - chosenP) / (1 - chosenCost);
  }
  const staked = cost.map(() => 0);
  let growth = chosenP < 1 - DUST ? (1 - chosenP) * Math.log(reserve) : 0;
  for (const i of chosen) {
    const chance = numberAt(p, i);
    staked[i] = Math.max(0, chance - reserve * numberAt(cost, i));
    growth += chance * Math.log(ratio(i));
  }
  return { kind: "sized", staked, reserve, growth };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
