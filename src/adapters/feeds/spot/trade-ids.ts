import type { Ms } from "../../../core/units.ts";
import { SeenTrades } from "./seen-trades.ts";

/** Ids that are missing between two trades, both included, and when the trade before them came. */
interface IdHole {
  readonly fromId: number;
  readonly toId: number;
  readonly fromMs: Ms;
}

/** Follows the trade ids of each product of a venue that numbers them without holes. */
export class TradeIds {
  readonly #seen = new SeenTrades<number>();
  readonly #newest = new Map<string, { readonly id: number; readonly atMs: Ms }>();

  /** False for an id that came before. */
  add(product: string, id: number): boolean {
    return this.#seen.add(product, id);
  }

  /**
   * The ids between the newest one and this one; null when it follows, or comes late. Connections make no difference: a
   * trade that was lost just before one ended would otherwise lie outside the gap of the outage.
   */
  holeBefore(product: string, id: number, recvMs: Ms): IdHole | null {
    const newest = this.#newest.get(product);
    if (newest !== undefined && id <= newest.id) return null;
    this.#newest.set(product, { id, atMs: recvMs });
    if (newest === undefined || id === newest.id + 1) return null;
    return { fromId: newest.id + 1, toId: id - 1, fromMs: newest.atMs };
  }
}
