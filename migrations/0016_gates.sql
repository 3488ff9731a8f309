-- Every gate that was shut, not only the first: what each of them holds back alone is the answer to "why does it not
-- trade?". Codes in the order in which they were asked, separated by commas, the reason first; empty for a trade. NULL on
-- evaluations of versions that noted the first alone.

ALTER TABLE verdicts ADD COLUMN failed TEXT;

DROP VIEW opportunities;
CREATE VIEW opportunities AS
SELECT e.opportunity_id, r.run_id, r.mode, v.strategy, m.ticker,
       r.started_ms + e.dt_ms AS at_ms,
       e.tau_ms / 1e3 AS tau_s,
       e.spot_e6 / 1e6 AS spot_usd,
       e.sigma_e12 / 1e12 AS sigma,
       e.p_model_e9 / 1e9 AS p_model,
       e.p_low_e9 / 1e9 AS p_low,
       e.p_high_e9 / 1e9 AS p_high,
       CASE WHEN x.opportunity_id IS NULL THEN (e.yes_bid_cc + e.yes_ask_cc) / 2e4 ELSE x.p_market END AS p_market,
       v.side, e.yes_bid_cc, e.yes_ask_cc, e.yes_bid_qty_cq, e.yes_ask_qty_cq, e.cost_ud,
       e.ev_ud / 1e6 AS ev,
       v.decision, v.reason, v.failed
FROM runs r CROSS JOIN evaluations e
  ON e.opportunity_id >= r.run_id * 10000000000 AND e.opportunity_id < (r.run_id + 1) * 10000000000
LEFT JOIN verdicts v ON v.verdict_id = e.verdict_id
LEFT JOIN market_ids m ON m.market_id = e.market_id
LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id;
