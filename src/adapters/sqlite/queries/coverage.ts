import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches, stretchWhere } from "./evaluations.ts";
import { reading, strategyConditions, where } from "./read.ts";

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
    const verdicts = verdictTexts(reader, filter);
    const byVerdict = new Map<number, number>();
    const markets = new Set<number>();
    const total = { evaluations: 0, withModel: 0, trades: 0 };
    for (const [kind, count] of countKinds(reader, filter)) {
      const verdictId = Math.floor(kind / 2) % VERDICTS_MAX;
      const verdict = verdicts.get(verdictId);
      if (verdict === undefined) continue;
      markets.add(Math.floor(kind / 2 / VERDICTS_MAX));
      byVerdict.set(verdictId, (byVerdict.get(verdictId) ?? 0) + count);
      total.evaluations += count;
      if (kind % 2 === 1) total.withModel += count;
      if (verdict.decision === "trade") total.trades += count;
    }
    return {
      coverage: { ...total, ...extentOf(reader, filter), ...settledOf(reader, markets) },
      decisions: reasonsOf(verdicts, byVerdict),
    };
  });
}

/** More than there will ever be, and few enough that a kind is an exact number. */
const VERDICTS_MAX = 2 ** 24;

/**
 * How many evaluations there are of each market, verdict and with or without a model's probability, which are one number here.
 * All strategies are counted: SQLite would ask every row for its own, and takes longer to group rows than to hand them over.
 */
function countKinds(reader: Reader, filter: EvaluationFilter): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const every = { ...filter, strategies: [], without: [] };
  for (const stretch of stretches(reader, filter)) {
    const { sql, values } = stretchWhere(stretch, every);
    const kinds = reader.db
      .prepare<unknown[], number>(
        `SELECT (e.market_id * ${VERDICTS_MAX} + e.verdict_id) * 2 + (e.p_model_e9 IS NOT NULL)
         FROM evaluations e WHERE ${sql}`,
      )
      .pluck()
      .all(...values);
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** The times of a run never go back, so that its first and last rows have them. */
function extentOf(reader: Reader, filter: EvaluationFilter): Pick<Coverage, "firstMs" | "lastMs"> {
  const times: number[] = [];
  for (const stretch of stretches(reader, filter)) {
    const { sql, values } = stretchWhere(stretch, filter);
    for (const order of ["ASC", "DESC"]) {
      const dtMs = reader.db
        .prepare<unknown[], number>(
          `SELECT e.dt_ms FROM evaluations e WHERE ${sql} ORDER BY e.opportunity_id ${order} LIMIT 1`,
        )
        .pluck()
        .get(...values);
      if (dtMs !== undefined) times.push(stretch.startedMs + dtMs);
    }
  }
  if (times.length === 0) return { firstMs: null, lastMs: null };
  return { firstMs: Math.min(...times), lastMs: Math.max(...times) };
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

function verdictTexts(reader: Reader, filter: EvaluationFilter): ReadonlyMap<number, VerdictText> {
  const { sql, values } = where(strategyConditions("strategy", filter));
  const rows = reader.db
    .prepare<unknown[], VerdictText & { readonly id: number }>(
      `SELECT verdict_id AS id, strategy, decision, reason FROM verdicts ${sql} ORDER BY verdict_id`,
    )
    .all(...values);
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
