import type { MarketEvent } from "../events.ts";
import type { Plain } from "../units.ts";
import { finish, mixNumber, mixText, mixValue } from "./mix.ts";

// Inputs of a run in blocks, each with two sums over the hashes of its events: the plain one tells that something was
// changed, and both together tell which event it was, as long as it was one (a Fletcher sum modulo a prime).

/** Events of one block; with the sums of every block on file they cost a hundredth of a byte an event. */
export const BLOCK_EVENTS = 1024;
/** 2^31 − 1: products of a hash and a place within a block stay exact. */
const PRIME = 2_147_483_647;
const LOW_31 = 0x7fffffff;

/** Sums over the events of one block, by their places from 0 on. */
export interface InputSum {
  readonly n: number;
  readonly total: number;
  readonly weighted: number;
}

/** Adds up the events of one block, from the first on or from where an earlier sum ended. */
export class InputSummer implements InputSum {
  n: number;
  total: number;
  /** Of the totals so far: what comes first is in more of them. It takes an addition an event instead of a product. */
  #totals: number;

  constructor({ n, total, weighted }: InputSum = { n: 0, total: 0, weighted: 0 }) {
    this.n = n;
    this.total = total;
    this.#totals = residue((n + 1) * total - weighted);
  }

  get weighted(): number {
    return residue((this.n + 1) * this.total - this.#totals);
  }

  add(event: Plain<MarketEvent>): void {
    const hash = hashOf(event);
    this.n++;
    // 2^31 leaves 1 modulo the prime, so the uppermost bit is added to what is below.
    this.total = once(this.total + once((hash & LOW_31) + (hash >>> 31)));
    this.#totals = once(this.#totals + this.total);
  }
}

/**
 * Place of the one event that makes the difference between two sums of a block; null when there is no difference, more
 * than one event was changed, or some are missing.
 */
export function changedPlace(stored: InputSum, found: InputSum): number | null {
  if (stored.n !== found.n) return null;
  const change = residue(found.total - stored.total);
  const weighted = residue(found.weighted - stored.weighted);
  if (change === 0) return null;
  for (let n = 1; n <= stored.n; n++) if ((n * change) % PRIME === weighted) return n - 1;
  return null;
}

export function isSameSum(a: InputSum, b: InputSum): boolean {
  return a.n === b.n && a.total === b.total && a.weighted === b.weighted;
}

/** A whole number below twice the prime, modulo the prime. */
function once(value: number): number {
  return value >= PRIME ? value - PRIME : value;
}

function residue(value: number): number {
  return ((value % PRIME) + PRIME) % PRIME;
}

/** Hashes of tickers: few, and part of nearly every event. */
const tickers = new Map<string, number>();
const TICKERS_MAX = 10_000;

function tickerHash(ticker: string): number {
  const known = tickers.get(ticker);
  if (known !== undefined) return known;
  if (tickers.size >= TICKERS_MAX) tickers.clear();
  const hash = finish(mixText(1, ticker));
  tickers.set(ticker, hash);
  return hash;
}

function hashOf(event: Plain<MarketEvent>): number {
  if (event.type === "delta") return deltaHash(event);
  // When a hole ended is known, and put on file, later.
  if (event.type === "gap") return finish(mixValue(0, { ...event, toMs: null }));
  // The market as the exchange wrote it is kept once, however often it was read; nothing is decided on it.
  if (event.type === "market") {
    return finish(mixValue(0, { ...event, market: { ...event.market, rawJson: null } }));
  }
  return finish(mixValue(0, event));
}

// Three of four events are one of these: their fields by name, in a fixed order.
function deltaHash(event: Extract<Plain<MarketEvent>, { type: "delta" }>): number {
  let hash = mixNumber(event.side === "yes" ? 2 : 3, tickerHash(event.ticker));
  hash = mixNumber(hash, event.sid);
  hash = mixNumber(hash, event.seq);
  hash = mixNumber(hash, event.price);
  hash = mixNumber(hash, event.delta);
  hash = mixNumber(hash, event.exchangeMs ?? -1);
  return finish(mixNumber(hash, event.recvMs));
}
