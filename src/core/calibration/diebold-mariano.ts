import { finiteColumn, requireCount } from "../input-checks.ts";
import { normSf, tCdf } from "../prob/normal.ts";
import { numberAt } from "../prob/number-at.ts";

export interface DieboldMariano {
  readonly mean: number;
  /** Lags of the long-run variance. */
  readonly lag: number;
  readonly lrv: number;
  readonly se: number;
  readonly stat: number;
  /** Two-sided. */
  readonly pNormal: number;
  /** Corrected for few observations (Harvey, Leybourne & Newbold 1997), with its p-value from t with T − 1. */
  readonly hlnStat: number;
  readonly pHln: number;
}

/**
 * Test of equal accuracy on one mean score difference per settlement, in order of time (Diebold & Mariano 1995;
 * models.md §4.5). The long-run variance weighs lags by Bartlett's window (Newey & West 1987); `lag` null takes
 * ⌊4(T/100)^(2/9)⌋. Adjacent 15-minute windows share their volatility: take at least 4 there. Null when the series is
 * shorter than 2 or never varies. Throws `RangeError` on numbers that are not finite and on a lag that is no count.
 */
export function dieboldMariano(input: {
  readonly d: readonly number[];
  readonly lag: number | null;
}): DieboldMariano | null {
  const d = finiteColumn("d", input.d);
  const T = d.length;
  if (input.lag !== null) requireCount("lag", input.lag, 0);
  const lag = Math.min(input.lag ?? Math.floor(4 * (T / 100) ** (2 / 9)), T - 1);
  if (T < 2 || d.every((value) => value === d[0])) return null;
  let sum = 0;
  for (const value of d) sum += value;
  const mean = sum / T;
  const off = d.map((value) => value - mean);
  let lrv = autocovariance(off, 0);
  for (let k = 1; k <= lag; k++) lrv += 2 * (1 - k / (lag + 1)) * autocovariance(off, k);
  // Bartlett's weights keep it from going below zero, rounding does not.
  if (!(lrv > 0)) return null;
  const se = Math.sqrt(lrv / T);
  const stat = mean / se;
  const hlnStat = stat * Math.sqrt((T - 1) / T);
  return {
    mean,
    lag,
    lrv,
    se,
    stat,
    pNormal: 2 * normSf(Math.abs(stat)),
    hlnStat,
    pHln: 2 * tCdf(-Math.abs(hlnStat), T - 1),
  };
}

function autocovariance(off: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < off.length; i++) sum += numberAt(off, i) * numberAt(off, i - lag);
  return sum / off.length;
}
