import type { EngineConfig } from "./engine-config.ts";
import type { SimVenueOptions } from "./sim/venue.ts";

// What engine and simulated venue have to be told where spot and books are known once a minute, at its end, as in days
// that were fetched afterwards.

const MINUTE_MS = 60_000;

/**
 * An order that was decided on the quotes of one minute meets those of the next, never its own. The millisecond more is
 * what does it: what is due when a minute ends would still find the book of the minute before.
 */
const LATENCY_MS = MINUTE_MS + 1;
/** A book is one minute old when its order arrives; where the next minute is missing it is no book any more. */
const BOOK_STALE_MS = 90_000;
/** A return from one minute's end to the next; on a finer grid each of them would count as a gap. */
const GRID_S = 60;

/**
 * The same engine for minute data: it looks when a minute is whole and at no other time, so `wake` has to come last of
 * everything that a minute brings.
 */
export function minuteEngine(config: EngineConfig): EngineConfig {
  return {
    ...config,
    looksOnWakeOnly: true,
    slippage: { ...config.slippage, latencyMs: LATENCY_MS },
    asset: (underlying) => {
      const options = config.asset(underlying);
      return { ...options, vol: { ...options.vol, gridS: GRID_S } };
    },
  };
}

/** The simulated venue for minute data: fills at the quotes of the minute after the decision. */
export function minuteVenue(options: SimVenueOptions): SimVenueOptions {
  // A latency that varies would bring some of them back to the minute they were decided in.
  return { ...options, latencyMs: LATENCY_MS, latencySpread: 0, bookStaleMs: BOOK_STALE_MS };
}
