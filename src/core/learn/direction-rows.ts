import type { Ms } from "../units.ts";
import {
  BAR_MS,
  type Bar,
  barAt,
  barReturn,
  isReckonable,
  type PaidFunding,
  streaks,
  VOLUME_BARS,
  volumeRatio,
  withFunding,
} from "./bars.ts";

/** What is known at the end of a bar, and whether the next one went up. */
export interface DirectionRow {
  /** End of the last bar that was seen. */
  readonly atMs: Ms;
  readonly x: readonly number[];
  /** 1 when the next bar closed at or above: a tie pays YES, as in the 15-minute markets. */
  readonly up: 0 | 1;
}

export interface DirectionRows {
  readonly features: readonly string[];
  readonly rows: readonly DirectionRow[];
}

/** Bars that a row looks back on, the last one included. */
export const DIRECTION_LOOKBACK = VOLUME_BARS;

const FEATURES = [
  "return_1",
  "return_2",
  "return_3",
  "return_4",
  "return_sd_4",
  "volume_ratio_20",
  "return_sum_4",
  "range_over_close",
];

/** Rows of models.md §2.8; a row that would span a hole, or whose next bar is not there, is left out, and one with a number that is none. */
export function directionRows(bars: readonly Bar[], paid: readonly PaidFunding[]): DirectionRows {
  const found: DirectionRow[] = [];
  const lengths = streaks(bars);
  for (let i = 0; i + 1 < bars.length; i++) {
    if ((lengths[i] ?? 0) < DIRECTION_LOOKBACK || (lengths[i + 1] ?? 0) === 1) continue;
    const x = featuresAt(bars, i);
    if (x === null || !isReckonable(x)) continue;
    const bar = barAt(bars, i);
    const up = barAt(bars, i + 1).closeUsd >= bar.closeUsd ? 1 : 0;
    found.push({ atMs: bar.openMs + BAR_MS, x, up });
  }
  const { hasFunding, rows } = withFunding(found, paid);
  return { features: hasFunding ? [...FEATURES, "funding"] : FEATURES, rows };
}

function featuresAt(bars: readonly Bar[], i: number): number[] | null {
  const returns = [0, 1, 2, 3].map((back) => barReturn(bars, i - back));
  const sum = returns.reduce((total, r) => total + r, 0);
  const variance = returns.reduce((total, r) => total + (r - sum / 4) ** 2, 0) / 4;
  const ratio = volumeRatio(bars, i);
  if (ratio === null) return null;
  const { closeUsd, highUsd, lowUsd } = barAt(bars, i);
  return [...returns, Math.sqrt(variance), ratio, sum, (highUsd - lowUsd) / closeUsd];
}
