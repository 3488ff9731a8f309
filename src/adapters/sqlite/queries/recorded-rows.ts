import type { DecisionKind, StoredRow } from "../../../core/replay/decision-rows.ts";
import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import { EVALUATION_COLUMNS } from "./decision.ts";
import { reading } from "./read.ts";

interface Source {
  readonly columns: string;
  readonly from: string;
  /** What puts the rows in the order in which they were written. */
  readonly key: string;
  /** Rows of the run. */
  readonly only: string;
  /** Fields whose stored form is another one. */
  readonly read?: (row: Record<string, unknown>) => void;
}

const OF_RUN = "run_id = :runId";
// A tool books for an account: the real one, which no run owns, or a simulated one, in the name of its first run.
const SETTLED_BY_TOOL = `SELECT ticker FROM trade_ledger WHERE by_tool = 1 AND (run_id = :runId
   OR run_id IN (SELECT account FROM run_accounts WHERE run_id = :runId)
   OR (run_id IS NULL AND mode = 'live' AND (SELECT mode FROM runs WHERE run_id = :runId) = 'live'))`;

const SOURCES: Readonly<Record<DecisionKind, Source>> = {
  opportunity: {
    columns: EVALUATION_COLUMNS,
    from: "opportunities o JOIN features f ON f.opportunity_id = o.opportunity_id",
    key: "o.opportunity_id",
    only: "o.run_id = :runId AND o.opportunity_id < :end",
  },
  order: {
    columns: `order_id AS orderId, client_order_id AS clientOrderId, strategy, opportunity_id AS opportunityId, ticker,
      side, action, price_cc AS price, qty_cq AS qty, first_state AS state, created_ms AS createdMs`,
    from: "order_intents",
    key: "rowid",
    only: OF_RUN,
  },
  orderEvent: {
    columns: "order_id AS orderId, at_ms AS atMs, state, filled_qty_cq AS filledQty, reason",
    from: "order_events",
    key: "order_event_id",
    only: OF_RUN,
  },
  fill: {
    columns: `fill_id AS fillId, order_id AS orderId, ticker, side, action, price_cc AS price, qty_cq AS qty,
      fee_ud AS fee, is_taker AS isTaker, fill_class AS fillClass, at_ms AS atMs`,
    from: "fills",
    key: "rowid",
    only: OF_RUN,
    read: (row) => {
      row["isTaker"] = row["isTaker"] === 1;
    },
  },
  ledger: {
    columns: `at_ms AS atMs, action, side, ticker, price_cc AS price, qty_cq AS qty, cost_ud AS cost, pnl_ud AS pnl,
      status, source, strategy, order_id AS orderId, payload_json AS payload`,
    from: "trade_ledger",
    key: "ledger_id",
    only: `${OF_RUN} AND NOT (action = 'settle' AND ticker IN (${SETTLED_BY_TOOL}))`,
    read: (row) => {
      row["payload"] = JSON.parse(String(row["payload"]));
    },
  },
  position: {
    columns: "ticker, qty_cq AS qty, cost_ud AS cost, source, at_ms AS atMs",
    from: "positions_snapshots",
    key: "position_id",
    only: OF_RUN,
  },
  risk: {
    columns: "at_ms AS atMs, kind, value, limit_value AS limitValue, reason",
    from: "risk_events",
    key: "risk_event_id",
    // What was latched is put on file beside the decisions, and was told to the gate.
    only: `${OF_RUN} AND kind NOT GLOB 'latch_*'`,
  },
};

/**
 * Markets whose settlement a tool booked for the run's account: what the run itself then booked, if anything, depends on which
 * of the two came first.
 */
export function settledByTool(reader: Reader, runId: number): ReadonlySet<string> {
  const tickers = reading(reader, () =>
    reader.db.prepare<{ runId: number }, string>(SETTLED_BY_TOOL).pluck().all({ runId }),
  );
  return new Set(tickers);
}

const PAGE = 2_000;

/** The rows of one kind that a run left behind, in the order of their writing; some thousand in memory at a time. */
export function* recordedRows(
  reader: Reader,
  runId: number,
  kind: DecisionKind,
): Generator<StoredRow> {
  const { columns, from, key, only, read } = SOURCES[kind];
  const page = reader.db.prepare<Record<string, number>, Record<string, unknown>>(
    `SELECT ${key} AS rowKey, ${columns} FROM ${from} WHERE ${only} AND ${key} > :after ORDER BY ${key} LIMIT ${PAGE}`,
  );
  const end = (runId + 1) * EV_PER_RUN;
  let after = kind === "opportunity" ? runId * EV_PER_RUN - 1 : 0;
  for (;;) {
    const rows = reading(reader, () =>
      page.all(kind === "opportunity" ? { runId, after, end } : { runId, after }),
    );
    for (const { rowKey, ...row } of rows) {
      after = Number(rowKey);
      read?.(row);
      yield row;
    }
    if (rows.length < PAGE) return;
  }
}
