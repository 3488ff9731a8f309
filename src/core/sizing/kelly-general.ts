import { finiteColumn, probColumn, requireBetween, requireSameLength } from "../input-checks.ts";
import { numberAt } from "../prob/number-at.ts";

export interface JointBets {
  /** Probability of each state, summing to 1: the partition of `bracketLadder`. */
  readonly prob: readonly number[];
  /** What a contract of each leg pays in each state, dollars: one row per state. */
  readonly payoff: readonly (readonly number[])[];
  /** All-in price of a contract of each leg, dollars, strictly between 0 and 1. */
  readonly cost: readonly number[];
  /** Most contracts of each leg per dollar of bankroll. */
  readonly cap: readonly number[];
  /** Wealth in each state before buying, in bankrolls: 1 plus what holdings pay there. Without holdings 1 throughout. */
  readonly wealth?: readonly number[];
  /** Most that may be spent, in bankrolls: the cash. 1 by default; Infinity leaves the caps alone to bind. */
  readonly budget?: number;
}

export interface JointStakes {
  /** Contracts of each leg per dollar of bankroll. Where several purchases are equally good, one of them. */
  readonly contractsPerDollar: readonly number[];
  /** Expected logarithm of wealth after buying. */
  readonly growth: number;
  /** No purchase within the limits grows faster by more than this. */
  readonly gap: number;
}

const GAP_DONE = 1e-10;
const STEPS_MAX = 20_000;
const HALVINGS_MAX = 60;
/** Share of the promised gain that a step must bring (Armijo's rule). */
const ARMIJO = 1e-4;
const PROB_DUST = 1e-9;

/**
 * Stakes on any legs of one event together: thresholds, NO legs, holdings, caps (models.md §3.5). Maximises
 * Σ_s π_s·ln(W_s + Σ_j x_j(A_sj − c_j)) over 0 ≤ x_j ≤ cap_j and Σ c_j·x_j ≤ budget by projected gradient with backtracking;
 * the problem is concave, so `gap` bounds what is left. Five thresholds each 4 cents cheap, sized one by one, stake 57 %
 * and lose; together they stake 29 % and grow. Throws `RangeError` on shapes that do not fit, probabilities that do not
 * sum to 1, negative payoffs or caps, and wealth that is not positive.
 */
export function kellyGeneral(input: JointBets): JointStakes {
  const bets = checked(input);
  let x = new Float64Array(bets.cost.length);
  let here = evaluate(bets, x);
  let gap = gapOf(bets, x, here.slope);
  let step = 1;
  for (let n = 0; n < STEPS_MAX && gap > GAP_DONE; n++) {
    const moved = backtrack(bets, { x, here, step });
    // Rounding: no step of any length still brings something.
    if (moved === null) break;
    step = curvatureStep(moved.x, x, { after: moved.here.slope, before: here.slope });
    x = moved.x;
    here = moved.here;
    gap = gapOf(bets, x, here.slope);
  }
  return { contractsPerDollar: [...x], growth: here.growth, gap };
}

interface Bets {
  readonly prob: Float64Array;
  readonly payoff: readonly Float64Array[];
  readonly cost: Float64Array;
  readonly cap: Float64Array;
  readonly wealth: Float64Array;
  readonly budget: number;
}

interface Point {
  readonly growth: number;
  /** Change of growth per contract of each leg. */
  readonly slope: Float64Array;
}

interface Position {
  readonly x: Float64Array<ArrayBuffer>;
  readonly here: Point;
}

function checked(input: JointBets): Bets {
  const wealth = input.wealth ?? input.prob.map(() => 1);
  requireSameLength({ prob: input.prob, payoff: input.payoff, wealth });
  requireSameLength({ cost: input.cost, cap: input.cap });
  const payoff = input.payoff.map((row, s) => {
    requireSameLength({ cost: input.cost, [`payoff[${s}]`]: row });
    return finiteColumn(`payoff[${s}]`, row);
  });
  const bets: Bets = {
    prob: probColumn("prob", input.prob),
    payoff,
    cost: finiteColumn("cost", input.cost),
    cap: finiteColumn("cap", input.cap),
    wealth: finiteColumn("wealth", wealth),
    budget: input.budget ?? 1,
  };
  for (const [j, cost] of bets.cost.entries()) {
    requireBetween(`cost[${j}]`, cost, { above: 0, below: 1 });
  }
  let total = 0;
  for (const chance of bets.prob) total += chance;
  if (!(Math.abs(total - 1) <= PROB_DUST)) {
    throw new RangeError(`prob must sum to 1, got ${total}`);
  }
  if (!(bets.budget > 0)) throw new RangeError(`budget must be positive, got ${bets.budget}`);
  if (!bets.wealth.every((value) => value > 0)) throw new RangeError("wealth must be positive");
  if (![bets.cap, ...payoff].every((row) => row.every((value) => value >= 0))) {
    throw new RangeError("caps and payoffs must not be negative");
  }
  return bets;
}

function evaluate({ prob, payoff, cost, wealth }: Bets, x: Float64Array): Point {
  const slope = new Float64Array(x.length);
  let growth = 0;
  let spent = 0;
  for (let j = 0; j < x.length; j++) spent += numberAt(cost, j) * numberAt(x, j);
  let inverse = 0;
  for (const [s, row] of payoff.entries()) {
    const chance = numberAt(prob, s);
    if (chance === 0) continue;
    let after = numberAt(wealth, s) - spent;
    for (let j = 0; j < x.length; j++) after += numberAt(x, j) * numberAt(row, j);
    growth += after > 0 ? chance * Math.log(after) : Number.NEGATIVE_INFINITY;
    const weight = chance / after;
    inverse += weight;
    for (let j = 0; j < x.length; j++) slope[j] = numberAt(slope, j) + weight * numberAt(row, j);
  }
  for (let j = 0; j < x.length; j++) slope[j] = numberAt(slope, j) - inverse * numberAt(cost, j);
  return { growth, slope };
}

/** Shortens the step until it brings a fair share of what the slope promises; null when nothing does. */
function backtrack(bets: Bets, from: Position & { readonly step: number }): Position | null {
  let { step } = from;
  for (let n = 0; n < HALVINGS_MAX; n++, step /= 2) {
    const wish = from.x.map((value, j) => value + step * numberAt(from.here.slope, j));
    const x = project(bets, wish);
    let promised = 0;
    for (let j = 0; j < x.length; j++) {
      promised += numberAt(from.here.slope, j) * (numberAt(x, j) - numberAt(from.x, j));
    }
    const here = evaluate(bets, x);
    if (promised > 0 && here.growth >= from.here.growth + ARMIJO * promised) return { x, here };
  }
  return null;
}

/** Length of the next step from the curvature just seen (Barzilai & Borwein 1988), within sane bounds. */
function curvatureStep(
  x: Float64Array,
  old: Float64Array,
  slope: { readonly after: Float64Array; readonly before: Float64Array },
): number {
  let moved = 0;
  let bent = 0;
  for (let j = 0; j < x.length; j++) {
    const dx = numberAt(x, j) - numberAt(old, j);
    moved += dx * dx;
    bent += dx * (numberAt(slope.before, j) - numberAt(slope.after, j));
  }
  return bent > 0 ? Math.min(1e6, Math.max(1e-6, moved / bent)) : 1e6;
}

/** Nearest point within the caps and the budget: each leg gives up in proportion to its cost until the sum fits. */
function project({ cost, cap, budget }: Bets, wish: Float64Array): Float64Array<ArrayBuffer> {
  const at = (price: number): Float64Array<ArrayBuffer> =>
    Float64Array.from(wish, (value, j) =>
      Math.min(numberAt(cap, j), Math.max(0, value - price * numberAt(cost, j))),
    );
  const spent = (x: Float64Array): number =>
    x.reduce((sum, value, j) => sum + value * numberAt(cost, j), 0);
  const free = at(0);
  if (spent(free) <= budget) return free;
  let low = 0;
  let high = 1;
  while (spent(at(high)) > budget) high *= 2;
  for (let n = 0; n < HALVINGS_MAX; n++) {
    const middle = (low + high) / 2;
    if (spent(at(middle)) > budget) low = middle;
    else high = middle;
  }
  return at(high);
}

/** Best linear gain within the limits, which bounds the true one of a concave function (Frank & Wolfe 1956). */
function gapOf(bets: Bets, x: Float64Array, slope: Float64Array): number {
  const { cost, cap } = bets;
  const worth = (j: number): number => numberAt(slope, j) / numberAt(cost, j);
  const order = [...slope.keys()].toSorted((a, b) => worth(b) - worth(a));
  let { budget } = bets;
  let gap = 0;
  for (const j of order) {
    const gain = numberAt(slope, j);
    if (gain > 0) {
      const most = Math.min(numberAt(cap, j), budget / numberAt(cost, j));
      budget -= most * numberAt(cost, j);
      gap += gain * most;
    }
    gap -= gain * numberAt(x, j);
  }
  return gap;
}
