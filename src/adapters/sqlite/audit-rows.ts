import type { Settlement } from "../../core/events.ts";
import type {
  FillRecord,
  LedgerRecord,
  OrderEventRecord,
  OrderRecord,
  PessimisticLeg,
  PositionRecord,
  RiskRecord,
} from "../../core/records.ts";
import { nextLeg } from "../../core/settle-legs.ts";
import type { Db } from "./open.ts";
import { paidIn, SAME_ACCOUNT } from "./paid-positions.ts";
import { pessimisticRow } from "./pessimistic-rows.ts";

/** Modes that have orders, fills and a ledger. */
export type TradingMode = "paper" | "live" | "backtest";

/** Whose row it is. A row written by a tool outside a run has no run. */
export interface Owner {
  readonly runId: number | null;
  readonly mode: string;
  /** A tool writes it in the name of the run. */
  readonly byTool?: boolean;
}

/** The append-only tables. Each call is one insert; the caller owns the transaction. */
export interface AuditRows {
  order(owner: Owner, row: OrderRecord): void;
  orderEvent(owner: Owner, row: OrderEventRecord): void;
  /** False when this fill is already on file. */
  fill(owner: Owner, row: FillRecord): boolean;
  /** False when it is a settle leg that says nothing new about a position that is settled already. */
  ledger(owner: Owner, row: LedgerRecord): boolean;
  /** False when it settles a position that is settled already. */
  pessimistic(owner: Owner, leg: PessimisticLeg): boolean;
  position(owner: Owner, row: PositionRecord): void;
  risk(owner: Owner, row: RiskRecord): void;
  /** False when it says nothing new. */
  settlement(owner: Owner, row: Settlement): boolean;
}

export function createAuditRows(db: Db): AuditRows {
  return {
    ...tradeRows(db),
    ...bookkeepingRows(db),
    settlement: settlementRow(db),
    pessimistic: pessimisticRow(db),
  };
}

function tradeRows(db: Db): Pick<AuditRows, "order" | "orderEvent" | "fill"> {
  const order = db.prepare(
    `INSERT INTO order_intents (order_id, client_order_id, run_id, strategy, opportunity_id, ticker, side, action,
       price_cc, qty_cq, first_state, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const orderEvent = db.prepare(
    "INSERT INTO order_events (order_id, run_id, at_ms, state, filled_qty_cq, reason) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const fill = db.prepare(
    `INSERT INTO fills (order_id, fill_id, run_id, mode, ticker, side, action, price_cc, qty_cq, fee_ud, is_taker,
       fill_class, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id, fill_id) DO NOTHING`,
  );
  return {
    order({ runId }, row) {
      order.run(
        row.orderId,
        row.clientOrderId,
        runId,
        row.strategy,
        row.opportunityId,
        row.ticker,
        row.side,
        row.action,
        row.price,
        row.qty,
        row.state,
        row.createdMs,
      );
    },
    orderEvent({ runId }, row) {
      orderEvent.run(row.orderId, runId, row.atMs, row.state, row.filledQty, row.reason);
    },
    fill({ runId, mode }, row) {
      const { changes } = fill.run(
        row.orderId,
        row.fillId,
        runId,
        mode,
        row.ticker,
        row.side,
        row.action,
        row.price,
        row.qty,
        row.fee,
        row.isTaker ? 1 : 0,
        row.fillClass,
        row.atMs,
      );
      return changes === 1;
    },
  };
}

function bookkeepingRows(db: Db): Pick<AuditRows, "ledger" | "position" | "risk"> {
  const ledger = db.prepare(
    `INSERT INTO trade_ledger (run_id, mode, at_ms, action, side, ticker, price_cc, qty_cq, cost_ud, pnl_ud, status,
       source, strategy, order_id, payload_json, by_tool) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const needed = neededLeg(db);
  const position = db.prepare(
    "INSERT INTO positions_snapshots (run_id, mode, ticker, qty_cq, cost_ud, source, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const risk = db.prepare(
    "INSERT INTO risk_events (run_id, mode, at_ms, kind, value, limit_value, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return {
    ledger(owner, given) {
      const row = given.action === "settle" ? needed(owner, given) : given;
      if (row === null) return false;
      ledger.run(
        owner.runId,
        owner.mode,
        row.atMs,
        row.action,
        row.side,
        row.ticker,
        row.price,
        row.qty,
        row.cost,
        row.pnl,
        row.status,
        row.source,
        row.strategy,
        row.orderId,
        JSON.stringify(row.payload),
        owner.byTool === true ? 1 : 0,
      );
      return true;
    },
    position({ runId, mode }, row) {
      position.run(runId, mode, row.ticker, row.qty, row.cost, row.source, row.atMs);
    },
    risk({ runId, mode }, row) {
      risk.run(runId, mode, row.atMs, row.kind, row.value, row.limitValue, row.reason);
    },
  };
}

/**
 * A running session and `ledger settle` from cron may both see how a position settled, each without the other's knowledge:
 * the second one writes what is still missing, which may be nothing. Live positions belong to the account, simulated ones
 * to that of their run.
 */
function neededLeg(db: Db): (owner: Owner, row: LedgerRecord) => LedgerRecord | null {
  const paid = paidIn(db);
  const held = db
    .prepare<{ mode: string; run: number | null; ticker: string }, number>(
      `SELECT coalesce(sum(CASE WHEN (side = 'yes') = (action = 'buy') THEN qty_cq ELSE -qty_cq END), 0)
       FROM fills WHERE ticker = :ticker AND mode = :mode AND ${SAME_ACCOUNT}`,
    )
    .pluck();
  return ({ mode, runId }, row) => {
    const of = { mode, run: mode === "live" ? null : runId, ticker: row.ticker };
    const before = paid(of);
    if (before === undefined) return row;
    const isOpen = before.yesQty - before.noQty !== held.get(of);
    if (row.qty !== 0 && isOpen) return row;
    return row.ruling === undefined ? null : (nextLeg(before, row.ruling)?.leg ?? null);
  };
}

interface KnownSettlement {
  readonly revision: number;
  readonly result: string;
  readonly expiration_value: string | null;
  readonly yes_payout_cc: number | null;
  readonly final: number;
}

function settlementRow(db: Db): AuditRows["settlement"] {
  const newest = db.prepare<[string], KnownSettlement>(
    `SELECT revision, result, expiration_value, yes_payout_cc, final FROM settlement_revisions WHERE ticker = ?
     ORDER BY revision DESC LIMIT 1`,
  );
  const insert = db.prepare(
    `INSERT INTO settlement_revisions (ticker, revision, event_ticker, result, expiration_value, settled_ms, final,
       source, recv_ms, run_id, yes_payout_cc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return ({ runId }, row) => {
    const known = newest.get(row.ticker);
    if (known !== undefined && isOldNews(known, row)) return false;
    insert.run(
      row.ticker,
      (known?.revision ?? 0) + 1,
      row.eventTicker,
      row.result,
      row.expirationValue,
      row.settledMs,
      row.final ? 1 : 0,
      row.source,
      row.recvMs,
      runId,
      row.yesPayout,
    );
    return true;
  };
}

// The same result again says nothing, and a "determined" that arrives after "finalized" must not make it provisional.
function isOldNews(known: KnownSettlement, row: Settlement): boolean {
  if (known.result !== row.result) return false;
  if (row.final && known.final === 0) return false;
  const isPaidAlike = row.yesPayout === null || known.yes_payout_cc === row.yesPayout;
  // A YES or NO of an earlier version is without its number, which says nothing new.
  if (!isPaidAlike && row.result !== "yes" && row.result !== "no") return false;
  return row.expirationValue === null || known.expiration_value === row.expirationValue;
}
