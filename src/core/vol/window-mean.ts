import type { Ms } from "../units.ts";

/** Mean variance rate over a trailing window: a ring of sums, O(1) memory whatever the tick rate. */
export class WindowMean {
  readonly #bucketMs: Ms;
  readonly #buckets: number;
  /** Buckets behind the newest. */
  readonly #squares: Float64Array;
  readonly #seconds: Float64Array;
  readonly #bucket: Float64Array;
  /** The newest bucket, of the returns that end in (from, to]. */
  #newest = -1;
  #fromMs: Ms = Number.POSITIVE_INFINITY;
  #toMs: Ms = Number.NEGATIVE_INFINITY;
  #openSquares = 0;
  #openS = 0;
  #closedSquares = 0;
  #closedS = 0;
  #isDirty = false;

  constructor(window: { readonly bucketMs: Ms; readonly buckets: number }) {
    this.#bucketMs = window.bucketMs;
    this.#buckets = window.buckets;
    this.#squares = new Float64Array(window.buckets);
    this.#seconds = new Float64Array(window.buckets);
    this.#bucket = new Float64Array(window.buckets).fill(-1);
  }

  /** Adds one squared return that ended at `endMs`; older than the window is ignored. */
  add(endMs: Ms, squared: number, seconds: number): void {
    if (!(endMs > this.#fromMs && endMs <= this.#toMs)) {
      const bucket = Math.floor((endMs - 1) / this.#bucketMs);
      if (bucket < this.#newest) {
        if (bucket > this.#newest - this.#buckets) this.#put(bucket, squared, seconds);
        return;
      }
      this.#open(bucket);
    }
    this.#openSquares += squared;
    this.#openS += seconds;
  }

  /** NaN while nothing is covered. */
  get value(): number {
    this.#close();
    return (this.#closedSquares + this.#openSquares) / (this.#closedS + this.#openS);
  }

  /** Seconds of returns inside the window. */
  get coveredS(): number {
    this.#close();
    return this.#closedS + this.#openS;
  }

  #open(bucket: number): void {
    if (this.#newest >= 0) this.#put(this.#newest, this.#openSquares, this.#openS);
    this.#newest = bucket;
    this.#fromMs = bucket * this.#bucketMs;
    this.#toMs = this.#fromMs + this.#bucketMs;
    this.#openSquares = 0;
    this.#openS = 0;
    this.#isDirty = true;
  }

  #put(bucket: number, squared: number, seconds: number): void {
    const slot = bucket % this.#buckets;
    if (this.#bucket[slot] !== bucket) {
      this.#bucket[slot] = bucket;
      this.#squares[slot] = 0;
      this.#seconds[slot] = 0;
    }
    this.#squares[slot] = (this.#squares[slot] ?? 0) + squared;
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + seconds;
    this.#isDirty = true;
  }

  /**
   * Once per new bucket, and summed anew from the ring: a running total would keep the dust of what it subtracts, and
   * would depend on when it was read.
   */
  #close(): void {
    if (!this.#isDirty) return;
    let squares = 0;
    let seconds = 0;
    for (let slot = 0; slot < this.#buckets; slot++) {
      const bucket = this.#bucket[slot] ?? -1;
      if (bucket < 0 || bucket <= this.#newest - this.#buckets) continue;
      squares += this.#squares[slot] ?? 0;
      seconds += this.#seconds[slot] ?? 0;
    }
    this.#closedSquares = squares;
    this.#closedS = seconds;
    this.#isDirty = false;
  }
}
