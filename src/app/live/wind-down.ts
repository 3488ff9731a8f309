import { KbtError } from "../../core/errors.ts";
import type { SeenOrder } from "../../core/live/seen.ts";
import type { TrackedOrder } from "../../core/live/tracked-order.ts";
import type { Ms } from "../../core/units.ts";
import type { Clock } from "../../ports.ts";
import type { OrderReads } from "../../ports-trading.ts";
import type { LiveVenue } from "./venue.ts";

/** How a run left the exchange. */
export interface Ending {
  /** A read that is newer than everything of ours showed no order of ours resting, and every order's end is known. */
  readonly isVerified: boolean;
  /** Orders whose end is not known. */
  readonly doubtful: readonly TrackedOrder[];
  /** Orders of ours that rest according to the newest list; null when none could be read. */
  readonly resting: readonly SeenOrder[] | null;
}

interface WindDownParts {
  readonly venue: Pick<LiveVenue, "close" | "tick" | "tracker">;
  readonly reads: OrderReads;
  readonly clock: Clock;
  /** Told every few seconds while orders are not known to be over. */
  readonly alarm: (doubtful: readonly TrackedOrder[]) => void;
}

/**
 * An order whose request was lost is proven absent after 35 s, and what rests expires by itself; longer than this nothing
 * is waited for.
 */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;
/** By then nothing should rest, and as often again it is said that something may (reliability.md I30). */
const ALARM_MS = 5_000;

/** Ends everything that is under way and reads until nothing rests. Takes as long as the evidence does, within bounds. */
export async function windDown(parts: WindDownParts, signal: AbortSignal): Promise<Ending> {
  const { alarm, clock, venue } = parts;
  const startMs = clock.nowMs();
  venue.close();
  let resting: readonly SeenOrder[] | null = null;
  let alarmMs = startMs + ALARM_MS;
  for (;;) {
    venue.tick();
    const doubtful = venue.tracker.open();
    if (doubtful.length === 0) {
      const list = await restingOrders(parts, startMs, signal);
      resting = list ?? resting;
      if (list?.length === 0) return { isVerified: true, doubtful, resting };
    }
    if (clock.nowMs() >= alarmMs) {
      alarm(doubtful);
      alarmMs += ALARM_MS;
    }
    if (signal.aborted || clock.nowMs() - startMs > PATIENCE_MS) {
      return { isVerified: false, doubtful, resting };
    }
    try {
      await clock.sleep(PAUSE_MS, signal);
    } catch {
      return { isVerified: false, doubtful, resting };
    }
  }
}

/** Our orders that rest, from a whole list that is newer than the end of the run; null when there is no such list. */
async function restingOrders(
  { reads, venue }: WindDownParts,
  sinceMs: Ms,
  signal: AbortSignal,
): Promise<readonly SeenOrder[] | null> {
  try {
    const asOfMs = await reads.asOfMs(signal);
    const { complete, items } = await reads.orders({ status: "resting" }, signal);
    const ours = items.filter((seen) => venue.tracker.isOurs(seen));
    if (ours.length > 0) return ours;
    return complete && asOfMs > sinceMs ? [] : null;
  } catch (error) {
    if (!signal.aborted && !(error instanceof KbtError)) throw error;
    return null;
  }
}
