import { correlation } from "../numbers.ts";
import type { Heard, Stamped } from "./capture-session.ts";

// Two feeds may be joined by the recorder's clock or by their own stamps. On the right one the mid answers to spot after a
// short while that is the same on every day; on a wrong one the answer moves about with the clock's error.

const GRID_MS = 100;
const CHANGE_MS = 500;
const STALE_MS = 3_000;
const LAG_MAX_MS = 2_000;

type ClockName = "recvMs" | "exchangeMs";

export interface LagLine {
  readonly file: string;
  readonly clock: ClockName;
  /** Where changes of the mid correlate best with those of spot; positive when the mid is the later one. */
  readonly bestMs: number;
  readonly best: number;
  /** Correlations at −2, −1, 0, 1 and 2 s. */
  readonly at: readonly number[];
  /** Median of receive time less exchange time, spot and book. */
  readonly offsetMs: readonly [spot: number, book: number];
}

const SHOWN_MS = [-2_000, -1_000, 0, 1_000, 2_000];

/** Correlation of half-second changes on a grid of a tenth of a second, by session and clock. */
export function measureLags(heard: readonly Heard[]): LagLine[] {
  return heard
    .filter(({ mids, spot }) => mids.length > 0 && spot.length > 0)
    .flatMap((one) => [lagLine(one, "recvMs"), lagLine(one, "exchangeMs")]);
}

function lagLine({ file, mids, spot }: Heard, clock: ClockName): LagLine {
  const [first, last] = [mids[0]?.[clock] ?? 0, mids.at(-1)?.[clock] ?? 0];
  const times: number[] = [];
  for (let ms = first; ms < last; ms += GRID_MS) times.push(ms);
  const prices = changes(onGrid(spot, clock, times));
  const answers = changes(onGrid(mids, clock, times));
  const at = (lagMs: number): number => {
    const steps = lagMs / GRID_MS;
    return steps >= 0
      ? correlation(prices, answers.slice(steps))
      : correlation(prices.slice(-steps), answers);
  };
  let [bestMs, best] = [Number.NaN, Number.NEGATIVE_INFINITY];
  for (let lagMs = -LAG_MAX_MS; lagMs <= LAG_MAX_MS; lagMs += GRID_MS) {
    const found = at(lagMs);
    if (found > best) [bestMs, best] = [lagMs, found];
  }
  const offsetMs = [median(spot), median(mids)] as const;
  return { file, clock, bestMs, best, at: SHOWN_MS.map(at), offsetMs };
}

/** The newest value at each time; NaN where it is old. */
function onGrid(values: readonly Stamped[], clock: ClockName, times: readonly number[]): number[] {
  const ordered = values.toSorted((a, b) => a[clock] - b[clock]);
  let next = 0;
  return times.map((ms) => {
    while ((ordered[next]?.[clock] ?? Number.POSITIVE_INFINITY) <= ms) next++;
    const newest = ordered[next - 1];
    return newest === undefined || ms - newest[clock] > STALE_MS ? Number.NaN : newest.value;
  });
}

function changes(values: readonly number[]): number[] {
  const steps = CHANGE_MS / GRID_MS;
  return values.slice(steps).map((value, i) => value - (values[i] ?? Number.NaN));
}

function median(values: readonly Stamped[]): number {
  const lags = values
    .map(({ exchangeMs, recvMs }) => recvMs - exchangeMs)
    .toSorted((a, b) => a - b);
  return lags[lags.length >> 1] ?? Number.NaN;
}
