import type { Rng } from "../random.ts";

/** What a slow link does to everything that goes through it. */
export interface Slowness {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** 0: no limit. */
  readonly bytesPerS: number;
  readonly untilMs: number;
}

interface Waiting<Item> {
  readonly dueMs: number;
  readonly bytes: number;
  readonly item: Item;
}

const NOT_SLOW: Slowness = { latencyMs: 0, jitterMs: 0, bytesPerS: 0, untilMs: 0 };

/** Things on their way through a link, in order: what is late makes everything behind it late. */
export class SendQueue<Item> {
  slowness: Slowness = NOT_SLOW;
  readonly #rng: Rng;
  #waiting: Waiting<Item>[] = [];
  #freeMs = Number.NEGATIVE_INFINITY;
  bytes = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get nextMs(): number {
    return this.#waiting[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** True when it may go at once; else it waits here for its time. */
  passes(item: Item, what: { bytes: number; delayMs: number; nowMs: number }): boolean {
    const { bytes, delayMs, nowMs } = what;
    const dueMs = this.#dueMs(nowMs, delayMs, bytes);
    if (dueMs <= nowMs && this.#waiting.length === 0) return true;
    this.#waiting.push({ dueMs, bytes, item });
    this.bytes += bytes;
    return false;
  }

  /** Takes out what is due, oldest first. */
  takeDue(nowMs: number): readonly Item[] {
    const count = this.#waiting.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
    for (const { bytes } of due) this.bytes -= bytes;
    return due.map(({ item }) => item);
  }

  /** Takes out everything, due or not. */
  takeAll(): readonly Item[] {
    return this.takeDue(Number.POSITIVE_INFINITY);
  }

  #dueMs(nowMs: number, delayMs: number, bytes: number): number {
    const isSlow = nowMs < this.slowness.untilMs;
    const { latencyMs, jitterMs, bytesPerS } = isSlow ? this.slowness : NOT_SLOW;
    const jitter = jitterMs === 0 ? 0 : this.#rng.below(jitterMs);
    const startMs = Math.max(nowMs + delayMs + latencyMs + jitter, this.#freeMs);
    const takesMs = bytesPerS === 0 ? 0 : Math.ceil((bytes * 1000) / bytesPerS);
    this.#freeMs = startMs + takesMs;
    return this.#freeMs;
  }
}
