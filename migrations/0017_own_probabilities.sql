-- Some strategies do not decide by the model's probability but by one of their own: what is scored and what was traded on
-- must be the same number. NULL where it is the model's.

ALTER TABLE evaluation_extras ADD COLUMN p_strategy REAL CHECK (p_strategy BETWEEN 0 AND 1);

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
       x.p_strategy,
       v.side, e.yes_bid_cc, e.yes_ask_cc, e.yes_bid_qty_cq, e.yes_ask_qty_cq, e.cost_ud,
       e.ev_ud / 1e6 AS ev,
       v.decision, v.reason, v.failed
FROM runs r CROSS JOIN evaluations e
  ON e.opportunity_id >= r.run_id * 10000000000 AND e.opportunity_id < (r.run_id + 1) * 10000000000
LEFT JOIN verdicts v ON v.verdict_id = e.verdict_id
LEFT JOIN market_ids m ON m.market_id = e.market_id
LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id;
