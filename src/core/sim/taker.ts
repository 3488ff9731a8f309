import type { Book } from "../book.ts";
import type { MarketEvent } from "../events.ts";
import type { Order } from "../orders.ts";
import { complement, otherSide, type Price, price, type Qty, qty } from "../units.ts";
import { bidOf } from "./bid.ts";
import { walkBook } from "./walk.ts";

export interface TakerOptions {
  /** Share of the displayed size up to the limit that one order may take. */
  readonly participation: number;
  /** Share of each level that is gone by the time we arrive. */
  readonly haircut: number;
}

/**
 * What immediate-or-cancel orders take from the books they meet: part of what is displayed, and what one took stays taken
 * until the exchange updates that level (models.md §5.2).
 */
export class Taker {
  readonly #options: TakerOptions;
  /** Size we took per bid level, by ticker, side and price, until that level is next updated. */
  readonly #taken = new Map<string, Map<string, number>>();

  constructor(options: TakerOptions) {
    this.#options = options;
  }

  observe(event: MarketEvent): void {
    if (this.#taken.size === 0 || (event.type !== "delta" && event.type !== "snapshot")) return;
    const taken = this.#taken.get(event.ticker);
    if (taken === undefined) return;
    if (event.type === "snapshot") this.#taken.delete(event.ticker);
    else taken.delete(`${event.side}${event.price}`);
  }

  /** Price of the order's own side and size of each fill, the best first; sizes are gone for the next order. */
  take(order: Order, book: Book): readonly (readonly [Price, Qty])[] {
    const { participation, haircut } = this.#options;
    const bid = bidOf(order);
    const taken = this.#taken.get(order.ticker) ?? new Map<string, number>();
    const levelKey = (ask: Price): string => `${otherSide(bid.side)}${complement(ask)}`;
    const asks = book
      .asks(bid.side, bid.price)
      .map(([ask, size]): [number, number] => [ask, size - (taken.get(levelKey(ask)) ?? 0)])
      .filter(([, size]) => size > 0);
    const walked = walkBook({ asks, qty: order.qty, limit: bid.price, participation, haircut });
    if (walked.filled > 0) this.#taken.set(order.ticker, taken);
    return walked.fills.map(([at, size]) => {
      const ask = price(at);
      taken.set(levelKey(ask), (taken.get(levelKey(ask)) ?? 0) + size);
      return [order.action === "buy" ? ask : complement(ask), qty(size)];
    });
  }
}
