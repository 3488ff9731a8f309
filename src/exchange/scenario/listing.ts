// From the creation of a market to its settlement. Opening and closing are by the clock only: nothing announces them.

import type { Happening, WorldMarket } from "../world.ts";
import type { Agenda } from "./agenda.ts";
import { createdMsg, determinedMsg, settledMsg, strikeMsg } from "./catalog.ts";
import { type ErrorSource, FairValue } from "./fair-value.ts";
import type { IndexFeed } from "./index-feed.ts";
import { LiveMarket, type Pace } from "./live-market.ts";
import { HOUR_MS, hourlyMarkets, QUARTER_MS, quarterMarket, resultAt } from "./market-factory.ts";
import type { PricePath } from "./price-path.ts";
import type { AssetSpec } from "./profile.ts";
import type { Rng } from "./random.ts";
import type { Registry } from "./registry.ts";

const QUARTER_AHEAD_MS = HOUR_MS;
const HOURLY_AHEAD_MS = 600_000;
const DAY_MS = 24 * HOUR_MS;
/** Finished windows that a new client finds already settled. */
const PAST_QUARTERS = 4;

const QUARTER_PACE: ReadonlyMap<string, Pace> = new Map([
  ["BTC", { makers: 3, refreshMs: 90, takerMs: 1300, urgentCc: 40 }],
]);
const SLOW_QUARTER_PACE: Pace = { makers: 2, refreshMs: 260, takerMs: 4000, urgentCc: 40 };
const HOURLY_PACE: Pace = { makers: 2, refreshMs: 1300, takerMs: 45_000, urgentCc: 90 };

export interface ListingContext {
  readonly agenda: Agenda;
  readonly registry: Registry;
  readonly asset: AssetSpec;
  readonly path: PricePath;
  readonly index: IndexFeed;
  readonly errors: ErrorSource;
  readonly rng: Rng;
  readonly emit: (happening: Happening) => void;
}

/** Lists, opens, closes and settles the markets of one asset. */
export class Listing {
  readonly #context: ListingContext;
  #live: LiveMarket[] = [];
  #history: { readonly prices: Float64Array; readonly startMs: number };

  constructor(context: ListingContext, prices: Float64Array, startMs: number) {
    this.#context = context;
    this.#history = { prices, startMs };
    const openMs = Math.floor(startMs / QUARTER_MS) * QUARTER_MS;
    for (let back = PAST_QUARTERS; back > 0; back--) this.#listPast(openMs - back * QUARTER_MS);
    this.#planQuarter(openMs);
    if (context.asset.coin === "BTC") this.#planHour(Math.floor(startMs / HOUR_MS) * HOUR_MS);
    this.#history = { prices: new Float64Array(0), startMs };
  }

  followSpot(atMs: number): void {
    for (const live of this.#live) live.followSpot(atMs);
  }

  #listPast(openMs: number): void {
    const { asset, index, registry, rng } = this.#context;
    const closeMs = openMs + QUARTER_MS;
    const times = { createdMs: this.#createdMs(openMs, QUARTER_AHEAD_MS), closeMs };
    const market = quarterMarket(asset, times, rng);
    market.floorUsd = index.settlementValue(openMs / 1000);
    this.#decide(market);
    market.status = "finalized";
    market.settledMs = closeMs + 15_000;
    market.lastCc = market.result === "yes" ? 9990 : 10;
    this.#imagineVolume(market);
    registry.add(market);
    this.#scheduleDrop(market, market.settledMs);
  }

  #createdMs(openMs: number, aheadMs: number): number {
    const rng = this.#context.rng.split(`created/${aheadMs}/${openMs}`);
    return openMs - aheadMs + Math.floor(rng.between(1000, 40_000));
  }

  #planQuarter(openMs: number): void {
    const { asset, rng } = this.#context;
    this.#plan(this.#createdMs(openMs, QUARTER_AHEAD_MS), (createdMs) => {
      this.#list([quarterMarket(asset, { createdMs, closeMs: openMs + QUARTER_MS }, rng)]);
      this.#planQuarter(openMs + QUARTER_MS);
    });
  }

  #planHour(openMs: number): void {
    const { rng } = this.#context;
    this.#plan(this.#createdMs(openMs, HOURLY_AHEAD_MS), (createdMs) => {
      const times = { createdMs, closeMs: openMs + HOUR_MS };
      const spot = this.#priceAt(createdMs);
      this.#list(hourlyMarkets("KXBTCD", spot, times, rng));
      this.#list(hourlyMarkets("KXBTC", spot, times, rng));
      this.#planHour(openMs + HOUR_MS);
    });
  }

  /** At once and without a message when the time is already past: the world begins in the middle of things. */
  #plan(createdMs: number, create: (createdMs: number) => void): void {
    const { agenda } = this.#context;
    if (createdMs <= this.#history.startMs) create(createdMs);
    else agenda.once(createdMs, create);
  }

  #priceAt(atMs: number): number {
    const { prices, startMs } = this.#history;
    const back = Math.ceil((startMs - atMs) / 1000);
    return prices[prices.length - 1 - back] ?? this.#context.path.price;
  }

  /** The markets of one event, which share the errors of their makers. */
  #list(markets: readonly WorldMarket[]): void {
    const { agenda, registry, path, index, errors, emit } = this.#context;
    const closeMs = markets[0]?.closeMs ?? 0;
    const openMs = markets[0]?.openMs ?? 0;
    const fair = new FairValue({ path, index, closeMs }, errors.next());
    for (const market of markets) {
      registry.add(market);
      emit({ type: "lifecycle", msg: createdMsg(market), atMs: agenda.nowMs });
    }
    if (openMs <= agenda.nowMs) this.#open(markets, fair, true);
    else agenda.once(openMs, () => this.#open(markets, fair, false));
    agenda.once(closeMs, () => this.#close(markets));
  }

  #open(markets: readonly WorldMarket[], fair: FairValue, isUnderway: boolean): void {
    const { agenda, registry, asset, index, rng, emit } = this.#context;
    for (const market of markets) {
      market.status = "active";
      const isQuarter = market.strikeType === "greater_or_equal";
      const floorUsd = isQuarter ? index.settlementValue(market.openMs / 1000) : market.floorUsd;
      const strikes = { floorUsd, capUsd: market.capUsd };
      const pace = isQuarter ? (QUARTER_PACE.get(asset.coin) ?? SLOW_QUARTER_PACE) : HOURLY_PACE;
      const own = rng.split(market.ticker);
      const live = new LiveMarket(market, { agenda, fair, strikes, pace, rng: own, emit });
      registry.startLive(live);
      this.#live.push(live);
      if (isUnderway) this.#imagineVolume(market);
      if (isQuarter) this.#publishStrike(market, floorUsd, isUnderway);
      live.start(agenda.nowMs, isUnderway);
    }
  }

  #publishStrike(market: WorldMarket, strike: number | null, isUnderway: boolean): void {
    const { agenda, rng, emit } = this.#context;
    const own = rng.split(`strike/${market.ticker}`);
    const delayMs = own.chance(0.92) ? 200 + own.wait(550) : own.between(2000, 15_000);
    const publish = (atMs: number): void => {
      market.floorUsd = strike;
      emit({ type: "lifecycle", msg: strikeMsg(market), atMs });
    };
    if (isUnderway) publish(agenda.nowMs);
    else agenda.once(market.openMs + Math.min(delayMs, 15_000), publish);
  }

  #close(markets: readonly WorldMarket[]): void {
    const { agenda, registry, rng } = this.#context;
    const closing = new Set<WorldMarket>(markets);
    for (const market of markets) {
      market.status = "closed";
      const { ticker } = market;
      registry.live(ticker)?.close(() => registry.endLive(ticker));
    }
    this.#live = this.#live.filter((live) => !closing.has(live.market));
    const first = markets[0];
    if (first === undefined) return;
    const delayMs = rng.split(`determined/${first.ticker}`).between(10_000, 20_000);
    agenda.once(first.closeMs + delayMs, (atMs) => this.#determine(markets, atMs));
  }

  #determine(markets: readonly WorldMarket[], atMs: number): void {
    const { agenda, emit } = this.#context;
    for (const market of markets) {
      this.#decide(market);
      market.status = "determined";
      emit({ type: "lifecycle", msg: determinedMsg(market, atMs), atMs });
    }
    const timerMs = (markets[0]?.settlementTimerS ?? 0) * 1000;
    agenda.once(atMs + timerMs, (now) => {
      for (const market of markets) {
        market.status = "finalized";
        market.settledMs = now;
        emit({ type: "lifecycle", msg: settledMsg(market, now), atMs: now });
        this.#scheduleDrop(market, now);
      }
    });
  }

  #decide(market: WorldMarket): void {
    const value = this.#context.index.settlementValue(market.closeMs / 1000);
    market.result = resultAt(market, value);
    market.expirationValue = value.toFixed(market.roundDigits);
  }

  #scheduleDrop(market: WorldMarket, settledMs: number): void {
    const { agenda, registry } = this.#context;
    agenda.once(settledMs + 2 * HOUR_MS, () => registry.dropTrades(market.ticker));
    agenda.once(settledMs + DAY_MS, () => registry.drop(market.ticker));
  }

  /** Turnover of the time before the world began. */
  #imagineVolume(market: WorldMarket): void {
    const rng = this.#context.rng.split(`volume/${market.ticker}`);
    const busy = market.seriesTicker === "KXBTC15M" ? 40_000 : 1500;
    market.volumeCq = Math.round(busy * 100 * rng.between(0.5, 1.5));
    market.openInterestCq = Math.round(market.volumeCq * rng.between(0.4, 0.7));
  }
}
