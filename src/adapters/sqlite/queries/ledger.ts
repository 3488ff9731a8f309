import type { FillClass, LedgerRecord } from "../../../core/records.ts";
import type { Money } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { reading, seriesRange, type TimeRange, where } from "./read.ts";

export interface LedgerFilter extends TimeRange {
  readonly mode?: TradingMode | undefined;
  readonly strategy?: string | undefined;
  readonly series?: string | undefined;
  readonly ticker?: string | undefined;
  readonly runId?: number | undefined;
  /** Newest rows kept, 0 for all of them. */
  readonly limit?: number | undefined;
}

export type LedgerRow = Omit<LedgerRecord, "payload"> & {
  readonly ledgerId: number;
  readonly runId: number | null;
  readonly mode: TradingMode;
  readonly payloadJson: string;
  /** Of a settle leg: 1 while its result may still be taken back. */
  readonly provisional: number;
  /** What a simulated fill rests on; null for every other leg. */
  readonly fillClass: FillClass | null;
};

/** Ledger legs, newest first. */
export function listLedger(reader: Reader, filter: LedgerFilter = {}): LedgerRow[] {
  const { sql, values } = ledgerWhere(filter);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], LedgerRow>(
        `SELECT ledger_id AS ledgerId, run_id AS runId, mode, at_ms AS atMs, action, side, ticker, price_cc AS price,
           qty_cq AS qty, cost_ud AS cost, pnl_ud AS pnl, status, source, strategy, order_id AS orderId,
           payload_json AS payloadJson, coalesce(payload_json ->> '$.provisional', 0) AS provisional,
           (SELECT f.fill_class FROM fills f WHERE f.order_id = trade_ledger.order_id
              AND f.fill_id = payload_json ->> '$.fill_id') AS fillClass
         FROM trade_ledger ${sql} ORDER BY at_ms DESC, ledger_id DESC LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  );
}

export type PnlBy = "strategy" | "series" | "day";

export interface PnlRow {
  readonly mode: TradingMode;
  /** Strategy, series or UTC day, as asked for. */
  readonly key: string;
  /** Positions of which something was sold or settled, each once, in however many pieces; only they have a profit. */
  readonly closed: number;
  readonly wins: number;
  readonly losses: number;
  readonly pnl: Money;
  /**
   * From position to position the worse, and the better, of what this account and the pessimistic one made; null where a
   * run had none: live, and those of before there was one.
   */
  readonly pessimistic: Money | null;
  readonly optimistic: Money | null;
  /** Cash paid for buys, fees included. */
  readonly bought: Money;
  readonly firstMs: number;
  readonly lastMs: number;
}

const PNL_KEY: Readonly<Record<PnlBy, string>> = {
  strategy: "strategy",
  series: "substr(ticker, 1, instr(ticker || '-', '-') - 1)",
  day: "strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch')",
};

/** First run on the account of a leg's run: what one run bought the next one may have sold. */
const ACCOUNT =
  "coalesce((SELECT a.account FROM run_accounts a WHERE a.run_id = trade_ledger.run_id), run_id)";

const SHADOW_ACCOUNT = ACCOUNT.replace("trade_ledger", "pessimistic_legs");

/** Realised profit and loss per mode and strategy, series or UTC day. */
export function pnl(reader: Reader, by: PnlBy, filter: LedgerFilter = {}): PnlRow[] {
  const { sql, values } = ledgerWhere(filter);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], PnlRow>(
        `WITH alone AS (SELECT DISTINCT run_id FROM fills WHERE fill_class IS NULL),
         positions AS (
           SELECT mode, ${PNL_KEY[by]} AS key, ticker, ${ACCOUNT} AS account, sum(pnl_ud) AS pnl,
             sum(CASE WHEN action = 'buy' AND cost_ud > 0 THEN cost_ud END) AS bought,
             min(at_ms) AS firstMs, max(at_ms) AS lastMs,
             max(mode = 'live' OR run_id IS NULL OR run_id IN alone) AS isAlone
           FROM trade_ledger ${sql}
           GROUP BY mode, key, ticker, CASE mode WHEN 'live' THEN NULL ELSE ${ACCOUNT} END),
         shadow AS (
           SELECT mode, ${PNL_KEY[by]} AS key, ticker, ${SHADOW_ACCOUNT} AS account,
             coalesce(sum(pnl_ud), 0) AS pnl, min(at_ms) AS firstMs, max(at_ms) AS lastMs
           FROM pessimistic_legs ${sql} GROUP BY mode, key, ticker, account),
         both AS (
           SELECT coalesce(p.mode, s.mode) AS mode, coalesce(p.key, s.key) AS key, p.pnl, bought, isAlone,
             coalesce(p.firstMs, s.firstMs) AS firstMs, coalesce(p.lastMs, s.lastMs) AS lastMs,
             min(coalesce(p.pnl, 0), coalesce(s.pnl, 0)) AS low, max(coalesce(p.pnl, 0), coalesce(s.pnl, 0)) AS high
           FROM positions p FULL JOIN shadow s
             ON s.mode = p.mode AND s.key = p.key AND s.ticker = p.ticker AND s.account = p.account)
         SELECT mode, key, count(pnl) AS closed, coalesce(sum(pnl > 0), 0) AS wins,
           coalesce(sum(pnl < 0), 0) AS losses, coalesce(sum(pnl), 0) AS pnl,
           coalesce(sum(bought), 0) AS bought, min(firstMs) AS firstMs, max(lastMs) AS lastMs,
           CASE WHEN max(isAlone) = 1 THEN NULL ELSE sum(low) END AS pessimistic,
           CASE WHEN max(isAlone) = 1 THEN NULL ELSE sum(high) END AS optimistic
         FROM both GROUP BY mode, key ORDER BY mode, key`,
      )
      .all(...values, ...values),
  );
}

export interface CashRow {
  readonly mode: TradingMode;
  readonly legs: number;
  /** Net cash that came in (+) or went out (-) over all legs. */
  readonly cash: Money;
  readonly pnl: Money;
  readonly fees: Money;
  readonly fills: number;
  readonly lastMs: number | null;
}

/** What the ledger says per mode: cash moved, profit realised, fees paid. */
export function cashByMode(reader: Reader, filter: LedgerFilter = {}): CashRow[] {
  const { sql, values } = ledgerWhere(filter);
  const { since, until, mode, runId, ticker } = filter;
  const fills = where([
    ["at_ms >= ?", since],
    ["at_ms <= ?", until],
    ["mode = ?", mode],
    ["run_id = ?", runId],
    ["ticker = ?", ticker],
    ["ticker > ? AND ticker < ?", ...seriesRange(filter.series)],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], CashRow>(
        `WITH legs AS (
           SELECT mode, count(*) AS legs, -sum(cost_ud) AS cash, coalesce(sum(pnl_ud), 0) AS pnl, max(at_ms) AS lastMs
           FROM trade_ledger ${sql} GROUP BY mode),
         paid AS (SELECT mode, count(*) AS fills, sum(fee_ud) AS fees FROM fills ${fills.sql} GROUP BY mode)
         SELECT coalesce(legs.mode, paid.mode) AS mode, coalesce(legs, 0) AS legs, coalesce(cash, 0) AS cash,
           coalesce(pnl, 0) AS pnl, coalesce(fees, 0) AS fees, coalesce(fills, 0) AS fills, lastMs
         FROM legs FULL JOIN paid ON paid.mode = legs.mode ORDER BY 1`,
      )
      .all(...values, ...fills.values),
  );
}

function ledgerWhere(filter: LedgerFilter): ReturnType<typeof where> {
  return where([
    ["mode = ?", filter.mode],
    ["strategy = ?", filter.strategy],
    ["ticker = ?", filter.ticker],
    ["ticker > ? AND ticker < ?", ...seriesRange(filter.series)],
    ["run_id = ?", filter.runId],
    ["at_ms >= ?", filter.since],
    ["at_ms <= ?", filter.until],
  ]);
}

/** SQL's LIMIT of an optional count; -1 is "no limit". */
export function limitOf(limit: number | undefined): number {
  return limit === undefined || limit <= 0 ? -1 : limit;
}
