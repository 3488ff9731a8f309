import { DAY_MS } from "../../../core/iso-time.ts";
import type { PastFill, PastTrading } from "../../../core/past-trading.ts";
import type { FillRecord } from "../../../core/records.ts";
import type { Money, Ms } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { paidOfAccount } from "../paid-positions.ts";
import { reading } from "./read.ts";

type Row = FillRecord & { readonly strategy: string; readonly isOpen: number };

/**
 * What earlier runs on an account left that still counts: the fills of the last day and of markets that are open or closed
 * within it, what was settled in that time, and what was lost since midnight UTC. A market that has not settled a day after
 * its close is left to `ledger settle`, as feeds ask no longer. Fills of before a strategy's reset count as nobody's. Later
 * ones than `nowMs` are not there: a local exchange may start its time again.
 */
export function pastTrading(
  reader: Reader,
  { account, mode }: { readonly account: number; readonly mode: TradingMode },
  nowMs: Ms,
): PastTrading {
  return reading(reader, () => {
    const resets = resetsOf(reader, mode, nowMs);
    return {
      fills: fillsOf(reader, { account, mode }, nowMs).map(
        ({ isOpen, strategy, ...fill }): PastFill => {
          const isForgotten = fill.atMs <= (resets.get(strategy) ?? Number.NEGATIVE_INFINITY);
          return { fill, strategy: isForgotten ? "" : strategy, isOpen: isOpen === 1 };
        },
      ),
      settled: paidOfAccount(reader.db, {
        account,
        isLive: mode === "live" ? 1 : 0,
        sinceMs: nowMs - DAY_MS,
        untilMs: nowMs,
      }),
      losses: reader.db
        .prepare<Record<string, number>, { pnl: Money; atMs: Ms }>(
          `SELECT l.pnl_ud AS pnl, l.at_ms AS atMs FROM trade_ledger l LEFT JOIN run_accounts a USING (run_id)
           WHERE (a.account = :account OR ${OF_NO_RUN}) AND l.action <> 'settle' AND l.pnl_ud < 0
             AND l.at_ms >= :midnight AND l.at_ms <= :nowMs
           ORDER BY l.ledger_id`,
        )
        .all({
          account,
          isLive: mode === "live" ? 1 : 0,
          midnight: Math.floor(nowMs / DAY_MS) * DAY_MS,
          nowMs,
        }),
    };
  });
}

/** There is one real account, so what a cron job settled belongs to it; of the simulated ones each run has settled its own. */
const OF_NO_RUN = "(:isLive AND l.run_id IS NULL AND l.mode = 'live')";

function fillsOf(
  reader: Reader,
  { account, mode }: { readonly account: number; readonly mode: TradingMode },
  nowMs: Ms,
): Row[] {
  const rows = reader.db
    .prepare<Record<string, number>, Omit<Row, "isTaker"> & { isTaker: number }>(
      `SELECT f.fill_id AS fillId, f.order_id AS orderId, f.ticker, f.side, f.action, f.price_cc AS price,
         f.qty_cq AS qty, f.fee_ud AS fee, f.is_taker AS isTaker, f.fill_class AS fillClass, f.at_ms AS atMs, i.strategy,
         (coalesce(k.close_ms > :since, 0) OR :isLive) AND f.ticker NOT IN (
           SELECT l.ticker FROM trade_ledger l LEFT JOIN run_accounts b USING (run_id)
           WHERE (b.account = :account OR ${OF_NO_RUN}) AND l.action = 'settle') AS isOpen
       FROM fills f JOIN run_accounts a ON a.run_id = f.run_id JOIN order_intents i ON i.order_id = f.order_id
       LEFT JOIN kalshi_markets k ON k.ticker = f.ticker
       WHERE a.account = :account AND f.at_ms <= :nowMs AND (f.at_ms > :since OR k.close_ms > :since)
       ORDER BY f.rowid`,
    )
    .all({ account, nowMs, since: nowMs - DAY_MS, isLive: mode === "live" ? 1 : 0 });
  return rows.map((row) => ({ ...row, isTaker: row.isTaker === 1 }));
}

/** When each strategy was last told to forget. */
function resetsOf(reader: Reader, mode: string, nowMs: Ms): ReadonlyMap<string, Ms> {
  const rows = reader.db
    .prepare<[string, number], [string, number]>(
      `SELECT substr(reason, 1, instr(reason, ':') - 1), max(at_ms) FROM risk_events
       WHERE kind = 'strategy_reset' AND mode = ? AND at_ms <= ? GROUP BY 1`,
    )
    .raw()
    .all(mode, nowMs);
  return new Map(rows);
}
