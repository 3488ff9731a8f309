// Candlesticks of the markets, from what the world said happened: quotes by the ticker, prices by the trades. A candle
// covers (end − period, end], and its quotes open where the one before closed (recorded of KXMLBGAME, August 2026).

import type { Happening, World } from "../world.ts";
import { touchOf } from "./kalshi-frames.ts";

export interface Ohlc {
  open: number;
  high: number;
  low: number;
  close: number;
}

/** Prices in centicents, counts in hundredths of a contract. */
export interface Candle {
  readonly endS: number;
  readonly bid: Readonly<Ohlc>;
  readonly ask: Readonly<Ohlc>;
  /** Null when nothing traded. */
  readonly price: Readonly<Ohlc> | null;
  /** Volume-weighted; null when nothing traded. */
  readonly meanCc: number | null;
  /** The last price before this candle; null when nothing ever traded. */
  readonly previousCc: number | null;
  readonly volumeCq: number;
  readonly openInterestCq: number;
}

export interface CandleRange {
  /** Candles that end in [fromS, toS]. */
  readonly fromS: number;
  readonly toS: number;
  readonly periodS: number;
}

interface Minute {
  readonly endS: number;
  readonly bid: Ohlc;
  readonly ask: Ohlc;
  price: Ohlc | null;
  /** Price times count, for the mean. */
  turnover: number;
  volumeCq: number;
  openInterestCq: number;
}

/** Minutes kept over all markets, some 25 MB; the market that began first goes first. */
const MINUTES_MAX = 100_000;

/** One-minute candles of every market that was seen trading. Silent minutes are filled in when they are read. */
export class MarketCandles {
  readonly #world: World;
  readonly #markets = new Map<string, Minute[]>();
  readonly #minutesMax: number;
  #minutes = 0;

  constructor(world: World, minutesMax = MINUTES_MAX) {
    this.#world = world;
    this.#minutesMax = minutesMax;
  }

  observe(happening: Happening): void {
    if (happening.type === "ticker" || happening.type === "frame") {
      const { ticker, atMs } = happening;
      // After the close the book empties; no candle tells of that.
      const closeMs = this.#world.market(ticker)?.closeMs ?? Number.POSITIVE_INFINITY;
      if (atMs <= closeMs) this.#minute(ticker, atMs);
    } else if (happening.type === "trade") {
      const { ticker, yesPriceCc, countCq, atMs } = happening.trade;
      const minute = this.#minute(ticker, atMs);
      minute.price = widened(minute.price, yesPriceCc);
      minute.turnover += yesPriceCc * countCq;
      minute.volumeCq += countCq;
    }
  }

  /** Candles of one market, ascending; none from after its close or from the time before it was first seen. */
  read(ticker: string, range: CandleRange): readonly Candle[] {
    return filled(this.#periods(ticker, range.periodS), range, this.#lastS(ticker));
  }

  /** The newest candle that ended before `fromS`. */
  latestBefore(ticker: string, fromS: number, periodS: number): Candle | undefined {
    return this.#periods(ticker, periodS).findLast(({ endS }) => endS < fromS);
  }

  #periods(ticker: string, periodS: number): readonly Candle[] {
    const candles: Candle[] = [];
    const minutes = this.#markets.get(ticker) ?? [];
    let previousCc: number | null = null;
    for (let at = 0; at < minutes.length; ) {
      const endS = endOf(minutes[at]?.endS ?? 0, periodS);
      const from = at;
      while (at < minutes.length && (minutes[at]?.endS ?? 0) <= endS) at++;
      const candle = merged(minutes.slice(from, at), endS, previousCc);
      previousCc = candle.price?.close ?? previousCc;
      candles.push(candle);
    }
    return candles;
  }

  #lastS(ticker: string): number {
    const closeMs = this.#world.market(ticker)?.closeMs ?? Number.POSITIVE_INFINITY;
    return Math.min(closeMs, this.#world.nowMs()) / 1000;
  }

  #minute(ticker: string, atMs: number): Minute {
    const minutes = this.#minutesOf(ticker);
    const endS = endOf(atMs / 1000, 60);
    const { bidCc, askCc } = this.#quotes(ticker);
    const openInterestCq = this.#world.market(ticker)?.openInterestCq ?? 0;
    const last = minutes.at(-1);
    if (last !== undefined && last.endS >= endS) {
      widen(last.bid, bidCc);
      widen(last.ask, askCc);
      last.openInterestCq = openInterestCq;
      return last;
    }
    const fresh = {
      endS,
      bid: widened(flat(last?.bid.close ?? bidCc), bidCc),
      ask: widened(flat(last?.ask.close ?? askCc), askCc),
      price: null,
      turnover: 0,
      volumeCq: 0,
      openInterestCq,
    };
    minutes.push(fresh);
    this.#minutes++;
    this.#forgetOldest(ticker);
    return fresh;
  }

  #minutesOf(ticker: string): Minute[] {
    const known = this.#markets.get(ticker);
    if (known !== undefined) return known;
    const fresh: Minute[] = [];
    this.#markets.set(ticker, fresh);
    return fresh;
  }

  #quotes(ticker: string): { readonly bidCc: number; readonly askCc: number } {
    const floor = this.#world.floor(ticker);
    if (floor === undefined) {
      const { yesBidCc, yesAskCc } = touchOf(this.#world.book(ticker));
      return { bidCc: yesBidCc, askCc: yesAskCc };
    }
    // The front of a queue is at hand, a whole book has to be copied.
    const bidCc = floor.front("yes")?.priceCc ?? 0;
    return { bidCc, askCc: 10_000 - (floor.front("no")?.priceCc ?? 0) };
  }

  #forgetOldest(current: string): void {
    for (const [ticker, minutes] of this.#markets) {
      if (this.#minutes <= this.#minutesMax) return;
      if (ticker === current) continue;
      this.#markets.delete(ticker);
      this.#minutes -= minutes.length;
    }
  }
}

/** End of the period that holds a time; a time on the boundary ends its period. */
function endOf(timeS: number, periodS: number): number {
  return Math.ceil(timeS / periodS) * periodS;
}

function flat(cc: number): Ohlc {
  return { open: cc, high: cc, low: cc, close: cc };
}

function widen(into: Ohlc, cc: number): void {
  into.high = Math.max(into.high, cc);
  into.low = Math.min(into.low, cc);
  into.close = cc;
}

function widened(known: Ohlc | null, cc: number): Ohlc {
  if (known === null) return flat(cc);
  widen(known, cc);
  return known;
}

function joined(parts: readonly Readonly<Ohlc>[]): Ohlc {
  return {
    open: parts[0]?.open ?? 0,
    high: Math.max(...parts.map(({ high }) => high)),
    low: Math.min(...parts.map(({ low }) => low)),
    close: parts.at(-1)?.close ?? 0,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function merged(minutes: readonly Minute[], endS: number, previousCc: number | null): Candle {
  const prices = minutes.flatMap(({ price }) => (price === null ? [] : [price]));
  const volumeCq = sum(minutes.map((minute) => minute.volumeCq));
  const turnover = sum(minutes.map((minute) => minute.turnover));
  return {
    endS,
    bid: joined(minutes.map(({ bid }) => bid)),
    ask: joined(minutes.map(({ ask }) => ask)),
    price: prices.length === 0 ? null : joined(prices),
    meanCc: volumeCq === 0 ? null : Math.round(turnover / volumeCq),
    previousCc,
    volumeCq,
    openInterestCq: minutes.at(-1)?.openInterestCq ?? 0,
  };
}

/** The candle of a period in which nothing happened after this one. */
export function silentAfter(candle: Candle, endS: number): Candle {
  return {
    endS,
    bid: flat(candle.bid.close),
    ask: flat(candle.ask.close),
    price: null,
    meanCc: null,
    previousCc: candle.price?.close ?? candle.previousCc,
    volumeCq: 0,
    openInterestCq: candle.openInterestCq,
  };
}

function filled(known: readonly Candle[], range: CandleRange, lastS: number): readonly Candle[] {
  const { fromS, toS, periodS } = range;
  const candles: Candle[] = [];
  const untilS = Math.min(toS, endOf(lastS, periodS));
  for (const [at, candle] of known.entries()) {
    if (candle.endS > toS) break;
    if (candle.endS >= fromS) candles.push(candle);
    const nextS = known[at + 1]?.endS ?? untilS + periodS;
    const firstS = Math.max(candle.endS + periodS, endOf(fromS, periodS));
    for (let endS = firstS; endS < nextS && endS <= untilS; endS += periodS) {
      candles.push(silentAfter(candle, endS));
    }
  }
  return candles;
}
