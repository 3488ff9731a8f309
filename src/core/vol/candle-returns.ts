import type { Ms, Usd } from "../units.ts";

export interface CandleClose {
  readonly openMs: Ms;
  readonly closeUsd: Usd;
}

/** Candles that start the estimate are one minute long. */
export const CANDLE_MS = 60_000;

/**
 * Returns between the closes of neighbouring minutes, whichever end of the known stretch a candle extends: exchanges
 * serve candles newest first, and one at a time they arrive in either order. Duplicates and returns over holes are left
 * out.
 */
export class CandleReturns {
  #first: CandleClose | null = null;
  #last: CandleClose | null = null;

  /** Log return that this candle completes, or null. `endMs` is the end of the later of its two minutes. */
  add(candle: CandleClose): { readonly endMs: Ms; readonly logReturn: number } | null {
    const first = this.#first;
    const last = this.#last;
    if (first === null || last === null) {
      this.#first = candle;
      this.#last = candle;
      return null;
    }
    if (candle.openMs > last.openMs) {
      this.#last = candle;
      return between(last, candle);
    }
    if (candle.openMs < first.openMs) {
      this.#first = candle;
      return between(candle, first);
    }
    return null;
  }
}

function between(
  earlier: CandleClose,
  later: CandleClose,
): { readonly endMs: Ms; readonly logReturn: number } | null {
  if (later.openMs - earlier.openMs !== CANDLE_MS) return null;
  return {
    endMs: later.openMs + CANDLE_MS,
    logReturn: Math.log(later.closeUsd / earlier.closeUsd),
  };
}
