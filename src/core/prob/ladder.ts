import { nextValue } from "./bounds.ts";
import { numberAt } from "./number-at.ts";
import { probAbove, type ThresholdInput } from "./settlement.ts";

// All strikes of one event are priced off one snapshot and repaired once, so that brackets and thresholds agree
// (models.md §1.6).

/** Adjacent brackets leave exactly one cent between cap and next floor; a little more for float dust. */
const CENT_GAP_USD = 0.0101;

export interface BracketBounds {
  readonly contiguous: boolean;
  /** Floors and the end of the last bracket; absent when there is a hole. */
  readonly bounds?: readonly number[];
}

/** Boundaries of neighbouring brackets as half-open intervals, or the news that they do not tile. */
export function bracketBounds(input: {
  readonly floors: readonly number[];
  readonly caps: readonly number[];
}): BracketBounds {
  const { floors, caps } = input;
  const last = caps.at(-1);
  if (last === undefined || floors.length !== caps.length) return { contiguous: false };
  for (let k = 1; k < floors.length; k++) {
    const gap = Math.abs(numberAt(floors, k) - numberAt(caps, k - 1));
    if (!(gap <= CENT_GAP_USD)) return { contiguous: false };
  }
  return { contiguous: true, bounds: [...floors, nextValue(last)] };
}

export interface BracketLadder {
  /** P(A > bound), non-increasing. */
  readonly above: readonly number[];
  /** One more than the bounds: the first and the last are the open tails. */
  readonly brackets: readonly number[];
  readonly total: number;
}

/** Probabilities of all intervals between ascending bounds; they sum to 1 by construction. */
export function bracketLadder(
  input: Omit<ThresholdInput, "K"> & { readonly bounds: readonly number[] },
): BracketLadder {
  const { bounds, ...model } = input;
  const above: number[] = [];
  let lowest = 1;
  for (const bound of bounds) {
    lowest = Math.max(0, Math.min(lowest, probAbove({ ...model, K: bound })));
    above.push(lowest);
  }
  const brackets: number[] = [];
  let previous = 1;
  for (const chance of [...above, 0]) {
    brackets.push(previous - chance);
    previous = chance;
  }
  return { above, brackets, total: brackets.reduce((sum, p) => sum + p, 0) };
}

interface Pool {
  value: number;
  weight: number;
  count: number;
}

/** Nearest non-increasing sequence in weighted least squares (pool adjacent violators). */
export function monotoneRepair(input: {
  readonly above: readonly number[];
  readonly weights: readonly number[];
}): number[] {
  const pools: Pool[] = [];
  for (const [k, value] of input.above.entries()) {
    let pool: Pool = { value, weight: numberAt(input.weights, k), count: 1 };
    for (let last = pools.at(-1); last !== undefined && last.value < pool.value; ) {
      pools.pop();
      pool = merged(last, pool);
      last = pools.at(-1);
    }
    pools.push(pool);
  }
  return pools.flatMap(({ value, count }) => Array.from({ length: count }, () => value));
}

function merged(a: Pool, b: Pool): Pool {
  const weight = a.weight + b.weight;
  return {
    value: (a.value * a.weight + b.value * b.weight) / weight,
    weight,
    count: a.count + b.count,
  };
}
