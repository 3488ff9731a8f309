-- Every evaluation of a market by a strategy, traded or not: the calibration data, and the largest table of a trading
-- day. Numbers are integers in the unit their name says (e9 = billionths, e12 = trillionths): half the size of
-- doubles, and finer than any model input is known. Words that repeat (strategy, side, decision, reason) are one id.

CREATE TABLE verdicts (
  verdict_id INTEGER PRIMARY KEY,
  strategy   TEXT NOT NULL CHECK (strategy <> ''),
  side       TEXT CHECK (side IN ('yes', 'no')),
  decision   TEXT NOT NULL CHECK (decision IN ('trade', 'no_trade')),
  reason     TEXT NOT NULL
) STRICT;

CREATE TABLE evaluations (
  opportunity_id INTEGER PRIMARY KEY,
  verdict_id     INTEGER NOT NULL,
  market_id      INTEGER NOT NULL,
  dt_ms          INTEGER NOT NULL,
  tau_ms         INTEGER NOT NULL,
  spot_e6        INTEGER CHECK (spot_e6 > 0),
  sigma_e12      INTEGER CHECK (sigma_e12 >= 0),
  p_model_e9     INTEGER CHECK (p_model_e9 BETWEEN 0 AND 1000000000),
  p_low_e9       INTEGER CHECK (p_low_e9 BETWEEN 0 AND 1000000000),
  p_high_e9      INTEGER CHECK (p_high_e9 BETWEEN 0 AND 1000000000),
  yes_bid_cc     INTEGER CHECK (yes_bid_cc BETWEEN 0 AND 10000),
  yes_ask_cc     INTEGER CHECK (yes_ask_cc BETWEEN 0 AND 10000),
  yes_bid_qty_cq INTEGER,
  yes_ask_qty_cq INTEGER,
  cost_ud        INTEGER,
  ev_ud          INTEGER,
  basis_sd_e9    INTEGER CHECK (basis_sd_e9 >= 0),
  spot_age_ms    INTEGER,
  book_age_ms    INTEGER
) STRICT;

-- Only for evaluations inside the averaging minute, or whose market probability is not simply the mid.
CREATE TABLE evaluation_extras (
  opportunity_id INTEGER PRIMARY KEY,
  p_market       REAL CHECK (p_market BETWEEN 0 AND 1),
  known_count    INTEGER NOT NULL CHECK (known_count >= 0),
  known_sum_usd  REAL
) STRICT;

-- Which markets a run evaluated: the question "what still needs a settlement?" must not read every evaluation.
CREATE TABLE run_markets (
  run_id    INTEGER NOT NULL REFERENCES runs,
  market_id INTEGER NOT NULL REFERENCES market_ids,
  PRIMARY KEY (run_id, market_id)
) STRICT, WITHOUT ROWID;

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
       v.decision, v.reason
FROM runs r CROSS JOIN evaluations e
  ON e.opportunity_id >= r.run_id * 10000000000 AND e.opportunity_id < (r.run_id + 1) * 10000000000
LEFT JOIN verdicts v ON v.verdict_id = e.verdict_id
LEFT JOIN market_ids m ON m.market_id = e.market_id
LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id;

CREATE VIEW features AS
SELECT e.opportunity_id,
       e.tau_ms / 1e3 AS tau_s,
       e.spot_e6 / 1e6 AS spot_usd,
       e.sigma_e12 / 1e12 AS sigma,
       e.p_low_e9 / 1e9 AS p_low,
       e.p_high_e9 / 1e9 AS p_high,
       e.basis_sd_e9 / 1e9 AS basis_sd,
       coalesce(x.known_count, 0) AS known_count,
       x.known_sum_usd,
       e.spot_age_ms, e.book_age_ms,
       e.yes_bid_cc, e.yes_ask_cc, e.yes_bid_qty_cq, e.yes_ask_qty_cq
FROM evaluations e
LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id;
