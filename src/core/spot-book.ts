import type { DepthLevel } from "./events.ts";
import type { Usd } from "./units.ts";

/** Slots of the window: $655 of cents, more than a venue's book moves between two looks at it. */
const WINDOW = 1 << 16;
/** Where the best level is put when the window is laid anew; above it is room for better prices. */
const BEST_SLOT = WINDOW - (WINDOW >> 2) - 1;
/** The window is laid anew when the best has sunk below this slot. */
const LOWEST_SLOT = WINDOW >> 2;

const GRIDS: readonly number[] = [100, 1_000, 10_000, 100_000, 1_000_000];
/** Floating point blurs a price on the grid by far less, and the next finer grid is a tenth away. */
const OFF_GRID = 1e-3;

/** A price in ticks; NaN when it is not positive or lies between two ticks. */
function ticksOf(priceUsd: Usd, ticksPerUsd: number): number {
  const exact = priceUsd * ticksPerUsd;
  const ticks = Math.round(exact);
  return ticks > 0 && Math.abs(exact - ticks) < OFF_GRID ? ticks : Number.NaN;
}

/**
 * One side as a dense array over a window of ticks with a cached best, and a map for the levels far behind it
 * (performance.md R3). The key of a level is its price in ticks, negated for asks: the best key is the greatest on both
 * sides. No far level is ever better than the window.
 */
class BookSide {
  readonly sizes = new Float64Array(WINDOW);
  readonly far = new Map<number, number>();
  readonly sign: 1 | -1;
  /** Key of slot 0. */
  base = 0;
  /** Slot of the best level, -1 when the side is empty. */
  best = -1;

  constructor(sign: 1 | -1) {
    this.sign = sign;
  }

  get bestKey(): number {
    return this.base + this.best;
  }

  clear(): void {
    this.sizes.fill(0);
    this.far.clear();
    this.best = -1;
  }

  set(key: number, size: number): void {
    let slot = key - this.base;
    if (slot >= WINDOW || this.best < 0) {
      if (size === 0) return;
      this.#layAround(key);
      slot = BEST_SLOT;
    } else if (slot < 0) {
      if (size === 0) this.far.delete(key);
      else this.far.set(key, size);
      return;
    }
    this.sizes[slot] = size;
    if (size > 0) {
      if (slot > this.best) this.best = slot;
    } else if (slot === this.best) this.#sink();
  }

  /** Finds the next best after the best is gone. */
  #sink(): void {
    const { sizes } = this;
    let slot = this.best - 1;
    while (slot >= 0 && sizes[slot] === 0) slot--;
    this.best = slot;
    if (slot >= LOWEST_SLOT || this.far.size === 0) return;
    if (slot >= 0) this.#layAround(this.base + slot);
    else {
      const key = bestOf(this.far.keys());
      this.#layAround(key);
      this.best = BEST_SLOT;
    }
  }

  /** Lays the window so that `key` is at its usual place, as it does when the price has walked away. */
  #layAround(key: number): void {
    const { far, sizes } = this;
    const base = key - BEST_SLOT;
    const shift = base - this.base;
    const leaves = Math.min(WINDOW, Math.max(0, shift));
    for (let slot = 0; slot < leaves; slot++) {
      const size = sizes[slot] ?? 0;
      if (size > 0) far.set(this.base + slot, size);
    }
    if (Math.abs(shift) >= WINDOW) sizes.fill(0);
    else if (shift > 0) sizes.copyWithin(0, shift).fill(0, WINDOW - shift);
    else sizes.copyWithin(-shift, 0).fill(0, 0, -shift);
    this.base = base;
    this.best = this.best < Math.max(0, shift) ? -1 : this.best - shift;
    // Upwards there is nothing to fetch: no far level is better than the window was.
    if (shift > 0) return;
    for (const [each, size] of far) {
      if (each < base) continue;
      sizes[each - base] = size;
      far.delete(each);
    }
  }

  /** Key and size of each level, best first. */
  *levels(): Generator<[key: number, size: number]> {
    for (let slot = this.best; slot >= 0; slot--) {
      const size = this.sizes[slot] ?? 0;
      if (size > 0) yield [this.base + slot, size];
    }
    yield* [...this.far].toSorted(([a], [b]) => b - a);
  }
}

function bestOf(keys: Iterable<number>): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const key of keys) if (key > best) best = key;
  return best;
}

/**
 * A spot venue's whole order book, kept from its `depth` events. Prices lie on a grid that each snapshot brings along:
 * cents, or finer where a price needs it.
 */
export class SpotBook {
  readonly #bids = new BookSide(1);
  readonly #asks = new BookSide(-1);
  #ticksPerUsd = GRIDS[0] ?? 1;

  /** Replaces everything; false, and an empty book, when the prices lie on no grid. */
  replace(bids: readonly DepthLevel[], asks: readonly DepthLevel[]): boolean {
    const grid = GRIDS.find((each) => isOn(each, bids) && isOn(each, asks));
    this.#bids.clear();
    this.#asks.clear();
    if (grid === undefined) return false;
    this.#ticksPerUsd = grid;
    return this.apply(bids, asks);
  }

  /** Sets levels to their new sizes, 0 removing them; false when one is off the grid: the book is then out of step. */
  apply(bids: readonly DepthLevel[], asks: readonly DepthLevel[]): boolean {
    return this.#applyTo(this.#bids, bids) && this.#applyTo(this.#asks, asks);
  }

  #applyTo(side: BookSide, levels: readonly DepthLevel[]): boolean {
    for (const level of levels) {
      const ticks = ticksOf(level[0], this.#ticksPerUsd);
      const size = level[1];
      if (!(ticks > 0 && size >= 0)) return false;
      side.set(side.sign * ticks, size);
    }
    return true;
  }

  /** Null when nobody bids. */
  get bidUsd(): Usd | null {
    return this.#bids.best < 0 ? null : this.#bids.bestKey / this.#ticksPerUsd;
  }

  /** Null when nobody offers. */
  get askUsd(): Usd | null {
    return this.#asks.best < 0 ? null : -this.#asks.bestKey / this.#ticksPerUsd;
  }

  get bidSize(): number {
    return this.#bids.sizes[this.#bids.best] ?? 0;
  }

  get askSize(): number {
    return this.#asks.sizes[this.#asks.best] ?? 0;
  }

  /** The best bid reaches the best offer, which no venue's book ever does. */
  get isCrossed(): boolean {
    const bids = this.#bids;
    const asks = this.#asks;
    return bids.best >= 0 && asks.best >= 0 && bids.bestKey >= -asks.bestKey;
  }

  /** Levels of a side, best first; stop reading when there were enough. */
  *levels(side: "bid" | "ask"): Generator<DepthLevel> {
    const from = side === "bid" ? this.#bids : this.#asks;
    for (const [key, size] of from.levels()) yield [(from.sign * key) / this.#ticksPerUsd, size];
  }
}

function isOn(grid: number, levels: readonly DepthLevel[]): boolean {
  return levels.every(([priceUsd]) => ticksOf(priceUsd, grid) > 0);
}
