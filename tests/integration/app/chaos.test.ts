import { describe, expect, test } from "vitest";
import { arrivedFrames, hangUps, uncoveredFrames } from "../../support/accounts.ts";
import { tempDb } from "../sqlite/support.ts";
import { type ChaosRun, runChaos } from "./chaos-run.ts";

// The promise of a record: what the exchange sent is stored, rejected with a reason, or lies in a gap that is on file.
// The exchange counts for itself (fault-statistics.ts), and each seed has troubles of its own.

describe.each([1, 12])("chaos, seed %i", (seed) => {
  test("I27: every frame of every feed is stored, rejected or in a gap", async () => {
    const run = await runChaos({ seed, minutes: 8, path: tempDb() });
    checkAccounts(run);
    // And it was no quiet run.
    expect(run.gaps.length).toBeGreaterThan(5);
    expect(arrivedFrames(run.connections, "kalshi")).toBeGreaterThan(10_000);
  }, 240_000);
});

test("over real sockets too; what was on its way when the client hung up is in the gap that follows", async () => {
  const run = await runChaos({ seed: 2, minutes: 5, path: tempDb(), speed: 30 });
  checkAccounts(run);
  expect(arrivedFrames(run.connections, "kalshi")).toBeGreaterThan(10_000);
}, 240_000);

/** Checks the sums of both sides, feed by feed. */
function checkAccounts(run: ChaosRun): void {
  expect(run.end).toMatchObject({ reason: "until", error: null });
  for (const { name, stats } of run.feeds) {
    const arrived = arrivedFrames(run.connections, name);
    const unread = arrived - stats.frames;
    expect(unread, `${name}: frames delivered and never read`).toBeGreaterThanOrEqual(0);
    // In memory a frame may cross with the client's hanging up; over sockets a whole buffer may.
    if (run.isLockstep) expect(unread, name).toBeLessThanOrEqual(hangUps(run.connections, name));
    const rejected = [...stats.rejected.values()].reduce((sum, count) => sum + count, 0);
    expect(stats.emitted + rejected, `${name}: handed on and rejected`).toBe(stats.received);
    expect(run.stored.get(name) ?? 0, `${name}: stored`).toBe(stats.emitted);
    expect(uncoveredFrames(run, name), `${name}: in no gap`).toEqual([]);
  }
}
