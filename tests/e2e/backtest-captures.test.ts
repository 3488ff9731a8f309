import { existsSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { kbt, rows, tempFolder } from "../support/kbt.ts";

// A capture as a backtest and as the exchange of `paper`: the same decisions. All of them with KBT_TEST_ALL_CAPTURES=1, the
// smallest otherwise, because each is minutes of a real market.

const CAPTURES = resolve(import.meta.dirname, "../../../shared/data/kalshi/ws-btc15m");
const folder = tempFolder();
afterAll(() => folder.remove());

const isThere = existsSync(CAPTURES);
if (!isThere) process.stderr.write(`skipped: no captures at ${CAPTURES}\n`);
const files = isThere ? readdirSync(CAPTURES).filter((name) => name.includes(".jsonl")) : [];
const bySize = files.toSorted(
  (a, b) => statSync(`${CAPTURES}/${a}`).size - statSync(`${CAPTURES}/${b}`).size,
);
const chosen = process.env["KBT_TEST_ALL_CAPTURES"] === "1" ? bySize : bySize.slice(0, 1);

const COLUMNS = `strategy, ticker, at_ms, tau_s, spot_usd, sigma, p_model, p_low, p_high, p_market, side, yes_bid_cc,
  yes_ask_cc, yes_bid_qty_cq, yes_ask_qty_cq, cost_ud, ev, decision, reason, failed`;

describe.skipIf(!isThere)("a capture", () => {
  test.each(chosen)("%s gives a backtest the decisions of paper", async (name) => {
    const db = `${folder.path}/${name}.sqlite`;
    const path = `${CAPTURES}/${name}`;
    const run = (...args: readonly string[]) =>
      kbt([...args, "--db", db, "--quiet"], { cwd: folder.path });
    const backtest = await run("backtest", "--from-capture", path);
    const paper = await run("paper", `--sim=replay:${path}`, "--sim-speed", "max");
    expect([backtest.code, paper.code]).toEqual([0, 0]);
    const decisions = (id: number): unknown[][] =>
      rows(db, `SELECT ${COLUMNS} FROM opportunities WHERE run_id = ${id} ORDER BY opportunity_id`);
    expect(decisions(1).length).toBeGreaterThan(100);
    expect(decisions(1)).toEqual(decisions(2));
    const legs = (id: number): unknown[][] =>
      rows(
        db,
        `SELECT at_ms, action, side, ticker, price_cc, qty_cq, cost_ud, pnl_ud, status FROM trade_ledger WHERE run_id = ${id} ORDER BY ledger_id`,
      );
    expect(legs(1)).toEqual(legs(2));
    const verified = await run("backtest", "--verify", "1");
    expect(verified.code).toBe(0);
  });
});
