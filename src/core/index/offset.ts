import type { Ms, Usd } from "../units.ts";

// How far the true index is from the stand-in, learnt wherever the exchange says what it averaged to over a minute
// (spot-feeds.md §4.3). The distance moves slowly, from -2.2 to +1.5 basis points within hours.

/** Weight of the newest offset. */
const WEIGHT = 0.6;
/** An older offset is worth little. */
const MEMORY_MS = 7_200_000;
/** Enough to find the minute of a strike or a settlement that is published late. */
const RING_SECONDS = 4_096;
/** Fewer seconds of the minute say too little about it (models.md §1.7). */
const SECONDS_MIN = 55;
/** A strike half a percent away is the average of something else. */
const OFFSET_MAX = 0.005;

/** One value a second, the last hour of them. */
export class SecondRing {
  readonly #values = new Float64Array(RING_SECONDS);
  readonly #seconds = new Float64Array(RING_SECONDS).fill(-1);

  set(atMs: Ms, value: number): void {
    const second = Math.round(atMs / 1000);
    this.#values[second % RING_SECONDS] = value;
    this.#seconds[second % RING_SECONDS] = second;
  }

  /** Mean of the sixty values in (endMs − 60 s, endMs]; null when too many of them are missing. */
  minuteMean(endMs: Ms): number | null {
    const end = Math.round(endMs / 1000);
    let count = 0;
    let sum = 0;
    for (let second = end - 59; second <= end; second++) {
      const slot = second % RING_SECONDS;
      if (this.#seconds[slot] !== second) continue;
      count++;
      sum += this.#values[slot] ?? 0;
    }
    return count < SECONDS_MIN ? null : sum / count;
  }
}

/** Values of one way to make the stand-in, and what they lack. */
export class OffsetTracker {
  readonly #own = new SecondRing();
  /** Log of true over own, by the end of the minute, oldest first. */
  #offsets: { readonly endMs: Ms; readonly log: number }[] = [];

  /** The value of a whole second, uncorrected. */
  note(atMs: Ms, valueUsd: Usd): void {
    this.#own.set(atMs, valueUsd);
  }

  /** The exchange's own average of the minute that ends at `endMs`; the same minute is learnt once. */
  learn(averageUsd: Usd, endMs: Ms): void {
    const own = this.#own.minuteMean(endMs);
    if (own === null || this.#offsets.some((each) => each.endMs === endMs)) return;
    const log = Math.log(averageUsd / own);
    if (!(Math.abs(log) <= OFFSET_MAX)) return;
    this.#offsets.push({ endMs, log });
    this.#offsets.sort((a, b) => a.endMs - b.endMs);
    // Also where nobody asks for the factor: while there are books, those of the mids are learnt and never used.
    this.#forget(this.#offsets.at(-1)?.endMs ?? endMs);
  }

  /** What the value has to be multiplied by; 1 while nothing is known. */
  factor(nowMs: Ms): number {
    const [oldest] = this.#offsets;
    if (oldest === undefined) return 1;
    if (nowMs - oldest.endMs > MEMORY_MS) {
      this.#forget(nowMs);
      return this.factor(nowMs);
    }
    const mean = this.#offsets.reduce((sum, { log }) => sum + WEIGHT * (log - sum), oldest.log);
    return Math.exp(mean);
  }

  #forget(nowMs: Ms): void {
    this.#offsets = this.#offsets.filter(({ endMs }) => nowMs - endMs <= MEMORY_MS);
  }
}
