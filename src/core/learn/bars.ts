import type { Candle } from "../events.ts";
import { numberAt } from "../prob/number-at.ts";
import type { Ms } from "../units.ts";

/** A closed candle of any length. */
export type SpotCandle = Pick<
  Candle,
  "openMs" | "openUsd" | "highUsd" | "lowUsd" | "closeUsd" | "volume"
>;

/** A quarter of an hour. */
export interface Bar extends SpotCandle {
  /** Σ of its squared one-minute log returns; null when its minutes are not known. */
  readonly realized: number | null;
}

export const MINUTE_MS: Ms = 60_000;
export const BAR_MS: Ms = 900_000;
const MINUTES = BAR_MS / MINUTE_MS;

/**
 * Bars of which all fifteen minutes are there. `minutes` ascend without repeats; where one is missing its bar is left
 * out, and nothing is made up for it.
 */
export function barsOfMinutes(minutes: readonly SpotCandle[]): Bar[] {
  const bars: Bar[] = [];
  for (let from = 0; from + MINUTES <= minutes.length; ) {
    const first = minutes[from];
    const last = minutes[from + MINUTES - 1];
    if (first === undefined || last === undefined) break;
    const isWhole =
      first.openMs % BAR_MS === 0 && last.openMs - first.openMs === BAR_MS - MINUTE_MS;
    if (isWhole) bars.push(barOf(minutes.slice(from, from + MINUTES), minutes[from - 1]));
    from += isWhole ? MINUTES : 1;
  }
  return bars;
}

/** Bars that were recorded as such. */
export function barsOfQuarters(quarters: readonly SpotCandle[]): Bar[] {
  return quarters
    .filter(({ openMs }) => openMs % BAR_MS === 0)
    .map((candle) => ({ ...candle, realized: null }));
}

function barOf(minutes: readonly SpotCandle[], before: SpotCandle | undefined): Bar {
  const [first] = minutes;
  const last = minutes.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a bar needs its minutes");
  const follows = before?.openMs === first.openMs - MINUTE_MS;
  let previous = follows ? before.closeUsd : first.openUsd;
  let realized = 0;
  let volume = 0;
  for (const minute of minutes) {
    realized += Math.log(minute.closeUsd / previous) ** 2;
    previous = minute.closeUsd;
    volume += minute.volume;
  }
  return {
    openMs: first.openMs,
    openUsd: first.openUsd,
    highUsd: Math.max(...minutes.map(({ highUsd }) => highUsd)),
    lowUsd: Math.min(...minutes.map(({ lowUsd }) => lowUsd)),
    closeUsd: last.closeUsd,
    volume,
    realized,
  };
}

/** How many bars, itself included, lie without a hole up to each. */
export function streaks(bars: readonly Bar[]): number[] {
  let length = 0;
  return bars.map((bar, i) => {
    const follows = i > 0 && bars[i - 1]?.openMs === bar.openMs - BAR_MS;
    length = follows ? length + 1 : 1;
    return length;
  });
}

/** The bar at a place; RangeError outside. */
export function barAt(bars: readonly Bar[], index: number): Bar {
  const bar = bars[index];
  if (bar === undefined) throw new RangeError(`no bar ${index} among ${bars.length}`);
  return bar;
}

/** Log return of a bar from the close of the one before it, which must be its neighbour. */
export function barReturn(bars: readonly Bar[], index: number): number {
  return Math.log(barAt(bars, index).closeUsd / barAt(bars, index - 1).closeUsd);
}

/** Its volume over the mean of the last 20 bars, itself included; null when nothing was traded in them, or more than adds up. */
export function volumeRatio(bars: readonly Bar[], index: number): number | null {
  let sum = 0;
  for (let i = index - VOLUME_BARS + 1; i <= index; i++) sum += barAt(bars, i).volume;
  return sum > 0 && sum < Number.POSITIVE_INFINITY
    ? (barAt(bars, index).volume * VOLUME_BARS) / sum
    : null;
}

/** Beyond it squares no longer add up: one such candle would make every coefficient of a fit no number. */
const FEATURE_MAX = 1e100;

/** Whether features can be learnt from; a price or volume that was recorded wrongly can make them anything. */
export function isReckonable(x: readonly number[]): boolean {
  return x.every((value) => Math.abs(value) <= FEATURE_MAX);
}

/** Bars that the volume is compared with. */
export const VOLUME_BARS = 20;

/** A perpetual's funding rate, once it was paid. */
export interface PaidFunding {
  readonly atMs: Ms;
  readonly rate: number;
}

/** Funding is paid every eight hours; what is older than that, with an hour to spare, is not the last one. */
const FUNDING_AGE_MAX_MS = 9 * 3_600_000;

/** Rate of the last payment at or before each of ascending times; null where it is not known. */
export function fundingAt(paid: readonly PaidFunding[], timesMs: readonly Ms[]): (number | null)[] {
  let next = 0;
  return timesMs.map((atMs) => {
    while (next < paid.length && (paid[next]?.atMs ?? atMs) <= atMs) next++;
    const last = paid[next - 1];
    return last !== undefined && atMs - last.atMs <= FUNDING_AGE_MAX_MS ? last.rate : null;
  });
}

/** Rows with the funding rate as one more feature, if it is known for every one of them. */
export function withFunding<Row extends { readonly atMs: Ms; readonly x: readonly number[] }>(
  rows: readonly Row[],
  paid: readonly PaidFunding[],
): { readonly rows: readonly Row[]; readonly hasFunding: boolean } {
  const rates = fundingAt(
    paid,
    rows.map(({ atMs }) => atMs),
  );
  const known = rates.filter((rate) => rate !== null);
  if (rows.length === 0 || known.length < rows.length) return { rows, hasFunding: false };
  const joined = rows.map((row, i) => ({ ...row, x: [...row.x, numberAt(known, i)] }));
  return { rows: joined, hasFunding: true };
}
