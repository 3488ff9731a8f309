import type { Ms } from "../core/units.ts";
import type { Simulation } from "../ports.ts";

// Moves virtual time when the local exchange is the exchange. The clock never jumps: it goes from one happening to the
// next, and at a given speed it catches up in small steps with a turn of the event loop in between, so that sockets are
// read while time stands still. A slow machine makes the run slower, never its data late.

const STEP_MS = 200;
/** Exchange time served without a look at the sockets. */
const SERVE_STEP_MS = 200;
const HOLD_MS = 5_000;
const IDLE_MS = 4;

export interface DriveParts {
  readonly simulation: Simulation & { releaseHold(): void };
  readonly clock: {
    nowMs(): Ms;
    moveTo(ms: Ms): void;
    fireDue(): void;
    nextTimerMs(): Ms | null;
  };
  /** Exchange milliseconds per real millisecond, or as fast as possible. */
  readonly speed: number | "max";
  /** Real time and a turn of the event loop. */
  readonly real: {
    monoMs(): Ms;
    turn(): Promise<void>;
    sleep(ms: Ms, signal: AbortSignal): Promise<void>;
  };
  /** Longest a recording waits for its listener, in real milliseconds; left out, as long as one takes to connect. */
  readonly holdMs?: Ms;
  /** Called after each step with the new time. */
  onTime(nowMs: Ms): void;
}

/** Runs until the signal aborts or the recording has ended. */
export async function drive(parts: DriveParts, signal: AbortSignal): Promise<void> {
  const { clock, real, simulation, speed } = parts;
  const startMs = clock.nowMs();
  const startMono = real.monoMs();
  while (!signal.aborted && !simulation.ended) {
    const targetMs =
      speed === "max"
        ? clock.nowMs() + STEP_MS
        : Math.floor(startMs + (real.monoMs() - startMono) * speed);
    if (targetMs <= clock.nowMs()) {
      await idle(parts, signal);
      continue;
    }
    await step(parts, Math.min(targetMs, clock.nowMs() + STEP_MS), signal);
    parts.onTime(clock.nowMs());
    await real.turn();
  }
}

async function idle({ real }: DriveParts, signal: AbortSignal): Promise<void> {
  try {
    await real.sleep(IDLE_MS, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function step(parts: DriveParts, untilMs: Ms, signal: AbortSignal): Promise<void> {
  const { clock, holdMs = HOLD_MS, real, simulation } = parts;
  let heldSince: Ms | null = null;
  while (!signal.aborted) {
    const nextMs = earliest(simulation.nextMs(), clock.nextTimerMs());
    if (nextMs === null || nextMs > untilMs) break;
    const timerDue = clock.nextTimerMs();
    clock.moveTo(nextMs);
    simulation.runUntil(clock.nowMs());
    if (timerDue !== null && timerDue <= clock.nowMs()) {
      clock.fireDue();
      // What the timers woke runs to its next wait before time moves on.
      await real.turn();
    }
    if (simulation.held) {
      heldSince ??= real.monoMs();
      if (real.monoMs() - heldSince > holdMs) simulation.releaseHold();
      await idle(parts, signal);
    }
  }
  clock.moveTo(untilMs);
  simulation.runUntil(untilMs);
}

function earliest(a: Ms | null, b: Ms | null): Ms | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

/**
 * Serves other processes: exchange time follows the user's clock at a speed, and nobody's timers wait on it. Sockets get
 * their turn between steps, so that a machine that cannot keep up serves late rather than not at all.
 */
export async function serveInRealTime(
  parts: {
    readonly simulation: Simulation;
    readonly startMs: Ms;
    /** Real time to which `startMs` belongs. */
    readonly startMono: Ms;
    readonly speed: number;
    readonly real: DriveParts["real"];
  },
  signal: AbortSignal,
): Promise<void> {
  const { real, simulation, speed, startMono, startMs } = parts;
  let nowMs = startMs;
  while (!signal.aborted && !simulation.ended) {
    const targetMs = Math.floor(startMs + (real.monoMs() - startMono) * speed);
    const isBehind = targetMs > nowMs + SERVE_STEP_MS;
    nowMs = Math.min(targetMs, nowMs + SERVE_STEP_MS);
    simulation.runUntil(nowMs);
    if (isBehind) await real.turn();
    else {
      try {
        await real.sleep(IDLE_MS, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }
}
