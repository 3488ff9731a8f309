import type { Candle } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";

/** Trade ids that did not come, between two that did. */
export interface Hole {
  readonly fromId: number;
  readonly toId: number;
  /** Receive times of the trades around it. */
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

/** Openings of candles, both included. */
export interface MissingCandles {
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

/** Candles of each length that are wanted from before the start: a day of quarter hours. */
const HISTORY = 96;
/** A candle that is not there so long after its end will not come over the socket. */
const LATE_MS = 10_000;
/** Candles ahead of a missing one: more than a day of minutes without an answer, and nobody waits for it any more. */
const AHEAD_MAX = 1500;
/** Holes of a product that a late trade may still fill. */
const HOLES_MAX = 100;
/** A first id this far below the last one is no repeat: the venue numbers anew. */
const REPEATS_MAX = 10_000;

/**
 * What has been seen of Binance, over all connections: two of them overlap when one relieves the other, and each tells
 * the same trades.
 */
export class BinanceOrder {
  readonly #trades = new Map<string, TradeIds>();
  readonly #updateIds = new Map<string, number>();
  readonly #candles = new Map<string, CandleLine>();

  isNewQuote(product: string, updateId: number): boolean {
    const last = this.#updateIds.get(product);
    if (last !== undefined && updateId <= last) return false;
    this.#updateIds.set(product, updateId);
    return true;
  }

  isNewTrade(product: string, id: number, recvMs: Ms): boolean {
    let ids = this.#trades.get(product);
    if (ids === undefined) {
      ids = new TradeIds();
      this.#trades.set(product, ids);
    }
    return ids.isNew(id, recvMs);
  }

  isNewCandle({ product, intervalS, openMs }: Candle): boolean {
    return this.#line(product, intervalS, openMs).isNew(openMs);
  }

  /** Openings of the first and the last candle that should be there and of which one at least is not. */
  missingCandles(product: string, intervalS: number, nowMs: Ms): MissingCandles | null {
    const lengthMs = intervalS * 1000;
    const toMs = Math.floor((nowMs - LATE_MS) / lengthMs) * lengthMs - lengthMs;
    const fromMs = this.#line(product, intervalS, toMs + lengthMs).firstMissingMs;
    return fromMs > toMs ? null : { fromMs, toMs };
  }

  /** What is not there up to this opening does not exist. */
  settleCandles(product: string, intervalS: number, toMs: Ms): void {
    this.#line(product, intervalS, toMs).settle(toMs);
  }

  #line(product: string, intervalS: number, openMs: Ms): CandleLine {
    const key = `${product} ${intervalS}`;
    let line = this.#candles.get(key);
    if (line === undefined) {
      const lengthMs = intervalS * 1000;
      line = new CandleLine(openMs - HISTORY * lengthMs, lengthMs);
      this.#candles.set(key, line);
    }
    return line;
  }

  /** Data comes again after an outage, whose own gap covers what was lost. */
  resume(): void {
    this.#updateIds.clear();
    for (const ids of this.#trades.values()) ids.resume();
  }

  /** Holes nobody has been told of yet. */
  takeHoles(): Hole[] {
    return [...this.#trades.values()].flatMap((ids) => ids.takeHoles());
  }
}

/** Trade ids of one product, which follow each other without a hole (spot-feeds.md §3.2). */
class TradeIds {
  #last: { readonly id: number; readonly ms: Ms } | null = null;
  #isResumed = false;
  /** Oldest first, without what came late after all. */
  #told: Hole[] = [];
  #untold: Hole[] = [];

  isNew(id: number, recvMs: Ms): boolean {
    const last = this.#last;
    const isResumed = this.#isResumed;
    this.#isResumed = false;
    if (last !== null && id <= last.id) {
      if (!isResumed || id >= last.id - REPEATS_MAX)
        return fill(this.#untold, id) || fill(this.#told, id);
      this.#told = [];
    } else if (last !== null && !isResumed && id > last.id + 1) {
      this.#untold.push({ fromId: last.id + 1, toId: id - 1, fromMs: last.ms, toMs: recvMs });
    }
    this.#last = { id, ms: recvMs };
    return true;
  }

  resume(): void {
    this.#isResumed = true;
  }

  takeHoles(): Hole[] {
    if (this.#untold.length === 0) return [];
    const untold = this.#untold;
    this.#untold = [];
    this.#told = [...this.#told, ...untold].slice(-HOLES_MAX);
    return untold;
  }
}

/** True for an id that was missing: one that comes late leaves its hole smaller. */
function fill(holes: Hole[], id: number): boolean {
  const at = holes.findIndex(({ fromId, toId }) => fromId <= id && id <= toId);
  const hole = holes[at];
  if (hole === undefined) return false;
  const rest = [
    { ...hole, toId: id - 1 },
    { ...hole, fromId: id + 1 },
  ].filter(({ fromId, toId }) => fromId <= toId);
  holes.splice(at, 1, ...rest);
  return true;
}

/** Which candles of one length have been seen. */
class CandleLine {
  readonly #lengthMs: Ms;
  #firstMissingMs: Ms;
  /** Openings after the first that is missing. */
  readonly #ahead = new Set<Ms>();

  constructor(firstMs: Ms, lengthMs: Ms) {
    this.#firstMissingMs = firstMs;
    this.#lengthMs = lengthMs;
  }

  get firstMissingMs(): Ms {
    return this.#firstMissingMs;
  }

  isNew(openMs: Ms): boolean {
    if (openMs < this.#firstMissingMs || this.#ahead.has(openMs)) return false;
    this.#ahead.add(openMs);
    this.#advance();
    if (this.#ahead.size > AHEAD_MAX) this.settle(Math.min(...this.#ahead) - this.#lengthMs);
    return true;
  }

  settle(toMs: Ms): void {
    if (toMs < this.#firstMissingMs) return;
    this.#firstMissingMs = toMs + this.#lengthMs;
    for (const openMs of this.#ahead) if (openMs <= toMs) this.#ahead.delete(openMs);
    this.#advance();
  }

  #advance(): void {
    while (this.#ahead.delete(this.#firstMissingMs)) this.#firstMissingMs += this.#lengthMs;
  }
}
