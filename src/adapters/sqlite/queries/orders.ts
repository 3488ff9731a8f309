import type { FillRecord, OrderRecord, OrderState } from "../../../core/records.ts";
import type { Qty } from "../../../core/units.ts";
import type { TradingMode } from "../audit-rows.ts";
import type { Reader } from "../open.ts";
import { type LedgerFilter, limitOf } from "./ledger.ts";
import { reading, seriesRange, where } from "./read.ts";

export interface OrderFilter extends LedgerFilter {
  readonly orderId?: string | undefined;
  readonly clientOrderId?: string | undefined;
  readonly opportunityId?: number | undefined;
  readonly state?: OrderState | undefined;
  /** Only orders that may still rest or whose fate is unknown. */
  readonly open?: boolean | undefined;
}

/** An order with the state of now: that of its newest event. */
export type OrderRow = OrderRecord & {
  readonly runId: number;
  readonly mode: TradingMode;
  readonly filledQty: Qty;
  readonly reason: string;
  readonly updatedMs: number;
};

/** Orders with their present state, newest first. */
export function listOrders(reader: Reader, filter: OrderFilter = {}): OrderRow[] {
  const { sql, values } = where([
    ["mode = ?", filter.mode],
    ["strategy = ?", filter.strategy],
    ["ticker = ?", filter.ticker],
    ["ticker > ? AND ticker < ?", ...seriesRange(filter.series)],
    ["run_id = ?", filter.runId],
    ["order_id = ?", filter.orderId],
    ["client_order_id = ?", filter.clientOrderId],
    ["opportunity_id = ?", filter.opportunityId],
    ["state = ?", filter.state],
    ["created_ms >= ?", filter.since],
    ["created_ms <= ?", filter.until],
    ["state IN ('pending', 'resting', 'unknown') AND ?", filter.open === true ? 1 : undefined],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], OrderRow>(
        `SELECT order_id AS orderId, client_order_id AS clientOrderId, run_id AS runId, mode, strategy,
           opportunity_id AS opportunityId, ticker, side, action, price_cc AS price, qty_cq AS qty, state,
           filled_qty_cq AS filledQty, reason, created_ms AS createdMs, updated_ms AS updatedMs
         FROM orders ${sql} ORDER BY created_ms DESC, order_id DESC LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  );
}

export interface OrderEventRow {
  readonly orderId: string;
  readonly atMs: number;
  readonly state: OrderState;
  readonly filledQty: Qty;
  readonly reason: string;
}

/** What happened to one order, oldest first. */
export function listOrderEvents(reader: Reader, orderId: string): OrderEventRow[] {
  return reading(reader, () =>
    reader.db
      .prepare<[string], OrderEventRow>(
        `SELECT order_id AS orderId, at_ms AS atMs, state, filled_qty_cq AS filledQty, reason
         FROM order_events WHERE order_id = ? ORDER BY order_event_id`,
      )
      .all(orderId),
  );
}

export interface FillFilter extends LedgerFilter {
  readonly orderId?: string | undefined;
  /** Of this run and of all others on its account. */
  readonly sharedWith?: number | undefined;
}

export type FillRow = FillRecord & {
  readonly runId: number;
  readonly mode: TradingMode;
  /** Empty for a fill whose order this file does not know. */
  readonly strategy: string;
};

const SAME_ACCOUNT =
  "SELECT b.run_id FROM run_accounts a JOIN run_accounts b USING (account) WHERE a.run_id = ?";

/** Fills, newest first. */
export function listFills(reader: Reader, filter: FillFilter = {}): FillRow[] {
  const { sql, values } = where([
    ["f.mode = ?", filter.mode],
    ["i.strategy = ?", filter.strategy],
    ["f.ticker = ?", filter.ticker],
    ["f.ticker > ? AND f.ticker < ?", ...seriesRange(filter.series)],
    ["f.run_id = ?", filter.runId],
    [`f.run_id = ? OR f.run_id IN (${SAME_ACCOUNT})`, filter.sharedWith, filter.sharedWith],
    ["f.order_id = ?", filter.orderId],
    ["f.at_ms >= ?", filter.since],
    ["f.at_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], StoredFill>(
        `SELECT f.fill_id AS fillId, f.order_id AS orderId, f.run_id AS runId, f.mode,
           coalesce(i.strategy, '') AS strategy, f.ticker, f.side, f.action, f.price_cc AS price, f.qty_cq AS qty,
           f.fee_ud AS fee, f.is_taker AS taker, f.fill_class AS fillClass, f.at_ms AS atMs
         FROM fills f LEFT JOIN order_intents i ON i.order_id = f.order_id
         ${sql} ORDER BY f.at_ms DESC, f.rowid DESC LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  ).map(fillRow);
}

type StoredFill = Omit<FillRow, "isTaker"> & { readonly taker: number };

function fillRow({ taker, ...row }: StoredFill): FillRow {
  return { ...row, isTaker: taker === 1 };
}
