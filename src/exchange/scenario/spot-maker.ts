import type { Rng, SizeSpec } from "../random.ts";
import type { SpotBook } from "./spot-book.ts";

/** How a venue's book looks; prices and sizes in the venue's integer units. */
export interface BookShape {
  readonly tick: number;
  readonly sizeStep: number;
  /** Levels each side keeps. */
  readonly levels: number;
  /** Mean distance of neighbouring levels at the touch, in ticks; it grows with the distance from it. */
  readonly gapTicks: number;
  readonly size: SizeSpec;
}

type Side = "bid" | "ask";

/** Levels behind which the mean gap has doubled, and how often it grows by that much. */
const GAP_DOUBLES = 60;
const GAP_GROWS_MAX = 30;
/** Where the churn happens: mean number of levels behind the best. */
const CHURN_DEPTH = 6;
/** New levels put into the hole that a moved touch leaves. */
const FILL_MAX = 3;

/** The crowd that quotes a spot book: keeps it around a touch and changes it a little all the time. */
export class SpotMaker {
  readonly #book: SpotBook;
  readonly #shape: BookShape;
  readonly #rng: Rng;

  constructor(book: SpotBook, shape: BookShape, rng: Rng) {
    this.#book = book;
    this.#shape = shape;
    this.#rng = rng;
  }

  drawSize(): number {
    const { size, sizeStep } = this.#shape;
    return Math.max(1, Math.round(this.#rng.size(size) / sizeStep)) * sizeStep;
  }

  /** Makes `price` the best of a side; null empties the side. */
  moveTouch(side: Side, price: number | null): void {
    const ladder = this.#book.side(side);
    const keepsCount = ladder.count > 0;
    for (let best = ladder.priceAt(0); best !== undefined; best = ladder.priceAt(0)) {
      if (price !== null && !this.#isBeyond(side, best, price)) break;
      this.#book.set(side, best, 0);
    }
    if (price === null) return;
    if (ladder.sizeOf(price) === 0) this.#book.set(side, price, this.drawSize());
    if (keepsCount) this.#fillHole(side, price);
    this.#keepCount(side);
  }

  /** Changes `count` levels near the touch: other sizes, levels that come and go. */
  churn(count: number): void {
    for (let each = 0; each < count; each++) this.#churnOne(this.#rng.chance(0.5) ? "bid" : "ask");
  }

  #churnOne(side: Side): void {
    const rng = this.#rng;
    const ladder = this.#book.side(side);
    const rank = Math.floor(rng.wait(CHURN_DEPTH));
    const price = ladder.priceAt(rank);
    const next = ladder.priceAt(rank + 1);
    if (price === undefined || next === undefined) return;
    const chance = rng.unit();
    if (chance < 0.6) this.#book.set(side, price, this.drawSize());
    else if (chance < 0.8) this.#putBetween(side, price, next);
    else if (rank > 0) {
      this.#book.set(side, price, 0);
      this.#keepCount(side);
    }
  }

  #putBetween(side: Side, price: number, next: number): void {
    const { tick } = this.#shape;
    const room = Math.abs(price - next) / tick - 1;
    if (room < 1) return;
    const away = (1 + this.#rng.below(room)) * tick;
    this.#book.set(side, price + (side === "bid" ? -away : away), this.drawSize());
    this.#keepCount(side);
  }

  #fillHole(side: Side, best: number): void {
    for (let each = 0; each < FILL_MAX; each++) {
      const next = this.#book.side(side).priceAt(1);
      if (next === undefined) return;
      const ticks = Math.abs(best - next) / this.#shape.tick;
      if (ticks <= this.#shape.gapTicks * 4) return;
      this.#putBetween(side, best, next);
    }
  }

  #keepCount(side: Side): void {
    const { levels } = this.#shape;
    const ladder = this.#book.side(side);
    while (ladder.count > levels) {
      this.#book.set(side, ladder.priceAt(ladder.count - 1) ?? 0, 0);
    }
    while (ladder.count < levels) {
      const last = ladder.priceAt(ladder.count - 1);
      if (last === undefined) return;
      const price = this.#outward(side, last, ladder.count);
      // Nothing can be bid below zero.
      if (price <= 0) return;
      this.#book.set(side, price, this.drawSize());
    }
  }

  #outward(side: Side, price: number, rank: number): number {
    const { tick, gapTicks } = this.#shape;
    const mean = gapTicks * (1 + Math.min(rank / GAP_DOUBLES, GAP_GROWS_MAX));
    const away = (1 + Math.floor(this.#rng.wait(mean))) * tick;
    return price + (side === "bid" ? -away : away);
  }

  #isBeyond(side: Side, price: number, best: number): boolean {
    return side === "bid" ? price > best : price < best;
  }
}
