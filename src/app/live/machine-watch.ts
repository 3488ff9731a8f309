import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";

/** What a long run may use up, bytes. */
interface MachineState {
  readonly diskFree: number;
  readonly wal: number;
  readonly memory: number;
}

export interface MachineLimits {
  readonly diskFreeMin: number;
  readonly walMax: number;
  readonly memoryMax: number;
  readonly lagMsMax: Ms;
}

export interface MachineWatchParts {
  readonly limits: MachineLimits;
  /** The user's own clock: what stalls is this process. */
  readonly real: Clock;
  readonly read: () => Promise<MachineState>;
  /** Told once of each thing that has come half way to its limit. */
  readonly warn: (what: string, value: number, limit: number) => void;
}

const TICK_MS = 100;
const LOOK_MS = 5_000;
/** After a stall the feeds need this long to say what is true now. */
const SETTLES_MS = 2_000;
/** The wall clock was set, or the machine slept (reliability.md I25). */
const CLOCK_JUMP_MS = 1_000;

/** Lets purchases wait while the machine cannot keep up, or runs out of something. */
export class MachineWatch {
  readonly #parts: MachineWatchParts;
  readonly #warned = new Set<string>();
  /** Until it was looked at nothing is known of it. */
  #short: string | null = "machine_unknown";
  #stall: { readonly reason: string; readonly atMs: Ms } | null = null;

  constructor(parts: MachineWatchParts) {
    this.#parts = parts;
  }

  /** Why no purchase should be made now; null for none. */
  holdReason(): string | null {
    const { real } = this.#parts;
    const stall = this.#stall;
    if (stall !== null && real.monoMs() - stall.atMs < SETTLES_MS) return stall.reason;
    return this.#short;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { real } = this.#parts;
    let lookedMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const mono = real.monoMs();
      const wall = real.nowMs();
      if (mono - lookedMs >= LOOK_MS) {
        lookedMs = mono;
        await this.#look();
      }
      const sleptMs = real.monoMs();
      await real.sleep(TICK_MS, signal);
      const nowMs = real.monoMs();
      this.#ticked(nowMs - sleptMs - TICK_MS, real.nowMs() - wall - (nowMs - mono));
    }
  }

  /** How late a sleep ended, and how far the wall clock went away from the other one, the look at the machine included. */
  #ticked(lagMs: Ms, driftMs: Ms): void {
    const atMs = this.#parts.real.monoMs();
    if (Math.abs(driftMs) > CLOCK_JUMP_MS) this.#stall = { reason: "clock_jump", atMs };
    else if (lagMs > this.#parts.limits.lagMsMax) this.#stall = { reason: "loop_lag", atMs };
  }

  async #look(): Promise<void> {
    const { limits, read } = this.#parts;
    let state: MachineState;
    try {
      state = await read();
    } catch {
      // Nobody knows whether there is room for the next order.
      this.#short = "machine_unknown";
      return;
    }
    const { diskFree, memory, wal } = state;
    this.#warnAt("disk_low", limits.diskFreeMin, diskFree, diskFree < 2 * limits.diskFreeMin);
    this.#warnAt("wal_large", wal, limits.walMax, wal > limits.walMax / 2);
    this.#warnAt("memory_large", memory, limits.memoryMax, memory > limits.memoryMax / 2);
    if (diskFree < limits.diskFreeMin) this.#short = "disk_low";
    else if (wal > limits.walMax) this.#short = "wal_large";
    else this.#short = memory > limits.memoryMax ? "memory_large" : null;
  }

  #warnAt(what: string, value: number, limit: number, isNear: boolean): void {
    if (!isNear || this.#warned.has(what)) return;
    this.#warned.add(what);
    this.#parts.warn(what, value, limit);
  }
}
