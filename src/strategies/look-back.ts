import { type Underlying, underlyingOf } from "../core/market.ts";
import type { MarketView } from "../core/strategy.ts";
import type { Ms, Usd } from "../core/units.ts";

/** Seconds without a sample that a filled look-back may have, as a share: a feed pauses now and then. */
const HOLES_MAX = 0.1;
/** A spot that is older than this is not sampled. */
const FRESH_MS = 3_000;

/** Spot of the last so many seconds of each underlying. */
export interface LookBacks {
  /** Takes the spot of a market's underlying in. */
  watch(view: MarketView): void;
  /** Distance of that spot from its mean in s.d.; null while too little is known. */
  zScore(view: MarketView): number | null;
}

export function lookBacks(lengthS: number): LookBacks {
  const memories = new Map<Underlying["asset"], LookBack>();
  return {
    watch({ market, nowMs, spotAgeMs, spotUsd }) {
      const asset = underlyingOf(market.seriesTicker)?.asset;
      if (asset === undefined || spotUsd === null) return;
      if (spotAgeMs === null || spotAgeMs > FRESH_MS) return;
      const memory = memories.get(asset) ?? new LookBack(lengthS);
      memories.set(asset, memory);
      memory.take(spotUsd, nowMs);
    },
    zScore({ market, nowMs, spotUsd }) {
      const asset = underlyingOf(market.seriesTicker)?.asset;
      const memory = asset === undefined ? undefined : memories.get(asset);
      return memory === undefined || spotUsd === null ? null : memory.zScore(spotUsd, nowMs);
    },
  };
}

/** Spot of the last so many seconds, one sample each. State is a function of the prices it was shown. */
class LookBack {
  readonly #lengthS: number;
  readonly #usd: Float64Array;
  readonly #second: Float64Array;
  #newest = Number.NEGATIVE_INFINITY;
  #mean = Number.NaN;
  #sd = Number.NaN;

  constructor(lengthS: number) {
    this.#lengthS = lengthS;
    this.#usd = new Float64Array(lengthS);
    this.#second = new Float64Array(lengthS).fill(Number.NEGATIVE_INFINITY);
  }

  /** The first price of a second stands for it; later ones of the same second are passed over. */
  take(priceUsd: Usd, nowMs: Ms): void {
    const second = Math.floor(nowMs / 1000);
    if (second <= this.#newest) return;
    this.#newest = second;
    this.#usd[second % this.#lengthS] = priceUsd;
    this.#second[second % this.#lengthS] = second;
    this.#sum();
  }

  /** S.d. between the price and the mean of the look-back; 0 where nothing moved, null while too little is known. */
  zScore(priceUsd: Usd, nowMs: Ms): number | null {
    if (Number.isNaN(this.#mean) || nowMs / 1000 - this.#newest > this.#lengthS * HOLES_MAX) {
      return null;
    }
    return this.#sd > 0 ? (priceUsd - this.#mean) / this.#sd : 0;
  }

  /** Once a second, anew from all samples: a running sum of squares would lose what is small against the price. */
  #sum(): void {
    const from = this.#newest - this.#lengthS;
    const known = this.#usd.filter((_, i) => (this.#second[i] ?? from) > from);
    if (known.length < this.#lengthS * (1 - HOLES_MAX)) {
      this.#mean = Number.NaN;
      return;
    }
    this.#mean = known.reduce((sum, usd) => sum + usd, 0) / known.length;
    const squares = known.reduce((sum, usd) => sum + (usd - this.#mean) ** 2, 0);
    this.#sd = Math.sqrt(squares / known.length);
  }
}
