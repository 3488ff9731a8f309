import type { Ms } from "../../core/units.ts";
import type { FeedStats } from "../../ports.ts";

/** A feed's counters at zero. */
export function createFeedStats(): FeedStats {
  return {
    frames: 0,
    received: 0,
    emitted: 0,
    rejected: new Map(),
    unknown: new Map(),
    control: 0,
    connects: 0,
    gaps: 0,
    lastFrameMs: null,
  };
}

/** Counts one frame that arrived, whatever it turns out to be. */
export function countFrame(stats: FeedStats, recvMs: Ms): void {
  stats.frames++;
  stats.lastFrameMs = recvMs;
}

/** Counts one observation that arrived and was refused, so that received = emitted + rejected always holds. */
export function countRejected(stats: FeedStats, reason: string): void {
  stats.received++;
  stats.rejected.set(reason, (stats.rejected.get(reason) ?? 0) + 1);
}

const UNKNOWN_TYPES_MAX = 50;

/** Counts one message of a type that this version does not know; the first few dozen types are told apart. */
export function countUnknown(stats: FeedStats, type: string): void {
  countRejected(stats, "unknown_type");
  const name = stats.unknown.has(type) || stats.unknown.size < UNKNOWN_TYPES_MAX ? type : "other";
  stats.unknown.set(name, (stats.unknown.get(name) ?? 0) + 1);
}
