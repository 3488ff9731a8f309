import type { WorldBook } from "../../src/exchange/world.ts";
import { MeasuredBook } from "./level-book.ts";

export interface DeltaSeen {
  readonly side: "yes" | "no";
  readonly priceCc: number;
  readonly deltaCq: number;
  /** Exchange time. */
  readonly atMs: number;
  /** The exchange's time as text or number: what one command did carries the same. */
  readonly stamp: string | number;
  /** On the clock that spot prices are on as well. */
  readonly heardMs: number;
}

export interface TickerSeen {
  readonly atMs: number;
  readonly volumeCq: number;
  readonly lastTradeCq: number;
}

/** The book once a second while the market trades. */
export interface Sample {
  readonly tauS: number;
  readonly midCc: number;
  readonly spreadCc: number;
  readonly isTwoSided: boolean;
  /** Contracts per side: at the touch, 1–2, 3–5 and 6–10 ticks behind it, and all of it. */
  readonly depth: readonly (readonly number[])[];
  readonly levels: readonly [yes: number, no: number];
  /** Deltas in the second that ends here. */
  readonly deltas: number;
  /** NaN in the first second. */
  readonly midChangeCc: number;
}

interface Burst {
  readonly deltas: number;
  readonly lastMs: number;
  readonly emptySnapshotsMs: readonly number[];
}

const DEPTHS = [
  [0, 0],
  [1, 2],
  [3, 5],
  [6, 10],
] as const;

/** Watches one 15-minute market from frames or happenings and keeps what the statistics are made of. */
export class MarketWatch {
  readonly closeMs: number;
  readonly samples: Sample[] = [];
  /** Contracts of every delta before the close, negative when taken away. */
  readonly sizes: number[] = [];
  readonly tickers: TickerSeen[] = [];
  /** Time on the common clock and mid in centicents, whenever the mid changed. */
  readonly mids: { readonly atMs: number; readonly midCc: number }[] = [];
  readonly book = new MeasuredBook();
  /** Deltas of pairs that moved an order: taken from one price and put, equally large, at another. */
  moved = 0;
  crossedRuns: number[] = [];
  /** Deltas that share their exchange millisecond with the one before. */
  sameMs = 0;
  #nextMs = Number.NaN;
  #inSecond = 0;
  #lastMid = Number.NaN;
  #before: DeltaSeen | null = null;
  #crossed = 0;
  #afterClose = 0;
  #lastAfterMs = 0;
  readonly #emptyMs: number[] = [];

  constructor(closeMs: number) {
    this.closeMs = closeMs;
  }

  get burst(): Burst {
    const { closeMs } = this;
    return {
      deltas: this.#afterClose,
      lastMs: this.#lastAfterMs - closeMs,
      emptySnapshotsMs: this.#emptyMs.map((atMs) => atMs - closeMs),
    };
  }

  snapshot(book: WorldBook, atMs: number): void {
    const isEmpty = book.yes.length === 0 && book.no.length === 0;
    if (isEmpty && atMs > this.closeMs) this.#emptyMs.push(atMs);
    this.book.replace(book);
  }

  delta(delta: DeltaSeen): void {
    this.#sample(delta.atMs);
    this.book.add(delta.side, delta.priceCc, delta.deltaCq);
    if (delta.atMs > this.closeMs) {
      this.#afterClose++;
      this.#lastAfterMs = delta.atMs;
      return;
    }
    this.#inSecond++;
    this.sizes.push(delta.deltaCq / 100);
    this.#pair(delta);
    this.#cross();
    this.#noteMid(delta.heardMs);
  }

  #pair(delta: DeltaSeen): void {
    const before = this.#before;
    this.#before = delta;
    if (before === null) return;
    if (before.atMs === delta.atMs) this.sameMs++;
    const isOne = before.stamp === delta.stamp && before.side === delta.side;
    if (!isOne || before.deltaCq !== -delta.deltaCq) return;
    this.moved += 2;
    this.#before = null;
  }

  #cross(): void {
    if (this.book.isCrossed) this.#crossed++;
    else if (this.#crossed > 0) {
      this.crossedRuns.push(this.#crossed);
      this.#crossed = 0;
    }
  }

  #noteMid(atMs: number): void {
    const { book } = this;
    if (!book.isTwoSided || book.isCrossed || book.midCc === this.mids.at(-1)?.midCc) return;
    this.mids.push({ atMs, midCc: book.midCc });
  }

  #sample(atMs: number): void {
    if (Number.isNaN(this.#nextMs)) this.#nextMs = Math.ceil(atMs / 1000) * 1000 + 1000;
    while (atMs >= this.#nextMs && this.#nextMs <= this.closeMs) {
      const { book } = this;
      const midCc = book.midCc;
      this.samples.push({
        tauS: (this.closeMs - this.#nextMs) / 1000,
        midCc,
        spreadCc: book.spreadCc,
        isTwoSided: book.isTwoSided && !book.isCrossed,
        depth: (["yes", "no"] as const).map((side) => [
          ...DEPTHS.map(([from, to]) => book.depth(side, from, to)),
          book.side(side).totalCq / 100,
        ]),
        levels: [book.side("yes").levels, book.side("no").levels],
        deltas: this.#inSecond,
        midChangeCc: midCc - this.#lastMid,
      });
      this.#inSecond = 0;
      this.#lastMid = midCc;
      this.#nextMs += 1000;
    }
  }
}
