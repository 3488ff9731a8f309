import type { OrderTracker } from "../../core/live/order-tracker.ts";
import type { SeenOrder } from "../../core/live/seen.ts";
import { lacksFills, type TrackedOrder } from "../../core/live/tracked-order.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderReads } from "../../ports-trading.ts";

/**
 * The exchange refuses a signature of that age (10 s were accepted, 30 s were not; kalshi.md §1.2), so a request that has
 * not arrived by then never will. Five more seconds for two clocks that differ.
 */
const ARRIVAL_MS_MAX = 35_000;
/** Lists begin this much before the oldest order: clocks differ, and a list too long costs nothing. */
const SLACK_MS = 60_000;
const CLOCKS_MS = 5_000;
/** An end that was asked for, or that was due, shows by itself within this time or is looked for. */
const SHOWS_MS = 1_000;

export interface EvidenceParts {
  readonly tracker: OrderTracker;
  readonly reads: OrderReads;
  readonly clock: Clock;
}

/** Only the exchange's lists can say what has become of this order. */
export function needsEvidence(tracked: TrackedOrder, closeMs: Ms, nowMs: Ms): boolean {
  const { cancelMs, end, exchangeId, expiresMs, order, unknownMs } = tracked;
  if (unknownMs !== null || lacksFills(tracked)) return true;
  if (exchangeId === null || end !== null) return false;
  if (order.timeInForce === "ioc") return true;
  const dueMs = Math.min(cancelMs ?? Number.POSITIVE_INFINITY, expiresMs ?? closeMs, closeMs);
  return nowMs >= dueMs + SHOWS_MS;
}

/**
 * Reads what the exchange has of our open orders and tells the tracker. Gives the orders that rest there and are not ours.
 * What the lists do not show is believed to be absent only once they reach beyond the time at which it could still have
 * arrived, and only when they are whole (reliability.md I4).
 */
export async function gatherEvidence(
  { clock, reads, tracker }: EvidenceParts,
  signal: AbortSignal,
): Promise<readonly SeenOrder[]> {
  const open = tracker.open();
  if (open.length === 0) return [];
  // Before the lists: they show at least everything up to here.
  const asOfMs = await reads.asOfMs(signal);
  const sinceMs = Math.min(...open.map(({ sentMs }) => sentMs)) - SLACK_MS;
  const orders = await reads.orders({ sinceMs }, signal);
  const foreign = orders.items.filter((seen) => {
    return !tracker.saw(seen, clock.nowMs()) && seen.status === "resting";
  });
  for (const tracked of open) {
    const { exchangeId } = tracked;
    if (exchangeId === null || !lacksFills(tracked)) continue;
    const { items } = await reads.fills({ exchangeId }, signal);
    for (const fill of items) tracker.sawFill(fill, clock.nowMs());
  }
  const missing = open.filter(
    ({ exchangeId, sentMs, unknownMs }) =>
      unknownMs !== null && exchangeId === null && asOfMs > sentMs + ARRIVAL_MS_MAX,
  );
  if (missing.length === 0 || !orders.complete) return foreign;
  const fills = await reads.fills({ sinceMs }, signal);
  for (const fill of fills.items) tracker.sawFill(fill, clock.nowMs());
  if (!fills.complete) return foreign;
  for (const { order, sentMs } of missing) {
    // A fill of nobody's in its market may be one of it.
    const strays = tracker.unmatched(order.ticker).filter(({ atMs }) => atMs > sentMs - CLOCKS_MS);
    if (strays.length === 0) tracker.missed(order.orderId, clock.nowMs());
  }
  return foreign;
}
