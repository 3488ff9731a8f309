import type { Ms } from "../units.ts";

/** Standard deviations that make a return suspicious, the share of it that must come back, and within how many steps. */
const SUSPICIOUS_SD = 8;
const REVERTED_SHARE = 0.8;
const REVERT_STEPS = 2;

/** Too large to be believed at once; never while `variance` per second is NaN, because nothing is known to judge by. */
export function isSuspicious(logReturn: number, seconds: number, variance: number): boolean {
  return logReturn * logReturn > SUSPICIOUS_SD * SUSPICIOUS_SD * variance * seconds;
}

interface HeldReturn {
  readonly endMs: Ms;
  readonly logReturn: number;
  readonly seconds: number;
}

/**
 * Removes bad prints: a jump that is taken back within two grid steps was no move of the market (models.md §2.4). A
 * suspicious return waits until that is decided; a real jump is therefore counted two steps late.
 */
export class ReturnFilter {
  readonly #accept: (endMs: Ms, logReturn: number, seconds: number) => void;
  #held: HeldReturn[] = [];

  constructor(accept: (endMs: Ms, logReturn: number, seconds: number) => void) {
    this.#accept = accept;
  }

  /** A return waits, so that the next ones must wait with it. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  hold(endMs: Ms, logReturn: number, seconds: number): void {
    this.#held.push({ endMs, logReturn, seconds });
    const [first] = this.#held;
    if (first === undefined || this.#held.length === 1) return;
    const net = this.#held.reduce((sum, held) => sum + held.logReturn, 0);
    if (Math.abs(net) < (1 - REVERTED_SHARE) * Math.abs(first.logReturn)) this.#held = [];
    else if (this.#held.length > REVERT_STEPS) this.release();
  }

  /** Counts what is held: the series ends here, so nothing can take it back any more. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const { endMs, logReturn, seconds } of held) this.#accept(endMs, logReturn, seconds);
  }
}
