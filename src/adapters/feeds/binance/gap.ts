import type { FeedGap } from "../../../core/events.ts";
import type { FeedStats, Sink } from "../../../ports.ts";

/** Writes down what was lost, and counts it. */
export function reportGap(
  links: { readonly stats: FeedStats; readonly sink: Sink },
  gap: Omit<FeedGap, "type" | "tickers" | "sid">,
): void {
  links.stats.gaps++;
  links.sink({ type: "gap", tickers: [], sid: null, ...gap });
}

/** An upgrade or a request that this host will never grant from here (spot-feeds.md §3.1). */
export function isGeoBlock(status: number | undefined): boolean {
  return status === 451 || status === 403;
}

/** Too many requests, or banned for too many. */
export function isRateLimit(status: number | undefined): boolean {
  return status === 429 || status === 418;
}
