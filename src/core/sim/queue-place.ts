import type { Ms } from "../units.ts";
import { MakerQueue, type QueueModel } from "./maker-queue.ts";

/** A trade is known at most this long after the depth change that shows it: without the socket both are polled. */
const LATE_TRADE_MS = 5_000;

interface DepthStep {
  readonly previous: number;
  readonly next: number;
  /** When the exchange made it. */
  readonly atMs: Ms;
}

/**
 * The place of one resting order, fed in the order of arrival. A depth change waits for a later trade before it counts:
 * the trade that it shows may come behind it, and would then move us a second time. Waiting costs nothing, because depth
 * alone fills nothing.
 */
export class QueuePlace {
  readonly #model: QueueModel;
  #queue: MakerQueue;
  #waiting: DepthStep[] = [];
  /** Traded at our price, and not taken off what is displayed yet. */
  #unshown = 0;
  #sinceMs: Ms;

  constructor(
    model: QueueModel,
    at: { readonly front: number; readonly qty: number; readonly sinceMs: Ms },
  ) {
    this.#model = model;
    this.#queue = new MakerQueue({ model, lot: 1, front: at.front, qty: at.qty });
    this.#sinceMs = at.sinceMs;
  }

  /** False from a hole in the feed to the next whole book. */
  get isKnown(): boolean {
    return this.#sinceMs < Number.POSITIVE_INFINITY;
  }

  /** Whether a trade of that time can have reached us: one of before is in the size that we queued up behind. */
  counts(tradedMs: Ms): boolean {
    return tradedMs >= this.#sinceMs;
  }

  /** What a trade at our price fills. */
  trade(size: number, atMs: Ms): number {
    const isShown = this.#waiting.some((step) => step.atMs === atMs && step.next < step.previous);
    if (!isShown) this.#unshown += size;
    this.#settleBefore(atMs);
    return this.#queue.trade(size).filled;
  }

  depth(step: DepthStep): void {
    this.#unshown = Math.max(0, this.#unshown - Math.max(0, step.previous - step.next));
    this.#settleBefore(step.atMs - LATE_TRADE_MS);
    this.#waiting.push(step);
  }

  /** Whether trades have taken all that was displayed: who took it may have wanted more. */
  isSwept(displayed: number): boolean {
    return displayed <= this.#unshown;
  }

  /** What of a trade at a worse price would have come to us first. */
  tradeBelow(size: number): number {
    return this.#queue.take(size).filled;
  }

  /** What is filled when the market goes through our price: all that is left. */
  tradeThrough(): number {
    return this.#queue.tradeThrough().filled;
  }

  lose(): void {
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** Starts again at the end of what is displayed: who left meanwhile, and from where, nobody knows. */
  restart(front: number, atMs: Ms): void {
    this.#queue = new MakerQueue({ model: this.#model, lot: 1, front, qty: this.#queue.left });
    this.#waiting = [];
    this.#unshown = 0;
    this.#sinceMs = atMs;
  }

  #settleBefore(atMs: Ms): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].atMs < atMs) {
      const { next, previous } = this.#waiting[0];
      this.#waiting.shift();
      this.#queue.depth(previous, next);
    }
  }
}
