import type { Clock } from "../../ports.ts";
import { toError } from "./to-error.ts";

interface Timer {
  readonly atMs: number;
  readonly order: number;
  fire(): void;
}

/**
 * A clock that moves only when told to: the run's clock whenever the local exchange is the exchange. Timers fire in the
 * order of their times, then of their making, so a run is the same every time.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  // A sorted array: a run has a few dozen timers at most.
  readonly #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monoMs(): number {
    return this.#nowMs;
  }

  nextTimerMs(): number | null {
    return this.#timers[0]?.atMs ?? null;
  }

  /** Moves time forward without firing anything; earlier times are ignored. */
  moveTo(ms: number): void {
    if (ms > this.#nowMs) this.#nowMs = ms;
  }

  /** Fires every timer that is due at the present time. */
  fireDue(): void {
    for (;;) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.atMs > this.#nowMs) return;
      this.#timers.shift();
      timer.fire();
    }
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(toError(signal.reason));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
        reject(toError(signal.reason));
      };
      const timer: Timer = {
        atMs: this.#nowMs + Math.max(0, ms),
        order: this.#order++,
        fire: () => {
          signal.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#insert(timer);
    });
  }

  #insert(timer: Timer): void {
    const at = this.#timers.findIndex((other) => other.atMs > timer.atMs);
    if (at < 0) this.#timers.push(timer);
    else this.#timers.splice(at, 0, timer);
  }
}
