import { numberAt } from "../prob/number-at.ts";

const SECONDS_PER_YEAR = 31_536_000;

/** Volatility per √year to per √second, 365-day year (models.md, conventions). */
export function annualizedToPerSecond({ annual }: { readonly annual: number }): number {
  return annual / Math.sqrt(SECONDS_PER_YEAR);
}

export interface TickSeries {
  /** Ascending times in seconds, and the price at each. */
  readonly ts: readonly number[];
  readonly px: readonly number[];
}

export interface GridInput extends TickSeries {
  /** Grid step, seconds. */
  readonly dt: number;
  /** A tick older than this at the grid time is no price; null for no limit. */
  readonly maxStale: number | null;
}

export interface PriceGrid {
  /** Time of the first grid point, a multiple of the step. */
  readonly start: number;
  readonly prices: readonly (number | null)[];
}

/** Previous-tick interpolation on a grid aligned to multiples of the step (models.md §2.1). */
export function sampleGrid({ ts, px, dt, maxStale }: GridInput): PriceGrid {
  const first = Math.ceil(numberAt(ts, 0) / dt);
  const last = Math.floor(numberAt(ts, ts.length - 1) / dt);
  const prices: (number | null)[] = [];
  let tick = 0;
  for (let k = first; k <= last; k++) {
    const at = k * dt;
    while (tick + 1 < ts.length && numberAt(ts, tick + 1) <= at) tick++;
    const isFresh = maxStale === null || at - numberAt(ts, tick) <= maxStale;
    prices.push(isFresh ? numberAt(px, tick) : null);
  }
  return { start: first * dt, prices };
}

/** Mean squared grid return per second, over neighbours that both have a price; NaN when there are none. */
export function realizedVariancePerSecond(input: GridInput): {
  readonly variancePerSecond: number;
  readonly count: number;
} {
  let sum = 0;
  let count = 0;
  let previous: number | null = null;
  for (const price of sampleGrid(input).prices) {
    if (price !== null && previous !== null) {
      sum += Math.log(price / previous) ** 2;
      count++;
    }
    previous = price;
  }
  return { variancePerSecond: sum / (count * input.dt), count };
}

/** Squared tick returns over elapsed time: unbiased under irregular sampling, sensitive to noise (models.md §2.2). */
export function tickVarianceRate(input: TickSeries & { readonly maxGap: number | null }): number {
  const { ts, px } = input;
  let sum = 0;
  let elapsed = 0;
  for (let i = 1; i < ts.length; i++) {
    const step = numberAt(ts, i) - numberAt(ts, i - 1);
    if (step <= 0 || (input.maxGap !== null && step > input.maxGap)) continue;
    sum += Math.log(numberAt(px, i) / numberAt(px, i - 1)) ** 2;
    elapsed += step;
  }
  return sum / elapsed;
}
