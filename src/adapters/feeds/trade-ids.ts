/** Trade ids remembered per product; a trade can come twice around a reconnect. */
const REMEMBERED = 2000;

/** Ids that are missing between two trades, both included. */
export interface IdHole {
  readonly fromId: number;
  readonly toId: number;
}

/** Follows the trade ids of each product of a venue that numbers them without holes. */
export class TradeIds {
  readonly #seen = new Map<string, Set<number>>();
  readonly #newest = new Map<string, number>();

  /** A connection begins. What was missed before it is told by the gap of the outage, so no hole is counted across. */
  connected(): void {
    this.#newest.clear();
  }

  /** False for an id that came before. */
  add(product: string, id: number): boolean {
    let ids = this.#seen.get(product);
    if (ids === undefined) {
      ids = new Set();
      this.#seen.set(product, ids);
    }
    if (ids.has(id)) return false;
    ids.add(id);
    const [oldest] = ids;
    if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
    return true;
  }

  /** The ids between the newest one of this connection and this one; null when it follows, or comes late. */
  holeBefore(product: string, id: number): IdHole | null {
    const newest = this.#newest.get(product);
    if (newest !== undefined && id <= newest) return null;
    this.#newest.set(product, id);
    return newest === undefined || id === newest + 1 ? null : { fromId: newest + 1, toId: id - 1 };
  }
}
