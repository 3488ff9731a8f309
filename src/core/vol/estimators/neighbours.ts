import type { Ms } from "../../units.ts";

/** Grid times are whole milliseconds; a return that starts this near to the end of another one follows it. */
const SAME_MS = 1;

/** Whether returns touch, walked forward or backward: squares do not know the direction of time. */
export class Neighbours {
  #startMs: Ms = Number.NaN;
  #endMs: Ms = Number.NaN;

  /** Takes a return in; false where a gap, or the seam of candles and prices, lies between it and the one before. */
  touches(endMs: Ms, seconds: number): boolean {
    const startMs = endMs - seconds * 1000;
    const isNext =
      Math.abs(startMs - this.#endMs) <= SAME_MS || Math.abs(endMs - this.#startMs) <= SAME_MS;
    this.#startMs = startMs;
    this.#endMs = endMs;
    return isNext;
  }
}
