/** Trade ids remembered per product; a trade can come twice around a reconnect. */
const REMEMBERED = 2000;

/** Trade ids of each product, oldest forgotten first. */
export class SeenTrades<Id extends number | string> {
  readonly #ids = new Map<string, Set<Id>>();

  /** True the first time. */
  add(product: string, id: Id): boolean {
    let ids = this.#ids.get(product);
    if (ids === undefined) {
      ids = new Set();
      this.#ids.set(product, ids);
    }
    if (ids.has(id)) return false;
    ids.add(id);
    const [oldest] = ids;
    if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
    return true;
  }
}
