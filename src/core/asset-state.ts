import { BasisTracker } from "./basis.ts";
import type { Candle, FundingRate, SpotTick } from "./events.ts";
import type { Underlying } from "./market.ts";
import { MinuteCloses } from "./minute-closes.ts";
import type { Ms, Usd } from "./units.ts";
import { createVolEstimator, type VolEstimator, type VolOptions } from "./vol/estimator.ts";

export interface AssetOptions {
  readonly vol: VolOptions;
  /** Relative standard deviation of spot against index before anything is learnt. */
  readonly basisSd: number;
  /** The smallest one that settlements can teach. */
  readonly basisSdMin?: number;
  /** From the close to the last print of the average; the averages before an open end as much after it. */
  readonly lastPrintOffsetMs?: Ms;
}

/** A trade print says nothing new while quotes of the same venue are this fresh. */
const QUOTE_RULES_MS = 2_000;
/** A trade that arrives later than this was fetched after a loss: as a price of now it would mislead every estimate. */
const OLD_TRADE_MS = 2_000;

/** Spot, volatility and basis of one underlying. */
export class AssetState {
  readonly underlying: Underlying;
  readonly vol: VolEstimator;
  readonly basis: BasisTracker;
  readonly minutes = new MinuteCloses();
  /** Newest of the perpetual; the venue's running estimate counts too. */
  funding: FundingRate | null = null;
  #quoteMs: Ms = Number.NEGATIVE_INFINITY;
  #heardMs: Ms = Number.NEGATIVE_INFINITY;
  /** Time of the last evaluation that a spot tick caused. */
  evaluatedMs: Ms = Number.NEGATIVE_INFINITY;
  #revision = 0;
  readonly #lastPrintOffsetMs: Ms;

  constructor(underlying: Underlying, options: AssetOptions) {
    this.underlying = underlying;
    this.vol = createVolEstimator(options.vol);
    this.basis = new BasisTracker(options.basisSd, options.basisSdMin);
    this.#lastPrintOffsetMs = options.lastPrintOffsetMs ?? 0;
  }

  /** Another number whenever anything was learnt that a probability depends on. */
  get revision(): number {
    return this.#revision;
  }

  onCandle(candle: Candle): void {
    this.#revision++;
    this.vol.seedFromCandles([candle]);
    this.minutes.onCandle(candle);
  }

  /** Called once a whole second. */
  onSecond(atMs: Ms): void {
    this.#revision++;
    this.basis.onSecond(atMs);
  }

  /** Takes a value of the settlement index in. */
  onIndex(valueUsd: Usd, exchangeMs: Ms, recvMs: Ms): void {
    this.#revision++;
    this.basis.onIndex(valueUsd, exchangeMs, recvMs);
  }

  /** Takes the exchange's own average of the minute before an open or a close in. */
  onAverage(averageUsd: Usd, instantMs: Ms): void {
    this.#revision++;
    this.basis.onAverage(averageUsd, this.lastPrintMs(instantMs));
  }

  /** When the last print of the average of the minute before an open or a close is due. */
  lastPrintMs(instantMs: Ms): Ms {
    return instantMs + this.#lastPrintOffsetMs;
  }

  /** The average that a market of that close settles on, where all of it was published. */
  indexAverage(closeMs: Ms): Usd | null {
    return this.basis.indexAverage(this.lastPrintMs(closeMs));
  }

  /** When the newest spot observation arrived; how old it was by then is in the basis. */
  get heardMs(): Ms {
    return this.#heardMs;
  }

  /** Takes a spot observation in that arrived `lateMs` after it could have; false when it adds nothing. */
  onSpot(tick: SpotTick, lateMs: Ms): boolean {
    if (tick.kind === "trade" && lateMs > OLD_TRADE_MS) return false;
    const quoted = tick.bidUsd !== null && tick.askUsd !== null;
    const priceUsd: Usd =
      tick.bidUsd !== null && tick.askUsd !== null
        ? (tick.bidUsd + tick.askUsd) / 2
        : tick.priceUsd;
    // What is no price is no sign of life of one either.
    if (!(priceUsd > 0 && priceUsd < Number.POSITIVE_INFINITY)) return false;
    if (quoted) this.#quoteMs = tick.recvMs;
    else if (tick.recvMs - this.#quoteMs <= QUOTE_RULES_MS) return false;
    this.#heardMs = tick.recvMs;
    this.#revision++;
    this.basis.onSpot(priceUsd, tick.recvMs - lateMs);
    this.vol.onPrice(priceUsd, tick.recvMs);
    this.minutes.onPrice(priceUsd, tick.recvMs);
    return true;
  }
}
