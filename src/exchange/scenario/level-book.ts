import type { Happening, WorldBook, WorldTrade } from "../world.ts";
import type { PriceGrid } from "./price-grid.ts";

export type Side = "yes" | "no";
type Emit = (happening: Happening) => void;

interface SideLevels {
  /** Summed size per price index, hundredths of a contract. */
  readonly sizes: Int32Array;
  /** Size per owner and price index. */
  readonly owned: readonly Int32Array[];
  /** Highest non-empty index, −1 when the side is empty. */
  best: number;
  /** No owner has anything above this index of their own. */
  readonly tops: Int32Array;
}

/** One market's bids, held per owner so that cancels can never take more than there is. */
export class LevelBook {
  readonly grid: PriceGrid;
  readonly #ticker: string;
  readonly #emit: Emit;
  readonly #yes: SideLevels;
  readonly #no: SideLevels;

  constructor(ticker: string, grid: PriceGrid, owners: number, emit: Emit) {
    this.#ticker = ticker;
    this.grid = grid;
    this.#emit = emit;
    this.#yes = emptySide(grid.count, owners);
    this.#no = emptySide(grid.count, owners);
  }

  #side(side: Side): SideLevels {
    return side === "yes" ? this.#yes : this.#no;
  }

  best(side: Side): number {
    return this.#side(side).best;
  }

  size(side: Side, index: number): number {
    return this.#side(side).sizes[index] ?? 0;
  }

  owned(side: Side, owner: number, index: number): number {
    return this.#side(side).owned[owner]?.[index] ?? 0;
  }

  /** Highest index of a bid on `side` that does not meet the other side's best bid. */
  highestPassive(side: Side): number {
    const other = side === "yes" ? this.#no.best : this.#yes.best;
    return this.grid.count - 2 - other;
  }

  add(place: { side: Side; owner: number; index: number }, size: number, atMs: number): void {
    const levels = this.#side(place.side);
    const mine = levels.owned[place.owner];
    if (mine === undefined || size <= 0) return;
    const { index } = place;
    mine[index] = (mine[index] ?? 0) + size;
    levels.sizes[index] = (levels.sizes[index] ?? 0) + size;
    if (index > levels.best) levels.best = index;
    if (index > (levels.tops[place.owner] ?? -1)) levels.tops[place.owner] = index;
    this.#report(place.side, index, size, atMs);
  }

  remove(place: { side: Side; owner: number; index: number }, size: number, atMs: number): void {
    const levels = this.#side(place.side);
    const mine = levels.owned[place.owner];
    const held = mine?.[place.index] ?? 0;
    const taken = Math.min(size, held);
    if (mine === undefined || taken <= 0) return;
    mine[place.index] = held - taken;
    this.#shrink(levels, place.index, taken);
    this.#report(place.side, place.index, -taken, atMs);
  }

  /** Cancels everything of one owner above an index. */
  pullAbove(owner: number, side: Side, index: number, atMs: number): void {
    const levels = this.#side(side);
    const mine = levels.owned[owner];
    if (mine === undefined) return;
    for (let at = levels.tops[owner] ?? -1; at > index; at--) {
      const size = mine[at] ?? 0;
      if (size > 0) this.remove({ side, owner, index: at }, size, atMs);
    }
    if ((levels.tops[owner] ?? -1) > index) levels.tops[owner] = index;
  }

  /** Fills a taker of YES or NO at the touch and reports trade and delta; undefined when nobody is there. */
  take(
    order: { readonly takerSide: Side; readonly wanted: number; readonly tradeId: string },
    atMs: number,
  ): WorldTrade | undefined {
    const side = order.takerSide === "yes" ? "no" : "yes";
    const levels = this.#side(side);
    const index = levels.best;
    if (index < 0) return undefined;
    const countCq = Math.min(order.wanted, levels.sizes[index] ?? 0);
    const bidCc = this.grid.prices[index] ?? 0;
    const trade: WorldTrade = {
      tradeId: order.tradeId,
      ticker: this.#ticker,
      yesPriceCc: side === "yes" ? bidCc : 10_000 - bidCc,
      countCq,
      takerSide: order.takerSide,
      atMs,
    };
    this.#emit({ type: "trade", trade });
    let left = countCq;
    for (const mine of levels.owned) {
      const taken = Math.min(left, mine[index] ?? 0);
      mine[index] = (mine[index] ?? 0) - taken;
      left -= taken;
    }
    this.#shrink(levels, index, countCq);
    this.#report(side, index, -countCq, atMs);
    return trade;
  }

  #shrink(levels: SideLevels, index: number, size: number): void {
    const { sizes } = levels;
    sizes[index] = (sizes[index] ?? 0) - size;
    if (index !== levels.best) return;
    let best = index;
    while (best >= 0 && sizes[best] === 0) best--;
    levels.best = best;
  }

  #report(side: Side, index: number, deltaCq: number, atMs: number): void {
    const priceCc = this.grid.prices[index] ?? 0;
    this.#emit({ type: "delta", ticker: this.#ticker, side, priceCc, deltaCq, atMs });
  }

  /** Price indexes of every non-empty level. */
  levels(side: Side): number[] {
    const out: number[] = [];
    for (let index = 0; index <= this.best(side); index++) {
      if (this.size(side, index) > 0) out.push(index);
    }
    return out;
  }

  /** Cancels a whole level, whoever owns it, as the exchange does at the close. */
  clearLevel(side: Side, index: number, atMs: number): void {
    const levels = this.#side(side);
    const size = levels.sizes[index] ?? 0;
    if (size === 0) return;
    for (const mine of levels.owned) mine[index] = 0;
    this.#shrink(levels, index, size);
    this.#report(side, index, -size, atMs);
  }

  read(): WorldBook {
    return { yes: this.#readSide("yes"), no: this.#readSide("no") };
  }

  #readSide(side: Side): (readonly [number, number])[] {
    return this.levels(side).map((index) => [this.grid.prices[index] ?? 0, this.size(side, index)]);
  }
}

function emptySide(count: number, owners: number): SideLevels {
  return {
    sizes: new Int32Array(count),
    owned: Array.from({ length: owners }, () => new Int32Array(count)),
    best: -1,
    tops: new Int32Array(owners).fill(-1),
  };
}
