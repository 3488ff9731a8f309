import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { newsSince } from "../../../src/adapters/sqlite/queries/run-news.ts";
import { aRecorder, T0, tempDb } from "./support.ts";

const START = { opportunityId: 0, ledgerId: 0, riskEventId: 0 };

test("alerts are those of one account, and what no run has put on file", async () => {
  const path = tempDb();
  const runs = ["one", "other"].map((name) => {
    const run = aRecorder(path);
    run.risk({ atMs: T0, kind: name, value: null, limitValue: null, reason: "test" });
    return run;
  });
  for (const run of runs) await run.close(0);
  const writer = createLedgerWriter({ path, env: "sim" });
  const cause = { atMs: T0, kind: "by_hand", value: null, limitValue: null, reason: "test" };
  writer.setLatch(cause, { mode: "paper", runId: null });
  writer.close();
  const reader = openReader(path);
  const kinds = (mode: "paper" | "live", runId: number | null): string[] =>
    newsSince(reader, { mode, runId }, runId ?? 0, START).alerts.map(({ kind }) => kind);
  expect(runs.map(({ runId }) => kinds("paper", runId))).toEqual([
    ["one", "latch_set:by_hand"],
    ["other", "latch_set:by_hand"],
  ]);
  expect(kinds("live", null)).toEqual([]);
  reader.close();
});
