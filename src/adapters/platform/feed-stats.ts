import type { FeedStats } from "../../ports.ts";

/** A feed's counters at zero. */
export function createFeedStats(): FeedStats {
  return {
    received: 0,
    emitted: 0,
    rejected: new Map(),
    control: 0,
    connects: 0,
    gaps: 0,
    lastFrameMs: null,
  };
}

/** Counts one observation that arrived and was refused, so that received = emitted + rejected always holds. */
export function countRejected(stats: FeedStats, reason: string): void {
  stats.received++;
  stats.rejected.set(reason, (stats.rejected.get(reason) ?? 0) + 1);
}
