import { outcomeColumn, probColumn, requireSameLength } from "../input-checks.ts";
import { floatAt, intAt } from "../prob/number-at.ts";
import { lowerBound } from "./quantile.ts";
/** Rows gathered by equal forecasts, ascending. */
export interface ForecastGroups {
  /** Distinct forecasts, ascending. */
  readonly x: Float64Array;
  /** Rows of each. */
  readonly count: Float64Array;
  /** Group of each row. */
  readonly groupOf: Int32Array;
}

/**
 * Gathers equal forecasts. Sorts the numbers natively and finds each row by bisection, which beats sorting rows with a
 * comparator several times (performance.md R12).
 */
export function groupForecasts(p: ArrayLike<number>): ForecastGroups {
  const rows = probColumn("p", p);
  const sorted = rows.toSorted();
  let size = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = floatAt(sorted, i);
    if (i === 0 || value !== sorted[size - 1]) sorted[size++] = value;
  }
  const x = sorted.slice(0, size);
  const count = new Float64Array(size);
  const groupOf = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const group = lowerBound(x, floatAt(rows, i));
    groupOf[i] = group;
    count[group] = floatAt(count, group) + 1;
  }
  return { x, count, groupOf };
}

/** Winners of each group. */
export function winsByGroup({ x, groupOf }: ForecastGroups, y: Int32Array): Float64Array {
  const wins = new Float64Array(x.length);
  for (let i = 0; i < groupOf.length; i++) {
    const group = intAt(groupOf, i);
    wins[group] = floatAt(wins, group) + intAt(y, i);
  }
  return wins;
}

/**
 * Nearest non-decreasing sequence in weighted least squares (pool adjacent violators), in linear time. Weights must be
 * positive; throws `RangeError` when the two differ in length.
 */
export function isotonicFit(values: Float64Array, weights: Float64Array): Float64Array {
  requireSameLength({ values, weights });
  const n = values.length;
  // The pools so far: mean, weight and the place after their last value.
  const mean = new Float64Array(n);
  const weight = new Float64Array(n);
  const end = new Int32Array(n);
  let pools = 0;
  for (let i = 0; i < n; i++) {
    let value = floatAt(values, i);
    let mass = floatAt(weights, i);
    while (pools > 0 && floatAt(mean, pools - 1) >= value) {
      pools--;
      const joined = floatAt(weight, pools);
      // In this form pooling equal values changes nothing, so that a fit of a fit is itself.
      value += ((floatAt(mean, pools) - value) * joined) / (mass + joined);
      mass += joined;
    }
    mean[pools] = value;
    weight[pools] = mass;
    end[pools] = i + 1;
    pools++;
  }
  const fitted = new Float64Array(n);
  for (let k = 0, from = 0; k < pools; k++) {
    const to = intAt(end, k);
    fitted.fill(floatAt(mean, k), from, to);
    from = to;
  }
  return fitted;
}

export interface GroupedRows {
  readonly groups: ForecastGroups;
  readonly wins: Float64Array;
}

/** Forecasts and outcomes checked and gathered; throws `RangeError` without rows or with an outcome that is not 0 or 1. */
export function groupRows({
  p,
  y,
}: {
  readonly p: readonly number[];
  readonly y: readonly (0 | 1)[];
}): GroupedRows {
  requireSameLength({ p, y });
  if (p.length === 0) throw new RangeError("there are no forecasts");
  const outcomes = outcomeColumn("y", y);
  const groups = groupForecasts(p);
  return { groups, wins: winsByGroup(groups, outcomes) };
}
