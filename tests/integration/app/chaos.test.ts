import { describe, expect, test } from "vitest";
import { tempDb } from "../sqlite/support.ts";
import { arrivedFrames, type ChaosRun, runChaos, uncovered } from "./chaos-run.ts";

// The promise of a record: what the exchange sent is stored, rejected with a reason, or lies in a gap that is on file.
// The exchange counts for itself (fault-statistics.ts), and each seed has troubles of its own.

const KALSHI_TABLES = [
  "kalshi_orderbook_snapshots",
  "kalshi_orderbook_deltas",
  "kalshi_tickers",
  "kalshi_trades",
  "kalshi_trades.duplicates",
  "index_ticks",
];

describe.each([1, 2, 6, 12])("chaos, seed %i", (seed) => {
  test("every frame is stored, rejected or in a gap, and the run ends as asked", async () => {
    const run = await runChaos({ seed, minutes: 14, path: tempDb() });
    const unread = checkAccounts(run);
    const hangUps = run.connections.filter(({ endedBy }) => endedBy === "client").length;
    expect(unread).toBeLessThanOrEqual(hangUps);
    // And it was no quiet run.
    expect(run.gaps.length).toBeGreaterThan(5);
    expect(arrivedFrames(run, "kalshi")).toBeGreaterThan(20_000);
  }, 60_000);
});

test("over real sockets too; what was on its way when the client hung up is in the gap that follows", async () => {
  const run = await runChaos({ seed: 2, minutes: 5, path: tempDb(), speed: 30 });
  checkAccounts(run);
  expect(arrivedFrames(run, "kalshi")).toBeGreaterThan(10_000);
}, 60_000);

/** Checks the sums of both sides and gives the frames that were delivered and never read. */
function checkAccounts(run: ChaosRun): number {
  expect(run.end).toMatchObject({ reason: "until", error: null });
  const [kalshi] = run.feeds;
  const stats = kalshi?.stats;
  const received = (stats?.received ?? 0) - run.facts;
  // One frame is one observation or one control message here. An answer may cross with the client's hanging up.
  const unread = arrivedFrames(run, "kalshi") - received - (stats?.control ?? 0);
  expect(unread).toBeGreaterThanOrEqual(0);
  const stored = KALSHI_TABLES.reduce((sum, table) => sum + (run.rows.get(table) ?? 0), 0);
  const rejected = [...(stats?.rejected.values() ?? [])].reduce((sum, count) => sum + count, 0);
  expect(stored + rejected).toBe(received);
  expect(uncovered(run)).toEqual([]);
  return unread;
}
