import type { FillRecord } from "./records.ts";
import type { Paid } from "./settle-legs.ts";
import type { Money, Ms } from "./units.ts";

/** A fill of an earlier run on the same account. */
export interface PastFill {
  readonly fill: FillRecord;
  /** Empty when its strategy was told to forget it. */
  readonly strategy: string;
  /** The market had not settled when this run began, closed or not: what is left of it is held. */
  readonly isOpen: boolean;
}

/** What an engine goes on from. */
export interface PastTrading {
  /** In the order in which they became known. */
  readonly fills: readonly PastFill[];
  /** What was settled within the last day, provisionally or for good, in order of time. */
  readonly settled: readonly Paid[];
  /** Losses that sales realised since midnight UTC. */
  readonly losses: readonly { readonly pnl: Money; readonly atMs: Ms }[];
}
