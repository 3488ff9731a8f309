import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng, SizeSpec } from "../random.ts";
import { drawSize, type OrderSizes } from "./order-size.ts";

const SIDES: readonly Side[] = ["yes", "no"];
const FINE_BELOW_CC = 1000;
const FINE_ABOVE_CC = 9000;

/** Part of the traffic that only thins the book out, and how much of a level it takes each time. */
const THIN = { share: 0.3, cut: 0.16 };

/** Orders far from the price: most of the book and little of its traffic. */
export interface FarSpec {
  /** Share of the price levels that hold any. */
  readonly occupied: number;
  /** The same where ticks are fine. */
  readonly occupiedFine: number;
  /** Contracts at a level. */
  readonly level: SizeSpec;
  /** Distance they keep from the estimate, centicents. */
  readonly distanceCc: number;
  /** What is left of them at the close, as a share of the beginning. */
  readonly leftAtClose: number;
}

/** The far orders of one market. */
export class FarBook {
  readonly #book: LevelBook;
  readonly #owner: number;
  readonly #spec: FarSpec;
  readonly #sizes: OrderSizes;
  readonly #rng: Rng;
  /** Hundredths of a contract per price level at the beginning. */
  #level = 0;

  constructor(
    place: { readonly book: LevelBook; readonly owner: number },
    spec: FarSpec,
    sizes: OrderSizes,
    rng: Rng,
  ) {
    this.#book = place.book;
    this.#owner = place.owner;
    this.#spec = spec;
    this.#sizes = sizes;
    this.#rng = rng;
  }

  /** Puts the whole of it into the book; `left` is the share of the window still to come. */
  place(centerCc: number, left: number, atMs: number): void {
    const rng = this.#rng;
    const { occupied, occupiedFine, level } = this.#spec;
    let [sum, count] = [0, 0];
    for (const side of SIDES) {
      const top = this.#top(side, centerCc);
      for (let index = 0; index <= top; index++) {
        if (!rng.chance(this.#isFine(index) ? occupiedFine : occupied)) continue;
        const size = Math.max(100, Math.round(rng.size(level) * this.#decay(left)) * 100);
        this.#book.add({ side, owner: this.#owner, index }, size, atMs);
        sum += size;
        count++;
      }
    }
    this.#level = count === 0 ? 0 : sum / count / this.#decay(left);
  }

  /** Cancels what the price has come too near to. */
  pull(centerCc: number, atMs: number): void {
    for (const side of SIDES) {
      this.#book.pullAbove(this.#owner, side, this.#top(side, centerCc), atMs);
    }
  }

  /** One order moved, added or cancelled somewhere. */
  work(centerCc: number, left: number, atMs: number): void {
    const { at, isMove, isThin, side, size, step, tooMuchAt, usualAt } = this.#draw();
    const top = this.#top(side, centerCc);
    if (top < 0) return;
    const owner = this.#owner;
    if (isThin) {
      this.#thin({ side, owner, index: Math.floor(at * (top + 1)) }, left, atMs);
      return;
    }
    // Nearer the price more often: half of the traffic is within the nearest tenth.
    const index = top - Math.floor(at ** 2.4 * (top + 1));
    const held = this.#book.owned(side, owner, index);
    const to = index + step;
    if (held > 0 && to >= 0 && to <= top && isMove) {
      const moved = Math.min(held, size);
      this.#book.remove({ side, owner, index }, moved, atMs);
      this.#book.add({ side, owner, index: to }, moved, atMs);
      return;
    }
    // Drawn towards the level's usual size, which shrinks as the close comes near.
    const usual = this.#level * this.#decay(left) * 0.25;
    if (held < usual * 2 * usualAt) this.#book.add({ side, owner, index }, size, atMs);
    else {
      const tooMuch = held > 3 * usual ? held - Math.round((usual * tooMuchAt) / 100) * 100 : 0;
      this.#book.remove({ side, owner, index }, Math.min(held, Math.max(tooMuch, size)), atMs);
    }
  }

  /** All that one turn can need, whatever it finds: what others have in the book must not shift the turns after it. */
  #draw() {
    const rng = this.#rng;
    const side: Side = rng.chance(0.5) ? "yes" : "no";
    return {
      side,
      isThin: rng.chance(THIN.share),
      at: rng.unit(),
      size: drawSize(rng, this.#sizes),
      step: (rng.chance(0.5) ? 1 : -1) * (1 + rng.below(3)),
      isMove: rng.chance(0.5),
      usualAt: rng.unit(),
      tooMuchAt: rng.unit(),
    };
  }

  /** Big orders leave as the close comes near. */
  #thin(place: { side: Side; owner: number; index: number }, left: number, atMs: number): void {
    const held = this.#book.owned(place.side, place.owner, place.index);
    const cut = Math.round((held * THIN.cut) / 100) * 100;
    if (held > this.#level * this.#decay(left) * 0.2) {
      this.#book.remove(place, Math.min(held, Math.max(cut, 100)), atMs);
    }
  }

  #decay(left: number): number {
    const { leftAtClose } = this.#spec;
    return leftAtClose + (1 - leftAtClose) * left;
  }

  #top(side: Side, centerCc: number): number {
    const worth = side === "yes" ? centerCc : 10_000 - centerCc;
    const { grid } = this.#book;
    return Math.min(
      grid.floorIndex(worth - this.#spec.distanceCc),
      this.#book.highestPassive(side),
    );
  }

  #isFine(index: number): boolean {
    const cc = this.#book.grid.prices[index] ?? 0;
    return cc < FINE_BELOW_CC || cc > FINE_ABOVE_CC;
  }
}
