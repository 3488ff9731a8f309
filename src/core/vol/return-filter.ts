import type { Ms } from "../units.ts";

export interface GridReturn {
  readonly endMs: Ms;
  readonly logReturn: number;
  readonly seconds: number;
}

/** Standard deviations that make a return suspicious, the share of it that must come back, and within how many steps. */
const SUSPICIOUS_SD = 8;
const REVERTED_SHARE = 0.8;
const REVERT_STEPS = 2;

/**
 * Removes bad prints: a jump that is taken back within two grid steps was no move of the market (models.md §2.4). A
 * suspicious return waits until that is decided; a real jump is therefore counted two steps late.
 */
export class ReturnFilter {
  readonly #accept: (accepted: GridReturn) => void;
  #held: GridReturn[] = [];

  constructor(accept: (accepted: GridReturn) => void) {
    this.#accept = accept;
  }

  /** `variance` is the present estimate per second; NaN while there is none to judge by. */
  push(next: GridReturn, variance: number): void {
    const limit = SUSPICIOUS_SD * Math.sqrt(variance * next.seconds);
    const [first] = this.#held;
    if (first === undefined) {
      if (Math.abs(next.logReturn) > limit) this.#held.push(next);
      else this.#accept(next);
      return;
    }
    this.#held.push(next);
    const net = this.#held.reduce((sum, { logReturn }) => sum + logReturn, 0);
    if (Math.abs(net) < (1 - REVERTED_SHARE) * Math.abs(first.logReturn)) this.#held = [];
    else if (this.#held.length > REVERT_STEPS) this.release();
  }

  /** Counts what is held: the series ends here, so nothing can take it back any more. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const one of held) this.#accept(one);
  }
}
