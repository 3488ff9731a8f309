import type { MarketEvent } from "../../core/events.ts";
import type { Opportunity } from "../../core/records.ts";
import type { BatchRun } from "./batch-writer.ts";
import type { Tally } from "./tally.ts";

/** The way of market rows and evaluations into the file: on this thread, or by way of the writer thread. */
export interface BulkRows {
  /** Rows in memory that are not committed yet. */
  readonly pendingRows: number;
  /** Enough is batched for a flush. */
  readonly isDue: boolean;
  event(event: MarketEvent, feed: string | null): void;
  opportunity(row: Opportunity): void;
  /** Commits or hands over what is batched. Throws what has gone wrong since it was last called; a lock is no error yet. */
  flush(): void;
  /**
   * Lets an order point to this evaluation: puts it on file, or returns it when it has to be committed with the order.
   * Throws when it cannot be on file in time.
   */
  claim(opportunityId: number): Opportunity | null;
  /** Runs a commit of the other connection while none of this side is in its way. */
  exclusively<T>(work: () => T): T;
  /** Brings the tally up to date. */
  poll(): void;
  /** Resolves when everything is on file, rejects with what is in the way. */
  drain(): Promise<void>;
  /** The run is over: everything on file, outages ended. */
  finish(nowMs: number): Promise<void>;
  /** Closes the connection for good; never throws and takes seconds at most. */
  close(): Promise<void>;
}

export interface BulkSetup {
  readonly path: string;
  readonly run: BatchRun;
  /** Rows that are committed together at most. */
  readonly batchRows: number;
  /** Where the rows are counted once they are on file. */
  readonly tally: Tally;
  readonly attempts: number;
}

/** About 40 MB: minutes of a busy feed, after which waiting for the lock or for disk space has no point. */
export const PENDING_MAX = 100_000;
