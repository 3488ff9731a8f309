import type { VerdictGroup } from "../../../core/funnel.ts";
import { isExit } from "../../../core/records.ts";
import type { Action } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches, stretchWhere } from "./evaluations.ts";
import { reading, seriesCondition, strategyConditions, where } from "./read.ts";

type Raw = [
  verdictId: number,
  marketId: number,
  sells: number,
  count: number,
  bestEv: number | null,
  opportunityId: number,
  dtMs: number,
];

interface VerdictText {
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  readonly failed: string | null;
}

/** Evaluations by market and by the gates that were shut. */
export function verdictGroups(reader: Reader, filter: EvaluationFilter = {}): VerdictGroup[] {
  return reading(reader, () => {
    const verdicts = verdictTexts(reader);
    const markets = marketFacts(reader);
    const groups: VerdictGroup[] = [];
    for (const stretch of stretches(reader, filter)) {
      const { sql, values } = stretchWhere(stretch, filter);
      // With max(), SQLite takes the other columns from the row that has it.
      const rows = reader.db
        .prepare<unknown[], Raw>(
          `SELECT e.verdict_id, e.market_id,
             e.opportunity_id IN (SELECT opportunity_id FROM order_intents WHERE action = 'sell') AS sells, count(*), max(e.ev_ud), e.opportunity_id, e.dt_ms
           FROM evaluations e WHERE ${sql} GROUP BY e.verdict_id, e.market_id, sells`,
        )
        .raw()
        .all(...values);
      for (const [verdictId, marketId, sells, count, bestEv, opportunityId, dtMs] of rows) {
        const atMs = stretch.startedMs + dtMs;
        const text = verdicts.get(verdictId);
        groups.push({
          ...(markets.get(marketId) ?? { ticker: `market ${marketId}`, closeMs: null }),
          failed: shutGates(text),
          isExit: sells === 1 || (text !== undefined && isExit(text)),
          count,
          best: bestEv === null ? null : { ev: bestEv / 1e6, opportunityId, atMs },
        });
      }
    }
    return groups;
  });
}

/** Rows of versions that noted the first gate alone have their reason. */
function shutGates(text: VerdictText | undefined): readonly string[] {
  if (text === undefined || text.decision === "trade") return [];
  return text.failed === null ? [text.reason] : text.failed.split(",");
}

function verdictTexts(reader: Reader): Map<number, VerdictText> {
  const rows = reader.db
    .prepare<[], VerdictText & { verdictId: number }>(
      "SELECT verdict_id AS verdictId, decision, reason, failed FROM verdicts",
    )
    .all();
  return new Map(rows.map((row) => [row.verdictId, row]));
}

function marketFacts(reader: Reader): Map<number, Pick<VerdictGroup, "ticker" | "closeMs">> {
  const rows = reader.db
    .prepare<[], { marketId: number; ticker: string; closeMs: number | null }>(
      `SELECT i.market_id AS marketId, i.ticker, k.close_ms AS closeMs
       FROM market_ids i LEFT JOIN kalshi_markets k ON k.ticker = i.ticker`,
    )
    .all();
  return new Map(rows.map(({ marketId, ...facts }) => [marketId, facts]));
}

/** Orders of one market. */
export interface OrderGroup extends Pick<VerdictGroup, "ticker" | "closeMs" | "count"> {
  readonly action: Action;
  /** Those of them that filled at least in part. */
  readonly filled: number;
}

/** Orders that were sent, by market and whether they bought or sold. */
export function orderGroups(reader: Reader, filter: EvaluationFilter): OrderGroup[] {
  const { sql, values } = where([
    ["o.mode = ?", filter.mode],
    ["o.mode <> ?", filter.replays === false ? "backtest" : undefined],
    ...strategyConditions("o.strategy", filter),
    ...seriesCondition("o.ticker", filter.series),
    ["o.run_id = ?", filter.runId],
    ["o.created_ms >= ?", filter.since],
    ["o.created_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], OrderGroup>(
        `SELECT o.ticker, o.action, k.close_ms AS closeMs, count(*) AS count,
           sum(EXISTS (SELECT 1 FROM fills f WHERE f.order_id = o.order_id)) AS filled
         FROM orders o LEFT JOIN kalshi_markets k ON k.ticker = o.ticker ${sql} GROUP BY o.ticker, o.action`,
      )
      .all(...values),
  );
}

/** Time of the newest evaluation, without those of replays where these are not wanted; null when there is none. */
export function newestEvaluationMs(
  reader: Reader,
  { replays }: Pick<EvaluationFilter, "replays"> = {},
): number | null {
  return reading(reader, () => {
    const row = reader.db
      .prepare<[number], { atMs: number | null }>(
        `SELECT max(r.started_ms + e.dt_ms) AS atMs FROM runs r JOIN evaluations e
           ON e.opportunity_id = (SELECT max(opportunity_id) FROM evaluations
             WHERE opportunity_id >= r.run_id * 10000000000 AND opportunity_id < (r.run_id + 1) * 10000000000)
         WHERE ? = 1 OR r.mode <> 'backtest'`,
      )
      .get(replays === false ? 0 : 1);
    return row?.atMs ?? null;
  });
}
