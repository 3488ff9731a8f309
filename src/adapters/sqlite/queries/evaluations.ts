import { EV_PER_RUN } from "../numbering.ts";
import type { Reader } from "../open.ts";
import {
  type StrategyChoice,
  seriesCondition,
  strategyConditions,
  type TimeRange,
  type Value,
} from "./read.ts";

export interface EvaluationFilter extends TimeRange, StrategyChoice {
  readonly mode?: string | undefined;
  /** False leaves out what replays decided: a second time, of what is counted already. */
  readonly replays?: boolean | undefined;
  /** Empty means all. */
  readonly series?: readonly string[] | undefined;
  readonly runId?: number | undefined;
}

/** A stretch of the evaluations of one run, small enough that reading it holds no long read transaction (F26). */
interface Stretch {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: number;
  readonly low: number;
  readonly high: number;
}

const STRETCH_IDS = 200_000;

/** The evaluations that a filter can concern, stretch by stretch, oldest run first. */
export function* stretches(reader: Reader, filter: EvaluationFilter): Generator<Stretch> {
  const runs = reader.db
    .prepare<
      Record<string, Value>,
      { runId: number; mode: string; startedMs: number; low: number | null; high: number | null }
    >(
      `SELECT r.run_id AS runId, r.mode, r.started_ms AS startedMs,
         (SELECT min(opportunity_id) FROM evaluations
            WHERE opportunity_id >= r.run_id * :perRun AND opportunity_id < (r.run_id + 1) * :perRun) AS low,
         (SELECT max(opportunity_id) FROM evaluations
            WHERE opportunity_id >= r.run_id * :perRun AND opportunity_id < (r.run_id + 1) * :perRun) AS high
       FROM runs r
       WHERE (:mode IS NULL OR r.mode = :mode) AND (:runId IS NULL OR r.run_id = :runId) AND (:replays = 1 OR r.mode <> 'backtest')
         AND (:until IS NULL OR r.started_ms <= :until) AND (:since IS NULL OR r.ended_ms IS NULL OR r.ended_ms >= :since)
       ORDER BY r.run_id`,
    )
    .all({
      perRun: EV_PER_RUN,
      mode: filter.mode ?? null,
      runId: filter.runId ?? null,
      replays: filter.replays === false ? 0 : 1,
      since: filter.since ?? null,
      until: filter.until ?? null,
    });
  for (const { runId, mode, startedMs, low, high } of runs) {
    if (low === null || high === null) continue;
    for (let from = low; from <= high; from += STRETCH_IDS) {
      yield { runId, mode, startedMs, low: from, high: Math.min(high, from + STRETCH_IDS - 1) };
    }
  }
}

/** Condition on evaluations `e` for one stretch, and its values; times become relative to the run. */
export function stretchWhere(
  stretch: Stretch,
  filter: EvaluationFilter,
): { readonly sql: string; readonly values: Value[] } {
  const sql = ["e.opportunity_id BETWEEN ? AND ?"];
  const values: Value[] = [stretch.low, stretch.high];
  if (filter.since !== undefined) {
    sql.push("e.dt_ms >= ?");
    values.push(filter.since - stretch.startedMs);
  }
  if (filter.until !== undefined) {
    sql.push("e.dt_ms <= ?");
    values.push(filter.until - stretch.startedMs);
  }
  for (const [condition, ...names] of strategyConditions("strategy", filter)) {
    sql.push(`e.verdict_id IN (SELECT verdict_id FROM verdicts WHERE ${condition})`);
    values.push(...names);
  }
  for (const [condition, ...bounds] of seriesCondition("ticker", filter.series)) {
    sql.push(`e.market_id IN (SELECT market_id FROM market_ids WHERE ${condition})`);
    values.push(...bounds);
  }
  return { sql: sql.join(" AND "), values };
}
