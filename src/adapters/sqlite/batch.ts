import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import type { Plain } from "../../core/units.ts";

// What crosses into the writer thread arrives as bare numbers, and SQLite checks them once more: giving them their units
// again would only be another place where one bad row could stop all others.

export type EventRow = Plain<MarketEvent>;
export type EvaluationRow = Plain<Opportunity>;

/** What is committed together. Rows leave it when they are on file or refused for good. */
export interface Batch {
  readonly events: EventRow[];
  /** The feed of each event. */
  readonly feeds: (string | null)[];
  readonly opportunities: EvaluationRow[];
  /** Rows that SQLite refused and that the next receipt accounts for. */
  refused: number;
}

/** What one transaction put on file; crosses threads. */
export interface Receipt {
  /** Rows that left memory, refused ones included. */
  readonly taken: number;
  /** Rows by contract table, negative where a repeat was counted first. */
  readonly rows: ReadonlyMap<string, number>;
  /** Observations by feed. */
  readonly feeds: ReadonlyMap<string, number>;
  readonly markets: ReadonlySet<string>;
  /** Public trades that were on file already. */
  readonly duplicates: number;
  /** How long the write lock was held. */
  readonly heldMs: number;
}

export function emptyBatch(): Batch {
  return { events: [], feeds: [], opportunities: [], refused: 0 };
}

export function rowsOf(batch: Batch): number {
  return batch.events.length + batch.opportunities.length;
}
