import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { recordedRows, settledByTool } from "../../../src/adapters/sqlite/queries/recorded-rows.ts";
import type { LedgerRecord } from "../../../src/core/records.ts";
import { firstLeg } from "../../../src/core/settle-legs.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { MARKET } from "../../support/settling.ts";
import { aRecorder, tempDb } from "./support.ts";

// What a run is not held to: markets whose settlement `ledger settle` may have booked first.

const { closeMs, ticker } = MARKET;

function leg(yesPayout: number): LedgerRecord {
  const held = { ticker, qty: qty(1_000), cost: money(5_000_000), strategy: "s" };
  return firstLeg(held, {
    ticker,
    result: yesPayout === 0 ? "no" : "yes",
    yesPayout: price(yesPayout),
    isFinal: true,
    source: "kalshi",
    expirationValue: null,
    atMs: closeMs + 1_000,
  }).leg;
}

function seen(path: string, runId: number) {
  const reader = openReader(path);
  try {
    const legs = [...recordedRows(reader, runId, "ledger")].filter(
      (row) => row["action"] === "settle",
    );
    return { byTool: [...settledByTool(reader, runId)], legs: legs.length };
  } finally {
    reader.close();
  }
}

test("of a live run, what cron settled for the account, which no run owns", () => {
  const path = tempDb();
  const live = aRecorder(path, "live");
  const paper = aRecorder(path, "paper");
  const tool = createLedgerWriter({ path, env: "sim" });
  tool.appendLedger(leg(10_000), { mode: "live", runId: null });
  tool.close();
  // The run hears it later and has nothing to add; its replay, which has no such neighbour, has.
  live.ledger(leg(10_000));
  expect(seen(path, live.runId)).toEqual({ byTool: [ticker], legs: 0 });
  expect(seen(path, paper.runId)).toEqual({ byTool: [], legs: 0 });
});

test("what a run settled itself is compared", () => {
  const path = tempDb();
  const live = aRecorder(path, "live");
  live.ledger(leg(10_000));
  expect(seen(path, live.runId)).toEqual({ byTool: [], legs: 1 });
});

test("of a paper run, what cron settled for its account under the account's first run", async () => {
  const path = tempDb();
  const about = { mode: "paper", startedMs: 900_000, version: "0.1.0", config: {} } as const;
  const start = (strategies: string) =>
    aRecorder(path, "paper", {
      run: { ...about, command: "paper", accountKey: `paper ${strategies}` },
    });
  const first = start("a");
  await first.close(0);
  const second = start("a");
  const other = start("b");
  const tool = createLedgerWriter({ path, env: "sim" });
  tool.appendLedger(leg(0), { mode: "paper", runId: first.runId });
  tool.close();
  expect(seen(path, second.runId).byTool).toEqual([ticker]);
  expect(seen(path, other.runId).byTool).toEqual([]);
});
