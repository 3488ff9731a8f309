import type { SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";

// Trade ids of a product go up by one and have no holes (spot-feeds.md §1.4), so they say which trades are missing.

/** A stretch of trades that were not seen, and between which moments that was noticed. */
export interface TradeHole {
  readonly fromId: number;
  readonly toId: number;
  readonly fromMs: Ms;
  readonly toMs: Ms;
  /** Attempts to get them that failed. */
  tries: number;
}

/** Which trades of one product were seen. */
class ProductTrades {
  #holes: TradeHole[] = [];
  #lastId: number;
  #lastMs: Ms;

  constructor(lastId: number, nowMs: Ms) {
    this.#lastId = lastId;
    this.#lastMs = nowMs;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get holes(): readonly TradeHole[] {
    return this.#holes;
  }

  /** Takes note of a trade; true when it was not seen before. */
  take(id: number, nowMs: Ms): boolean {
    if (id <= this.#lastId) return this.#fill(id);
    if (id > this.#lastId + 1) {
      const [fromId, toId] = [this.#lastId + 1, id - 1];
      this.#holes.push({ fromId, toId, fromMs: this.#lastMs, toMs: nowMs, tries: 0 });
    }
    this.#lastId = id;
    this.#lastMs = nowMs;
    return true;
  }

  #fill(id: number): boolean {
    const at = this.#holes.findIndex(({ fromId, toId }) => fromId <= id && id <= toId);
    const hole = this.#holes[at];
    if (hole === undefined) return false;
    const rest = [
      { ...hole, toId: id - 1 },
      { ...hole, fromId: id + 1 },
    ];
    this.#holes.splice(at, 1, ...rest.filter(({ fromId, toId }) => fromId <= toId));
    return true;
  }

  /** Counts a failed attempt and gives up the holes that had too many. */
  failed(triesMax: number): readonly TradeHole[] {
    for (const hole of this.#holes) hole.tries++;
    const lost = this.#holes.filter(({ tries }) => tries >= triesMax);
    this.#holes = this.#holes.filter(({ tries }) => tries < triesMax);
    return lost;
  }
}

/** Which trades were seen, over all connections of a run. */
export class TradeLog {
  readonly #products = new Map<string, ProductTrades>();

  /** Takes note of a trade; true when it was not seen before. The first one of a product is where its record begins. */
  take({ product, tradeId }: SpotTick, nowMs: Ms): boolean {
    const id = Number(tradeId);
    const known = this.#products.get(product);
    if (known !== undefined) return known.take(id, nowMs);
    this.#products.set(product, new ProductTrades(id, nowMs));
    return true;
  }

  /** True when the record of a product has begun, so that older trades of it can be told from missed ones. */
  has(product: string): boolean {
    return this.#products.has(product);
  }

  get products(): Iterable<string> {
    return this.#products.keys();
  }

  holes(product: string): readonly TradeHole[] {
    return this.#products.get(product)?.holes ?? [];
  }

  /** Number of trades from the first missing one to the newest. */
  reach(product: string): number {
    const known = this.#products.get(product);
    const first = known?.holes[0];
    return known === undefined || first === undefined ? 0 : known.lastId - first.fromId + 1;
  }

  /** Counts a failed attempt to get what is missing; returns what is given up. */
  failed(product: string, triesMax: number): readonly TradeHole[] {
    return this.#products.get(product)?.failed(triesMax) ?? [];
  }
}
