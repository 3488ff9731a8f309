import { KbtError } from "../../../core/errors.ts";
import { hasStrike, type Market } from "../../../core/market.ts";
import type { Ms } from "../../../core/units.ts";
import type { Clock } from "../../../ports.ts";
import { START_WAITS_MS } from "../../kalshi/patiently.ts";

// When the lists of the exchange are read.

export const LOOK_MS = 15_000;
/** Looks after each opening and close, when the new event and its strike appear. */
const LOOK_AFTER_MS = [0, 1000, 2000, 4000, 8000];
/** Looks after a message about a market, because REST may lag behind the socket by a second or two. */
const LOOK_AGAIN_MS = [2000, 6000];
/** An open market whose strike is not out yet, or a series that could not be looked at. */
const SOON_LOOK_MS = 2000;
/** The first tries have this long together, then the user is told. */
const START_MS = 6000;

export interface LookFacts {
  readonly nowMs: Ms;
  readonly markets: Iterable<Market>;
  /** Newest message about a market of ours. */
  readonly toldMs: Ms;
  /** The look that just ended could not see everything. */
  readonly isPartial: boolean;
}

/** Time of the next look. */
export function nextLookMs({ isPartial, markets, nowMs, toldMs }: LookFacts): Ms {
  let next = nowMs + (isPartial ? SOON_LOOK_MS : LOOK_MS);
  const again = LOOK_AGAIN_MS.find((afterMs) => toldMs + afterMs > nowMs);
  if (again !== undefined) next = Math.min(next, toldMs + again);
  for (const market of markets) {
    const isRunning = market.openMs <= nowMs && nowMs < market.closeMs;
    if (isRunning && !hasStrike(market)) next = Math.min(next, nowMs + SOON_LOOK_MS);
    for (const startMs of [market.openMs, market.closeMs]) {
      const after = LOOK_AFTER_MS.find((afterMs) => startMs + afterMs > nowMs);
      if (after !== undefined) next = Math.min(next, startMs + after);
    }
  }
  return next;
}

/** The first look, on which everything else rests: a few tries, then the failure is the caller's. */
export async function firstLook(
  look: () => Promise<void>,
  onTrouble: (message: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = clock.monoMs();
  const waitsMs = [...START_WAITS_MS];
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (!(error instanceof KbtError) || error.kind !== "network") throw error;
      onTrouble(error.message);
      // The next call waits for the budget by itself, and its turn will come.
      if (error.code === "RATE_LIMITED") continue;
      const waitMs = waitsMs.shift();
      if (waitMs === undefined || clock.monoMs() - sinceMs > START_MS) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}
