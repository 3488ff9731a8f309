import type { SpotDepth, SpotTick } from "../../../core/events.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import { KrakenBook } from "./book.ts";
import type { BookChange, Precision } from "./frames.ts";
import type { KrakenRequests } from "./requests.ts";

/** What was lost of some books. */
export interface BookLoss {
  readonly reason: string;
  readonly products: readonly string[];
  /** When the first of them was last known to be right. */
  readonly fromMs: Ms | null;
  readonly recvMs: Ms;
}

export interface DepthLinks {
  readonly products: readonly string[];
  readonly clock: Clock;
  readonly requests: KrakenRequests;
  emit(event: SpotDepth): void;
  reject(reason: string): void;
  lost(loss: BookLoss): void;
}

const DEPTH = 100;
const PARAMS = { depth: DEPTH };
const SNAPSHOT_MS = 5000;
/** A book that says nothing for this long while quotes differ from it has fallen silent. */
const SILENT_MS = 5000;
/** More new snapshots than this in a minute, and the connection is given up (spot-feeds.md §2.4). */
const RESYNCS_MAX = 3;
const RESYNC_WINDOW_MS = 60_000;

interface Kept {
  precision: Precision;
  /** Null until the next snapshot. */
  book: KrakenBook | null;
  askedMs: Ms;
  rightMs: Ms | null;
  /** Since when quotes differ from the book without a word of it; null when they agree. */
  apartMs: Ms | null;
}

/**
 * The books of one connection. Kraken numbers nothing; a lost update shows only as a checksum that differs, so every
 * update is held against its own. The checksum sees ten levels a side: what is lost below them shows once it gets there.
 */
export class KrakenDepth {
  readonly #links: DepthLinks;
  readonly #kept = new Map<string, Kept>();
  #resyncs: readonly Ms[] = [];
  #failure: string | null = null;

  constructor(links: DepthLinks) {
    this.#links = links;
    // Checksums cannot be made without the digits of each pair, so the books are asked for once those are known.
    links.requests.subscribe("instrument", [], { snapshot: true });
  }

  /** Products without a book now. */
  get missing(): readonly string[] {
    return this.#links.products.filter((product) => !this.#kept.get(product)?.book);
  }

  /** A pair's changed digits come to bear with its next snapshot, which the next checksum brings about. */
  pairs(precisions: ReadonlyMap<string, Precision>): void {
    const { products, requests, clock } = this.#links;
    const fresh: string[] = [];
    for (const product of products) {
      const precision = precisions.get(product);
      const kept = this.#kept.get(product);
      if (precision === undefined) continue;
      if (kept !== undefined) {
        kept.precision = precision;
        continue;
      }
      const askedMs = clock.monoMs();
      this.#kept.set(product, { precision, book: null, askedMs, rightMs: null, apartMs: null });
      fresh.push(product);
    }
    if (fresh.length > 0) requests.subscribe("book", fresh, PARAMS);
  }

  change(change: BookChange, recvMs: Ms): void {
    const { product } = change;
    const kept = this.#kept.get(product);
    if (kept === undefined) {
      this.#links.reject("unknown_product");
      return;
    }
    if (change.isSnapshot) kept.book = new KrakenBook(kept.precision, DEPTH);
    const { book } = kept;
    if (book === null) {
      this.#links.reject("no_snapshot");
      return;
    }
    const gone = book.apply(change);
    if (book.checksum() !== change.checksum) {
      this.#links.reject("checksum");
      this.#lose("checksum", [product], recvMs);
      return;
    }
    kept.rightMs = recvMs;
    kept.apartMs = null;
    this.#links.emit(depthOf({ change, book, gone, recvMs }));
  }

  /** Nothing but the quotes tells a book that fell silent from one that does not change. */
  quoted({ product, bidUsd, askUsd }: SpotTick): void {
    const kept = this.#kept.get(product);
    if (!kept?.book || bidUsd === null || askUsd === null) return;
    if (kept.book.isTouch(bidUsd, askUsd)) kept.apartMs = null;
    else kept.apartMs ??= this.#links.clock.monoMs();
  }

  /** A frame that could not be read may have changed any book, below the levels that a checksum sees too. */
  distrust(recvMs: Ms): void {
    const products = [...this.#kept].filter(([, { book }]) => book !== null).map(([name]) => name);
    if (products.length > 0) this.#lose("bad_book", products, recvMs);
  }

  /** A reason word when the connection must be given up. */
  check(): string | null {
    const { clock, requests } = this.#links;
    const nowMs = clock.monoMs();
    const late: string[] = [];
    const silent: string[] = [];
    for (const [product, { book, askedMs, apartMs }] of this.#kept) {
      if (book !== null) {
        if (apartMs !== null && nowMs - apartMs >= SILENT_MS) silent.push(product);
      } else if (nowMs - askedMs >= SNAPSHOT_MS && requests.isOn("book", product)) {
        late.push(product);
      }
    }
    if (silent.length > 0) this.#lose("stall", silent, clock.nowMs());
    if (late.length > 0) this.#resync("no_snapshot", late);
    return this.#failure;
  }

  #lose(reason: string, products: readonly string[], recvMs: Ms): void {
    const times: Ms[] = [];
    for (const product of products) {
      const kept = this.#kept.get(product);
      if (kept === undefined) continue;
      kept.book = null;
      kept.apartMs = null;
      if (kept.rightMs !== null) times.push(kept.rightMs);
    }
    const fromMs = times.length === 0 ? null : Math.min(...times);
    this.#links.lost({ reason, products, fromMs, recvMs });
    this.#resync(reason, products);
  }

  #resync(reason: string, products: readonly string[]): void {
    const { clock, requests } = this.#links;
    const nowMs = clock.monoMs();
    this.#resyncs = [...this.#resyncs.filter((ms) => nowMs - ms < RESYNC_WINDOW_MS), nowMs];
    if (this.#resyncs.length > RESYNCS_MAX) {
      this.#failure ??= reason;
      return;
    }
    for (const product of products) {
      const kept = this.#kept.get(product);
      if (kept !== undefined) kept.askedMs = nowMs;
    }
    requests.unsubscribe("book", products, PARAMS);
    requests.subscribe("book", products, PARAMS);
  }
}

/** Levels that are out of view go as removed, so that whoever applies the events has the same book. */
function depthOf(of: {
  readonly change: BookChange;
  readonly book: KrakenBook;
  readonly gone: Pick<SpotDepth, "bids" | "asks">;
  readonly recvMs: Ms;
}): SpotDepth {
  const { change, book, gone, recvMs } = of;
  const { product, isSnapshot, exchangeMs } = change;
  const sides = isSnapshot
    ? book.levels()
    : { bids: joined(change.bids, gone.bids), asks: joined(change.asks, gone.asks) };
  const kind = isSnapshot ? "snapshot" : "update";
  return { type: "depth", source: "kraken", product, kind, ...sides, exchangeMs, recvMs };
}

function joined<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  return second.length === 0 ? first : [...first, ...second];
}
