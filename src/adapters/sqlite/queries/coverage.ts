import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches, stretchWhere } from "./evaluations.ts";
import { reading } from "./read.ts";

export interface ReasonCount {
  readonly strategy: string;
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  readonly count: number;
}

/** How often each gate decided, most frequent first. */
export function countReasons(reader: Reader, filter: EvaluationFilter = {}): ReasonCount[] {
  return reading(reader, () => {
    const byVerdict = new Map<number, number>();
    for (const stretch of stretches(reader, filter)) {
      const { sql, values } = stretchWhere(stretch, filter);
      const rows = reader.db
        .prepare<unknown[], [verdictId: number, count: number]>(
          `SELECT e.verdict_id, count(*) FROM evaluations e WHERE ${sql} GROUP BY e.verdict_id`,
        )
        .raw()
        .all(...values);
      for (const [id, count] of rows) byVerdict.set(id, (byVerdict.get(id) ?? 0) + count);
    }
    return reasonsOf(reader, byVerdict);
  });
}

function reasonsOf(reader: Reader, byVerdict: ReadonlyMap<number, number>): ReasonCount[] {
  const texts = reader.db
    .prepare<[], { id: number; strategy: string; decision: "trade" | "no_trade"; reason: string }>(
      "SELECT verdict_id AS id, strategy, decision, reason FROM verdicts",
    )
    .all();
  // A verdict also names the side; that is one line here.
  const merged = new Map<string, ReasonCount>();
  for (const { id, ...text } of texts) {
    const count = byVerdict.get(id);
    if (count === undefined) continue;
    const key = `${text.strategy}\n${text.decision}\n${text.reason}`;
    merged.set(key, { ...text, count: count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()].toSorted(
    (a, b) => b.count - a.count || a.reason.localeCompare(b.reason),
  );
}

export interface Coverage {
  readonly evaluations: number;
  /** Evaluations with a model probability: only these can be scored. */
  readonly withModel: number;
  readonly trades: number;
  readonly markets: number;
  /** Of these, with a final result of yes or no. */
  readonly settledMarkets: number;
  /** Different close times among the settled markets: the sample size that counts. */
  readonly settledWindows: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

interface Part {
  readonly marketId: number;
  readonly count: number;
  readonly withModel: number;
  readonly trades: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** How much there is to judge. */
export function coverage(reader: Reader, filter: EvaluationFilter = {}): Coverage {
  return reading(reader, () => {
    const settled = settledWindows(reader);
    const markets = new Set<number>();
    const total = { evaluations: 0, withModel: 0, trades: 0, firstMs: Infinity, lastMs: -Infinity };
    for (const stretch of stretches(reader, filter)) {
      const { sql, values } = stretchWhere(stretch, filter);
      const parts = reader.db
        .prepare<unknown[], Part>(
          `SELECT e.market_id AS marketId, count(*) AS count, count(e.p_model_e9) AS withModel,
             sum(v.decision = 'trade') AS trades, min(e.dt_ms) + ? AS firstMs, max(e.dt_ms) + ? AS lastMs
           FROM evaluations e JOIN verdicts v ON v.verdict_id = e.verdict_id WHERE ${sql} GROUP BY e.market_id`,
        )
        .all(stretch.startedMs, stretch.startedMs, ...values);
      for (const part of parts) {
        markets.add(part.marketId);
        total.evaluations += part.count;
        total.withModel += part.withModel;
        total.trades += part.trades;
        total.firstMs = Math.min(total.firstMs, part.firstMs);
        total.lastMs = Math.max(total.lastMs, part.lastMs);
      }
    }
    const closes = [...markets].map((id) => settled.get(id)).filter((ms) => ms !== undefined);
    return {
      ...total,
      firstMs: total.evaluations === 0 ? null : total.firstMs,
      lastMs: total.evaluations === 0 ? null : total.lastMs,
      markets: markets.size,
      settledMarkets: closes.length,
      settledWindows: new Set(closes).size,
    };
  });
}

function settledWindows(reader: Reader): Map<number, number> {
  const rows = reader.db
    .prepare<[], [marketId: number, closeMs: number]>(
      `SELECT i.market_id, k.close_ms FROM settlements s JOIN market_ids i ON i.ticker = s.ticker
       JOIN kalshi_markets k ON k.ticker = s.ticker WHERE s.final = 1 AND s.result IN ('yes', 'no')`,
    )
    .raw()
    .all();
  return new Map(rows);
}
