import type { Reader } from "../open.ts";
import { limitOf } from "./ledger.ts";
import { reading, type TimeRange, where } from "./read.ts";

export interface RunFilter extends TimeRange {
  readonly mode?: string | undefined;
  readonly runId?: number | undefined;
  readonly limit?: number | undefined;
}

export interface RunRow {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: number;
  /** Null while it runs, and for ever when it was killed. */
  readonly endedMs: number | null;
  readonly exitCode: number | null;
  readonly version: string;
  readonly command: string;
  readonly configJson: string;
}

/** Runs, newest first. */
export function listRuns(reader: Reader, filter: RunFilter = {}): RunRow[] {
  const { sql, values } = where([
    ["mode = ?", filter.mode],
    ["run_id = ?", filter.runId],
    ["started_ms >= ?", filter.since],
    ["started_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], RunRow>(
        `SELECT run_id AS runId, mode, started_ms AS startedMs, ended_ms AS endedMs, exit_code AS exitCode, version,
           command, config_json AS configJson
         FROM runs ${sql} ORDER BY run_id DESC LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  );
}

/** Runs that may have recorded something in a range, oldest first. */
export function runsBetween(
  reader: Reader,
  filter: TimeRange & { mode?: string | undefined },
): number[] {
  const { sql, values } = where([
    ["mode = ?", filter.mode],
    ["ended_ms IS NULL OR ended_ms >= ?", filter.since],
    ["started_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], number>(`SELECT run_id FROM runs ${sql} ORDER BY run_id`)
      .pluck()
      .all(...values),
  );
}

export interface LatchRow {
  readonly mode: string;
  readonly kind: string;
  readonly atMs: number;
  readonly value: number | null;
  readonly limitValue: number | null;
  readonly reason: string;
  readonly runId: number | null;
}

/** Latches that are set now. */
export function activeLatches(reader: Reader, mode?: string): LatchRow[] {
  const { sql, values } = where([["mode = ?", mode], ["cleared_ms IS NULL"]]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], LatchRow>(
        `SELECT mode, kind, at_ms AS atMs, value, limit_value AS limitValue, reason, run_id AS runId
         FROM latches ${sql} ORDER BY latch_id`,
      )
      .all(...values),
  );
}

export interface TableCount {
  readonly table: string;
  readonly rows: number;
}

// The contract's name and the compact table that holds its rows: counting the table needs no joins.
const COUNTED: readonly (readonly [contract: string, table: string])[] = [
  ["runs", "runs"],
  ["spot_ticks", "spots"],
  ["index_ticks", "index_values"],
  ["candles", "candles"],
  ["funding_rates", "funding_values"],
  ["kalshi_markets", "kalshi_markets"],
  ["kalshi_tickers", "tickers"],
  ["kalshi_orderbook_snapshots", "snapshots"],
  ["kalshi_orderbook_deltas", "deltas"],
  ["kalshi_trades", "trades"],
  ["feed_gaps", "gaps"],
  ["feed_drifts", "drifts"],
  ["spot_depth", "depths"],
  ["opportunities", "evaluations"],
  ["orders", "order_intents"],
  ["order_events", "order_events"],
  ["fills", "fills"],
  ["positions_snapshots", "positions_snapshots"],
  ["settlements", "settlements"],
  ["trade_ledger", "trade_ledger"],
  ["news_items", "news_values"],
  ["forecasts", "forecast_values"],
  ["risk_events", "risk_events"],
  ["latches", "latches"],
];

/** Rows per contract table. */
export function tableCounts(reader: Reader): TableCount[] {
  const count = (sql: string): number => Number(reader.db.prepare(sql).pluck().get());
  return reading(reader, () =>
    COUNTED.map(([contract, table]) => ({
      table: contract,
      rows: count(table === "deltas" ? ALL_DELTAS : `SELECT count(*) FROM ${table}`),
    })),
  );
}

// Packed and plain in one statement: nothing is counted twice while it is being packed.
const ALL_DELTAS =
  "SELECT (SELECT count(*) FROM deltas) + (SELECT coalesce(sum(n), 0) FROM delta_segments)";
