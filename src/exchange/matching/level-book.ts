import type {
  FloorFront,
  FloorOrder,
  Happening,
  WorldBook,
  WorldFloor,
  WorldTrade,
} from "../world.ts";
import { BookSide, type Piece } from "./book-side.ts";
import { indexOfPrice, type PriceGrid } from "./price-grid.ts";

export type Side = "yes" | "no";
type Emit = (happening: Happening) => void;

interface Place {
  readonly side: Side;
  readonly owner: number;
  readonly index: number;
}

interface FillPlace {
  readonly side: Side;
  readonly index: number;
  readonly tradeId: string;
  readonly isOnePiece: boolean;
  readonly atMs: number;
  readonly emit: Emit;
}

export interface LevelBookOptions {
  readonly ticker: string;
  readonly grid: PriceGrid;
  /** Makers have the numbers 0 to this, exclusive. */
  readonly owners: number;
  /** Exchange time of what clients do. */
  readonly nowMs: () => number;
  /** Ids of the trades that a caller does not name himself. */
  readonly tradeId: () => string;
  readonly emit: Emit;
}

/**
 * One market's bids in price-time priority: the makers' sizes by price index, so that their cancels can never take more
 * than there is, and the clients' orders between them in the order of arrival. Nothing is told before the book is whole
 * again: whoever hears of a change may change the book at once.
 */
export class LevelBook implements WorldFloor {
  readonly #options: LevelBookOptions;
  #grid: PriceGrid;
  #yes: BookSide;
  #no: BookSide;

  constructor(options: LevelBookOptions) {
    this.#options = options;
    this.#grid = options.grid;
    this.#yes = new BookSide(options.grid.count, options.owners);
    this.#no = new BookSide(options.grid.count, options.owners);
  }

  get grid(): PriceGrid {
    return this.#grid;
  }

  #side(side: Side): BookSide {
    return side === "yes" ? this.#yes : this.#no;
  }

  best(side: Side): number {
    return this.#side(side).best;
  }

  size(side: Side, index: number): number {
    return this.#side(side).size(index);
  }

  owned(side: Side, owner: number, index: number): number {
    return this.#side(side).owned(owner, index);
  }

  /** Highest index of a bid on `side` that does not meet the other side's best bid. */
  highestPassive(side: Side): number {
    return this.#grid.count - 2 - this.best(side === "yes" ? "no" : "yes");
  }

  add(place: Place, size: number, atMs: number): void {
    if (size <= 0) return;
    this.#side(place.side).addOwned(place.owner, place.index, size);
    this.#report(place.side, place.index, size, atMs);
  }

  remove(place: Place, size: number, atMs: number): void {
    const { side, owner, index } = place;
    const levels = this.#side(side);
    const taken = Math.min(size, levels.owned(owner, index));
    if (taken <= 0) return;
    levels.removeOwned(owner, index, taken);
    this.#report(side, index, -taken, atMs);
  }

  /** Cancels everything of one maker above an index. */
  pullAbove(owner: number, side: Side, index: number, atMs: number): void {
    this.eachAbove(owner, side, index, (at, size) => {
      this.remove({ side, owner, index: at }, size, atMs);
    });
  }

  /** Hands over what one maker has above an index, from the top down, for the caller to take away. */
  eachAbove(
    owner: number,
    side: Side,
    index: number,
    take: (index: number, size: number) => void,
  ): void {
    const levels = this.#side(side);
    const { tops } = levels;
    for (let at = tops[owner] ?? -1; at > index; at--) {
      const size = levels.owned(owner, at);
      if (size > 0) take(at, size);
    }
    if ((tops[owner] ?? -1) > index) tops[owner] = index;
  }

  /**
   * Fills a taker of YES or NO at the touch, the oldest first: a trade of its own for each client's order, one for the
   * makers between them. Empty when nobody is there.
   */
  take(
    order: { readonly takerSide: Side; readonly wanted: number; readonly tradeId: string },
    atMs: number,
  ): readonly WorldTrade[] {
    const side = order.takerSide === "yes" ? "no" : "yes";
    const levels = this.#side(side);
    const index = levels.best;
    const trades: WorldTrade[] = [];
    let left = order.wanted;
    for (let first = levels.oldest(index); left > 0 && first !== null; ) {
      const tradeId = trades.length === 0 ? order.tradeId : this.#options.tradeId();
      const { emit } = this.#options;
      const trade = this.#fill({ side, index, tradeId, isOnePiece: false, atMs, emit }, left);
      trades.push(trade);
      left -= trade.countCq;
      first = levels.oldest(index);
    }
    return trades;
  }

  #fill(at: FillPlace, wanted: number): WorldTrade {
    const { side, index, tradeId, atMs, emit } = at;
    const maker = this.#side(side).oldest(index)?.order ?? null;
    const countCq = this.#consume(at, wanted);
    const bidCc = this.#grid.prices[index] ?? 0;
    const trade: WorldTrade = {
      tradeId,
      ticker: this.#options.ticker,
      yesPriceCc: side === "yes" ? bidCc : 10_000 - bidCc,
      countCq,
      takerSide: side === "yes" ? "no" : "yes",
      atMs,
    };
    // The order that was hit is settled first: its owner may act the moment he sees the public trade.
    if (maker !== null) emit({ type: "execution", orderId: maker.orderId, trade, atMs });
    emit({ type: "trade", trade });
    emit(this.#delta(side, bidCc, -countCq, atMs));
    return trade;
  }

  /** Takes the oldest piece, and with it the makers' pieces right behind it unless one is all that was asked for. */
  #consume(at: FillPlace, wanted: number): number {
    const levels = this.#side(at.side);
    let taken = 0;
    for (let piece = levels.oldest(at.index); piece !== null && taken < wanted; ) {
      const isClients = piece.order !== null;
      if (isClients && taken > 0) break;
      const size = Math.min(wanted - taken, piece.size);
      levels.cut(at.index, piece, size);
      taken += size;
      if (isClients || at.isOnePiece) break;
      piece = levels.oldest(at.index);
    }
    return taken;
  }

  #delta(side: Side, priceCc: number, deltaCq: number, atMs: number): Happening {
    return { type: "delta", ticker: this.#options.ticker, side, priceCc, deltaCq, atMs };
  }

  #report(side: Side, index: number, deltaCq: number, atMs: number): void {
    this.#options.emit(this.#delta(side, this.#grid.prices[index] ?? 0, deltaCq, atMs));
  }

  /** Price indexes of every non-empty level. */
  levels(side: Side): number[] {
    const out: number[] = [];
    for (let index = 0; index <= this.best(side); index++) {
      if (this.size(side, index) > 0) out.push(index);
    }
    return out;
  }

  /**
   * Cancels the makers' part of a level, oldest first with a delta for each, as the exchange does at the close; clients'
   * orders are the desk's to cancel.
   */
  clearLevel(side: Side, index: number, atMs: number): void {
    while (this.cancelOldest(side, index, atMs));
  }

  /** Cancels the oldest size of a maker at a price; false when there is none. */
  cancelOldest(side: Side, index: number, atMs: number): boolean {
    const levels = this.#side(side);
    let piece = levels.oldest(index);
    while (piece !== null && piece.order !== null) piece = piece.newer;
    if (piece === null) return false;
    const { size } = piece;
    levels.cut(index, piece, size);
    this.#report(side, index, -size, atMs);
    return true;
  }

  /** Moves the book to another tick ladder. What is at a price the new one lacks leaves the book. */
  changeGrid(grid: PriceGrid, atMs: number): void {
    const lost: Happening[] = [];
    this.#yes = this.#moved("yes", grid, atMs, lost);
    this.#no = this.#moved("no", grid, atMs, lost);
    this.#grid = grid;
    for (const happening of lost) this.#options.emit(happening);
  }

  #moved(side: Side, grid: PriceGrid, atMs: number, lost: Happening[]): BookSide {
    const from = this.#side(side);
    const to = new BookSide(grid.count, this.#options.owners);
    for (const index of this.levels(side)) {
      const cc = this.#grid.prices[index] ?? 0;
      const target = indexOfPrice(grid, cc);
      if (target < 0) lost.push(this.#delta(side, cc, -from.size(index), atMs));
      else copyLevel(from.oldest(index), to, target);
    }
    return to;
  }

  read(): WorldBook {
    return { yes: this.#readSide("yes"), no: this.#readSide("no") };
  }

  #readSide(side: Side): (readonly [number, number])[] {
    const { prices } = this.#grid;
    return this.levels(side).map((index) => [prices[index] ?? 0, this.size(side, index)]);
  }

  front(side: Side): FloorFront | null {
    const levels = this.#side(side);
    const piece = levels.oldest(levels.best);
    if (piece === null) return null;
    const priceCc = this.#grid.prices[levels.best] ?? 0;
    return { priceCc, countCq: piece.size, order: piece.order };
  }

  sizeTo(side: Side, priceCc: number): number {
    const levels = this.#side(side);
    let sum = 0;
    for (let index = levels.best; index >= 0; index--) {
      if ((this.#grid.prices[index] ?? 0) < priceCc) break;
      sum += levels.size(index);
    }
    return sum;
  }

  hit(side: Side, countCq: number, emit: Emit): WorldTrade | null {
    const levels = this.#side(side);
    const index = levels.best;
    if (index < 0 || countCq <= 0) return null;
    const { tradeId, nowMs } = this.#options;
    const at = { side, index, tradeId: tradeId(), isOnePiece: true, atMs: nowMs(), emit };
    return this.#fill(at, countCq);
  }

  rest(order: FloorOrder, emit: Emit): void {
    const index = indexOfPrice(this.#grid, order.priceCc);
    if (index < 0) throw new Error(`order at ${order.priceCc} cc is not on the price grid`);
    this.#side(order.side).addOrder(order, index);
    this.#tellOwner(order, order.leftCq, emit);
  }

  reduce(order: FloorOrder, byCq: number, emit: Emit): void {
    const index = indexOfPrice(this.#grid, order.priceCc);
    const levels = this.#side(order.side);
    const piece = levels.find(index, order);
    if (piece === null || byCq <= 0) return;
    const taken = Math.min(byCq, piece.size);
    levels.cut(index, piece, taken);
    this.#tellOwner(order, -taken, emit);
  }

  #tellOwner(order: FloorOrder, deltaCq: number, emit: Emit): void {
    const { ticker, nowMs } = this.#options;
    const { side, priceCc, orderId } = order;
    emit({ type: "delta", ticker, side, priceCc, deltaCq, atMs: nowMs(), orderId });
  }

  aheadCq(order: FloorOrder): number {
    const levels = this.#side(order.side);
    const index = indexOfPrice(this.#grid, order.priceCc);
    let ahead = 0;
    for (let at = levels.best; at > index; at--) ahead += levels.size(at);
    let piece = levels.oldest(index);
    for (; piece !== null && piece.order !== order; piece = piece.newer) ahead += piece.size;
    return ahead;
  }
}

function copyLevel(oldest: Piece | null, to: BookSide, index: number): void {
  for (let piece = oldest; piece !== null; piece = piece.newer) {
    if (piece.order === null) to.addOwned(piece.owner, index, piece.size);
    else to.addOrder(piece.order, index);
  }
}
