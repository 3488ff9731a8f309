// How busy the markets are: the numbers the recordings are compared with, in one place.

import type { SizeSpec } from "../random.ts";
import type { WorldMarket } from "../world.ts";
import type { FarSpec } from "./far-book.ts";
import type { MakerKind } from "./maker.ts";
import type { OrderSizes } from "./order-size.ts";

/** Who trades in a market while its outcome is open, and how often. */
export interface Pace {
  readonly kinds: readonly MakerKind[];
  readonly sizes: OrderSizes;
  readonly far: FarSpec;
  /** Mean time between two turns while every quote is where its maker wants it. */
  readonly refreshMs: number;
  /** Share of the turns that go to the far orders. */
  readonly farShare: number;
  readonly takerMs: number;
  /** A move of the estimate by this much makes every maker requote at once. */
  readonly urgentCc: number;
  /** Nobody works a market whose outcome is certain: most of a ladder, but never a quarter hour. */
  readonly sleeps: boolean;
  /** Contracts traded in a whole window, for windows that began before the world did. */
  readonly volume: number;
}

/** The sizes most often added in the KXBTC15M captures, with their shares; the rest is spread widely. */
const QUARTER_SIZES: OrderSizes = {
  favourites: [
    [10, 0.08],
    [2, 0.08],
    [75, 0.05],
    [100, 0.06],
    [1, 0.06],
    [50, 0.05],
    [1000, 0.04],
    [40, 0.03],
    [500, 0.03],
    [20, 0.03],
    [5000, 0.02],
    [1100, 0.02],
    [1500, 0.02],
    [206.06, 0.02],
  ],
  others: { median: 60, spread: 1.8, low: 0.5, high: 20_000 },
  fractionalShare: 0.08,
};

const QUARTER_FAR: FarSpec = {
  occupied: 0.94,
  occupiedFine: 0.5,
  level: { median: 270, spread: 1.9, low: 1, high: 90_000 },
  distanceCc: 300,
  leftAtClose: 0.25,
};

const BTC_QUARTER: Pace = {
  kinds: [
    { halfSpreadCc: 6, levels: 3, size: 400, patienceCc: 40, reactionMs: 110 },
    { halfSpreadCc: 8, levels: 1, size: 10, patienceCc: 40, reactionMs: 90 },
    { halfSpreadCc: 12, levels: 1, size: 2, patienceCc: 40, reactionMs: 110 },
    { halfSpreadCc: 35, levels: 4, size: 75, patienceCc: 70, reactionMs: 250 },
    { halfSpreadCc: 45, levels: 1, size: 50, patienceCc: 50, reactionMs: 250 },
    { halfSpreadCc: 90, levels: 1, size: 500, patienceCc: 60, reactionMs: 250 },
    { halfSpreadCc: 110, levels: 3, size: 100, patienceCc: 100, reactionMs: 500 },
    { halfSpreadCc: 170, levels: 1, size: 1000, patienceCc: 50, reactionMs: 250 },
    { halfSpreadCc: 150, levels: 1, size: 40, patienceCc: 60, reactionMs: 400 },
    { halfSpreadCc: 300, levels: 2, size: 150, patienceCc: 80, reactionMs: 600 },
    { halfSpreadCc: 500, levels: 1, size: 81, patienceCc: 70, reactionMs: 600 },
  ],
  sizes: QUARTER_SIZES,
  far: QUARTER_FAR,
  refreshMs: 25,
  farShare: 0.4,
  takerMs: 80,
  urgentCc: 250,
  sleeps: false,
  volume: 500_000,
};

/** KXSOL15M has a third of the depth and wider quotes (snapshots of August 2026); its traffic is not recorded. */
const SLOW_QUARTER: Pace = {
  ...BTC_QUARTER,
  kinds: BTC_QUARTER.kinds
    .filter((_, rank) => rank % 2 === 0)
    .map((kind) => ({
      ...kind,
      halfSpreadCc: kind.halfSpreadCc + 28,
      size: Math.ceil(kind.size / 4),
    })),
  far: { ...QUARTER_FAR, level: { ...QUARTER_FAR.level, median: 45 } },
  refreshMs: 80,
  takerMs: 6000,
  volume: 3000,
};

/**
 * Hourly ladders: spreads and sizes as recorded in April and July 2026. Their only frames on record, 61 deltas of eight
 * brackets in 16 seconds, are of a day's event 15 hours before its close; near the close they are assumed to be livelier.
 */
const HOURLY: Pace = {
  kinds: [
    { halfSpreadCc: 140, levels: 1, size: 5000, patienceCc: 80, reactionMs: 700 },
    { halfSpreadCc: 110, levels: 1, size: 200, patienceCc: 60, reactionMs: 500 },
    { halfSpreadCc: 210, levels: 2, size: 60, patienceCc: 80, reactionMs: 900 },
  ],
  sizes: {
    favourites: [],
    others: { median: 150, spread: 0.6, low: 1, high: 1000 },
    fractionalShare: 0.1,
  },
  far: {
    occupied: 0.25,
    occupiedFine: 0.25,
    level: { median: 20, spread: 1.8, low: 1, high: 5000 },
    distanceCc: 600,
    leftAtClose: 1,
  },
  refreshMs: 750,
  farShare: 0.3,
  takerMs: 45_000,
  urgentCc: 250,
  sleeps: true,
  volume: 1500,
};

export function paceOf(market: WorldMarket): Pace {
  if (market.strikeType !== "greater_or_equal") return HOURLY;
  return market.seriesTicker === "KXBTC15M" ? BTC_QUARTER : SLOW_QUARTER;
}

/** Between two tickers of a market in which something happens, milliseconds. */
export const TICKER_MS: readonly [from: number, to: number] = [650, 1350];

/** Outside 2..98 % few want to trade. */
export const QUIET = { edgeCc: 200, takerFactor: 8 } as const;

/** A strike far from the price: the one bid at the end of the ladder, and hardly anybody comes by. */
export const IDLE = {
  /** Worth less than this share of the lowest price. */
  shareOfTick: 0.25,
  /** The makers look again when the price has come this near. */
  wakeSds: 3.5,
  refreshMs: 45_000,
  takerFactor: 200,
} as const;

interface NoiseSpec {
  /** Contracts wanted by one order. */
  readonly size: SizeSpec;
  /** Orders for so many dollars, which make no whole number of contracts. */
  readonly fractionalShare: number;
  /** Share of the orders that go on into the levels behind the touch, and how many at most. */
  readonly sweepShare: number;
  readonly sweepLevels: number;
}

/** Takers without an opinion. */
export const NOISE: NoiseSpec = {
  size: { median: 20, spread: 1.8, low: 0.05, high: 6000 },
  fractionalShare: 0.63,
  sweepShare: 0.6,
  sweepLevels: 3,
};

/** Takers who know what the makers know and look for orders that do not. */
export const INFORMED = {
  /** Profit they want after their own fee, centicents. */
  edgeCc: 15,
  /** Time from seeing a stale order to reaching it. */
  reactionMs: { median: 130, spread: 0.6, low: 25, high: 900 },
  /** What one of them takes at once, contracts. */
  appetite: { median: 600, spread: 1, low: 50, high: 10_000 },
} as const;

/** A participant who turns around and bids through its own resting bids (seen in the recordings of May 2026). */
export const REVERSAL = {
  /** Of one refresh. */
  chance: 1 / 120,
  levels: 19,
  /** How far over their worth it bids at most, centicents. */
  overCc: 60,
  size: { median: 60, spread: 0.8, low: 10, high: 800 },
} as const;
