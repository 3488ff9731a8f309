import Database from "better-sqlite3";

/** What a run recorded, in counts and sums that any other way of storing it must come to as well. */
export interface Facts {
  readonly deltas: number;
  readonly seqs: number;
  readonly prices: number;
  readonly sizes: number;
  readonly lags: number;
  readonly snapshots: number;
  readonly tickers: number;
  readonly bids: number;
  readonly volumes: number;
  readonly spots: number;
  readonly evaluations: number;
  readonly chances: number;
  readonly values: number;
  readonly costs: number;
}

// In the order of `Facts`: they are compared as text.
const QUERY = `
SELECT d.*, (SELECT count(*) FROM snapshots) AS snapshots, t.*, (SELECT count(*) FROM spots) AS spots, e.*
FROM
  (SELECT count(*) AS deltas, sum(seq) AS seqs, sum(price_cc) AS prices, sum(delta_cq) AS sizes,
          sum(recv_ms - exchange_ms) AS lags
   FROM kalshi_orderbook_deltas) d,
  (SELECT count(*) AS tickers, sum(yes_bid_cc) AS bids, sum(volume_cq) AS volumes FROM kalshi_tickers) t,
  (SELECT count(*) AS evaluations, sum(p_model_e9) AS chances, sum(ev_ud) AS 'values', sum(cost_ud) AS costs
   FROM evaluations) e`;

/** Reads the product's own tables. */
export function factsOfKbt(path: string): Facts {
  const db = new Database(path, { readonly: true });
  try {
    const facts = db.prepare<[], Facts>(QUERY).get();
    if (facts === undefined) throw new Error(`no facts in ${path}`);
    return facts;
  } finally {
    db.close();
  }
}
