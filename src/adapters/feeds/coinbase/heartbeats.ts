import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";

const SILENT_MS = 5000;

/**
 * Heartbeats of one connection, one a second with a counter. They say how the line is; whether it is dead is for the
 * watchdog to say, which hears every frame.
 */
export class Heartbeats {
  readonly #clock: Pick<Clock, "monoMs">;
  #lastMs: Ms;
  #last: number | null = null;
  #missed = 0;

  constructor(clock: Pick<Clock, "monoMs">) {
    this.#clock = clock;
    this.#lastMs = clock.monoMs();
  }

  /** One came; null when its counter could not be read. */
  take(counter: number | null): void {
    this.#lastMs = this.#clock.monoMs();
    if (counter === null) return;
    if (this.#last !== null) this.#missed += Math.max(0, counter - this.#last - 1);
    this.#last = counter;
  }

  /** For people; empty when none is missing. */
  status(): string {
    const silentMs = this.#clock.monoMs() - this.#lastMs;
    const parts = [
      silentMs >= SILENT_MS ? `no heartbeat for ${Math.floor(silentMs / 1000)} s` : "",
      this.#missed > 0 ? `${this.#missed} heartbeats missed` : "",
    ];
    return parts.filter((part) => part !== "").join(", ");
  }
}
