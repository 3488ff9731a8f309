import { hasStrike, type Market } from "../../core/market.ts";
import type { Ms, Usd } from "../../core/units.ts";
import type { EventInfo, KalshiRest } from "../kalshi/rest.ts";
import { marketExtras } from "../kalshi/rest-body.ts";

export interface KalshiFeedConfig {
  /** Series to follow by discovery; ignored when an event or tickers are named. */
  readonly series: readonly string[];
  readonly eventTicker: string | null;
  readonly tickers: readonly string[];
  /** Strikes followed on each side of the centre of a ladder; 0 follows all. */
  readonly strikesAround: number;
  /** `pageLimit × maxPages` bounds the markets followed of one event. */
  readonly pageLimit: number;
  readonly maxPages: number;
  /** The exchange's filter word; anything but `open` follows no coming event. */
  readonly status: string;
}

/** Newest spot price of what a series settles on, in dollars; null while unknown. */
export type SpotHint = (seriesTicker: string) => Usd | null;

export interface Found {
  /** Everything that was read, so that markets followed already stay up to date. */
  readonly seen: readonly Market[];
  readonly selected: readonly Market[];
  /** For people: what was not found, or cut. */
  readonly notes: readonly string[];
}

interface EventMarkets {
  readonly eventTicker: string;
  readonly openMs: Ms;
  readonly closeMs: Ms;
  readonly markets: readonly Market[];
}

interface Coming {
  readonly readMs: Ms;
  readonly event: EventMarkets | null;
}

/** A coming event is followed from this long before it opens, or as soon as it exists when its strike is still open. */
const AHEAD_MS = 60_000;
/** How long a list of unopened events is good for, while nothing is about to open. */
const COMING_MS = 60_000;
const CANDIDATES_MAX = 3;
const UNKNOWN_MAX = 8;
const CLOSES_MAX = 500;
const TICKERS_PER_CALL = 50;
const EVENT_LIST = { limit: 1000, maxPages: 5 } as const;

/**
 * Finds the markets to follow, from the exchange's lists alone: neither times nor strikes are ever read out of a ticker
 * (kalshi.md §4.1).
 */
export class Discovery {
  readonly #rest: KalshiRest;
  readonly #config: KalshiFeedConfig;
  readonly #spotHint: SpotHint;
  /** Close of events seen, because a list of events need not say it. */
  readonly #closes = new Map<string, Ms>();
  readonly #coming = new Map<string, Coming>();

  constructor(rest: KalshiRest, config: KalshiFeedConfig, spotHint: SpotHint) {
    this.#rest = rest;
    this.#config = config;
    this.#spotHint = spotHint;
  }

  /** `fresh` reads the unopened events too although they were read a moment ago. */
  async find(at: { nowMs: Ms; fresh: boolean }, signal: AbortSignal): Promise<Found> {
    const { tickers, eventTicker, series } = this.#config;
    if (at.fresh) this.#coming.clear();
    if (tickers.length > 0) return this.#named(tickers, signal);
    if (eventTicker !== null) {
      const event = await this.#event(eventTicker, signal);
      if (event !== null) return this.#choose([event]);
      return { seen: [], selected: [], notes: [`no markets in event ${eventTicker}`] };
    }
    const parts = await Promise.all(series.map((one) => this.#series(one, at.nowMs, signal)));
    return {
      seen: parts.flatMap((part) => part.seen),
      selected: parts.flatMap((part) => part.selected),
      notes: parts.flatMap((part) => part.notes),
    };
  }

  async #named(tickers: readonly string[], signal: AbortSignal): Promise<Found> {
    const markets = await readTickers(this.#rest, tickers, signal);
    const missing = tickers.filter((ticker) => !markets.some((market) => market.ticker === ticker));
    return {
      seen: markets,
      selected: markets,
      notes: missing.map((ticker) => `the exchange has no market ${ticker}`),
    };
  }

  async #series(series: string, nowMs: Ms, signal: AbortSignal): Promise<Found> {
    const { status } = this.#config;
    const listed = await this.#rest.events({ seriesTicker: series, status }, signal);
    const current = await this.#nearest(listed.events, nowMs, signal);
    const coming = status === "open" ? await this.#next(series, nowMs, signal) : null;
    const events = [current, coming].filter((event) => event !== null);
    const found = this.#choose(events);
    if (current !== null) return found;
    return { ...found, notes: [...found.notes, `no ${status} event in ${series}`] };
  }

  /** The coming event when it is time to follow it. */
  async #next(series: string, nowMs: Ms, signal: AbortSignal): Promise<EventMarkets | null> {
    const known = this.#coming.get(series);
    const opensMs = known?.event?.openMs ?? Number.POSITIVE_INFINITY;
    const isGood =
      known !== undefined && nowMs - known.readMs < COMING_MS && opensMs - nowMs > AHEAD_MS;
    let event = isGood ? known.event : null;
    if (!isGood) {
      const listed = await this.#rest.events({ seriesTicker: series, status: "unopened" }, signal);
      event = await this.#nearest(listed.events, nowMs, signal);
      this.#coming.set(series, { readMs: nowMs, event });
    }
    if (event === null) return null;
    const isDue = event.openMs - nowMs <= AHEAD_MS || !event.markets.every(hasStrike);
    return isDue ? event : null;
  }

  /** Of some events the one that closes next. */
  async #nearest(
    events: readonly EventInfo[],
    nowMs: Ms,
    signal: AbortSignal,
  ): Promise<EventMarkets | null> {
    const unknown = events.filter((event) => this.#closeOf(event) === null);
    for (const event of unknown.slice(0, UNKNOWN_MAX)) await this.#event(event.eventTicker, signal);
    const candidates = events
      .map((event) => ({ eventTicker: event.eventTicker, closeMs: this.#closeOf(event) ?? 0 }))
      .filter((event) => event.closeMs > nowMs)
      .toSorted((a, b) => a.closeMs - b.closeMs);
    for (const { eventTicker } of candidates.slice(0, CANDIDATES_MAX)) {
      const event = await this.#event(eventTicker, signal);
      // The list may be some seconds old, and a strike date is only a hint: the markets' own close decides.
      if (event !== null && event.closeMs > nowMs) return event;
    }
    return null;
  }

  #closeOf(event: EventInfo): Ms | null {
    return this.#closes.get(event.eventTicker) ?? event.strikeMs;
  }

  async #event(eventTicker: string, signal: AbortSignal): Promise<EventMarkets | null> {
    const { markets } = await this.#rest.markets({ eventTicker, ...EVENT_LIST }, signal);
    if (markets.length === 0) return null;
    const closeMs = Math.max(...markets.map((market) => market.closeMs));
    const openMs = Math.min(...markets.map((market) => market.openMs));
    this.#closes.delete(eventTicker);
    this.#closes.set(eventTicker, closeMs);
    const [oldest] = this.#closes.keys();
    if (this.#closes.size > CLOSES_MAX && oldest !== undefined) this.#closes.delete(oldest);
    return { eventTicker, openMs, closeMs, markets };
  }

  #choose(events: readonly EventMarkets[]): Found {
    const most = this.#config.pageLimit * this.#config.maxPages;
    const notes: string[] = [];
    const selected = events.flatMap(({ eventTicker, markets }) => {
      const spotUsd = this.#spotHint(markets[0]?.seriesTicker ?? "");
      const chosen = selectAround(markets, this.#config.strikesAround, spotUsd);
      if (chosen.length > most) notes.push(`${eventTicker}: ${most} of ${chosen.length} markets`);
      return chosen.slice(0, most);
    });
    return { seen: events.flatMap(({ markets }) => markets), selected, notes };
  }
}

/**
 * The markets of a ladder around its centre, in order of strike: the strike nearest to spot, or without spot the market
 * priced nearest to 50 ¢. Everything when `around` is 0 or the ladder is no longer than that.
 */
export function selectAround(
  markets: readonly Market[],
  around: number,
  spotUsd: Usd | null,
): readonly Market[] {
  const ladder = markets.toSorted((a, b) => (strikeOf(a) ?? 0) - (strikeOf(b) ?? 0));
  const isWhole = around <= 0 || ladder.length <= 2 * around + 1;
  if (isWhole || !ladder.every(hasStrike)) return ladder;
  const distances = ladder.map((market) => {
    if (spotUsd !== null) return Math.abs((strikeOf(market) ?? 0) - spotUsd);
    const { yesMid } = marketExtras(market);
    return yesMid === null ? Number.POSITIVE_INFINITY : Math.abs(yesMid - 0.5);
  });
  const nearest = Math.min(...distances);
  const centre = Number.isFinite(nearest)
    ? distances.indexOf(nearest)
    : Math.floor(ladder.length / 2);
  const from = Math.min(Math.max(0, centre - around), ladder.length - (2 * around + 1));
  return ladder.slice(from, from + 2 * around + 1);
}

function strikeOf(market: Market): Usd | null {
  const { floorUsd, capUsd } = market;
  return floorUsd !== null && capUsd !== null ? (floorUsd + capUsd) / 2 : (floorUsd ?? capUsd);
}

/** Markets by ticker, whatever their status; unknown ones are missing from the answer. */
export async function readTickers(
  rest: KalshiRest,
  tickers: readonly string[],
  signal: AbortSignal,
): Promise<Market[]> {
  const markets: Market[] = [];
  for (let at = 0; at < tickers.length; at += TICKERS_PER_CALL) {
    const chunk = tickers.slice(at, at + TICKERS_PER_CALL);
    const list = await rest.markets({ tickers: chunk, limit: TICKERS_PER_CALL }, signal);
    markets.push(...list.markets);
  }
  return markets;
}
