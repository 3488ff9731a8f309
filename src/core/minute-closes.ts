import type { Candle } from "./events.ts";
import type { Ms, Usd } from "./units.ts";

const MINUTE_MS = 60_000;
/** A day and an hour. */
const MINUTES = 1_500;

/** Spot at the end of each of the last minutes, from candles of before the run and from what was heard since. */
export class MinuteCloses {
  readonly #usd = new Float64Array(MINUTES);
  readonly #minute = new Float64Array(MINUTES).fill(Number.NEGATIVE_INFINITY);

  /** A price counts for the minute in which it was heard until a later one of that minute replaces it. */
  onPrice(priceUsd: Usd, atMs: Ms): void {
    this.#put(Math.floor(atMs / MINUTE_MS), priceUsd);
  }

  /** What was heard in this run is not replaced by a candle. */
  onCandle({ closeUsd, intervalS, openMs }: Candle): void {
    if (intervalS !== 60) return;
    const minute = Math.floor(openMs / MINUTE_MS);
    if (this.#minute[minute % MINUTES] !== minute) this.#put(minute, closeUsd);
  }

  /**
   * Closes of the newest `count` bars of `minutes` minutes that had ended by then, oldest first. Bars lie on multiples of
   * their length since 1970. Null unless all are known.
   */
  closes(minutes: number, count: number, nowMs: Ms): Usd[] | null {
    const current = Math.floor(nowMs / MINUTE_MS / minutes) * minutes;
    const found: Usd[] = [];
    for (let back = count - 1; back >= 0; back--) {
      const minute = current - back * minutes - 1;
      const at = ((minute % MINUTES) + MINUTES) % MINUTES;
      const usd = this.#usd[at];
      if (usd === undefined || this.#minute[at] !== minute) return null;
      found.push(usd);
    }
    return found;
  }

  #put(minute: number, usd: Usd): void {
    const at = minute % MINUTES;
    // Late news of an older minute must not take the place of a newer one.
    if ((this.#minute[at] ?? minute) > minute) return;
    this.#usd[at] = usd;
    this.#minute[at] = minute;
  }
}
