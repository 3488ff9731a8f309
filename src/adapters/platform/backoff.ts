import type { Rng } from "../../core/rng.ts";
import type { Ms } from "../../core/units.ts";

const FIRST_MS = 250;
const LIMIT_MS = 30_000;
const HEALTHY_MS = 60_000;

export interface Backoff {
  /** The connection was made or heard from at this monotonic time. */
  opened(monoMs: Ms): void;
  /** Wait before the next try, asked once when a try or a connection has ended at this monotonic time. */
  next(monoMs: Ms): Ms;
}

/**
 * First retry after 0–250 ms, then doubling to 30 s with ±25 % jitter. Only a connection that lasted a minute starts the
 * row again: a server that accepts and drops at once must not be hammered (spot-feeds.md §0).
 */
export function createBackoff(rng: Rng): Backoff {
  let failures = 0;
  let openedMs: Ms | null = null;
  return {
    opened(monoMs) {
      openedMs = monoMs;
    },
    next(monoMs) {
      if (openedMs !== null && monoMs - openedMs >= HEALTHY_MS) failures = 0;
      openedMs = null;
      const attempt = failures++;
      if (attempt === 0) return Math.floor(rng.next() * FIRST_MS);
      const base = Math.min(LIMIT_MS, FIRST_MS * 2 ** Math.min(attempt, 20));
      return Math.round(base * (0.75 + 0.5 * rng.next()));
    },
  };
}
