import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kbt, tempFolder } from "../support/kbt.ts";

// `kbt backtest --verify`: a run is what its inputs give, and whoever changed one of them is told which.

const folder = tempFolder();
afterAll(() => folder.remove());
const recorded = `${folder.path}/recorded.sqlite`;

beforeAll(async () => {
  const run = await kbt(
    [
      "paper",
      "--sim",
      "jumpy",
      "--sim-speed",
      "max",
      "--windows",
      "1",
      "--db",
      recorded,
      "--quiet",
    ],
    { cwd: folder.path },
  );
  expect(run.code).toBe(0);
}, 60_000);

const verify = (db: string, run = 1, env = {}) =>
  kbt(["backtest", "--verify", String(run), "--db", db, "--json"], { cwd: folder.path, env });

/** The verdict on a copy of the recording with one statement run on it. */
async function after(name: string, sql: string) {
  const db = `${folder.path}/${name}.sqlite`;
  copyFileSync(recorded, db);
  const open = new Database(db);
  // The ledger refuses edits by triggers; somebody with the file can drop them.
  for (const trigger of open
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    .pluck()
    .all())
    open.exec(`DROP TRIGGER ${trigger}`);
  expect(open.prepare(sql).run().changes).toBe(1);
  open.close();
  const done = await verify(db);
  return { ...done, data: JSON.parse(done.stdout).data, error: JSON.parse(done.stdout).error };
}

describe("kbt backtest --verify", () => {
  test("I39: finds a run identical to its replay, on a machine of any time zone", async () => {
    for (const zone of ["America/New_York", "Asia/Kolkata"]) {
      const done = await kbt(["backtest", "--verify", "1", "--db", recorded], {
        cwd: folder.path,
        env: { TZ: zone },
      });
      expect(done.code).toBe(0);
      expect(done.stdout).toMatch(
        /^run 1 is identical to its replay: \d{4,} inputs, \d{4,} decisions, hash [0-9a-f]{16}\n$/,
      );
    }
  });

  test.each([
    [
      "a size in a book",
      "delta",
      "UPDATE deltas SET delta_cq = delta_cq + 1 WHERE ev = (SELECT ev FROM deltas LIMIT 1 OFFSET 5000)",
    ],
    [
      "a spot price",
      "spot",
      "UPDATE spots SET price_usd = price_usd + 0.01 WHERE ev = (SELECT ev FROM spots LIMIT 1 OFFSET 1000)",
    ],
    [
      "a trade's id",
      "trade",
      "UPDATE trades SET trade_id = trade_id || 'x' WHERE ev = (SELECT ev FROM trades LIMIT 1 OFFSET 20)",
    ],
    [
      "an index value",
      "index",
      "UPDATE index_values SET value_usd = value_usd + 0.01 WHERE ev = (SELECT ev FROM index_values LIMIT 1 OFFSET 90)",
    ],
    [
      "a time",
      "ticker",
      "UPDATE tickers SET dt_ms = dt_ms + 1 WHERE ev = (SELECT ev FROM tickers LIMIT 1 OFFSET 50)",
    ],
  ])("names the input when %s was changed", async (what, type, sql) => {
    const { data, error, code } = await after(what.replaceAll(/\W/g, "-"), sql);
    expect(code).toBe(10);
    expect(error).toMatchObject({ kind: "check", code: "INPUTS_CHANGED" });
    expect(data.changed_input).toMatchObject({ input: { type }, missing: 0 });
    expect(data.changed_input.first_ev).toBe(data.changed_input.last_ev);
  });

  test("says what is gone when an input was removed", async () => {
    const { data, code } = await after(
      "removed",
      "DELETE FROM deltas WHERE ev = (SELECT ev FROM deltas LIMIT 1 OFFSET 3000)",
    );
    expect(code).toBe(10);
    expect(data.changed_input).toMatchObject({ input: null, missing: 1 });
  });

  test.each([
    [
      "opportunity",
      "pModel",
      "UPDATE evaluations SET p_model_e9 = p_model_e9 + 1 WHERE opportunity_id = (SELECT opportunity_id FROM evaluations WHERE p_model_e9 BETWEEN 1 AND 999999998 LIMIT 1 OFFSET 100)",
    ],
    [
      "fill",
      "price",
      "UPDATE fills SET price_cc = price_cc + 100 WHERE rowid = (SELECT min(rowid) FROM fills)",
    ],
    [
      "ledger",
      "cost",
      "UPDATE trade_ledger SET cost_ud = cost_ud + 1 WHERE ledger_id = (SELECT min(ledger_id) FROM trade_ledger)",
    ],
    [
      "orderEvent",
      "state",
      "UPDATE order_events SET state = 'expired' WHERE order_event_id = (SELECT min(order_event_id) FROM order_events)",
    ],
  ])("names field and both values when a stored %s was changed", async (kind, field, sql) => {
    const { data, error, code } = await after(kind, sql);
    expect(code).toBe(10);
    expect(error).toMatchObject({ code: "REPLAY_DIFFERS" });
    expect(data.difference).toMatchObject({ kind, field, row: expect.any(Number) });
    expect(data.difference.stored).not.toEqual(data.difference.replayed);
    expect(data.difference.input.ev).toBeGreaterThan(1e10);
    expect(data.changed_input).toBeNull();
  });

  test("names a row that is missing on file", async () => {
    const { data } = await after(
      "missing",
      "DELETE FROM positions_snapshots WHERE position_id = (SELECT max(position_id) FROM positions_snapshots)",
    );
    expect(data.difference).toMatchObject({ kind: "position", field: "row" });
    expect(data.difference.stored).toBeUndefined();
  });

  test("refuses what it cannot verify, and says why", async () => {
    const missing = await verify(recorded, 9);
    expect(missing.code).toBe(2);
    expect(JSON.parse(missing.stdout).error).toMatchObject({ code: "RUN_MISSING" });
  });
});
