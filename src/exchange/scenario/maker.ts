import type { LevelBook, Side } from "../matching/level-book.ts";
import type { Rng } from "../random.ts";
import { drawSize, type OrderSizes, wholeCq } from "./order-size.ts";

const SIDES: readonly Side[] = ["yes", "no"];
/** How far below its ladder a maker looks for an order of its own to move up, in ticks. */
const REACH = 30;
const FINE_BELOW_CC = 1000;
const FINE_ABOVE_CC = 9000;
/** Distance of everybody's best quotes from the estimate where the outcome is all but certain, centicents. */
const TAIL_HALF_SPREAD_CC = 17;

/** One kind of market maker; the makers of a market are one of each kind with their own small differences. */
export interface MakerKind {
  /** Distance of its best quotes from its estimate at even odds, centicents. */
  readonly halfSpreadCc: number;
  readonly levels: number;
  /** Contracts at a level. */
  readonly size: number;
  /** A change of the estimate that it lets pass at even odds, centicents. */
  readonly patienceCc: number;
  /** Mean time in which it notices that its quotes are off. */
  readonly reactionMs: number;
}

interface MakerStyle extends MakerKind {
  /** Its private deviation from the common estimate at even odds, centicents. */
  readonly offsetCc: number;
  /** Between its levels where the ticks are fine, centicents. */
  readonly rungCc: number;
}

export function drawStyle(kind: MakerKind, rng: Rng): MakerStyle {
  return {
    halfSpreadCc: kind.halfSpreadCc * rng.between(0.8, 1.2),
    levels: kind.levels,
    size: kind.size,
    patienceCc: kind.patienceCc * rng.between(0.7, 1.3),
    reactionMs: kind.reactionMs,
    offsetCc: 8 * rng.normal(),
    rungCc: 10 * (1 + rng.below(3)),
  };
}

/**
 * Quotes one market: a ladder of equal orders below the estimate on either side. When the estimate moves it moves its
 * orders: taken from one end of the ladder and put, equally large, at the other.
 */
export class Maker {
  readonly #book: LevelBook;
  readonly #owner: number;
  readonly #style: MakerStyle;
  readonly #sizes: OrderSizes;
  readonly #rng: Rng;
  #quotedCc = Number.NaN;

  constructor(
    place: { readonly book: LevelBook; readonly owner: number },
    style: MakerStyle,
    sizes: OrderSizes,
    rng: Rng,
  ) {
    this.#book = place.book;
    this.#owner = place.owner;
    this.#style = style;
    this.#sizes = sizes;
    this.#rng = rng;
  }

  /** How often it would move its quotes now, per millisecond: not at all while they are near enough to the estimate. */
  urge(centerCc: number, nervous: number): number {
    const { patienceCc, reactionMs } = this.#style;
    const allowed = patienceCc * widthAt(centerCc) * Math.sqrt(nervous);
    return Math.abs(centerCc - this.#quotedCc) <= allowed ? 0 : 1 / reactionMs;
  }

  /** Moves down what the estimate no longer supports. */
  retreat(centerCc: number, nervous: number, atMs: number): void {
    this.#quotedCc = centerCc;
    const { levels } = this.#style;
    for (const side of SIDES) {
      const target = this.#target(side, centerCc, nervous);
      let rung = 0;
      this.#book.eachAbove(this.#owner, side, target, (from, size) => {
        let to = this.#rung(target, rung);
        while (rung < levels && to >= 0 && this.#held(side, to) > 0)
          to = this.#rung(target, ++rung);
        this.#book.remove({ side, owner: this.#owner, index: from }, size, atMs);
        if (rung < levels && to >= 0) {
          this.#book.add({ side, owner: this.#owner, index: to }, size, atMs);
        }
      });
    }
  }

  /** Fills the empty levels of the ladder: with its own orders from below it, else with new ones. */
  advance(centerCc: number, nervous: number, atMs: number): void {
    const { levels, size } = this.#style;
    for (const side of SIDES) {
      const target = Math.min(
        this.#target(side, centerCc, nervous),
        this.#book.highestPassive(side),
      );
      const lowest = this.#rung(target, levels - 1);
      let spare = Math.max(-1, lowest - REACH);
      for (let rung = 0; rung < levels; rung++) {
        const index = this.#rung(target, rung);
        if (index < 0) break;
        if (this.#held(side, index) > 0) continue;
        while (spare < lowest && this.#held(side, spare) === 0) spare++;
        const owner = this.#owner;
        if (spare >= 0 && spare < lowest) {
          const held = this.#held(side, spare);
          this.#book.remove({ side, owner, index: spare }, held, atMs);
          this.#book.add({ side, owner, index }, held, atMs);
        } else {
          this.#book.add({ side, owner, index }, wholeCq(size), atMs);
        }
      }
      this.#tidy(side, spare, lowest, atMs);
    }
  }

  /** Cancels an order that was left behind below the ladder. */
  #tidy(side: Side, from: number, lowest: number, atMs: number): void {
    for (let index = Math.max(0, from); index < lowest; index++) {
      const held = this.#held(side, index);
      if (held === 0) continue;
      this.#book.remove({ side, owner: this.#owner, index }, held, atMs);
      return;
    }
  }

  /** One order added, cut or cancelled somewhere in the ladder, nearer the touch more often. */
  fidget(centerCc: number, nervous: number, atMs: number): void {
    const rng = this.#rng;
    const first: Side = rng.chance(0.5) ? "yes" : "no";
    const other: Side = first === "yes" ? "no" : "yes";
    // Close to certainty one side has no price to bid at.
    const side = this.#target(first, centerCc, nervous) >= 0 ? first : other;
    const passive = this.#book.highestPassive(side);
    const target = Math.min(this.#target(side, centerCc, nervous), passive);
    const index = target - Math.floor(rng.wait(1.6));
    // Drawn whether there is room or not: who else is in the book must not shift what this maker does next.
    const size = drawSize(rng, this.#sizes);
    const action = rng.unit();
    if (index < 0) return;
    const place = { side, owner: this.#owner, index };
    const held = this.#held(side, index);
    const usual = 100 * this.#style.size;
    // A level that is full already is left to cancels: it would grow through the whole window.
    if (held === 0 || (action < 0.5 && held <= usual)) {
      this.#book.add(place, size, atMs);
    } else if (held > 1.5 * usual) this.#book.remove(place, held - usual, atMs);
    else if (action < 0.9) this.#book.remove(place, Math.min(size, held), atMs);
    else {
      this.#book.remove(place, held, atMs);
      this.#book.add(place, size, atMs);
    }
  }

  #held(side: Side, index: number): number {
    return this.#book.owned(side, this.#owner, index);
  }

  /** Index of the best bid the maker wants; an estimate near $0 leaves that side without one. */
  #target(side: Side, centerCc: number, nervous: number): number {
    const { halfSpreadCc, offsetCc } = this.#style;
    const scale = widthAt(centerCc);
    const own = centerCc + offsetCc * scale * scale;
    const worth = side === "yes" ? own : 10_000 - own;
    const halfCc = (halfSpreadCc * scale + TAIL_HALF_SPREAD_CC * (1 - scale)) * nervous;
    return this.#book.grid.floorIndex(worth - halfCc);
  }

  /** Index of a level of the ladder below its best; negative below the lowest price. */
  #rung(target: number, rung: number): number {
    const { grid } = this.#book;
    const bestCc = grid.prices[target] ?? 0;
    const isFine = bestCc < FINE_BELOW_CC || bestCc > FINE_ABOVE_CC;
    return isFine ? grid.floorIndex(bestCc - rung * this.#style.rungCc) : target - rung;
  }
}

/** Quotes tighten with the uncertainty of the outcome: 1 at even odds, 0 where it is certain. */
function widthAt(centerCc: number): number {
  const p = Math.min(1, Math.max(0, centerCc / 10_000));
  return 2 * Math.sqrt(p * (1 - p));
}
