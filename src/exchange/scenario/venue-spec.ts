import type { SizeSpec } from "../random.ts";

/** Spot venues beside Coinbase, whose feed is part of the world itself. */
export type ModelVenue = "kraken" | "binance" | "bitstamp" | "gemini";

/** Every size is an integer of 1e-8 coins. */
export const SIZE_DIGITS = 8;
export const SIZE_SCALE = 10 ** SIZE_DIGITS;

/** How one venue prices and trades, relative to the one true price. All fractions are of the price. */
export interface VenueSpec {
  /** Mean distance from the true price, its spread from seed to seed, and how far it wanders within `memoryS`. */
  readonly basis: {
    readonly mean: number;
    readonly seedSpread: number;
    readonly spread: number;
    readonly memoryS: number;
  };
  /** The venue follows the true price with this delay. */
  readonly lagMs: number;
  /** Its own disturbance, forgotten within seconds. */
  readonly noise: number;
  /** Mean time between two changes of the book, and between two arrivals of a taker. */
  readonly quoteMs: number;
  readonly tradeMs: number;
  /** Sizes relative to those of Coinbase. */
  readonly sizeScale: number;
}

/** How one venue writes one asset. */
export interface PairSpec {
  readonly priceDigits: number;
  /** Smallest price step in units of `priceDigits`. */
  readonly tick: number;
  /** Smallest size step in 1e-8 coins. */
  readonly sizeStep: number;
  /** Usual spread in ticks. */
  readonly spreadTicks: number;
  readonly levels: number;
  readonly gapTicks: number;
}

const BP = 1e-4;

export const VENUES: Readonly<Record<ModelVenue, VenueSpec>> = {
  kraken: {
    basis: { mean: -0.3 * BP, seedSpread: 0.3 * BP, spread: 0.3 * BP, memoryS: 1200 },
    lagMs: 150,
    noise: 0.15 * BP,
    quoteMs: 90,
    tradeMs: 1400,
    sizeScale: 1,
  },
  // Quoted in USDT, which is not the dollar: the basis is far larger and wanders for hours.
  binance: {
    basis: { mean: -4 * BP, seedSpread: 2 * BP, spread: 1.5 * BP, memoryS: 7200 },
    lagMs: 60,
    noise: 0.1 * BP,
    quoteMs: 45,
    tradeMs: 180,
    sizeScale: 1.5,
  },
  bitstamp: {
    basis: { mean: -0.6 * BP, seedSpread: 0.4 * BP, spread: 0.4 * BP, memoryS: 1200 },
    lagMs: 400,
    noise: 0.25 * BP,
    quoteMs: 160,
    tradeMs: 4000,
    sizeScale: 0.7,
  },
  gemini: {
    basis: { mean: 0.2 * BP, seedSpread: 0.5 * BP, spread: 0.5 * BP, memoryS: 1200 },
    lagMs: 550,
    noise: 0.3 * BP,
    quoteMs: 220,
    tradeMs: 5000,
    sizeScale: 0.5,
  },
};

const CENT = { priceDigits: 2, tick: 1, sizeStep: 1 };

const PAIRS: Readonly<Record<ModelVenue, Readonly<Record<string, PairSpec>>>> = {
  kraken: {
    BTC: { priceDigits: 1, tick: 1, sizeStep: 1, spreadTicks: 1, levels: 1200, gapTicks: 12 },
    SOL: { ...CENT, spreadTicks: 1, levels: 1200, gapTicks: 1.5 },
  },
  binance: {
    BTC: { ...CENT, sizeStep: 1000, spreadTicks: 1, levels: 5200, gapTicks: 25 },
    SOL: { ...CENT, sizeStep: 100_000, spreadTicks: 1, levels: 3000, gapTicks: 1.2 },
  },
  bitstamp: {
    BTC: { priceDigits: 2, tick: 100, sizeStep: 1, spreadTicks: 1, levels: 900, gapTicks: 2 },
    SOL: { ...CENT, spreadTicks: 2, levels: 600, gapTicks: 2 },
  },
  gemini: {
    BTC: { ...CENT, spreadTicks: 30, levels: 800, gapTicks: 150 },
    SOL: { ...CENT, spreadTicks: 2, levels: 500, gapTicks: 2 },
  },
};

/** How a venue writes a coin; undefined where it does not list it. */
export function pairSpec(venue: ModelVenue, coin: string): PairSpec | undefined {
  return PAIRS[venue][coin];
}

const LEVEL_SIZES: Readonly<Record<string, SizeSpec>> = {
  BTC: { median: 0.06, low: 0.000_1, high: 12, spread: 1.6 },
  SOL: { median: 22, low: 0.05, high: 4000, spread: 1.5 },
};
const TRADE_SIZES: Readonly<Record<string, SizeSpec>> = {
  BTC: { median: 0.008, low: 0.000_1, high: 4, spread: 1.4 },
  SOL: { median: 3, low: 0.05, high: 900, spread: 1.4 },
};
const ANY_SIZE: SizeSpec = { median: 1, low: 0.001, high: 100, spread: 1.4 };

function inUnits(spec: SizeSpec, scale: number): SizeSpec {
  const units = scale * SIZE_SCALE;
  const { median, low, high, spread } = spec;
  return { median: median * units, low: low * SIZE_SCALE, high: high * units, spread };
}

/** Size of one book level in 1e-8 coins. */
export function levelSize(coin: string, scale: number): SizeSpec {
  return inUnits(LEVEL_SIZES[coin] ?? ANY_SIZE, scale);
}

/** Size of one taker order in 1e-8 coins. */
export function takerSize(coin: string, scale: number): SizeSpec {
  return inUnits(TRADE_SIZES[coin] ?? ANY_SIZE, scale);
}
