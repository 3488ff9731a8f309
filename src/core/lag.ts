import type { Ms } from "./units.ts";

// How old a message is when it arrives. Its own stamp is of another clock, and local clocks are off by up to 1.3 s
// (spot-feeds.md §0), so the smallest lag of the last minutes stands for the difference of the clocks and the way; what
// is over it was waited for somewhere (reliability.md W4).

const SPAN_MS = 60_000;
const SPANS = 5;
/**
 * No clock that may be traded by is further behind than this (reliability.md I26): a link that has been slow ever since
 * the start is not taken for a clock.
 */
const OFFSET_MAX_MS = 2_000;

/** Judges the stamps of one source. State is a function of the messages seen. */
export class LagFloor {
  /** Smallest lag of each of the last minutes, the running one at `#at`. */
  readonly #smallest = new Float64Array(SPANS).fill(Number.POSITIVE_INFINITY);
  #at = 0;
  #spanEndMs: Ms = Number.NEGATIVE_INFINITY;
  #floorMs: Ms = OFFSET_MAX_MS;

  /** Takes in a message's stamp and returns how late the message is; 0 for one without a stamp. */
  late(exchangeMs: Ms | null, recvMs: Ms): Ms {
    if (exchangeMs === null) return 0;
    const lagMs = recvMs - exchangeMs;
    if (recvMs >= this.#spanEndMs) this.#turn(recvMs);
    if (lagMs < (this.#smallest[this.#at] ?? 0)) {
      this.#smallest[this.#at] = lagMs;
      if (lagMs < this.#floorMs) this.#floorMs = lagMs;
    }
    return lagMs - Math.min(lagMs, this.#floorMs);
  }

  /** Begins a new minute, forgetting the oldest; after a long silence nothing of before is left. */
  #turn(recvMs: Ms): void {
    const spans = Math.floor((recvMs - this.#spanEndMs) / SPAN_MS) + 1;
    for (let each = Math.min(spans, SPANS); each > 0; each--) {
      this.#at = (this.#at + 1) % SPANS;
      this.#smallest[this.#at] = Number.POSITIVE_INFINITY;
    }
    this.#spanEndMs = Number.isFinite(spans) ? this.#spanEndMs + spans * SPAN_MS : recvMs + SPAN_MS;
    this.#floorMs = Math.min(OFFSET_MAX_MS, ...this.#smallest);
  }
}
