import type { Agenda } from "../agenda.ts";
import type { Rng } from "../random.ts";
import type { WorldCandle } from "../world.ts";
import { type BookChanges, SpotBook } from "./spot-book.ts";
import { SpotMaker } from "./spot-maker.ts";
import { VenueCandles } from "./venue-candles.ts";
import { levelSize, type PairSpec, SIZE_SCALE, takerSize, type VenueSpec } from "./venue-spec.ts";

/** One print; price and size in the venue's integer units. */
export interface VenueTrade {
  readonly id: number;
  readonly price: number;
  readonly size: number;
  /** True when the buyer crossed the spread. */
  readonly isBuy: boolean;
  readonly atMs: number;
}

/** What a fault makes of a venue. */
interface VenueMood {
  /** Nobody quotes or trades. */
  readonly quiet: boolean;
  readonly book: "whole" | "crossed" | "one-sided";
  /** 1.06 puts the venue 6 % above all others. */
  readonly priceFactor: number;
}

/** Whoever turns a venue's life into frames. */
export interface VenueListener {
  /** Prints of one taker order, oldest first; told before the book they changed. */
  onTrades(trades: readonly VenueTrade[], atMs: number): void;
  onBook(changes: BookChanges, atMs: number): void;
}

export interface VenueOptions {
  readonly coin: string;
  readonly spec: VenueSpec;
  readonly pair: PairSpec;
  /** The true price in dollars, now. */
  readonly truth: () => number;
  readonly mood: () => VenueMood;
  /** Draws what is the same whenever the venue is started, and what belongs to the start at this moment. */
  readonly seedRng: Rng;
  readonly rng: Rng;
  readonly startMs: number;
  /** One-minute candles of Coinbase before the start. */
  readonly history: readonly WorldCandle[];
}

const RECENT_MAX = 1000;
const RECENT_AT_START = 100;
const NOISE_MEMORY_S = 4;
/** The touch stays where it is until the price has left it by this many spreads. */
const STICKINESS = 0.8;
const CROSSED_TICKS = 4;
const SWEEP_MAX = 6;

/** One product at one venue: a book around the true price as this venue sees it, and takers who hit it. */
export class SpotVenue {
  readonly coin: string;
  readonly pair: PairSpec;
  readonly book: SpotBook;
  readonly candles = new VenueCandles();
  readonly #options: VenueOptions;
  readonly #maker: SpotMaker;
  readonly #rng: Rng;
  readonly #recent: VenueTrade[] = [];
  readonly #basisMean: number;
  #basis: number;
  #noise = 0;
  #price: number;
  #movedMs: number;
  #tradeId: number;
  #touch: { bid: number; ask: number } = { bid: 0, ask: 0 };
  #listener: VenueListener | null = null;

  constructor(options: VenueOptions) {
    const { spec, pair, rng, seedRng, startMs, coin } = options;
    this.#options = options;
    this.coin = coin;
    this.pair = pair;
    this.#rng = rng;
    this.#basisMean = spec.basis.mean + spec.basis.seedSpread * seedRng.normal();
    this.#basis = this.#basisMean + spec.basis.spread * rng.normal();
    this.#movedMs = startMs;
    this.#price = this.#target();
    const startS = Math.floor(startMs / 1000);
    // Ids and update numbers grow with the clock, so that a venue started later does not repeat older ones.
    this.#tradeId = seedRng.below(40_000_000) + Math.floor((startS * 1000) / spec.tradeMs);
    this.book = new SpotBook(seedRng.below(1_000_000) + startS * 30);
    this.#maker = new SpotMaker(
      this.book,
      {
        tick: pair.tick,
        sizeStep: pair.sizeStep,
        levels: pair.levels,
        gapTicks: pair.gapTicks,
        size: levelSize(coin, spec.sizeScale),
      },
      rng,
    );
    this.#loadHistory(options.history);
    this.#requote(true);
    this.#inventTrades(startMs);
    this.book.takeChanges();
  }

  schedule(agenda: Agenda, listener: VenueListener): void {
    const { spec, startMs } = this.#options;
    const rng = this.#rng;
    this.#listener = listener;
    agenda.add(startMs + rng.between(1, spec.quoteMs), {
      run: (atMs) => {
        this.#quote(atMs);
        return atMs + 1 + rng.between(0.4, 1.6) * spec.quoteMs;
      },
    });
    agenda.add(startMs + rng.wait(spec.tradeMs), {
      run: (atMs) => {
        this.#take(atMs);
        return atMs + 1 + rng.wait(spec.tradeMs);
      },
    });
  }

  /** Newest trades, oldest first. */
  recent(limit: number): readonly VenueTrade[] {
    return limit < 1 ? [] : this.#recent.slice(-limit);
  }

  get last(): VenueTrade | undefined {
    return this.#recent.at(-1);
  }

  /** Price of the last trade, or the middle of the touch before there was one. */
  get lastPrice(): number {
    return this.last?.price ?? this.#touch.bid;
  }

  #target(): number {
    const { truth, mood, pair } = this.#options;
    return truth() * (1 + this.#basis) * mood().priceFactor * 10 ** pair.priceDigits;
  }

  #move(atMs: number): void {
    const { basis, lagMs, noise } = this.#options.spec;
    const rng = this.#rng;
    const dtS = Math.max(0, atMs - this.#movedMs) / 1000;
    this.#movedMs = atMs;
    const wander = basis.spread * Math.sqrt((2 * dtS) / basis.memoryS);
    this.#basis += (this.#basisMean - this.#basis) * Math.min(1, dtS / basis.memoryS);
    this.#basis += wander * rng.normal();
    const forget = Math.min(1, dtS / NOISE_MEMORY_S);
    this.#noise += -this.#noise * forget + noise * Math.sqrt(2 * forget) * rng.normal();
    this.#price += (this.#target() - this.#price) * (1 - Math.exp((-dtS * 1000) / lagMs));
  }

  #quote(atMs: number): void {
    if (this.#options.mood().quiet) {
      this.#movedMs = atMs;
      return;
    }
    this.#move(atMs);
    this.#requote(false);
    this.#maker.churn(1 + this.#rng.below(3));
    this.#tellBook(atMs);
  }

  #requote(isFirst: boolean): void {
    const { tick, spreadTicks } = this.#options.pair;
    const middle = this.#price * (1 + this.#noise);
    const { bid, ask } = this.#touch;
    const away = Math.abs(middle - (bid + ask) / 2);
    const isNear = away <= STICKINESS * Math.max(ask - bid, tick);
    if (isFirst || !isNear || this.#rng.chance(0.02)) {
      const width = spreadTicks + (this.#rng.chance(0.85) ? 0 : this.#rng.below(spreadTicks + 2));
      const newBid = Math.round(middle / tick - width / 2) * tick;
      this.#touch = { bid: newBid, ask: newBid + width * tick };
    }
    this.#shape();
  }

  /** Puts the book around the touch, or what a fault makes of it. */
  #shape(): void {
    const { bid, ask } = this.#touch;
    const { book } = this.#options.mood();
    const crossed = ask + CROSSED_TICKS * this.#options.pair.tick;
    this.#maker.moveTouch("bid", book === "crossed" ? crossed : bid);
    this.#maker.moveTouch("ask", book === "one-sided" ? null : ask);
  }

  #take(atMs: number): void {
    const { mood, coin, spec, pair } = this.#options;
    if (mood().quiet) return;
    const rng = this.#rng;
    const isBuy = rng.chance(0.5);
    const side = isBuy ? "ask" : "bid";
    const ladder = this.book.side(side);
    const drawn = rng.size(takerSize(coin, spec.sizeScale)) / pair.sizeStep;
    let left = Math.max(1, Math.round(drawn)) * pair.sizeStep;
    const trades: VenueTrade[] = [];
    while (left > 0 && trades.length < SWEEP_MAX && ladder.count > 1) {
      const price = ladder.priceAt(0) ?? 0;
      const size = Math.min(left, ladder.sizeAt(0));
      this.book.set(side, price, ladder.sizeAt(0) - size);
      left -= size;
      trades.push(this.#print({ price, size, isBuy }, atMs));
    }
    if (trades.length === 0) return;
    this.#listener?.onTrades(trades, atMs);
    this.#tellBook(atMs);
  }

  #print(what: Pick<VenueTrade, "price" | "size" | "isBuy">, atMs: number): VenueTrade {
    const trade = { id: ++this.#tradeId, ...what, atMs };
    this.candles.add(atMs, trade);
    this.#recent.push(trade);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent.splice(0, RECENT_MAX);
    return trade;
  }

  #tellBook(atMs: number): void {
    const changes = this.book.takeChanges();
    if (changes !== null) this.#listener?.onBook(changes, atMs);
  }

  /** Coinbase's minutes at this venue's price level. */
  #loadHistory(history: readonly WorldCandle[]): void {
    const { pair, spec } = this.#options;
    const factor = (1 + this.#basisMean) * 10 ** pair.priceDigits;
    const priced = (usd: number): number => Math.round((usd * factor) / pair.tick) * pair.tick;
    for (const { startS, open, high, low, close, volume } of history) {
      const scaled = Math.round((volume * spec.sizeScale * SIZE_SCALE) / pair.sizeStep);
      const units = scaled * pair.sizeStep;
      const buys = Math.round((units / pair.sizeStep) * 0.5) * pair.sizeStep;
      this.candles.addMinute({
        startS,
        open: priced(open),
        high: priced(high),
        low: priced(low),
        close: priced(close),
        volume: units,
        turnover: units * priced(close),
        takerVolume: buys,
        takerTurnover: buys * priced(close),
        trades: Math.max(1, Math.round(60_000 / spec.tradeMs)),
      });
    }
  }

  // What a snapshot of recent trades shows; they are in the history's candles already.
  #inventTrades(startMs: number): void {
    const { spec, coin, pair, history } = this.#options;
    const rng = this.#rng;
    const closes = new Map(history.map((minute) => [minute.startS, minute.close]));
    const factor = (1 + this.#basis) * 10 ** pair.priceDigits;
    let atMs = startMs;
    const trades: VenueTrade[] = [];
    for (let back = 0; back < RECENT_AT_START; back++) {
      atMs -= 1 + rng.wait(spec.tradeMs);
      const close = closes.get(Math.floor(atMs / 60_000) * 60);
      const isBuy = rng.chance(0.5);
      const now = isBuy ? this.#touch.ask : this.#touch.bid;
      const then = close === undefined ? now : Math.round((close * factor) / pair.tick) * pair.tick;
      const drawn = rng.size(takerSize(coin, spec.sizeScale)) / pair.sizeStep;
      const size = Math.max(1, Math.round(drawn)) * pair.sizeStep;
      trades.push({ id: this.#tradeId - back, price: then, size, isBuy, atMs: Math.floor(atMs) });
    }
    this.#recent.push(...trades.toReversed());
  }
}
