import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { readWitnesses } from "../../../src/adapters/sqlite/queries/reconcile.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { ledger } from "../../../src/app/compose/ledger.ts";
import { marketResidues, orderResidues } from "../../../src/core/reconcile.ts";
import { AccountFile, aFullAccount } from "../../support/account-file.ts";
import { ledgerContext, noOptions } from "../../support/ledger-context.ts";
import { T0 } from "../sqlite/support.ts";

// An account in which everything has happened leaves no residue; one row taken away or changed is found and named.

const folder = mkdtempSync(join(tmpdir(), "kbt-reconcile-"));
const whole = join(folder, "whole.sqlite");

beforeAll(async () => {
  for (const mode of ["live", "paper"] as const) {
    const config = { risk: { bankroll_usd: 100 } };
    const run = { mode, startedMs: T0, version: "0", config, command: mode, accountKey: mode };
    const recorder = createRecorder({ path: whole, env: "sim", run, nowMs: () => T0 + 60_000 });
    aFullAccount(new AccountFile(recorder, T0));
    await recorder.close(0);
  }
  return () => rmSync(folder, { recursive: true });
});

function residuesOf(path: string) {
  const reader = openReader(path);
  try {
    const { markets, orders } = readWitnesses(reader, undefined);
    return [...orderResidues(orders), ...markets.flatMap(marketResidues)];
  } finally {
    reader.close();
  }
}

/** The file after somebody with the sqlite3 shell has been at it. */
function damaged(sql: string): string {
  const path = join(folder, "damaged.sqlite");
  rmSync(path, { force: true });
  const db = new Database(whole);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  copyFileSync(whole, path);
  const copy = new Database(path);
  const triggers = copy.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck();
  for (const name of triggers.all()) copy.exec(`DROP TRIGGER ${String(name)}`);
  copy.exec(sql);
  copy.close();
  return path;
}

test("partial fills, both sides, scalar, void and amended results leave nothing", async () => {
  expect(residuesOf(whole)).toEqual([]);
  const { ctx } = ledgerContext(whole, true);
  const result = await ledger(ctx, { ...noOptions, what: "reconcile" });
  expect(result).toMatchObject({
    exitCode: 0,
    data: {
      residue: "0.000000",
      residues: [],
      compared: { orders: 20, fills: 20, settled: 10 },
      exchange: "nobody",
    },
  });
});

const LEG =
  "WHERE ledger_id = (SELECT min(ledger_id) FROM trade_ledger WHERE mode = 'live' AND ticker LIKE";
const ofMarket = (name: string, action: string): string =>
  `${LEG} '%-${name}' AND action = '${action}')`;

test.each([
  [`DELETE FROM trade_ledger ${ofMarket("A", "buy")}`, "leg_missing", 583_600],
  [`UPDATE trade_ledger SET cost_ud = cost_ud + 100 ${ofMarket("A", "buy")}`, "leg_differs", -100],
  [`UPDATE trade_ledger SET side = 'no' ${ofMarket("D", "buy")}`, "leg_differs", 0],
  [
    `INSERT INTO trade_ledger SELECT 999, run_id, mode, at_ms, action, side, ticker, price_cc, qty_cq, cost_ud, pnl_ud, status,
       source, strategy, order_id, payload_json, by_tool FROM trade_ledger ${ofMarket("D", "buy")}`,
    "leg_twice",
    -844_800,
  ],
  ["DELETE FROM fills WHERE mode = 'live' AND ticker LIKE '%-F'", "fill_missing", -317_900],
  [`DELETE FROM trade_ledger ${ofMarket("C", "settle")}`, "settle_missing", -2_220_111],
  [
    `UPDATE trade_ledger SET cost_ud = cost_ud - 10000 ${ofMarket("B", "settle")}`,
    "settle_differs",
    10_000,
  ],
  [`UPDATE trade_ledger SET pnl_ud = pnl_ud + 1 ${ofMarket("D", "settle")}`, "profit", 1],
  [
    "DELETE FROM trade_ledger WHERE mode = 'live' AND ticker LIKE '%-E' AND payload_json LIKE '%corrects%'",
    "result_differs",
    10_000_000,
  ],
  ["UPDATE order_events SET filled_qty_cq = 1 WHERE order_id = 'r1-1'", "order", 0],
])("%s is found as %s", (sql, check, amount) => {
  const found = residuesOf(damaged(sql));
  expect(found).toContainEqual(expect.objectContaining({ check, amount, mode: "live" }));
  expect(found.every(({ mode }) => mode === "live")).toBe(true);
});

test("a residue is told with its market and ends with exit code 8", async () => {
  const path = damaged(`DELETE FROM trade_ledger ${ofMarket("C", "settle")}`);
  const { ctx } = ledgerContext(path, false);
  const result = await ledger(ctx, { ...noOptions, what: "reconcile" });
  expect(result).toMatchObject({ exitCode: 8, error: { kind: "doubt", code: "LEDGER_DIFFERS" } });
  expect(result.text).toMatch(/settle_missing +KXBTC15M-26NOV021415-C +-2\.220111/);
  expect(result.text).toContain("residue $2.220111");
});

test("a deposit is on the balance and not in the profit", async () => {
  const path = damaged("SELECT 1");
  const { ctx } = ledgerContext(path, true);
  const ask = (options: Partial<typeof noOptions>) => ledger(ctx, { ...noOptions, ...options });
  const before = await ask({ what: "balance" });
  expect(before.data).toMatchObject([
    { mode: "live", opening: null, moved: "0.000000", balance: null, realized: "-3.703489" },
    { mode: "paper", opening: "100.000000", balance: "95.978611", held_at_cost: "0.317900" },
  ]);
  const { money } = await import("../../../src/core/units.ts");
  await ask({ what: "deposit", amount: money(50_000_000), reason: "test" });
  await ask({ what: "withdraw", amount: money(20_000_000) });
  const after = await ask({ what: "balance", mode: "live" });
  expect(after.data).toMatchObject([{ moved: "30.000000", realized: "-3.703489" }]);
  const earlier = await ask({ what: "balance", mode: "live", until: { agoMs: 3_600_000 } });
  expect(earlier.data).toMatchObject([{ moved: "0.000000" }]);
  await expect(ask({ what: "deposit" })).rejects.toThrow("needs --amount");
});
