import { BasisTracker } from "./basis.ts";
import type { Candle, SpotTick } from "./events.ts";
import type { Underlying } from "./market.ts";
import type { Ms, Usd } from "./units.ts";
import { createVolEstimator, type VolEstimator, type VolOptions } from "./vol/estimator.ts";

export interface AssetOptions {
  readonly vol: VolOptions;
  /** Relative standard deviation of spot against index before anything is learnt. */
  readonly basisSd: number;
}

/** A trade print says nothing new while quotes of the same venue are this fresh. */
const QUOTE_RULES_MS = 2_000;

/** Spot, volatility and basis of one underlying. */
export class AssetState {
  readonly underlying: Underlying;
  readonly vol: VolEstimator;
  readonly basis: BasisTracker;
  #quoteMs: Ms = Number.NEGATIVE_INFINITY;
  /** Time of the last evaluation that a spot tick caused. */
  evaluatedMs: Ms = Number.NEGATIVE_INFINITY;

  constructor(underlying: Underlying, options: AssetOptions) {
    this.underlying = underlying;
    this.vol = createVolEstimator(options.vol);
    this.basis = new BasisTracker(options.basisSd);
  }

  onCandle(candle: Candle): void {
    this.vol.seedFromCandles([candle]);
  }

  /** Takes a spot observation in; false when it adds nothing. */
  onSpot(tick: SpotTick): boolean {
    const quoted = tick.bidUsd !== null && tick.askUsd !== null;
    if (quoted) this.#quoteMs = tick.recvMs;
    else if (tick.recvMs - this.#quoteMs <= QUOTE_RULES_MS) return false;
    const priceUsd: Usd =
      tick.bidUsd !== null && tick.askUsd !== null
        ? (tick.bidUsd + tick.askUsd) / 2
        : tick.priceUsd;
    this.basis.onSpot(priceUsd, tick.recvMs);
    this.vol.onPrice(priceUsd, tick.recvMs);
    return true;
  }
}
