import type { FeedAccount } from "../../ports.ts";
import type { Db } from "./open.ts";

/** Prepares the accounts of a run's feeds; the caller owns the transaction. */
export function createFeedAccounts(
  db: Db,
  runId: number,
): (accounts: readonly FeedAccount[]) => void {
  const insert = db.prepare(
    `INSERT INTO run_feeds (run_id, feed, frames, control, received, stored, rejected, rejected_json, unknown_json, gaps,
       connects) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (accounts) => {
    for (const { feed, stats, stored } of accounts) {
      let rejected = 0;
      for (const count of stats.rejected.values()) rejected += count;
      insert.run(
        runId,
        feed,
        stats.frames,
        stats.control,
        stats.received,
        stored,
        rejected,
        JSON.stringify(Object.fromEntries(stats.rejected)),
        JSON.stringify(Object.fromEntries(stats.unknown)),
        stats.gaps,
        stats.connects,
      );
    }
  };
}
