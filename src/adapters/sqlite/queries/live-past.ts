import type { Belief } from "../../../core/risk/model-book.ts";
import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

// What the breakers of a live run go on from: they count over all runs on the one real account.

const ORDERS_MAX = 2_000;

/** A belief that was bought on, and what became of it; null while that is not final. */
export interface PastBelief extends Belief {
  readonly strategy: string;
  readonly result: string | null;
}

/** Beliefs of entries after a time, in the order in which their markets settled; those that have not come last. */
export function liveBeliefs(
  reader: Reader,
  { runId, sinceMs }: { readonly runId: number | null; readonly sinceMs: Ms },
  nowMs: Ms,
): PastBelief[] {
  const rows = reading(reader, () =>
    reader.db
      .prepare<
        Record<string, number | null>,
        PastBelief & { readonly settledMs: Ms | null; readonly createdMs: Ms }
      >(
        `SELECT i.ticker, i.strategy, i.created_ms AS createdMs, coalesce(x.p_strategy, e.p_model_e9 / 1e9) AS p,
           coalesce(x.p_market, (e.yes_bid_cc + e.yes_ask_cc) / 2e4) AS pMarket,
           (SELECT s.result FROM settlement_revisions s WHERE s.ticker = i.ticker AND s.final = 1
              ORDER BY s.revision DESC LIMIT 1) AS result,
           (SELECT min(s.settled_ms) FROM settlement_revisions s WHERE s.ticker = i.ticker AND s.final = 1) AS settledMs
         FROM order_intents i JOIN runs r USING (run_id) JOIN evaluations e USING (opportunity_id)
         LEFT JOIN evaluation_extras x USING (opportunity_id)
         WHERE r.mode = 'live' AND i.action = 'buy' AND i.created_ms > :since AND i.created_ms <= :now
           AND (:runId IS NULL OR i.run_id = :runId)
         ORDER BY i.created_ms DESC LIMIT :most`,
      )
      .all({ since: Math.max(0, sinceMs), now: nowMs, runId, most: ORDERS_MAX }),
  );
  const END = Number.POSITIVE_INFINITY;
  return rows
    .filter(({ p, pMarket }) => p !== null && pMarket !== null)
    .toSorted((a, b) => (a.settledMs ?? END) - (b.settledMs ?? END) || a.createdMs - b.createdMs);
}

/** When each latch of a mode was last cleared by a person. */
export function clearedLatches(reader: Reader, mode: string): ReadonlyMap<string, Ms> {
  const rows = reading(reader, () =>
    reader.db
      .prepare<[string], [string, Ms]>(
        "SELECT kind, max(cleared_ms) FROM latches WHERE mode = ? AND cleared_ms IS NOT NULL GROUP BY kind",
      )
      .raw()
      .all(mode),
  );
  return new Map(rows);
}
