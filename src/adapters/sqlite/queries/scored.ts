import type { Money, Price, Side } from "../../../core/units.ts";
import { storeError } from "../errors.ts";
import type { Reader } from "../open.ts";
import { type EvaluationFilter, stretches, stretchWhere } from "./evaluations.ts";
import type { Value } from "./read.ts";

export interface ScoredFilter extends EvaluationFilter {
  /**
   * Fixed decision times in seconds before the close, more than five seconds apart: only evaluations with tau in [t - 5, t] of
   * one of them are read. Left out, every evaluation counts.
   */
  readonly tauS?: readonly number[] | undefined;
  /** Only evaluations whose order to buy filled, at least in part. */
  readonly filledOnly?: boolean | undefined;
}

/** One evaluation with a probability, in a market whose final result is yes or no. */
export interface ScoredRow {
  readonly opportunityId: number;
  /** Close of the market as ISO time: evaluations of one window share their outcome's luck. */
  readonly window: string;
  readonly closeMs: number;
  readonly ticker: string;
  readonly seriesTicker: string;
  readonly atMs: number;
  readonly tauS: number;
  readonly strategy: string;
  /** Null where only the strategy said something. */
  readonly pModel: number | null;
  /** The model's at 0.85 and 1.15 sigma, in no particular order. */
  readonly pLow: number | null;
  readonly pHigh: number | null;
  /** What the strategy decided by where that was not the model's; null where it was. */
  readonly pStrategy: number | null;
  /** Version of the pricing model that said so; null on rows of versions that did not note it. */
  readonly pricing: string | null;
  readonly pMarket: number | null;
  /** 1 when YES won. */
  readonly outcome: 0 | 1;
  readonly side: Side | null;
  readonly yesBid: Price | null;
  readonly yesAsk: Price | null;
  /** All-in cost of one contract of `side`. */
  readonly cost: Money | null;
  readonly ev: number | null;
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  /** Codes of all gates that were shut, separated by commas; null on rows of versions that noted the reason alone. */
  readonly failed: string | null;
  readonly mode: string;
  readonly runId: number;
}

interface MarketOutcome {
  readonly marketId: number;
  readonly ticker: string;
  readonly seriesTicker: string;
  readonly closeMs: number;
  readonly window: string;
  readonly result: "yes" | "no";
}

interface Verdict {
  readonly verdictId: number;
  readonly strategy: string;
  readonly side: Side | null;
  readonly decision: "trade" | "no_trade";
  readonly reason: string;
  readonly failed: string | null;
  readonly pricing: string | null;
}

type Raw = [
  opportunityId: number,
  verdictId: number,
  marketId: number,
  dtMs: number,
  tauMs: number,
  pModel: number | null,
  pLow: number | null,
  pHigh: number | null,
  pStrategy: number | null,
  pMarket: number | null,
  yesBid: Price | null,
  yesAsk: Price | null,
  cost: Money | null,
  ev: number | null,
];

const TAU_WINDOW_MS = 5_000;

/** Streams scored evaluations in order of run and time; memory does not grow with their number. */
export function* scoredRows(reader: Reader, filter: ScoredFilter = {}): Generator<ScoredRow> {
  try {
    const markets = outcomes(reader);
    if (markets.size === 0) return;
    const verdicts = verdictTexts(reader);
    for (const stretch of stretches(reader, filter)) {
      for (const raw of readStretch(reader, stretchWhere(stretch, filter), filter)) {
        const market = markets.get(raw[2]);
        const verdict = verdicts.get(raw[1]);
        if (market === undefined || verdict === undefined) continue;
        yield scoredRow(raw, { market, verdict, stretch });
      }
    }
  } catch (error) {
    throw storeError(error, reader.path);
  }
}

function readStretch(
  reader: Reader,
  range: { readonly sql: string; readonly values: Value[] },
  { filledOnly, tauS }: ScoredFilter,
): Raw[] {
  const near = tauS === undefined ? { sql: "", values: [] } : nearCondition(tauS);
  const filled = filledOnly === true ? ` AND e.opportunity_id IN (${FILLED})` : "";
  return reader.db
    .prepare<unknown[], Raw>(
      `SELECT e.opportunity_id, e.verdict_id, e.market_id, e.dt_ms, e.tau_ms, e.p_model_e9 / 1e9, e.p_low_e9 / 1e9,
         e.p_high_e9 / 1e9, x.p_strategy,
         CASE WHEN x.opportunity_id IS NULL THEN (e.yes_bid_cc + e.yes_ask_cc) / 2e4 ELSE x.p_market END,
         e.yes_bid_cc, e.yes_ask_cc, e.cost_ud, e.ev_ud / 1e6
       FROM evaluations e LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id
       WHERE ${range.sql} AND (e.p_model_e9 IS NOT NULL OR x.p_strategy IS NOT NULL)${near.sql}${filled}
       ORDER BY e.opportunity_id`,
    )
    .raw()
    .all(...range.values, ...near.values);
}

const FILLED = `SELECT i.opportunity_id FROM order_intents i WHERE i.action = 'buy'
  AND EXISTS (SELECT 1 FROM fills f WHERE f.order_id = i.order_id)`;

/** By the first time that is not before it alone: asking all of them of every row takes nearly twice as long. */
function nearCondition(tauS: readonly number[]): {
  readonly sql: string;
  readonly values: Value[];
} {
  if (tauS.length === 0) return { sql: " AND 0", values: [] };
  const times = [...new Set(tauS)].toSorted((a, b) => a - b).map((t) => t * 1_000);
  const cases = times.map(() => "WHEN e.tau_ms <= ? THEN e.tau_ms >= ?").join(" ");
  return {
    sql: ` AND CASE ${cases} ELSE 0 END`,
    values: times.flatMap((t) => [t, t - TAU_WINDOW_MS]),
  };
}

function outcomes(reader: Reader): Map<number, MarketOutcome> {
  const rows = reader.db
    .prepare<[], MarketOutcome>(
      `SELECT i.market_id AS marketId, s.ticker, k.series_ticker AS seriesTicker, k.close_ms AS closeMs,
         strftime('%Y-%m-%dT%H:%M:%SZ', k.close_ms / 1000, 'unixepoch') AS window, s.result
       FROM settlements s JOIN market_ids i ON i.ticker = s.ticker JOIN kalshi_markets k ON k.ticker = s.ticker
       WHERE s.final = 1 AND s.result IN ('yes', 'no')`,
    )
    .all();
  return new Map(rows.map((row) => [row.marketId, row]));
}

function verdictTexts(reader: Reader): Map<number, Verdict> {
  const rows = reader.db
    .prepare<[], Verdict>(
      `SELECT v.verdict_id AS verdictId, v.strategy, v.side, v.decision, v.reason, v.failed, m.version AS pricing
       FROM verdicts v LEFT JOIN pricing_models m ON m.model_id = v.model_id`,
    )
    .all();
  return new Map(rows.map((row) => [row.verdictId, row]));
}

function scoredRow(
  raw: Raw,
  known: {
    market: MarketOutcome;
    verdict: Verdict;
    stretch: { runId: number; mode: string; startedMs: number };
  },
): ScoredRow {
  const { market, verdict, stretch } = known;
  const [opportunityId, , , dtMs, tauMs, pModel, pLow, pHigh, pStrategy, ...rest] = raw;
  const [pMarket, yesBid, yesAsk, cost, ev] = rest;
  return {
    opportunityId,
    window: market.window,
    closeMs: market.closeMs,
    ticker: market.ticker,
    seriesTicker: market.seriesTicker,
    atMs: stretch.startedMs + dtMs,
    tauS: tauMs / 1e3,
    strategy: verdict.strategy,
    pModel,
    pLow,
    pHigh,
    pStrategy,
    pMarket,
    outcome: market.result === "yes" ? 1 : 0,
    pricing: verdict.pricing,
    side: verdict.side,
    yesBid,
    yesAsk,
    cost,
    ev,
    decision: verdict.decision,
    reason: verdict.reason,
    failed: verdict.failed,
    mode: stretch.mode,
    runId: stretch.runId,
  };
}
