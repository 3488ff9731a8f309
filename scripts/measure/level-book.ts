import { gridOf } from "../../src/exchange/matching/price-grid.ts";
import type { WorldBook } from "../../src/exchange/world.ts";

const ONE_CC = 10_000;

/** One side's bids as rebuilt from frames. */
class Bids {
  readonly sizes = new Float64Array(ONE_CC + 1);
  /** 0 while the side is empty. */
  best = 0;
  levels = 0;
  totalCq = 0;

  add(cc: number, cq: number): void {
    const before = this.sizes[cc] ?? 0;
    const after = before + cq;
    this.sizes[cc] = after;
    this.totalCq += cq;
    if (before === 0 && after !== 0) this.levels++;
    if (before !== 0 && after === 0) this.levels--;
    if (after > 0) this.best = Math.max(this.best, cc);
    else if (cc === this.best) while (this.best > 0 && this.sizes[this.best] === 0) this.best--;
  }
}

const GRID = gridOf("tapered_deci_cent");

/** A 15-minute market's book as a client has it, with the questions the statistics ask. */
export class MeasuredBook {
  #yes = new Bids();
  #no = new Bids();

  replace(book: WorldBook): void {
    this.#yes = new Bids();
    this.#no = new Bids();
    for (const [cc, cq] of book.yes) this.#yes.add(cc, cq);
    for (const [cc, cq] of book.no) this.#no.add(cc, cq);
  }

  side(side: "yes" | "no"): Readonly<Pick<Bids, "best" | "levels" | "totalCq">> {
    return side === "yes" ? this.#yes : this.#no;
  }

  add(side: "yes" | "no", cc: number, cq: number): void {
    (side === "yes" ? this.#yes : this.#no).add(cc, cq);
  }

  get isTwoSided(): boolean {
    return this.#yes.best > 0 && this.#no.best > 0;
  }

  get isCrossed(): boolean {
    return this.isTwoSided && this.#yes.best + this.#no.best >= ONE_CC;
  }

  get spreadCc(): number {
    return ONE_CC - this.#yes.best - this.#no.best;
  }

  /** Of both sides; of the one that is left when the other is empty. */
  get midCc(): number {
    if (this.#no.best === 0) return this.#yes.best === 0 ? ONE_CC / 2 : ONE_CC;
    return (this.#yes.best + ONE_CC - this.#no.best) / 2;
  }

  /** Contracts at `from` to `to` ticks below the best bid. */
  depth(side: "yes" | "no", from: number, to: number): number {
    const { sizes, best } = side === "yes" ? this.#yes : this.#no;
    const touch = GRID.floorIndex(best);
    let sum = 0;
    for (let at = touch - from; at >= 0 && at >= touch - to; at--) {
      sum += sizes[GRID.prices[at] ?? 0] ?? 0;
    }
    return sum / 100;
  }
}
