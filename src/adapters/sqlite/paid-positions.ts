import type { MarketResult } from "../../core/market.ts";
import type { Ruling } from "../../core/records.ts";
import type { Paid } from "../../core/settle-legs.ts";
import { yesPayoutOf } from "../../core/settlement.ts";
import { type Money, money, type Price, type Qty } from "../../core/units.ts";
import type { Db } from "./open.ts";

/** A settled position and whose it is. */
export interface PaidPosition extends Paid {
  readonly mode: "paper" | "live" | "backtest";
  /** First run on the simulated account; null for live, whose positions belong to the account. */
  readonly runId: number | null;
}

interface Row {
  readonly mode: PaidPosition["mode"];
  readonly runId: number | null;
  readonly ticker: string;
  readonly strategy: string;
  readonly yesQty: Qty;
  readonly noQty: Qty;
  readonly payout: Money;
  readonly pnl: Money;
  readonly status: string;
  readonly source: string;
  readonly atMs: number;
  readonly provisional: number;
  readonly yesPayout: Price | null;
  readonly expirationValue: string | null;
}

/** Runs that share a run's simulated account. */
export const SAME_ACCOUNT = `(:run IS NULL OR run_id = :run OR run_id IN
  (SELECT b.run_id FROM run_accounts a JOIN run_accounts b USING (account) WHERE a.run_id = :run))`;

// Of a group with one max() SQLite takes the other columns from the row that has it: the newest leg.
const paidSql = (condition: string): string =>
  `SELECT mode, CASE mode WHEN 'live' THEN NULL ELSE coalesce(
       (SELECT a.account FROM run_accounts a WHERE a.run_id = trade_ledger.run_id), run_id) END AS runId,
     ticker, strategy, sum(CASE side WHEN 'yes' THEN qty_cq ELSE 0 END) AS yesQty,
     sum(CASE side WHEN 'no' THEN qty_cq ELSE 0 END) AS noQty, -sum(cost_ud) AS payout,
     coalesce(sum(pnl_ud), 0) AS pnl, max(ledger_id) AS newest, status, source, at_ms AS atMs,
     coalesce(payload_json ->> '$.provisional', 0) AS provisional, payload_json ->> '$.yes_payout_cc' AS yesPayout,
     payload_json ->> '$.expiration_value' AS expirationValue
   FROM trade_ledger WHERE action = 'settle' AND ${condition}
   GROUP BY mode, runId, ticker ORDER BY atMs, newest`;

/** Every settled position. */
export function allPaid(db: Db): PaidPosition[] {
  return db.prepare<[], Row>(paidSql("1")).all().flatMap(paidOf);
}

/** Positions of an account that were settled in a time; of the real one also what `ledger settle` settled. */
export function paidOfAccount(
  db: Db,
  of: {
    readonly account: number;
    readonly isLive: 0 | 1;
    readonly sinceMs: number;
    readonly untilMs: number;
  },
): PaidPosition[] {
  const own = `(run_id IN (SELECT a.run_id FROM run_accounts a WHERE a.account = :account)
    OR (:isLive AND run_id IS NULL AND mode = 'live'))`;
  return db
    .prepare<typeof of, Row>(paidSql(`${own} AND at_ms <= :untilMs`))
    .all(of)
    .flatMap(paidOf)
    .filter(({ ruling }) => ruling.atMs > of.sinceMs);
}

/** Finds what a run's account was paid in a market. */
export function paidIn(
  db: Db,
): (of: { mode: string; run: number | null; ticker: string }) => PaidPosition | undefined {
  const find = db.prepare<{ mode: string; run: number | null; ticker: string }, Row>(
    paidSql(`ticker = :ticker AND mode = :mode AND ${SAME_ACCOUNT}`),
  );
  return (of) => find.all(of).flatMap(paidOf).at(0);
}

/** Legs of earlier versions say no more than YES or NO, and those were final. */
function paidOf(row: Row): PaidPosition[] {
  const { atMs, expirationValue, mode, noQty, payout, runId, source, strategy, ticker, yesQty } =
    row;
  const result = resultOf(row.status);
  const yesPayout = row.yesPayout ?? yesPayoutOf({ result, yesPayout: null });
  if (yesPayout === null) return [];
  const isFinal = row.provisional === 0;
  const ruling: Ruling = { ticker, result, yesPayout, isFinal, source, expirationValue, atMs };
  const cost = money(payout - row.pnl);
  return [{ mode, runId, ruling, strategy, yesQty, noQty, cost, payout }];
}

function resultOf(status: string): MarketResult {
  return status === "yes" || status === "no" || status === "scalar" ? status : "";
}
