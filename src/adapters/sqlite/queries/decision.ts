import type { Opportunity } from "../../../core/records.ts";
import type { Reader } from "../open.ts";
import { type LedgerFilter, limitOf } from "./ledger.ts";
import { reading, seriesRange, where } from "./read.ts";

/** One evaluation with everything the model was given. */
export interface EvaluationRow extends Opportunity {
  readonly runId: number;
  readonly mode: string;
  /** Name of the way to price; null on rows of versions that did not say. */
  readonly modelName: string | null;
}

export interface OpportunityFilter extends Omit<LedgerFilter, "mode"> {
  readonly mode?: string | undefined;
  readonly opportunityId?: number | undefined;
  readonly decision?: "trade" | "no_trade" | undefined;
  readonly reason?: string | undefined;
}

/** Every field of an `Opportunity`, from `opportunities o` and `features f`. */
export const EVALUATION_COLUMNS = `o.opportunity_id AS opportunityId, o.strategy, o.ticker, o.at_ms AS atMs,
  o.tau_s AS tauS, o.spot_usd AS spotUsd, o.sigma, o.p_model AS pModel, o.p_low AS pLow, o.p_high AS pHigh,
  o.p_market AS pMarket, o.p_strategy AS pStrategy, o.side, o.yes_bid_cc AS yesBid, o.yes_ask_cc AS yesAsk,
  o.yes_bid_qty_cq AS yesBidQty, o.yes_ask_qty_cq AS yesAskQty, o.cost_ud AS cost, o.ev, o.decision, o.reason, o.failed,
  f.model_version AS model, f.basis_mean AS basisMean, f.basis_sd AS basisSd,
  f.known_count AS knownCount, f.known_sum_usd AS knownSumUsd, f.known_source AS knownSource,
  f.reference_count AS referenceCount, f.reference_sum_usd AS referenceSumUsd,
  f.reference_source AS referenceSource,
  f.spot_age_ms AS spotAgeMs, f.book_age_ms AS bookAgeMs`;

/** Evaluations, newest first. Without a run or an id in the filter it reads through all of them. */
export function listEvaluations(reader: Reader, filter: OpportunityFilter = {}): EvaluationRow[] {
  const { sql, values } = where([
    ["o.opportunity_id = ?", filter.opportunityId],
    ["o.run_id = ?", filter.runId],
    ["o.mode = ?", filter.mode],
    ["o.strategy = ?", filter.strategy],
    ["o.ticker = ?", filter.ticker],
    ["o.ticker > ? AND o.ticker < ?", ...seriesRange(filter.series)],
    ["o.decision = ?", filter.decision],
    ["o.reason = ?", filter.reason],
    ["o.at_ms >= ?", filter.since],
    ["o.at_ms <= ?", filter.until],
  ]);
  return reading(reader, () =>
    reader.db
      .prepare<unknown[], EvaluationRow>(
        `SELECT ${EVALUATION_COLUMNS}, o.run_id AS runId, o.mode, f.model_name AS modelName
         FROM opportunities o JOIN features f ON f.opportunity_id = o.opportunity_id
         ${sql} ORDER BY o.opportunity_id DESC LIMIT ?`,
      )
      .all(...values, limitOf(filter.limit)),
  );
}
