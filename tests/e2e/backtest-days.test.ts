import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backfilled } from "../support/backfilled.ts";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// `kbt backtest --backfilled`: days that were fetched afterwards, through the engine that knows them by the minute.

const folder = tempFolder();
afterAll(() => folder.remove());
const db = `${folder.path}/days.sqlite`;
const run = (...args: readonly string[]) => kbt([...args, "--db", db], { cwd: folder.path });

beforeAll(async () => {
  await backfilled(db, { hours: 1.1, series: ["KXBTC15M"], products: ["BTC-USD"] });
}, 120_000);

describe("kbt backtest --backfilled", () => {
  test("looks once a minute, fills at the next minute's quotes and settles", async () => {
    const done = await run(
      "backtest",
      "--backfilled",
      "--json",
      "--set",
      "strategy.threshold-ev.ev_min=0",
    );
    expect(done.code).toBe(0);
    const { data, warnings } = JSON.parse(done.stdout);
    expect(data.source).toBe("fetched days");
    expect(data.coverage.windows).toBeGreaterThanOrEqual(4);
    expect(warnings[0]).toMatch(/^fetched days know quotes by the minute/);
    const times = rows(
      db,
      `SELECT DISTINCT at_ms % 60000 FROM opportunities WHERE run_id = ${data.run_id}`,
    );
    expect(times).toEqual([[0]]);
    expect(data.evaluations).toBeGreaterThan(30);
    const waits = rows(
      db,
      `SELECT f.at_ms - o.created_ms FROM fills f JOIN orders o USING (order_id) WHERE f.run_id = ${data.run_id}`,
    ).flat();
    for (const waited of waits) expect(waited).toBeGreaterThan(60_000);
  });

  test("compares exits on them, and looks for a look ahead", async () => {
    const compared = await run("backtest", "--backfilled", "--exit", "hold,stop25", "--json");
    expect(compared.code).toBe(0);
    expect(JSON.parse(compared.stdout).data.exits.exits).toHaveLength(2);
    const guard = await run("backtest", "--backfilled", "--guard");
    expect(guard.code).toBe(0);
    expect(guard.stdout).toMatch(/no decision looks ahead\n$/);
  });

  test("says what there is not", async () => {
    const none = await run("backtest", "--backfilled", "--series", "KXETH15M");
    expect(none.code).toBe(7);
    expect(none.stderr).toContain("error[NOTHING_FETCHED]");
    const later = await run("backtest", "--backfilled", "--since", "2035-01-01");
    expect(later.stderr).toContain("of that time");
    const both = await run("backtest", "--backfilled", "--run", "1");
    expect(both.code).toBe(2);
  });
});
