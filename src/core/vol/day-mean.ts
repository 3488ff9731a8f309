import type { Ms } from "../units.ts";

const BUCKET_MS = 300_000;
const BUCKETS = 288;

/** Mean variance rate over the last 24 hours: a ring of five-minute sums, O(1) memory whatever the tick rate. */
export class DayMean {
  readonly #squares = new Float64Array(BUCKETS);
  readonly #seconds = new Float64Array(BUCKETS);
  readonly #bucket = new Float64Array(BUCKETS).fill(-1);
  #newest = -1;
  #value = Number.NaN;
  #coveredS = 0;
  #isDirty = false;

  /** Adds one squared return that ended at `endMs`; older than a day is ignored. */
  add(endMs: Ms, squared: number, seconds: number): void {
    const bucket = Math.floor((endMs - 1) / BUCKET_MS);
    if (bucket <= this.#newest - BUCKETS) return;
    const slot = bucket % BUCKETS;
    if (this.#bucket[slot] !== bucket) {
      this.#bucket[slot] = bucket;
      this.#squares[slot] = 0;
      this.#seconds[slot] = 0;
    }
    this.#squares[slot] = (this.#squares[slot] ?? 0) + squared;
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + seconds;
    this.#newest = Math.max(this.#newest, bucket);
    this.#isDirty = true;
  }

  /** NaN while nothing is covered. */
  get value(): number {
    this.#total();
    return this.#value;
  }

  /** Seconds of returns inside the last 24 hours. */
  get coveredS(): number {
    this.#total();
    return this.#coveredS;
  }

  /** Summed anew from the ring: a running total would keep the dust of what it subtracts. */
  #total(): void {
    if (!this.#isDirty) return;
    let squares = 0;
    let seconds = 0;
    for (let slot = 0; slot < BUCKETS; slot++) {
      const bucket = this.#bucket[slot] ?? -1;
      if (bucket < 0 || bucket <= this.#newest - BUCKETS) continue;
      squares += this.#squares[slot] ?? 0;
      seconds += this.#seconds[slot] ?? 0;
    }
    this.#value = squares / seconds;
    this.#coveredS = seconds;
    this.#isDirty = false;
  }
}
