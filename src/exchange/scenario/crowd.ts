import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng } from "../random.ts";
import { FarBook } from "./far-book.ts";
import { drawStyle, Maker } from "./maker.ts";
import { type Pace, REVERSAL } from "./pace.ts";
import { reverse } from "./reversal.ts";

/** The makers' view of the market at one moment. */
export interface Outlook {
  /** What a YES contract is worth, centicents. */
  readonly centerCc: number;
  /** Seconds to the close, and as a share of the whole window. */
  readonly tauS: number;
  readonly left: number;
  readonly atMs: number;
}

/** Quotes widen towards the close, at which they are five times as wide as with all the time in the world. */
const NERVOUS = { factor: 4, halfS: 90 };
/** The market has lively and slow moments: how long one lasts, and the spread of the logarithm of its pace. */
const MOOD = { meanMs: 4000, spread: 0.95 };
/** What the crowd believes beyond what it knows: a wandering error at even odds, in centicents, and its memory. */
const SENTIMENT = { deviationCc: 80, memoryMs: 2000 };

/** Everybody who rests orders in one market. */
export class Crowd {
  readonly #book: LevelBook;
  readonly #pace: Pace;
  readonly #makers: readonly Maker[];
  readonly #far: FarBook;
  readonly #rng: Rng;
  readonly #turns: Rng;
  /** How often makers move their quotes at the present estimate, per millisecond. */
  #urge = 0;
  #mood = 1;
  #moodEndMs = 0;
  #sentimentCc = 0;
  #sentimentMs = Number.NaN;

  constructor(book: LevelBook, pace: Pace, rng: Rng) {
    this.#book = book;
    this.#pace = pace;
    this.#rng = rng;
    this.#turns = rng.split("reversals");
    const { kinds, sizes } = pace;
    this.#makers = kinds.map((kind, owner) => {
      const own = rng.split(`maker${owner}`);
      return new Maker({ book, owner }, drawStyle(kind, own), sizes, own);
    });
    const place = { book, owner: kinds.length };
    this.#far = new FarBook(place, pace.far, sizes, rng.split("far"));
  }

  /** Owners a book needs for the crowd of this pace. */
  static owners(pace: Pace): number {
    return pace.kinds.length + 1;
  }

  placeFar(outlook: Outlook): void {
    const { centerCc, left, atMs } = outlook;
    this.#far.place(centerCc, left, atMs);
  }

  /** Everybody moves at once: those who must go down first, so that nobody meets a quote that is about to go. */
  requote(outlook: Outlook): void {
    const { atMs } = outlook;
    const centerCc = this.#believe(outlook.centerCc, atMs);
    const nervous = nervousAt(outlook.tauS);
    this.#far.pull(centerCc, atMs);
    for (const maker of this.#makers) maker.retreat(centerCc, nervous, atMs);
    for (const maker of this.#makers) maker.advance(centerCc, nervous, atMs);
  }

  /** One participant's turn: a maker whose quotes are off, or somebody with a reason of their own. */
  work(outlook: Outlook): void {
    const { left, atMs } = outlook;
    const centerCc = this.#believe(outlook.centerCc, atMs);
    const rng = this.#rng;
    const nervous = nervousAt(outlook.tauS);
    this.#feel(atMs);
    this.#far.pull(centerCc, atMs);
    const rank = this.#next(centerCc, nervous);
    const maker = this.#makers[rank];
    if (rng.unit() * this.#rate() < this.#urge) {
      maker?.retreat(centerCc, nervous, atMs);
      maker?.advance(centerCc, nervous, atMs);
    } else if (rng.chance(this.#pace.farShare)) this.#far.work(centerCc, left, atMs);
    else if (rng.chance(0.25)) maker?.advance(centerCc, nervous, atMs);
    else maker?.fidget(centerCc, nervous, atMs);
    if (this.#turns.chance(REVERSAL.chance)) this.#turn(rank, centerCc, atMs);
  }

  /** Mean time to the next turn: shorter while quotes are off. */
  waitMs(): number {
    return 1 / (this.#rate() * this.#mood);
  }

  #believe(worthCc: number, atMs: number): number {
    const { deviationCc, memoryMs } = SENTIMENT;
    const passed = Number.isNaN(this.#sentimentMs) ? Infinity : atMs - this.#sentimentMs;
    const kept = Math.exp(-passed / memoryMs);
    this.#sentimentMs = atMs;
    this.#sentimentCc =
      kept * this.#sentimentCc + deviationCc * Math.sqrt(1 - kept * kept) * this.#rng.normal();
    const p = worthCc / 10_000;
    return worthCc + 4 * p * (1 - p) * this.#sentimentCc;
  }

  #feel(atMs: number): void {
    if (atMs < this.#moodEndMs) return;
    const { meanMs, spread } = MOOD;
    this.#moodEndMs = atMs + this.#rng.wait(meanMs);
    this.#mood = Math.exp(spread * this.#rng.normal() - (spread * spread) / 2);
  }

  #rate(): number {
    return 1 / this.#pace.refreshMs + this.#urge;
  }

  /** Adds up the makers' urges and picks one of them by its own, or anybody when nobody has any. */
  #next(centerCc: number, nervous: number): number {
    this.#urge = 0;
    let picked = this.#rng.below(this.#makers.length);
    for (let rank = 0; rank < this.#makers.length; rank++) {
      const urge = this.#makers[rank]?.urge(centerCc, nervous) ?? 0;
      if (urge === 0) continue;
      this.#urge += urge;
      if (this.#rng.unit() * this.#urge < urge) picked = rank;
    }
    return picked;
  }

  #turn(owner: number, centerCc: number, atMs: number): void {
    const side: Side = this.#turns.chance(0.5) ? "yes" : "no";
    const worth = side === "yes" ? centerCc : 10_000 - centerCc;
    const limitCc = worth + REVERSAL.overCc;
    reverse(this.#book, this.#turns, { owner, side, limitCc, atMs });
  }
}

function nervousAt(tauS: number): number {
  return 1 + (NERVOUS.factor * NERVOUS.halfS) / (tauS + NERVOUS.halfS);
}
