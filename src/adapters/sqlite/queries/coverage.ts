import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches, stretchWhere } from "./evaluations.ts";
import { reading } from "./read.ts";

export interface ReasonCount {
  readonly strategy: string;
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  readonly count: number;
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

export interface EvaluationCounts {
  readonly coverage: Coverage;
  /** How often each gate decided, most frequent first. */
  readonly decisions: readonly ReasonCount[];
}

/** How much there is to judge, and what was decided, from one reading of all evaluations. */
export function countEvaluations(reader: Reader, filter: EvaluationFilter = {}): EvaluationCounts {
  return reading(reader, () => {
    const verdicts = verdictTexts(reader);
    const byVerdict = new Map<number, number>();
    const markets = new Set<number>();
    const total = { evaluations: 0, withModel: 0, trades: 0, firstMs: Infinity, lastMs: -Infinity };
    for (const part of parts(reader, filter)) {
      const { count, verdictId } = part;
      markets.add(part.marketId);
      byVerdict.set(verdictId, (byVerdict.get(verdictId) ?? 0) + count);
      total.evaluations += count;
      total.withModel += part.withModel;
      if (verdicts.get(verdictId)?.decision === "trade") total.trades += count;
      total.firstMs = Math.min(total.firstMs, part.firstMs);
      total.lastMs = Math.max(total.lastMs, part.lastMs);
    }
    return {
      coverage: { ...(total.evaluations === 0 ? NOTHING : total), ...settledOf(reader, markets) },
      decisions: reasonsOf(verdicts, byVerdict),
    };
  });
}

const NOTHING = { evaluations: 0, withModel: 0, trades: 0, firstMs: null, lastMs: null };

interface Part {
  readonly marketId: number;
  readonly verdictId: number;
  readonly count: number;
  readonly withModel: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

function* parts(reader: Reader, filter: EvaluationFilter): Generator<Part> {
  for (const stretch of stretches(reader, filter)) {
    const { sql, values } = stretchWhere(stretch, filter);
    yield* reader.db
      .prepare<unknown[], Part>(
        `SELECT e.market_id AS marketId, e.verdict_id AS verdictId, count(*) AS count,
           count(e.p_model_e9) AS withModel, min(e.dt_ms) + ? AS firstMs, max(e.dt_ms) + ? AS lastMs
         FROM evaluations e WHERE ${sql} GROUP BY e.market_id, e.verdict_id`,
      )
      .all(stretch.startedMs, stretch.startedMs, ...values);
  }
}

function settledOf(
  reader: Reader,
  markets: ReadonlySet<number>,
): Pick<Coverage, "markets" | "settledMarkets" | "settledWindows"> {
  const settled = settledWindows(reader);
  const closes = [...markets].map((id) => settled.get(id)).filter((ms) => ms !== undefined);
  return {
    markets: markets.size,
    settledMarkets: closes.length,
    settledWindows: new Set(closes).size,
  };
}

type VerdictText = Omit<ReasonCount, "count">;

function verdictTexts(reader: Reader): ReadonlyMap<number, VerdictText> {
  const rows = reader.db
    .prepare<[], VerdictText & { readonly id: number }>(
      "SELECT verdict_id AS id, strategy, decision, reason FROM verdicts",
    )
    .all();
  return new Map(rows.map(({ id, ...text }) => [id, text]));
}

function reasonsOf(
  verdicts: ReadonlyMap<number, VerdictText>,
  byVerdict: ReadonlyMap<number, number>,
): ReasonCount[] {
  // A verdict also names the side; that is one line here.
  const merged = new Map<string, ReasonCount>();
  for (const [id, text] of verdicts) {
    const count = byVerdict.get(id);
    if (count === undefined) continue;
    const key = `${text.strategy}\n${text.decision}\n${text.reason}`;
    merged.set(key, { ...text, count: count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()].toSorted(
    (a, b) => b.count - a.count || a.reason.localeCompare(b.reason),
  );
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
