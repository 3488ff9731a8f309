import type { Money, Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import type { EvaluationFilter } from "./evaluations.ts";
import { reading, seriesCondition, strategyConditions, where } from "./read.ts";

export interface RealisedProfit {
  /** Null for what was settled outside of a run. */
  readonly runId: number | null;
  readonly atMs: Ms;
  readonly pnl: Money;
}

/** Profits of the ledger in order of time. */
export function realisedProfits(reader: Reader, filter: EvaluationFilter): RealisedProfit[] {
  const { sql, values } = where([
    ["pnl_ud IS NOT NULL AND ?", 1],
    ["mode = ?", filter.mode],
    ...strategyConditions("strategy", filter),
    ...seriesCondition("ticker", filter.series),
    ["at_ms >= ?", filter.since],
    ["at_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], RealisedProfit>(
        `SELECT run_id AS runId, at_ms AS atMs, pnl_ud AS pnl FROM trade_ledger ${sql} ORDER BY at_ms, ledger_id`,
      )
      .all(...values),
  );
}

export interface Bought {
  /** First fill. */
  readonly atMs: Ms;
  /** Of one contract, fees included. */
  readonly cost: Money;
}

/** What each evaluation bought whose order to buy filled, at least in part. */
export function boughtBy(reader: Reader): ReadonlyMap<number, Bought> {
  return reading(reader, () => {
    const rows = reader.db
      .prepare<[], Bought & { readonly opportunityId: number }>(
        `SELECT i.opportunity_id AS opportunityId, min(f.at_ms) AS atMs,
           CAST(ceil(sum(f.price_cc * f.qty_cq + f.fee_ud) * 100.0 / sum(f.qty_cq)) AS INTEGER) AS cost
         FROM fills f JOIN order_intents i ON i.order_id = f.order_id
         WHERE i.action = 'buy' AND i.opportunity_id IS NOT NULL GROUP BY i.opportunity_id`,
      )
      .all();
    return new Map(rows.map(({ opportunityId, ...bought }) => [opportunityId, bought]));
  });
}
