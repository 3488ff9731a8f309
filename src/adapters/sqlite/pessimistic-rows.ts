import type { PessimisticLeg } from "../../core/records.ts";
import type { Db } from "./open.ts";

/** Whose leg it is: only simulated runs have such an account. */
interface Owner {
  readonly runId: number | null;
  readonly mode: string;
}

/** Appends a leg; false when it settles a position that is settled already. The caller owns the transaction. */
export function pessimisticRow(db: Db): (owner: Owner, leg: PessimisticLeg) => boolean {
  const insert = db.prepare(
    `INSERT INTO pessimistic_legs (run_id, mode, at_ms, ticker, strategy, order_id, action, side, price_cc, qty_cq, fee_ud, pnl_ud)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  // A running session and `ledger settle` from cron may both see the same result.
  const held = db
    .prepare<{ run: number | null; ticker: string }, number>(
      `SELECT coalesce(sum(CASE WHEN (side = 'yes') = (action = 'buy') THEN qty_cq ELSE -qty_cq END), 0)
       FROM pessimistic_legs WHERE ticker = :ticker AND (run_id = :run OR run_id IN
         (SELECT b.run_id FROM run_accounts a JOIN run_accounts b USING (account) WHERE a.run_id = :run))`,
    )
    .pluck();
  return ({ mode, runId }, leg) => {
    const { action, atMs, orderId, side, strategy, ticker } = leg;
    if (action === "settle" && held.get({ run: runId, ticker }) === 0) return false;
    const { fee, pnl, price, qty } = leg;
    const what = [orderId, action, side, price, qty, fee, pnl];
    insert.run(runId, mode, atMs, ticker, strategy, ...what);
    return true;
  };
}
