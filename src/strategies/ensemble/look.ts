import type { FeeSchedule } from "../../core/fees.ts";
import type { MarketView, Verdict } from "../../core/strategy.ts";
import type { EnsembleParams } from "../ensemble.params.ts";
import type { Entry, Opinion } from "../entry.ts";
import type { Account } from "../plugin.ts";
import type { Ballot } from "./ballot.ts";

export const ENSEMBLE = "ensemble";
/** Contracts at which a side is judged, before its stake is known; the stake itself is held against its own cost. */
const JUDGED_AT = 10;

/** One look at one market whose inputs and book are good. */
export interface Look {
  readonly view: MarketView;
  readonly params: EnsembleParams;
  readonly account: Account;
  readonly fees: FeeSchedule;
  /** Asks the voters. */
  ballot(): Ballot;
}

/** What a look came to; one that is not final was missing something and may be had again. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly isFinal: boolean;
}

export function entryFor(view: MarketView, params: EnsembleParams, opinion: Opinion): Entry {
  return { strategy: ENSEMBLE, view, params, opinion, contracts: JUDGED_AT };
}
