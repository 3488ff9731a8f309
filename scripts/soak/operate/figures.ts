import type { Sample } from "./sample.ts";

const WINDOW_MS = 120_000;
/** Looks are this far apart, and a little. */
const LOOK_MS = 10_000;
const HOUR_MS = 3_600_000;

interface Point {
  readonly atMs: number;
  readonly value: number;
}

/**
 * How much something grows an hour, by least squares; null for fewer than three points. Of memory, files and timers it is
 * asked of the least value of each two minutes: what is above that is rubbish not collected yet, or a connection that is
 * being made.
 */
function slopePerHour(points: readonly Point[]): number | null {
  if (points.length < 3) return null;
  const [at, value] = [mean(points.map((one) => one.atMs)), mean(points.map((one) => one.value))];
  let [above, below] = [0, 0];
  for (const point of points) {
    above += (point.atMs - at) * (point.value - value);
    below += (point.atMs - at) ** 2;
  }
  return below === 0 ? null : (above / below) * HOUR_MS;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The least of each two minutes that were looked at to their end: of a few looks it is no floor. */
function floorsOf(points: readonly Point[]): readonly Point[] {
  const floors = new Map<number, Point>();
  for (const point of points) {
    const window = Math.floor(point.atMs / WINDOW_MS);
    const least = floors.get(window);
    if (least === undefined || point.value < least.value) floors.set(window, point);
  }
  const [first, last] = [points[0]?.atMs ?? 0, points.at(-1)?.atMs ?? 0];
  const isWhole = (window: number): boolean =>
    first <= window * WINDOW_MS + LOOK_MS && last >= (window + 1) * WINDOW_MS - LOOK_MS;
  return [...floors]
    .filter(([window]) => isWhole(window))
    .map(([window, { value }]) => ({ atMs: (window + 0.5) * WINDOW_MS, value }));
}

export interface Growth {
  readonly first: number;
  readonly last: number;
  readonly least: number;
  readonly most: number;
  readonly slope: number | null;
  readonly floorSlope: number | null;
}

/** How a figure went after the warm-up; null when there is nothing to look at. */
export function growthOf(
  samples: readonly Sample[],
  read: (sample: Sample) => number | undefined,
): Growth | null {
  const points = samples.flatMap((sample) => {
    const value = read(sample);
    return value === undefined ? [] : [{ atMs: sample.atMs, value }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const values = points.map(({ value }) => value);
  return {
    first: first.value,
    last: last.value,
    least: Math.min(...values),
    most: Math.max(...values),
    slope: slopePerHour(points),
    floorSlope: slopePerHour(floorsOf(points)),
  };
}
