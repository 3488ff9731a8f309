import { requireFinite } from "../input-checks.ts";

// Place of a resting order in the queue at its price (models.md §5.3; rules as in hftbacktest, MIT, queue.rs). Depth
// messages do not say who left, in front of us or behind: each model is one opinion on that.

/**
 * `riskAverse` believes in trades and in total depletion only: the default of fill claims. The others share out a
 * cancelled size by the sizes behind and in front. Which of them is the most optimistic depends on the place: in the rear
 * half of the queue `power3`, in the front half `log`.
 */
export type QueueModel = "riskAverse" | "power2" | "power3" | "log";

const WEIGHT: Readonly<Record<Exclude<QueueModel, "riskAverse">, (size: number) => number>> = {
  power2: (size) => size ** 2,
  power3: (size) => size ** 3,
  log: (size) => Math.log1p(size),
};

export interface MakerQueueInput {
  readonly model: QueueModel;
  /** Displayed size at our price when our order arrives: all of it is served first. */
  readonly front: number;
  /** Size of our order. */
  readonly qty: number;
  /** Smallest size that fills. */
  readonly lot: number;
}

export interface QueueStep {
  /** Size in front of us after the event; what is below zero has reached us. */
  readonly front: number;
  /** What the event filled of our order. */
  readonly filled: number;
}

/**
 * One resting order, fed with what happens at its price. Trades and depth come on separate channels: order them by the
 * exchange's time, trades before depth at the same time, and feed both; a depth change that trades explain moves us once.
 * Any unit of size, as long as all sizes use the same. Throws `RangeError` on a size that is negative or no number.
 */
export class MakerQueue {
  readonly #model: QueueModel;
  readonly #lot: number;
  #front: number;
  #left: number;
  /** Traded since the last depth message, which will show it again. */
  #traded = 0;

  constructor({ model, front, qty, lot }: MakerQueueInput) {
    requireSize("front", front);
    requireSize("qty", qty);
    requireSize("lot", lot);
    if (lot === 0) throw new RangeError("lot must be positive");
    this.#model = model;
    this.#lot = lot;
    this.#front = front;
    this.#left = qty;
  }

  /** Size in front of us; never negative between events, apart from less than half a lot. */
  get front(): number {
    return this.#front;
  }

  /** What is still unfilled. */
  get left(): number {
    return this.#left;
  }

  /** A trade at our price. */
  trade(size: number): QueueStep {
    requireSize("size", size);
    this.#front -= size;
    this.#traded += size;
    return this.#fill();
  }

  /** The displayed size at our price changed. */
  depth(previous: number, next: number): QueueStep {
    requireSize("previous", previous);
    requireSize("next", next);
    const cancelled = previous - next - this.#traded;
    this.#traded = 0;
    // Cancellations bring us to the head of the queue at best: without a trade nothing fills.
    const head = Math.min(this.#front, 0);
    this.#front = Math.max(head, Math.min(this.#advanced(previous, cancelled), next));
    return { front: this.#front, filled: 0 };
  }

  /** A trade at a worse price for us, of which no more is believed than its size. */
  take(size: number): QueueStep {
    requireSize("size", size);
    this.#front = -size;
    return this.#fill();
  }

  /** A trade at a worse price for us, or the opposite side at or through our price: all that is left has filled. */
  tradeThrough(): QueueStep {
    const filled = this.#left;
    this.#left = 0;
    this.#front = 0;
    return { front: 0, filled };
  }

  /** Front after cancellations were shared out between those in front and those behind. */
  #advanced(previous: number, cancelled: number): number {
    const front = this.#front;
    if (this.#model === "riskAverse" || cancelled < 0) return front;
    const back = previous - front;
    const weight = WEIGHT[this.#model];
    const behind = weight(Math.max(0, back));
    const total = behind + weight(Math.max(0, front));
    const shareBehind = total === 0 ? 1 : behind / total;
    return front - (1 - shareBehind) * cancelled + Math.min(back - shareBehind * cancelled, 0);
  }

  #fill(): QueueStep {
    const front = this.#front;
    const reached = Math.round(-front / this.#lot) * this.#lot;
    if (!(reached > 0)) return { front, filled: 0 };
    const filled = Math.min(reached, this.#left);
    this.#left -= filled;
    this.#front = 0;
    return { front, filled };
  }
}

function requireSize(name: string, size: number): void {
  requireFinite(name, size);
  if (size < 0) throw new RangeError(`${name} must not be negative, got ${size}`);
}
