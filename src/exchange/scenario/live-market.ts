import type { Happening, WorldBook, WorldMarket, WorldTrade } from "../world.ts";
import type { Agenda } from "./agenda.ts";
import type { FairValue } from "./fair-value.ts";
import { LevelBook, type Side } from "./level-book.ts";
import { drawStyle, Maker, placeFar, pullFar } from "./maker.ts";
import { gridOf } from "./price-grid.ts";
import type { Rng } from "./random.ts";

/** How busy a market is while its outcome is open. */
export interface Pace {
  readonly makers: number;
  /** Mean time between the refreshes of any of the makers. */
  readonly refreshMs: number;
  readonly takerMs: number;
  /** A move of the estimate by this much makes every maker requote at once. */
  readonly urgentCc: number;
}

/** The makers know a 15-minute strike before it is published. */
interface Strikes {
  readonly floorUsd: number | null;
  readonly capUsd: number | null;
}

export interface LiveContext {
  readonly agenda: Agenda;
  readonly fair: FairValue;
  readonly strikes: Strikes;
  readonly pace: Pace;
  readonly rng: Rng;
  readonly emit: (happening: Happening) => void;
}

/** Outside 2..98 % there is little to quote, and a refresh every few seconds is enough. */
const QUIET_CC = 200;
const QUIET_REFRESH_MS = 6000;
const TRADES_KEPT = 1000;
const TAKER = { median: 9, spread: 1.3, low: 1, high: 200 };

/** Trading in one market from its opening to the empty book after its close. */
export class LiveMarket {
  readonly market: WorldMarket;
  readonly trades: WorldTrade[] = [];
  readonly #context: LiveContext;
  readonly #book: LevelBook;
  readonly #makers: readonly Maker[];
  readonly #farOwner: number;
  readonly #rng: Rng;
  #quotedSpot = Number.NaN;
  #urgentUsd = Number.POSITIVE_INFINITY;
  #centerCc = 5000;
  #isOpen = true;
  #isTickerDue = false;
  #tickerMs: number;

  constructor(market: WorldMarket, context: LiveContext) {
    this.market = market;
    this.#context = context;
    const { pace, rng } = context;
    this.#rng = rng;
    this.#tickerMs = market.openMs;
    this.#farOwner = pace.makers;
    const emit = (happening: Happening): void => {
      context.emit(happening);
      if (!this.#isTickerDue) this.#queueTicker();
    };
    const grid = gridOf(market.structure);
    this.#book = new LevelBook(market.ticker, grid, pace.makers + 1, emit);
    this.#makers = Array.from(
      { length: pace.makers },
      (_, rank) => new Maker(this.#book, rank, drawStyle(rng, rank), rng.split(`maker${rank}`)),
    );
  }

  /** Starts trading; a market that was open before the world began comes with its book. */
  start(atMs: number, isUnderway: boolean): void {
    const { agenda, pace } = this.#context;
    if (isUnderway) {
      for (let round = 0; round < 4; round++) this.#requoteAll(atMs);
      this.#placeFar(atMs);
    } else {
      agenda.once(atMs + this.#rng.between(60, 500), (now) => this.#requoteAll(now));
      agenda.once(atMs + this.#rng.between(600, 3000), (now) => this.#placeFar(now));
    }
    agenda.add(atMs + this.#rng.between(500, 1500), { run: (now) => this.#refresh(now) });
    const firstTaker = atMs + 1500 + this.#rng.wait(pace.takerMs);
    agenda.add(firstTaker, { run: (now) => this.#noiseTaker(now) });
  }

  read(): WorldBook {
    return this.#book.read();
  }

  /** Called at each step of the spot price: makers do not wait for their turn when it runs away. */
  followSpot(atMs: number): void {
    if (!this.#isOpen) return;
    const moved = Math.abs(this.#context.fair.spot() - this.#quotedSpot);
    if (moved > this.#urgentUsd) this.#requoteAll(atMs);
  }

  #estimate(atMs: number): number {
    const { fair } = this.#context;
    fair.update(atMs);
    const p = probability(this.#context.strikes, fair);
    const width = 4 * p * (1 - p);
    const center = 10_000 * p + fair.errors.levelBiasCc * width;
    this.#centerCc = Math.min(10_000, Math.max(0, center));
    this.#quotedSpot = fair.spot();
    // dp/dS is at most 0.4/sd and shrinks with p(1−p); the floor keeps distant strikes from waking at every step.
    this.#urgentUsd = (this.#context.pace.urgentCc / 4000) * (fair.sd / Math.max(width, 0.1));
    return this.#centerCc;
  }

  #requoteAll(atMs: number): void {
    if (!this.#isOpen) return;
    const center = this.#estimate(atMs);
    pullFar(this.#book, this.#farOwner, center, atMs);
    for (const maker of this.#makers) maker.pull(center, atMs);
    for (const maker of this.#makers) maker.refill(center, atMs);
  }

  #refresh(atMs: number): number | null {
    if (!this.#isOpen) return null;
    const center = this.#estimate(atMs);
    pullFar(this.#book, this.#farOwner, center, atMs);
    const maker = this.#makers[this.#rng.below(this.#makers.length)];
    maker?.pull(center, atMs);
    if (this.#rng.chance(0.7)) maker?.churn(center, atMs);
    if (this.#rng.chance(0.7)) maker?.refill(center, atMs);
    return atMs + this.#rng.wait(this.#isQuiet() ? QUIET_REFRESH_MS : this.#context.pace.refreshMs);
  }

  #isQuiet(): boolean {
    return this.#centerCc < QUIET_CC || this.#centerCc > 10_000 - QUIET_CC;
  }

  #placeFar(atMs: number): void {
    if (!this.#isOpen) return;
    placeFar(this.#book, this.#farOwner, this.#rng, { centerCc: this.#estimate(atMs), atMs });
  }

  #noiseTaker(atMs: number): number | null {
    if (!this.#isOpen) return null;
    const rng = this.#rng;
    const takerSide: Side = rng.chance(0.5) ? "yes" : "no";
    const wanted = Math.round(rng.size(TAKER) * (rng.chance(0.7) ? 1 : 100)) * 100;
    const order = { takerSide, wanted: Math.min(wanted, 20_000), tradeId: rng.uuid() };
    const trade = this.#book.take(order, atMs);
    if (trade !== undefined) this.#record(trade);
    return atMs + rng.wait(this.#context.pace.takerMs * (this.#isQuiet() ? 8 : 1));
  }

  #record(trade: WorldTrade): void {
    const { market } = this;
    market.lastCc = trade.yesPriceCc;
    market.volumeCq += trade.countCq;
    const opened = this.#rng.chance(0.6) ? trade.countCq : -trade.countCq;
    market.openInterestCq = Math.max(0, market.openInterestCq + opened);
    this.trades.push(trade);
    if (this.trades.length >= 2 * TRADES_KEPT) this.trades.splice(0, TRADES_KEPT);
  }

  #queueTicker(): void {
    this.#isTickerDue = true;
    const { agenda, emit } = this.#context;
    this.#tickerMs += this.#rng.between(900, 1100);
    agenda.once(Math.max(this.#tickerMs, agenda.nowMs + 60), (atMs) => {
      this.#isTickerDue = false;
      this.#tickerMs = atMs;
      emit({ type: "ticker", ticker: this.market.ticker, atMs });
    });
  }

  /** The exchange cancels what rests, level by level, and then publishes an empty book once or twice. */
  close(onEmpty: () => void): void {
    this.#isOpen = false;
    const { agenda, emit } = this.#context;
    const { closeMs, ticker } = this.market;
    const rng = this.#rng;
    for (const side of ["yes", "no"] as const) {
      for (const index of this.#book.levels(side)) {
        // A few levels go without a delta of their own, so whoever ignores the snapshot keeps ghosts.
        if (rng.chance(0.1)) continue;
        agenda.once(closeMs + rng.between(1, 850), (now) =>
          this.#book.clearLevel(side, index, now),
        );
      }
    }
    const firstMs = closeMs + (rng.chance(0.7) ? rng.between(870, 2000) : rng.between(2000, 8000));
    agenda.once(firstMs, (atMs) => {
      onEmpty();
      emit({ type: "snapshot", ticker, atMs });
      if (rng.chance(0.4)) {
        agenda.once(atMs + rng.between(50, 500), (now) =>
          emit({ type: "snapshot", ticker, atMs: now }),
        );
      }
    });
  }
}

function probability(strikes: Strikes, fair: FairValue): number {
  const { floorUsd, capUsd } = strikes;
  const aboveFloor = floorUsd === null ? 1 : fair.above(floorUsd);
  const aboveCap = capUsd === null ? 0 : fair.above(capUsd);
  return aboveFloor - aboveCap;
}
