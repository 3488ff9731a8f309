import type { Clock } from "../../ports.ts";
import type { LiveVenue } from "./venue.ts";

/** A request that was under way at a crash is proven lost after 35 s and three reads; longer than this is doubt. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 250;

/**
 * Waits until every order that earlier runs left open has come to its end, by the exchange's own word; false when that
 * takes too long. Every start goes this way: where nothing was left open there is nothing to wait for.
 */
export async function recover(
  { clock, venue }: { readonly clock: Clock; readonly venue: LiveVenue },
  signal: AbortSignal,
): Promise<boolean> {
  const startMs = clock.nowMs();
  while (venue.tracker.open().length > 0) {
    if (signal.aborted || clock.nowMs() - startMs > PATIENCE_MS) return false;
    venue.tick();
    // Whoever stops it in the middle is told that there is doubt, which is what the next look says.
    await clock.sleep(PAUSE_MS, signal).catch(() => {});
  }
  return true;
}
