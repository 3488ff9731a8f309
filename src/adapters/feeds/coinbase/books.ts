import type { SpotDepth } from "../../../core/events.ts";
import { SpotBook } from "../../../core/spot-book.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";

/** A snapshot of three products is fifteen megabytes: after one loss it is asked for soon, after many in a row seldom. */
const ASK_FIRST_MS = 1000;
const ASK_LAST_MS = 30_000;
/** Without a loss for this long the next one is an accident again. */
const CALM_MS = 60_000;
const SNAPSHOT_MS = 10_000;

export interface BookLinks {
  /** As they are subscribed to. */
  readonly products: readonly string[];
  readonly clock: Pick<Clock, "monoMs">;
  send(message: object): void;
}

/** Why a book event must not be handed on; `isBroken` when the book itself is wrong from here on. */
export interface BookProblem {
  readonly reason: string;
  readonly isBroken: boolean;
}

/**
 * The level-2 books of one connection. There is no checksum (spot-feeds.md §1.4): a book is sound from its snapshot until
 * a frame is lost or its touch crosses, and is asked for anew after that.
 */
export class CoinbaseBooks {
  readonly #links: BookLinks;
  readonly #books = new Map<string, SpotBook>();
  /** Products whose book is sound. */
  readonly #sound = new Set<string>();
  /** Subscriptions whose snapshot has not come, since when. */
  readonly #waiting = new Map<string, Ms>();
  /** Subscriptions that have to be made anew. */
  readonly #due = new Set<string>();
  #askedMs: Ms;
  #pauseMs: Ms = ASK_FIRST_MS;

  /** The products were just subscribed to. */
  constructor(links: BookLinks) {
    this.#links = links;
    this.#askedMs = links.clock.monoMs();
    for (const product of links.products) this.#waiting.set(product, this.#askedMs);
  }

  /** Products with a sound book. */
  get sound(): readonly string[] {
    return [...this.#sound];
  }

  /** For people; empty when every book is there. */
  status(): string {
    const missing = [...new Set([...this.#waiting.keys(), ...this.#due])];
    return missing.length === 0 ? "" : `waiting for the book of ${missing.join(" ")}`;
  }

  /** Applies a book event; null when it may be handed on. */
  take(depth: SpotDepth): BookProblem | null {
    const { asks, bids, kind, product } = depth;
    const book = this.#books.get(product) ?? new SpotBook();
    this.#books.set(product, book);
    if (kind === "snapshot") {
      const subscription = this.#subscriptionOf(product);
      this.#waiting.delete(subscription);
      // One that was under way when something was lost is as good as the one that was about to be asked for.
      this.#due.delete(subscription);
      this.#sound.add(product);
    } else if (!this.#sound.has(product)) return { reason: "no_snapshot", isBroken: false };
    const isRead = kind === "snapshot" ? book.replace(bids, asks) : book.apply(bids, asks);
    if (!isRead) return { reason: "off_grid", isBroken: true };
    return book.isCrossed ? { reason: "crossed", isBroken: true } : null;
  }

  /** One book is wrong. */
  lose(product: string): void {
    this.#sound.delete(product);
    this.#due.add(this.#subscriptionOf(product));
    this.check();
  }

  /** Any book may be wrong, also one whose snapshot may have been lost on its way. */
  loseAll(): void {
    this.#sound.clear();
    for (const product of this.#links.products) this.#due.add(product);
    this.check();
  }

  /** Asks for the snapshots that are due, and again for those that never came. */
  check(): void {
    const nowMs = this.#links.clock.monoMs();
    for (const [product, sinceMs] of this.#waiting) {
      if (nowMs - sinceMs >= SNAPSHOT_MS) this.#due.add(product);
    }
    if (this.#due.size === 0 || nowMs - this.#askedMs < this.#pauseMs) return;
    const isCalm = nowMs - this.#askedMs >= CALM_MS;
    this.#pauseMs = isCalm ? ASK_FIRST_MS : Math.min(ASK_LAST_MS, this.#pauseMs * 2);
    this.#askedMs = nowMs;
    const ids = [...this.#due];
    this.#due.clear();
    for (const product of ids) this.#waiting.set(product, nowMs);
    for (const type of ["unsubscribe", "subscribe"]) {
      this.#links.send({ type, product_ids: ids, channel: "level2" });
    }
  }

  /** `BTC-USDC` is subscribed to and `BTC-USD` answers: an alias of the same book. */
  #subscriptionOf(product: string): string {
    const { products } = this.#links;
    if (products.includes(product)) return product;
    return products.find((each) => unified(each) === product) ?? product;
  }
}

/** The name under which Coinbase answers. */
export function unified(product: string): string {
  return product.replace(/-USDC$/, "-USD");
}
