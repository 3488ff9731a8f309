import { KbtError } from "../../../core/errors.ts";
import type { FeeReading } from "../../../core/fee-book.ts";
import { hasStrike, type Market } from "../../../core/market.ts";
import type { Ms, Usd } from "../../../core/units.ts";
import type { EventInfo, EventList, KalshiRest, MarketList } from "../../kalshi/rest.ts";
import { marketExtras, type Unreadable } from "../../kalshi/rest-body.ts";

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
  /** Everything that was read now, so that markets followed already stay up to date. */
  readonly seen: readonly Market[];
  /** What should be followed; a coming event may have been read a minute ago. */
  readonly selected: readonly Market[];
  /** What the listed events override of their series' fees, nulls where nothing. */
  readonly overrides: ReadonlyMap<string, FeeReading["now"]>;
  /** For people: what was not found, or cut, or could not be read. */
  readonly notes: readonly string[];
  /** Events and markets of a shape that this version does not know; everything else was found without them. */
  readonly unreadable: readonly Unreadable[];
  /** A series could not be looked at; the others were. */
  readonly isPartial: boolean;
}

interface EventMarkets {
  readonly eventTicker: string;
  readonly openMs: Ms;
  readonly closeMs: Ms;
  readonly markets: readonly Market[];
  /** Read at an earlier look. */
  readonly isOld: boolean;
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
  #unreadable: Unreadable[] = [];
  #overrides = new Map<string, FeeReading["now"]>();

  constructor(rest: KalshiRest, config: KalshiFeedConfig, spotHint: SpotHint) {
    this.#rest = rest;
    this.#config = config;
    this.#spotHint = spotHint;
  }

  /**
   * `fresh` reads the unopened events too although they were read a moment ago. Rejects when nothing at all could be
   * looked at, or when nothing that was found is readable.
   */
  async find(at: { nowMs: Ms; fresh: boolean }, signal: AbortSignal): Promise<Found> {
    if (at.fresh) this.#coming.clear();
    this.#unreadable = [];
    this.#overrides = new Map();
    const parts = await this.#parts(at.nowMs, signal);
    const [first] = this.#unreadable;
    const seen = parts.flatMap((part) => part.seen);
    if (seen.length === 0 && first !== undefined) throw first.error;
    return {
      seen,
      selected: parts.flatMap((part) => part.selected),
      overrides: this.#overrides,
      notes: [
        ...parts.flatMap((part) => part.notes),
        ...this.#unreadable.map(({ error }) => error.message),
      ],
      unreadable: this.#unreadable,
      isPartial: parts.some((part) => part.isPartial),
    };
  }

  async #parts(nowMs: Ms, signal: AbortSignal): Promise<readonly Part[]> {
    const { tickers, eventTicker, series } = this.#config;
    if (tickers.length > 0) return [await this.#named(tickers, signal)];
    if (eventTicker !== null) {
      const event = await this.#event(eventTicker, signal);
      return [
        event === null ? nothing([`no markets in event ${eventTicker}`]) : this.#choose([event]),
      ];
    }
    const looks = await Promise.allSettled(series.map((one) => this.#series(one, nowMs, signal)));
    const failures = looks.flatMap((look) => (look.status === "rejected" ? [look.reason] : []));
    const [failure] = failures;
    // Trouble with one series is no reason to lose sight of the others; trouble with all of them is.
    if (failures.length === looks.length && failures.length > 0) throw failure;
    return looks.map((look, at) => {
      if (look.status === "fulfilled") return look.value;
      const error: unknown = look.reason;
      if (signal.aborted || !(error instanceof KbtError) || error.kind === "auth") throw error;
      return { ...nothing([`${series[at]}: ${error.message}`]), isPartial: true };
    });
  }

  async #named(tickers: readonly string[], signal: AbortSignal): Promise<Part> {
    const { markets } = this.#noted(await readTickers(this.#rest, tickers, signal));
    const there = new Set([
      ...markets.map(({ ticker }) => ticker),
      ...this.#unreadable.map(({ name }) => name),
    ]);
    const missing = tickers.filter((ticker) => !there.has(ticker));
    const notes = missing.map((ticker) => `the exchange has no market ${ticker}`);
    return { ...nothing(notes), seen: markets, selected: markets };
  }

  #noted<List extends EventList | MarketList>(list: List): List {
    this.#unreadable.push(...list.unreadable);
    if ("events" in list) {
      for (const { eventTicker, override } of list.events)
        this.#overrides.set(eventTicker, override);
    }
    return list;
  }

  async #series(series: string, nowMs: Ms, signal: AbortSignal): Promise<Part> {
    const { status } = this.#config;
    const listed = this.#noted(await this.#rest.events({ seriesTicker: series, status }, signal));
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
    let event = isGood && known.event !== null ? { ...known.event, isOld: true } : null;
    if (!isGood) {
      const query = { seriesTicker: series, status: "unopened" };
      const listed = this.#noted(await this.#rest.events(query, signal));
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
    const query = { eventTicker, ...EVENT_LIST };
    const { markets } = this.#noted(await this.#rest.markets(query, signal));
    if (markets.length === 0) return null;
    const closeMs = Math.max(...markets.map((market) => market.closeMs));
    const openMs = Math.min(...markets.map((market) => market.openMs));
    this.#closes.delete(eventTicker);
    this.#closes.set(eventTicker, closeMs);
    const [oldest] = this.#closes.keys();
    if (this.#closes.size > CLOSES_MAX && oldest !== undefined) this.#closes.delete(oldest);
    return { eventTicker, openMs, closeMs, markets, isOld: false };
  }

  #choose(events: readonly EventMarkets[]): Part {
    const most = this.#config.pageLimit * this.#config.maxPages;
    const notes: string[] = [];
    const selected = events.flatMap(({ eventTicker, markets }) => {
      const spotUsd = this.#spotHint(markets[0]?.seriesTicker ?? "");
      const chosen = selectAround(markets, this.#config.strikesAround, spotUsd);
      if (chosen.length > most) notes.push(`${eventTicker}: ${most} of ${chosen.length} markets`);
      return chosen.slice(0, most);
    });
    const seen = events.flatMap(({ isOld, markets }) => (isOld ? [] : markets));
    return { ...nothing(notes), seen, selected };
  }
}

/** What was found in one place. */
type Part = Omit<Found, "unreadable" | "overrides">;

function nothing(notes: readonly string[]): Part {
  return { seen: [], selected: [], notes, isPartial: false };
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
): Promise<MarketList> {
  const lists: MarketList[] = [];
  for (let at = 0; at < tickers.length; at += TICKERS_PER_CALL) {
    const chunk = tickers.slice(at, at + TICKERS_PER_CALL);
    lists.push(await rest.markets({ tickers: chunk, limit: TICKERS_PER_CALL }, signal));
  }
  return {
    markets: lists.flatMap(({ markets }) => markets),
    unreadable: lists.flatMap(({ unreadable }) => unreadable),
    complete: lists.every(({ complete }) => complete),
  };
}
