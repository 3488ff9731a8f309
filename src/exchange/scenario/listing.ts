// Which events exist and when they are announced. What becomes of them is `EventLife`'s business.

import type { WorldMarket } from "../world.ts";
import { type EventContext, EventLife } from "./event-life.ts";
import { ladderKindAt } from "./event-ticker.ts";
import type { ErrorSource } from "./fair-value.ts";
import {
  HOUR_MS,
  LADDERS,
  type LadderTimes,
  ladderMarkets,
  QUARTER_MS,
  quarterMarket,
} from "./market-factory.ts";
import type { AssetSpec } from "./profile.ts";

const QUARTER_AHEAD_MS = HOUR_MS;
const LADDER_AHEAD_MS = 600_000;
const DAY_MS = 24 * HOUR_MS;
/** Finished windows that a new client finds already settled. */
const PAST_QUARTERS = 4;
/** The events of 17:00 New York open at 20:00 UTC the day before. */
const LONG_OPEN_HOUR = 20;

export interface ListingContext extends EventContext {
  readonly asset: AssetSpec;
  readonly errors: ErrorSource;
  /** Of the events that run for a day: apart, so that the others do not depend on them. */
  readonly longErrors: ErrorSource;
}

/** Lists the events of one asset, from those that are over when the world begins to those still to come. */
export function startListing(context: ListingContext, prices: Float64Array, startMs: number): void {
  new Listing(context, { prices, startMs }).start();
}

class Listing {
  readonly #context: ListingContext;
  #history: { readonly prices: Float64Array; readonly startMs: number };

  constructor(context: ListingContext, history: { prices: Float64Array; startMs: number }) {
    this.#context = context;
    this.#history = history;
  }

  start(): void {
    const { startMs } = this.#history;
    const openMs = Math.floor(startMs / QUARTER_MS) * QUARTER_MS;
    for (let back = PAST_QUARTERS; back > 0; back--) this.#listPast(openMs - back * QUARTER_MS);
    this.#planQuarter(openMs);
    if (this.#context.asset.coin === "BTC") {
      const hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
      this.#planHour(hourMs);
      this.#planLong(hourMs + HOUR_MS);
    }
    this.#history = { prices: new Float64Array(0), startMs };
  }

  #listPast(openMs: number): void {
    const { asset, index, rng } = this.#context;
    const closeMs = openMs + QUARTER_MS;
    const times = { createdMs: this.#createdMs(openMs, QUARTER_AHEAD_MS), closeMs };
    const market = quarterMarket(asset, times, rng);
    market.floorUsd = index.settlementValue(openMs / 1000);
    this.#event([market], this.#context.errors).listSettled();
  }

  #createdMs(openMs: number, aheadMs: number): number {
    const rng = this.#context.rng.split(`created/${aheadMs}/${openMs}`);
    return openMs - aheadMs + Math.floor(rng.between(1000, 40_000));
  }

  #planQuarter(openMs: number): void {
    const { asset, rng, errors } = this.#context;
    this.#plan(this.#createdMs(openMs, QUARTER_AHEAD_MS), (createdMs, isAnnounced) => {
      const market = quarterMarket(asset, { createdMs, closeMs: openMs + QUARTER_MS }, rng);
      this.#event([market], errors).list(isAnnounced);
      this.#planQuarter(openMs + QUARTER_MS);
    });
  }

  #planHour(openMs: number): void {
    const closeMs = openMs + HOUR_MS;
    this.#plan(this.#createdMs(openMs, LADDER_AHEAD_MS), (createdMs, isAnnounced) => {
      if (ladderKindAt(closeMs) === "hourly") {
        this.#listLadders({ createdMs, openMs, closeMs }, isAnnounced);
      }
      this.#planHour(closeMs);
    });
  }

  /** The first event that closes at or after `fromMs` on a 17:00 of New York, and then those of the days after it. */
  #planLong(fromMs: number): void {
    let closeMs = fromMs;
    while (ladderKindAt(closeMs) === "hourly") closeMs += HOUR_MS;
    const dayMs = Math.floor(closeMs / DAY_MS) * DAY_MS;
    const openMs = dayMs - DAY_MS + LONG_OPEN_HOUR * HOUR_MS;
    this.#plan(this.#createdMs(openMs, LADDER_AHEAD_MS), (createdMs, isAnnounced) => {
      this.#listLadders({ createdMs, openMs, closeMs }, isAnnounced);
      this.#planLong(closeMs + HOUR_MS);
    });
  }

  #listLadders(times: LadderTimes, isAnnounced: boolean): void {
    const { rng, errors, longErrors } = this.#context;
    const kind = ladderKindAt(times.closeMs);
    const ladder = LADDERS[kind];
    const source = kind === "hourly" ? errors : longErrors;
    const spot = this.#priceAt(times.createdMs);
    for (const seriesTicker of ["KXBTCD", "KXBTC"] as const) {
      const markets = ladderMarkets({ seriesTicker, ladder }, spot, times, rng);
      this.#event(markets, source).list(isAnnounced);
    }
  }

  #event(markets: readonly WorldMarket[], errors: ErrorSource): EventLife {
    return new EventLife(markets, this.#context, errors.next());
  }

  /** At once and without a message when the time is already past: the world begins in the middle of things. */
  #plan(createdMs: number, create: (createdMs: number, isAnnounced: boolean) => void): void {
    const { agenda } = this.#context;
    if (createdMs <= this.#history.startMs) create(createdMs, false);
    else agenda.once(createdMs, (atMs) => create(atMs, true));
  }

  #priceAt(atMs: number): number {
    const { prices, startMs } = this.#history;
    const back = Math.ceil((startMs - atMs) / 1000);
    return prices[prices.length - 1 - back] ?? this.#context.path.price;
  }
}
