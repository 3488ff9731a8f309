import type { Ms } from "./units.ts";

interface Opener {
  readonly strategy: string;
  readonly openedMs: Ms;
}

/** Of a position whose fill came before its order was known. */
const UNKNOWN: Opener = { strategy: "", openedMs: 0 };

/** Who opened what is held, and when. */
export class Openers {
  readonly #byTicker = new Map<string, Opener>();

  /** The first one stays until the position is forgotten. */
  note(ticker: string, strategy: string, openedMs: Ms): void {
    if (!this.#byTicker.has(ticker)) this.#byTicker.set(ticker, { strategy, openedMs });
  }

  of(ticker: string): Opener {
    return this.#byTicker.get(ticker) ?? UNKNOWN;
  }

  forget(ticker: string): void {
    this.#byTicker.delete(ticker);
  }
}
