import type { Usd } from "../units.ts";
import { consolidate, type Ladder, type VenueBook } from "./consolidate.ts";

// The CME CF Real-Time Index as its methodology 16.5 to 16.8 has it (spot-feeds.md §4.2): a depth-weighted mid of the
// consolidated books, neither a last price nor a mean of mids.

export interface IndexMethod {
  /** Step of the volume curves, coins. */
  readonly stepSize: number;
  /** Utilised depth ends where half the spread, relative to the mid, is wider than this. */
  readonly spreadMax: number;
  /** A venue further than this from the median of all is left out, and comes back below half of it. */
  readonly deviationMax: number;
  /** Sizes that the cap is taken from: so many levels a side, no further than this from the best. */
  readonly sampleLevels: number;
  readonly sampleReach: number;
  /** Share of the sample trimmed, and winsorised, at each end. */
  readonly trim: number;
  /** Standard deviations above the mean at which sizes are cut off. */
  readonly capDeviations: number;
  /** Mean depth of the exponential weights, as a share of the utilised depth. */
  readonly weightDepth: number;
}

// The last five are from one port of v16.6; another public port has other numbers.
const COMMON = {
  deviationMax: 0.05,
  sampleLevels: 50,
  sampleReach: 0.05,
  trim: 0.01,
  capDeviations: 5,
  weightDepth: 0.3,
};

export const INDEX_METHODS: Readonly<Record<"BTC" | "ETH" | "SOL" | "XRP" | "DOGE", IndexMethod>> =
  {
    BTC: { ...COMMON, stepSize: 1, spreadMax: 0.005 },
    ETH: { ...COMMON, stepSize: 25, spreadMax: 0.01 },
    SOL: { ...COMMON, stepSize: 100, spreadMax: 0.01 },
    XRP: { ...COMMON, stepSize: 10_000, spreadMax: 0.01, deviationMax: 0.1 },
    DOGE: { ...COMMON, stepSize: 10_000, spreadMax: 0.01, deviationMax: 0.1 },
  };

export interface IndexReading {
  readonly valueUsd: Usd;
  /** Size beyond which a level counts no more. */
  readonly sizeCap: number;
  /** Mid of the marginal bid and ask at one step of volume, two steps, and so on through the utilised depth. */
  readonly midsUsd: readonly Usd[];
  /** Marginal bid and ask at the end of the utilised depth, or the best ones where there is none. */
  readonly deepestBidUsd: Usd;
  readonly deepestAskUsd: Usd;
}

/** What a wrong book may make of the curves at most. */
const STEPS_MAX = 20_000;

/**
 * The index over these books; null when a side of the consolidated book is empty. The value lies between the marginal bid
 * and ask at the end of the utilised depth, and need not lie between the best ones: where one side is thinner, the depth
 * behind the touch pulls the mid over.
 */
export function readIndex(books: readonly VenueBook[], method: IndexMethod): IndexReading | null {
  const book = consolidate(books);
  const bid = book.bids.at(0);
  const ask = book.asks.at(0);
  if (bid === undefined || ask === undefined) return null;
  const sizeCap = capOf(sampleSizes(book, method), method);
  const curves = readCurves(book, sizeCap, method);
  if (curves.midsUsd.length > 0) {
    return { valueUsd: weighted(curves.midsUsd, method), sizeCap, ...curves };
  }
  // Not even one step of volume within the spread: the mid of the best prices.
  const valueUsd = (bid[0] + ask[0]) / 2;
  return { valueUsd, sizeCap, midsUsd: [], deepestBidUsd: bid[0], deepestAskUsd: ask[0] };
}

function sampleSizes({ bids, asks }: VenueBook, method: IndexMethod): number[] {
  const sizes: number[] = [];
  for (const side of [asks, bids]) {
    const bestUsd = side.at(0)?.[0] ?? 0;
    for (let rank = 0; rank < method.sampleLevels; rank++) {
      const level = side.at(rank);
      if (level === undefined || Math.abs(level[0] - bestUsd) > method.sampleReach * bestUsd) break;
      sizes.push(level[1]);
    }
  }
  return sizes.toSorted((a, b) => a - b);
}

/** Trimmed mean and winsorised standard deviation of sizes in ascending order, as one limit. */
function capOf(sizes: readonly number[], { trim, capDeviations }: IndexMethod): number {
  const cut = Math.floor(trim * sizes.length);
  const kept = sizes.slice(cut, sizes.length - cut);
  const lowest = kept[0] ?? 0;
  const highest = kept.at(-1) ?? 0;
  const trimmedMean = meanOf(kept);
  const winsorised = sizes.map((size) => Math.min(Math.max(size, lowest), highest));
  return trimmedMean + capDeviations * deviationOf(winsorised);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation; nothing deviates from a single value. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

type Curves = Pick<IndexReading, "midsUsd" | "deepestBidUsd" | "deepestAskUsd">;

function readCurves({ bids, asks }: VenueBook, sizeCap: number, method: IndexMethod): Curves {
  const bidWalk = new Walk(bids, sizeCap);
  const askWalk = new Walk(asks, sizeCap);
  const midsUsd: Usd[] = [];
  let [deepestBidUsd, deepestAskUsd] = [0, 0];
  for (let step = 1; step <= STEPS_MAX; step++) {
    const bidUsd = bidWalk.priceAt(step * method.stepSize);
    const askUsd = askWalk.priceAt(step * method.stepSize);
    if (bidUsd === null || askUsd === null) break;
    const midUsd = (bidUsd + askUsd) / 2;
    if (askUsd - midUsd > method.spreadMax * midUsd) break;
    midsUsd.push(midUsd);
    [deepestBidUsd, deepestAskUsd] = [bidUsd, askUsd];
  }
  return { midsUsd, deepestBidUsd, deepestAskUsd };
}

/** Ten sizes of a tenth are one. */
const ROUNDING = 1e-9;

/** A walk along one side, away from the best price. */
class Walk {
  readonly #side: Ladder;
  readonly #sizeCap: number;
  #rank = 0;
  #volume = 0;
  #priceUsd: Usd | null = null;

  constructor(side: Ladder, sizeCap: number) {
    this.#side = side;
    this.#sizeCap = sizeCap;
  }

  /** Marginal price of a volume, which never shrinks from call to call; null when the side has less. */
  priceAt(volume: number): Usd | null {
    while (this.#volume < volume * (1 - ROUNDING)) {
      const level = this.#side.at(this.#rank++);
      if (level === undefined) return null;
      this.#volume += Math.min(level[1], this.#sizeCap);
      this.#priceUsd = level[0];
    }
    return this.#priceUsd;
  }
}

/** Weights λ·exp(−λv) with 1/λ a share of the utilised depth; the step cancels out, and so does λ in front. */
function weighted(midsUsd: readonly Usd[], { weightDepth }: IndexMethod): Usd {
  const perStep = 1 / (weightDepth * midsUsd.length);
  let [sum, weights] = [0, 0];
  for (const [at, midUsd] of midsUsd.entries()) {
    const weight = Math.exp(-perStep * (at + 1));
    sum += midUsd * weight;
    weights += weight;
  }
  return sum / weights;
}
