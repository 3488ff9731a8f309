/** One price of one side; sizes and prices are integers of the venue's smallest units, size 0 is no level. */
export type SpotLevel = readonly [price: number, size: number];

/** One side's levels, the best last, because that is where nearly everything happens. */
export class Ladder {
  /** Bids as they are, asks negated: the best key is the greatest on both sides. */
  readonly #keys: number[] = [];
  readonly #sizes: number[] = [];
  readonly #sign: 1 | -1;

  constructor(side: "bid" | "ask") {
    this.#sign = side === "bid" ? 1 : -1;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** The price `rank` places behind the best. */
  priceAt(rank: number): number | undefined {
    const key = this.#keys[this.#keys.length - 1 - rank];
    return key === undefined ? undefined : key * this.#sign;
  }

  sizeAt(rank: number): number {
    return this.#sizes[this.#sizes.length - 1 - rank] ?? 0;
  }

  /** Size at a price, 0 when there is none. */
  sizeOf(price: number): number {
    const key = price * this.#sign;
    const index = this.#indexOf(key);
    return this.#keys[index] === key ? (this.#sizes[index] ?? 0) : 0;
  }

  /** Sets a level, size 0 removing it; false when it was so already. */
  set(price: number, size: number): boolean {
    const key = price * this.#sign;
    const index = this.#indexOf(key);
    if (this.#keys[index] === key) {
      if (this.#sizes[index] === size) return false;
      if (size > 0) this.#sizes[index] = size;
      else {
        this.#keys.splice(index, 1);
        this.#sizes.splice(index, 1);
      }
      return true;
    }
    if (size <= 0) return false;
    this.#keys.splice(index, 0, key);
    this.#sizes.splice(index, 0, size);
    return true;
  }

  /** The best `count` levels, best first. */
  top(count: number): SpotLevel[] {
    const levels: SpotLevel[] = [];
    const from = this.#keys.length - 1;
    for (let index = from; index >= 0 && from - index < count; index--) {
      levels.push([(this.#keys[index] ?? 0) * this.#sign, this.#sizes[index] ?? 0]);
    }
    return levels;
  }

  #indexOf(key: number): number {
    const keys = this.#keys;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((keys[middle] ?? 0) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Levels that changed, by price, with their new sizes. */
export interface BookChanges {
  readonly bids: ReadonlyMap<number, number>;
  readonly asks: ReadonlyMap<number, number>;
}

/** A spot order book that remembers what changed since it was last asked. */
export class SpotBook {
  readonly bids = new Ladder("bid");
  readonly asks = new Ladder("ask");
  /** Goes up by one with every change of a level. */
  updateId: number;
  #bidChanges = new Map<number, number>();
  #askChanges = new Map<number, number>();

  constructor(firstUpdateId = 1) {
    this.updateId = firstUpdateId;
  }

  side(side: "bid" | "ask"): Ladder {
    return side === "bid" ? this.bids : this.asks;
  }

  set(side: "bid" | "ask", price: number, size: number): void {
    if (!this.side(side).set(price, size)) return;
    this.updateId++;
    (side === "bid" ? this.#bidChanges : this.#askChanges).set(price, size);
  }

  /** What changed since the last call, or null when nothing did. */
  takeChanges(): BookChanges | null {
    if (this.#bidChanges.size === 0 && this.#askChanges.size === 0) return null;
    const changes = { bids: this.#bidChanges, asks: this.#askChanges };
    this.#bidChanges = new Map();
    this.#askChanges = new Map();
    return changes;
  }
}
