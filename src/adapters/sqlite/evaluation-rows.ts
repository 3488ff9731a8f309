import { roundedTo } from "../../core/replay/as-stored.ts";
import type { EvaluationRow } from "./batch.ts";
import type { Names } from "./names.ts";
import type { Db } from "./open.ts";

const E6 = 1e6;
const E9 = 1e9;
const E12 = 1e12;

function scaled(value: number | null, scale: number): number | null {
  return value === null ? null : Math.round(value * scale);
}

function midOf(row: EvaluationRow): number | null {
  return row.yesBid === null || row.yesAsk === null ? null : (row.yesBid + row.yesAsk) / 2e4;
}

/** What most rows do not have: prints of an averaging minute, a market price that is not the mid, a strategy's own p. */
function hasExtras(row: EvaluationRow): boolean {
  if (row.knownCount !== 0 || row.knownSumUsd !== null) return true;
  if (row.referenceCount !== null || row.pStrategy !== null) return true;
  return row.pMarket !== midOf(row);
}

/** Prepares the evaluation tables for one run. The caller owns the transaction. */
export function createEvaluationWriter(
  db: Db,
  names: Names,
  run: { readonly runId: number; readonly startedMs: number },
): { write(row: EvaluationRow): void; forget(): void } {
  const insert = db.prepare(
    `INSERT INTO evaluations (opportunity_id, verdict_id, market_id, dt_ms, tau_ms, spot_e6, sigma_e12, p_model_e9,
       p_low_e9, p_high_e9, yes_bid_cc, yes_ask_cc, yes_bid_qty_cq, yes_ask_qty_cq, cost_ud, ev_ud, basis_sd_e9,
       spot_age_ms, book_age_ms, basis_mean_e9) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const extras = db.prepare(
    `INSERT INTO evaluation_extras (opportunity_id, p_market, known_count, known_sum_usd, known_source,
       reference_count, reference_sum_usd, reference_source, p_strategy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const seen = db.prepare(
    "INSERT INTO run_markets (run_id, market_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const known = new Set<number>();

  function write(row: EvaluationRow): void {
    const marketId = names.marketId(row.ticker);
    if (!known.has(marketId)) {
      seen.run(run.runId, marketId);
      known.add(marketId);
    }
    insert.run(
      row.opportunityId,
      names.verdictId(row),
      marketId,
      row.atMs - run.startedMs,
      Math.round(row.tauS * 1e3),
      scaled(row.spotUsd, E6),
      scaled(row.sigma, E12),
      scaled(row.pModel, E9),
      scaled(row.pLow, E9),
      scaled(row.pHigh, E9),
      row.yesBid,
      row.yesAsk,
      row.yesBidQty,
      row.yesAskQty,
      row.cost,
      scaled(row.ev, E6),
      scaled(row.basisSd, E9),
      row.spotAgeMs,
      row.bookAgeMs,
      scaled(row.basisMean, E9),
    );
    if (hasExtras(row)) {
      extras.run(
        row.opportunityId,
        row.pMarket,
        row.knownCount,
        row.knownSumUsd,
        row.knownSource,
        row.referenceCount,
        row.referenceSumUsd,
        row.referenceSource,
        roundedTo(row.pStrategy, E9),
      );
    }
  }
  return { write, forget: () => known.clear() };
}
