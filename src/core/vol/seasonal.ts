import { numberAt } from "../prob/number-at.ts";

const DAY_S = 86_400;

/**
 * Variance of each UTC hour relative to the day, mean of two samples of one-minute BTC returns (models.md §2.5). A flat
 * 24-hour sigma is 19 % too low at 15 h and 31 % too high at 4 h: 5 to 6 cents one standard deviation out.
 */
export const HOURLY_FACTORS: readonly number[] = [
  1.05, 0.86, 0.7, 0.6, 0.58, 0.59, 0.62, 0.65, 0.67, 0.68, 0.72, 0.81, 0.97, 1.19, 1.41, 1.53,
  1.51, 1.4, 1.29, 1.23, 1.25, 1.28, 1.29, 1.22,
];

/** ∫ of a piecewise-constant daily factor from a second of the day over a horizon, seconds. */
export function seasonalIntegral(input: {
  readonly factors: readonly number[];
  readonly secondOfDay: number;
  readonly horizon: number;
}): number {
  const { factors } = input;
  const step = DAY_S / factors.length;
  if (!(input.secondOfDay >= 0 && input.horizon < Number.POSITIVE_INFINITY)) {
    const given = `second ${input.secondOfDay}, horizon ${input.horizon}`;
    throw new RangeError(
      `a seasonal integral needs a second of the day and a finite horizon: ${given}`,
    );
  }
  let at = input.secondOfDay;
  let left = input.horizon;
  let sum = 0;
  // Slots are counted, not read off the time: k·step/step can come out just below k, and the loop would stand still.
  for (let slot = Math.floor(at / step); left > 0; slot++) {
    const span = Math.min(left, Math.max(0, (slot + 1) * step - at));
    sum += span * numberAt(factors, slot % factors.length);
    left -= span;
    at = (slot + 1) * step;
  }
  return sum;
}

export const HOUR_MS = 3_600_000;

/** Time-of-day shape of the variance: a factor for each UTC hour, mean 1, and one more on Saturdays and Sundays. */
export interface Season {
  readonly hourly: readonly number[];
  readonly weekend: number;
}

export const DEFAULT_SEASON: Season = { hourly: HOURLY_FACTORS, weekend: 0.7 };

/** Variance factor at an instant: hour of the UTC day, and less at weekends. */
export function diurnalFactor(atMs: number, season: Season = DEFAULT_SEASON): number {
  return hourFactor(Math.floor(atMs / HOUR_MS), season);
}

/** Mean factor over the next `horizonS` seconds; the factor now when the horizon is 0. */
export function diurnalMean(
  fromMs: number,
  horizonS: number,
  season: Season = DEFAULT_SEASON,
): number {
  let hour = Math.floor(fromMs / HOUR_MS);
  const endMs = fromMs + horizonS * 1000;
  if (!(endMs > (hour + 1) * HOUR_MS)) return hourFactor(hour, season);
  let sum = 0;
  let at = fromMs;
  while (at < endMs) {
    const next = Math.min(endMs, (hour + 1) * HOUR_MS);
    sum += (next - at) * hourFactor(hour, season);
    at = next;
    hour++;
  }
  return sum / (endMs - fromMs);
}

/** By the hour since the epoch. */
function hourFactor(hour: number, { hourly, weekend }: Season): number {
  // Day 0 of the epoch was a Thursday, so days 2 and 3 of each such week are Saturday and Sunday.
  const weekday = Math.floor(hour / 24) % 7;
  const factor = numberAt(hourly, hour % 24);
  return weekday === 2 || weekday === 3 ? factor * weekend : factor;
}
