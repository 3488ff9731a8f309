import type { SpotVenue } from "../../scenario/spot-venue.ts";
import type { FrameKind } from "../faults.ts";
import type { VenueClock } from "../venue-clock.ts";

/** A connection as its server sees it, of either version. */
export interface GeminiListener {
  readonly version: "v2" | "v3";
  isHearing(name: string): boolean;
  send(text: string, kind: FrameKind): void;
}

/** What connections and REST need of the server. */
export interface GeminiHost {
  readonly clock: VenueClock;
  coins(): readonly string[];
  /** The market of `btcusd`, in any case; undefined when it is not listed. */
  market(symbol: string): SpotVenue | undefined;
  /** Starts the depth stream of a market, whose frames are a tenth of a second apart. */
  startDepth(market: SpotVenue): void;
  forget(session: GeminiListener): void;
}
