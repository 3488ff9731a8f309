import type { Ms, Qty } from "../../core/units.ts";

// Pings prove that a connection lives, not that its data does: a sixteen-minute stall with healthy pings is on record
// (kalshi.md §3). What falls silent is noticed by what goes on: quotes of a market without a change of its book, changes
// without a quote, volume that grows without a trade, and the index, which comes every second. A market in which nothing
// happens at all is merely quiet.

/** The exchange coalesces quotes to one a second while a market changes. */
const SILENT_MS = 15_000;
const QUOTES_MIN = 10;
const CHANGES_MIN = 100;
/** A block trade adds volume too and is not told on the trade channel; three in a row are none. */
const GROWTHS_MIN = 3;

/** Signs of life of one market. */
export interface Pulse {
  /** Newest change of the book, and quotes since. */
  bookMs: Ms;
  quotesSince: number;
  /** Newest quote, null before the first, and changes since. */
  quoteMs: Ms | null;
  changesSince: number;
  /** Volume in the newest quote; how often it grew since the newest trade, and since when. */
  volume: Qty | null;
  growths: number;
  grewMs: Ms;
}

/** Notes a change of the market's book. */
export function changed(pulse: Pulse, nowMs: Ms): void {
  pulse.bookMs = nowMs;
  pulse.quotesSince = 0;
  pulse.changesSince++;
}

/** Since when something on one connection has been silent that should not be. */
export class Silence {
  readonly #markets = new Map<string, Pulse>();
  #indexMs: Ms | null = null;
  /** Without any trade so far the channel may simply not be there, as in a recording of books and quotes. */
  #hasTraded = false;

  /** Gives what the changes of this book are to be noted in. */
  snapshot(ticker: string, nowMs: Ms): Pulse {
    const known = this.#markets.get(ticker);
    if (known !== undefined) {
      known.bookMs = nowMs;
      known.quotesSince = 0;
      known.changesSince = 0;
      return known;
    }
    const quotes = { quoteMs: null, changesSince: 0, volume: null, growths: 0, grewMs: nowMs };
    const pulse: Pulse = { bookMs: nowMs, quotesSince: 0, ...quotes };
    this.#markets.set(ticker, pulse);
    return pulse;
  }

  quote(ticker: string, volume: Qty | null, nowMs: Ms): void {
    const pulse = this.#markets.get(ticker);
    if (pulse === undefined) return;
    pulse.quoteMs = nowMs;
    pulse.changesSince = 0;
    pulse.quotesSince++;
    if (volume === null) return;
    if (pulse.volume !== null && volume > pulse.volume && pulse.growths++ === 0) {
      pulse.grewMs = nowMs;
    }
    pulse.volume = volume;
  }

  trade(ticker: string): void {
    this.#hasTraded = true;
    const pulse = this.#markets.get(ticker);
    if (pulse !== undefined) pulse.growths = 0;
  }

  index(nowMs: Ms): void {
    this.#indexMs = nowMs;
  }

  /** Forgets every other market. */
  keep(tickers: ReadonlySet<string>): void {
    for (const ticker of this.#markets.keys()) {
      if (!tickers.has(ticker)) this.#markets.delete(ticker);
    }
  }

  /** The last sign of life of what has stalled; null while nothing has. */
  stalledSinceMs(nowMs: Ms): Ms | null {
    if (this.#indexMs !== null && nowMs - this.#indexMs > SILENT_MS) return this.#indexMs;
    for (const pulse of this.#markets.values()) {
      const { bookMs, quotesSince, quoteMs, changesSince } = pulse;
      if (quotesSince >= QUOTES_MIN && nowMs - bookMs > SILENT_MS) return bookMs;
      if (this.#isUntold(pulse, nowMs)) return pulse.grewMs;
      if (quoteMs === null || changesSince < CHANGES_MIN) continue;
      if (nowMs - quoteMs > SILENT_MS) return quoteMs;
    }
    return null;
  }

  /** Volume grew again and again, and no trade told by what. */
  #isUntold({ growths, grewMs }: Pulse, nowMs: Ms): boolean {
    return this.#hasTraded && growths >= GROWTHS_MIN && nowMs - grewMs > SILENT_MS;
  }
}
