import type { LevelBook, Side } from "./level-book.ts";
import type { Rng } from "./random.ts";

const SIDES: readonly Side[] = ["yes", "no"];
/** Orders resting far from the price: rarely touched, pulled only when the price comes near. */
const FAR_LEVELS = 14;
const SIZE = { median: 110, spread: 1.1, low: 10, high: 2000 };

export interface MakerStyle {
  /** Distance of the quotes from the maker's own estimate at even odds, centicents. */
  readonly halfSpreadCc: number;
  /** The maker's private deviation from the common estimate at even odds, centicents. */
  readonly offsetCc: number;
  readonly levels: number;
  readonly sizeScale: number;
}

/** A quarter to a half of a cent apart, so that the touch is one to three ticks wide. */
export function drawStyle(rng: Rng, rank: number): MakerStyle {
  return {
    halfSpreadCc: 25 + 30 * rank + rng.between(0, 15),
    offsetCc: 12 * rng.normal(),
    levels: 5 + rng.below(4) + rank,
    sizeScale: rng.between(0.6, 1.6),
  };
}

/** Quotes one market: a ladder below the estimate on either side, reworked a little at each refresh. */
export class Maker {
  readonly #book: LevelBook;
  readonly #owner: number;
  readonly #style: MakerStyle;
  readonly #rng: Rng;

  constructor(book: LevelBook, owner: number, style: MakerStyle, rng: Rng) {
    this.#book = book;
    this.#owner = owner;
    this.#style = style;
    this.#rng = rng;
  }

  /** Takes away what the estimate no longer supports. */
  pull(centerCc: number, atMs: number): void {
    for (const side of SIDES) {
      this.#book.pullAbove(this.#owner, side, this.#target(side, centerCc), atMs);
    }
  }

  /** Puts back missing levels; the first two always, deeper ones now and then. */
  refill(centerCc: number, atMs: number): void {
    const { levels } = this.#style;
    for (const side of SIDES) {
      const target = this.#highest(side, centerCc);
      for (let depth = 0; depth < levels && depth <= target; depth++) {
        const index = target - depth;
        if (this.#book.owned(side, this.#owner, index) > 0) continue;
        if (depth < 2 || this.#rng.chance(0.3)) this.#add(side, index, atMs);
      }
    }
  }

  /** One cancel, cut or addition somewhere in the ladder, nearer the touch more often. */
  churn(centerCc: number, atMs: number): void {
    const rng = this.#rng;
    const side: Side = rng.chance(0.5) ? "yes" : "no";
    const target = this.#highest(side, centerCc);
    const index = target - Math.floor(rng.wait(2.2));
    if (index < 0) return;
    const place = { side, owner: this.#owner, index };
    const held = this.#book.owned(side, this.#owner, index);
    const action = rng.unit();
    if (held === 0 || (action < 0.45 && held < 200_000)) this.#add(side, index, atMs);
    else if (action < 0.8) this.#book.remove(place, held, atMs);
    else this.#book.remove(place, whole(held * rng.between(0.2, 0.7)), atMs);
  }

  /** Index of the best bid the maker wants; an estimate near $0 leaves that side without one. */
  #target(side: Side, centerCc: number): number {
    const { halfSpreadCc, offsetCc } = this.#style;
    const p = centerCc / 10_000;
    // Quotes tighten with the uncertainty of the outcome, down to half a tick of the fine grid.
    const scale = 2 * Math.sqrt(Math.max(0, p * (1 - p)));
    const own = centerCc + offsetCc * scale * scale;
    const fair = side === "yes" ? own : 10_000 - own;
    return this.#book.grid.floorIndex(fair - Math.max(5, halfSpreadCc * scale));
  }

  #highest(side: Side, centerCc: number): number {
    return Math.min(this.#target(side, centerCc), this.#book.highestPassive(side));
  }

  #add(side: Side, index: number, atMs: number): void {
    const size = drawSize(this.#rng, this.#style.sizeScale);
    this.#book.add({ side, owner: this.#owner, index }, size, atMs);
  }
}

/** Scatters orders that stay for long over the prices below the estimate. */
export function placeFar(
  book: LevelBook,
  owner: number,
  rng: Rng,
  at: { readonly centerCc: number; readonly atMs: number },
): void {
  for (const side of SIDES) {
    const fair = side === "yes" ? at.centerCc : 10_000 - at.centerCc;
    const below = book.grid.floorIndex(fair - 300);
    if (below <= 0) continue;
    for (let count = 0; count < FAR_LEVELS; count++) {
      book.add({ side, owner, index: rng.below(below) }, drawSize(rng, 1.5), at.atMs);
    }
  }
}

/** Far orders keep three cents of distance. */
export function pullFar(book: LevelBook, owner: number, centerCc: number, atMs: number): void {
  book.pullAbove(owner, "yes", book.grid.floorIndex(centerCc - 150), atMs);
  book.pullAbove(owner, "no", book.grid.floorIndex(10_000 - centerCc - 150), atMs);
}

function whole(cq: number): number {
  return Math.max(100, Math.round(cq / 100) * 100);
}

/** Hundredths of a contract; one order in five is not a whole number of contracts. */
function drawSize(rng: Rng, scale: number): number {
  const contracts = Math.min(SIZE.high, Math.max(SIZE.low, rng.size(SIZE) * scale));
  return rng.chance(0.2) ? Math.round(contracts * 100) : whole(contracts * 100);
}
