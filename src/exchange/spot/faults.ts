/** What a frame carries, as far as faults tell frames apart. */
export type FrameKind = "book" | "trade" | "quote" | "control";

type VenueStatus = "online" | "maintenance" | "cancel_only" | "post_only";

/** Every REST request fails with this. */
export interface HttpFault {
  /** 200 is an error body under a good status, as Kraken does. */
  readonly status: number;
  /** Seconds in `Retry-After` and, where the venue has it, in the body; may have a fraction. */
  readonly retryAfterS?: number;
  /** The error body's text; left out, the venue's usual one. */
  readonly message?: string;
}

/** Everything that can go wrong at one spot venue (spot-feeds.md §7); settable while it runs. */
export interface SpotFaults {
  /** How many of the coming data frames are lost, sent twice, or change places with their successor. */
  readonly loseFrames: number;
  readonly duplicateFrames: number;
  readonly swapFrames: number;
  /** Which data frames the three above are about. */
  readonly frames: Exclude<FrameKind, "control"> | "any";
  /** Every message is cut into several WebSocket frames. */
  readonly splitFrames: boolean;
  /** The connection stays open and nothing comes through it, pings included. */
  readonly mute: boolean;
  /** Heartbeats stop, data goes on. */
  readonly heartbeatStop: boolean;
  /** Nobody quotes or trades, heartbeats go on. */
  readonly quiet: boolean;
  readonly book: "whole" | "crossed" | "one-sided";
  /** 1.06 puts every price of the venue 6 % too high. */
  readonly priceFactor: number;
  /** The venue's clock is this far ahead (negative: behind), and gains this much. */
  readonly skewMs: number;
  readonly driftPpm: number;
  readonly status: VenueStatus;
  /** Upgrades and requests are refused with 451, as from a country the venue does not serve. */
  readonly geoBlocked: boolean;
  /** HTTP status every upgrade is refused with; null lets them in. */
  readonly refuseUpgrades: number | null;
  readonly http: HttpFault | null;
  /**
   * Set to something, it happens at once and is "none" again: every connection is closed, without a word or after the
   * venue's announcement where it has one.
   */
  readonly restart: "none" | "sudden" | "announced";
}

const NO_FAULTS: SpotFaults = {
  loseFrames: 0,
  duplicateFrames: 0,
  swapFrames: 0,
  frames: "any",
  splitFrames: false,
  mute: false,
  heartbeatStop: false,
  quiet: false,
  book: "whole",
  priceFactor: 1,
  skewMs: 0,
  driftPpm: 0,
  status: "online",
  geoBlocked: false,
  refuseUpgrades: null,
  http: null,
  restart: "none",
};

type Counter = "loseFrames" | "duplicateFrames" | "swapFrames";

/** The faults of one venue, and the clock they bend. */
export class FaultBox {
  now: SpotFaults = NO_FAULTS;
  #skewedFromMs = 0;

  /** Changes some faults; `clear` puts back every other one. */
  set(changes: Partial<SpotFaults>, nowMs: number): void {
    if (changes.driftPpm !== undefined) this.#skewedFromMs = nowMs;
    this.now = { ...this.now, ...changes };
  }

  clear(): void {
    this.now = NO_FAULTS;
  }

  /** A time of the exchange's clock as this venue would write it. */
  stampMs(ms: number): number {
    const { skewMs, driftPpm } = this.now;
    if (skewMs === 0 && driftPpm === 0) return ms;
    return Math.round(ms + skewMs + ((ms - this.#skewedFromMs) * driftPpm) / 1e6);
  }

  /** Uses up one of a counted fault if it applies to such a frame. */
  takes(counter: Counter, kind: FrameKind): boolean {
    const { frames } = this.now;
    if (this.now[counter] <= 0 || kind === "control") return false;
    if (frames !== "any" && frames !== kind) return false;
    this.now = { ...this.now, [counter]: this.now[counter] - 1 };
    return true;
  }
}
