import { BAR_MS, MINUTE_MS, type SpotCandle } from "../../src/core/learn/bars.ts";
import type { ProductionVol } from "../../src/core/learn/magnitude-rows.ts";
import { normInv } from "../../src/core/prob/normal.ts";
import { mulberry32, type Rng } from "../../src/core/rng.ts";

/** 2026-01-05T00:00:00Z, a Monday. */
export const CANDLES_FROM_MS = 1_767_571_200_000;

/** One standard normal number. */
function normal(rng: Rng): number {
  return normInv(Math.min(1 - 1e-12, Math.max(1e-12, rng.next())));
}

/** How production estimates by default. */
export const PRODUCTION: ProductionVol = {
  estimator: "cascade",
  fastLambdaPerMinute: 0.98,
  windowS: 3_600,
};

export interface BarPlan {
  /** Log return of the whole bar; a random one of `sd` when left out. */
  readonly logReturn?: number;
  /** Standard deviation of the bar's return. */
  readonly sd: number;
  readonly volume: number;
}

/** One-minute candles of a walk whose bars are planned one by one. `plan` sees the returns of the bars so far. */
export function minutesOf(
  seed: number,
  bars: number,
  plan: (bar: number, rng: Rng, returns: readonly number[]) => BarPlan,
): SpotCandle[] {
  const rng = mulberry32(seed);
  const minutes: SpotCandle[] = [];
  const returns: number[] = [];
  let price = 60_000;
  for (let bar = 0; bar < bars; bar++) {
    const { logReturn, sd, volume } = plan(bar, rng, returns);
    const steps = Array.from({ length: 15 }, () => (sd / Math.sqrt(15)) * normal(rng));
    const sum = steps.reduce((total, step) => total + step, 0);
    const shift = logReturn === undefined ? 0 : (logReturn - sum) / 15;
    const openPrice = price;
    for (const [m, step] of steps.entries()) {
      const openUsd = price;
      price *= Math.exp(step + shift);
      minutes.push({
        openMs: CANDLES_FROM_MS + bar * BAR_MS + m * MINUTE_MS,
        openUsd,
        highUsd: Math.max(openUsd, price),
        lowUsd: Math.min(openUsd, price),
        closeUsd: price,
        volume: volume / 15,
      });
    }
    returns.push(Math.log(price / openPrice));
  }
  return minutes;
}

/** The same as bars of fifteen minutes, when their minutes do not matter. */
export function quartersOf(
  seed: number,
  bars: number,
  plan: (bar: number, rng: Rng, returns: readonly number[]) => BarPlan,
): SpotCandle[] {
  const rng = mulberry32(seed);
  const returns: number[] = [];
  let price = 60_000;
  return Array.from({ length: bars }, (_, bar) => {
    const { logReturn, sd, volume } = plan(bar, rng, returns);
    const openUsd = price;
    const r = logReturn ?? sd * normal(rng);
    price *= Math.exp(r);
    returns.push(r);
    return {
      openMs: CANDLES_FROM_MS + bar * BAR_MS,
      openUsd,
      highUsd: Math.max(openUsd, price) * (1 + 0.3 * sd * rng.next()),
      lowUsd: Math.min(openUsd, price) * (1 - 0.3 * sd * rng.next()),
      closeUsd: price,
      volume,
    };
  });
}

/** Nothing to be learnt: independent returns of one size, volume that says nothing. */
export function noisePlan(_bar: number, rng: Rng): BarPlan {
  return { sd: 0.002, volume: 10 + 5 * rng.next() };
}

/** A bar goes against the one before it 19 times of 20. */
export function reversingPlan(_bar: number, rng: Rng, returns: readonly number[]): BarPlan {
  const size = Math.abs(0.002 * normal(rng));
  const against = (returns.at(-1) ?? 0) > 0 ? -1 : 1;
  const logReturn = rng.next() < 0.95 ? against * size : -against * size;
  return { sd: 0.002, logReturn, volume: 10 + 5 * rng.next() };
}

/** A bar with much volume is followed by a large one, of which the returns themselves say nothing beforehand. */
export function volumeLedPlan(): (bar: number, rng: Rng) => BarPlan {
  let isLed = false;
  return (_, rng) => {
    const sd = isLed ? 0.006 : 0.001;
    isLed = rng.next() < 0.3;
    return { sd, volume: (isLed ? 40 : 10) + 5 * rng.next() };
  };
}
