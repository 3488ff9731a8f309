-- For reading with the sqlite3 shell: cents, dollars, contracts and ISO times instead of integers.
-- Milliseconds are appended as text because strftime rounds fractions of a second.

CREATE VIEW v_runs AS
SELECT run_id, mode,
       strftime('%Y-%m-%dT%H:%M:%S', started_ms / 1000, 'unixepoch') || printf('.%03dZ', started_ms % 1000) AS started,
       strftime('%Y-%m-%dT%H:%M:%S', ended_ms / 1000, 'unixepoch') || printf('.%03dZ', ended_ms % 1000) AS ended,
       round((ended_ms - started_ms) / 1e3, 1) AS seconds, exit_code, version, command
FROM runs;

CREATE VIEW v_opportunities AS
SELECT opportunity_id, run_id, mode,
       strftime('%Y-%m-%dT%H:%M:%S', at_ms / 1000, 'unixepoch') || printf('.%03dZ', at_ms % 1000) AS at,
       strategy, ticker, tau_s, spot_usd, round(sigma * 5615.6922, 4) AS sigma_ann,
       round(p_model, 4) AS p_model, round(p_market, 4) AS p_market, side,
       yes_bid_cc / 1e2 AS yes_bid_cents, yes_ask_cc / 1e2 AS yes_ask_cents,
       cost_ud / 1e4 AS cost_cents, round(ev * 100, 2) AS ev_cents, decision, reason
FROM opportunities;

CREATE VIEW v_orders AS
SELECT order_id, run_id, mode,
       strftime('%Y-%m-%dT%H:%M:%S', created_ms / 1000, 'unixepoch') || printf('.%03dZ', created_ms % 1000) AS created,
       strategy, ticker, action, side, price_cc / 1e2 AS price_cents, qty_cq / 1e2 AS contracts,
       filled_qty_cq / 1e2 AS filled_contracts, state, reason
FROM orders;

CREATE VIEW v_fills AS
SELECT fill_id, order_id, run_id, mode,
       strftime('%Y-%m-%dT%H:%M:%S', at_ms / 1000, 'unixepoch') || printf('.%03dZ', at_ms % 1000) AS at,
       ticker, action, side, price_cc / 1e2 AS price_cents, qty_cq / 1e2 AS contracts,
       price_cc * qty_cq / 1e6 AS value_dollars, fee_ud / 1e6 AS fee_dollars,
       CASE is_taker WHEN 1 THEN 'taker' ELSE 'maker' END AS liquidity
FROM fills;

CREATE VIEW v_ledger AS
SELECT ledger_id, run_id, mode,
       strftime('%Y-%m-%dT%H:%M:%S', at_ms / 1000, 'unixepoch') || printf('.%03dZ', at_ms % 1000) AS at,
       strategy, ticker, action, side, price_cc / 1e2 AS price_cents, qty_cq / 1e2 AS contracts,
       cost_ud / 1e6 AS cost_dollars, pnl_ud / 1e6 AS pnl_dollars, status, source
FROM trade_ledger;

CREATE VIEW v_settlements AS
SELECT ticker, event_ticker, result, expiration_value,
       strftime('%Y-%m-%dT%H:%M:%S', settled_ms / 1000, 'unixepoch') || printf('.%03dZ', settled_ms % 1000) AS settled,
       CASE final WHEN 1 THEN 'final' ELSE 'determined' END AS stage, revision, source
FROM settlements;

CREATE VIEW v_deltas AS
SELECT run_id, ticker, sid, seq, side, price_cc / 1e2 AS price_cents, delta_cq / 1e2 AS contracts,
       strftime('%Y-%m-%dT%H:%M:%S', exchange_ms / 1000, 'unixepoch') || printf('.%03dZ', exchange_ms % 1000) AS exchange_at,
       strftime('%Y-%m-%dT%H:%M:%S', recv_ms / 1000, 'unixepoch') || printf('.%03dZ', recv_ms % 1000) AS received_at
FROM kalshi_orderbook_deltas;

-- The question behind the project, in one place: what the model said, what the market said, what happened.
CREATE VIEW v_calibration AS
SELECT o.opportunity_id, o.run_id, o.mode, o.strategy, o.ticker, o.tau_s, o.p_model, o.p_market,
       CASE s.result WHEN 'yes' THEN 1 ELSE 0 END AS outcome, o.decision, o.reason
FROM opportunities o JOIN settlements s ON s.ticker = o.ticker AND s.final = 1 AND s.result IN ('yes', 'no');
