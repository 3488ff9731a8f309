import type { FloorOrder } from "../world.ts";

/** Size that came to a price in one go: of one maker, or one client's order. */
export interface Piece {
  owner: number;
  size: number;
  order: FloorOrder | null;
  older: Piece | null;
  newer: Piece | null;
}

interface Queue {
  oldest: Piece | null;
  newest: Piece | null;
}

/** Owner of every client's order: no maker may cancel it. */
const CLIENT = -1;

/** The bids of one side: at each price index a queue, oldest first. Says nothing to anybody; `LevelBook` does. */
export class BookSide {
  /** Summed size per price index, hundredths of a contract. */
  readonly sizes: Float64Array;
  /** Highest non-empty index, −1 when the side is empty. */
  best = -1;
  /** No maker has anything above this index of its own. */
  readonly tops: Int32Array;
  readonly #owned: readonly Float64Array[];
  readonly #queues: (Queue | undefined)[];
  /** Unlinked pieces to use again: makers come and go a hundred times a second. */
  #spare: Piece | null = null;

  constructor(count: number, owners: number) {
    this.sizes = new Float64Array(count);
    this.tops = new Int32Array(owners).fill(-1);
    this.#owned = Array.from({ length: owners }, () => new Float64Array(count));
    this.#queues = Array.from<Queue | undefined>({ length: count });
  }

  size(index: number): number {
    return this.sizes[index] ?? 0;
  }

  owned(owner: number, index: number): number {
    return this.#owned[owner]?.[index] ?? 0;
  }

  oldest(index: number): Piece | null {
    return this.#queues[index]?.oldest ?? null;
  }

  find(index: number, order: FloorOrder): Piece | null {
    let piece = this.oldest(index);
    while (piece !== null && piece.order !== order) piece = piece.newer;
    return piece;
  }

  /** Adds a maker's size at the back, to what it added last when nobody came in between. */
  addOwned(owner: number, index: number, size: number): void {
    const mine = this.#owned[owner];
    if (mine === undefined) throw new Error(`the book has no owner ${owner}`);
    mine[index] = (mine[index] ?? 0) + size;
    if (index > (this.tops[owner] ?? -1)) this.tops[owner] = index;
    const queue = this.#queue(index);
    if (queue.newest?.owner === owner) queue.newest.size += size;
    else this.#append(queue, owner, size).order = null;
    this.#grow(index, size);
  }

  addOrder(order: FloorOrder, index: number): void {
    this.#append(this.#queue(index), CLIENT, order.leftCq).order = order;
    this.#grow(index, order.leftCq);
  }

  /** Takes a maker's size away, what it added last first. */
  removeOwned(owner: number, index: number, size: number): void {
    let left = size;
    let piece = this.#queues[index]?.newest ?? null;
    while (left > 0 && piece !== null) {
      const { older } = piece;
      if (piece.owner === owner) {
        const taken = Math.min(left, piece.size);
        this.cut(index, piece, taken);
        left -= taken;
      }
      piece = older;
    }
  }

  /** Takes size off one piece, which leaves the queue when nothing is left of it. */
  cut(index: number, piece: Piece, size: number): void {
    piece.size -= size;
    const mine = this.#owned[piece.owner];
    if (mine !== undefined) mine[index] = (mine[index] ?? 0) - size;
    if (piece.order !== null) piece.order.leftCq = piece.size;
    if (piece.size === 0) this.#unlink(index, piece);
    this.#shrink(index, size);
  }

  #grow(index: number, size: number): void {
    this.sizes[index] = (this.sizes[index] ?? 0) + size;
    if (index > this.best) this.best = index;
  }

  #shrink(index: number, size: number): void {
    const { sizes } = this;
    sizes[index] = (sizes[index] ?? 0) - size;
    if (index !== this.best) return;
    let best = index;
    while (best >= 0 && sizes[best] === 0) best--;
    this.best = best;
  }

  #queue(index: number): Queue {
    const known = this.#queues[index];
    if (known !== undefined) return known;
    const queue: Queue = { oldest: null, newest: null };
    this.#queues[index] = queue;
    return queue;
  }

  #append(queue: Queue, owner: number, size: number): Piece {
    const piece = this.#piece(owner, size);
    piece.older = queue.newest;
    if (queue.newest === null) queue.oldest = piece;
    else queue.newest.newer = piece;
    queue.newest = piece;
    return piece;
  }

  #piece(owner: number, size: number): Piece {
    const spare = this.#spare;
    if (spare === null) return { owner, size, order: null, older: null, newer: null };
    this.#spare = spare.newer;
    spare.owner = owner;
    spare.size = size;
    spare.newer = null;
    return spare;
  }

  #unlink(index: number, piece: Piece): void {
    const queue = this.#queue(index);
    if (piece.older === null) queue.oldest = piece.newer;
    else piece.older.newer = piece.newer;
    if (piece.newer === null) queue.newest = piece.older;
    else piece.newer.older = piece.older;
    piece.order = null;
    piece.older = null;
    piece.newer = this.#spare;
    this.#spare = piece;
  }
}
