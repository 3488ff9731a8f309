-- What a probability was computed from, all of it: with the strike of its market, any p can be computed again from its
-- row. The model and its parameters are the same for thousands of rows, so they hang on the verdict.

CREATE TABLE pricing_models (
  model_id    INTEGER PRIMARY KEY,
  name        TEXT NOT NULL CHECK (name <> ''),
  version     TEXT NOT NULL UNIQUE CHECK (version <> ''),
  params_json TEXT NOT NULL CHECK (json_valid(params_json))
) STRICT;

ALTER TABLE verdicts ADD COLUMN model_id INTEGER REFERENCES pricing_models;
ALTER TABLE evaluations ADD COLUMN basis_mean_e9 INTEGER;
ALTER TABLE evaluation_extras ADD COLUMN known_source TEXT CHECK (known_source IN ('index', 'proxy'));
-- Of the minute before the open, where the strike was not published yet.
ALTER TABLE evaluation_extras ADD COLUMN reference_count INTEGER CHECK (reference_count >= 0);
ALTER TABLE evaluation_extras ADD COLUMN reference_sum_usd REAL;
ALTER TABLE evaluation_extras ADD COLUMN reference_source TEXT CHECK (reference_source IN ('index', 'proxy'));

-- p_low and p_high: until this version p at 0.85 and 1.15 sigma, from here on the interval on p.
DROP VIEW features;
CREATE VIEW features AS
SELECT e.opportunity_id,
       pm.name AS model_name,
       pm.version AS model_version,
       e.tau_ms / 1e3 AS tau_s,
       e.spot_e6 / 1e6 AS spot_usd,
       e.sigma_e12 / 1e12 AS sigma,
       e.p_low_e9 / 1e9 AS p_low,
       e.p_high_e9 / 1e9 AS p_high,
       e.basis_mean_e9 / 1e9 AS basis_mean,
       e.basis_sd_e9 / 1e9 AS basis_sd,
       coalesce(x.known_count, 0) AS known_count,
       x.known_sum_usd, x.known_source,
       x.reference_count, x.reference_sum_usd, x.reference_source,
       k.strike_type,
       CASE WHEN x.reference_count IS NULL THEN k.floor_strike_usd END AS floor_strike_usd,
       k.cap_strike_usd,
       (k.close_ms - k.open_ms) / 1e3 AS window_s,
       e.spot_age_ms, e.book_age_ms,
       e.yes_bid_cc, e.yes_ask_cc, e.yes_bid_qty_cq, e.yes_ask_qty_cq
FROM evaluations e
LEFT JOIN evaluation_extras x ON x.opportunity_id = e.opportunity_id
LEFT JOIN verdicts v ON v.verdict_id = e.verdict_id
LEFT JOIN pricing_models pm ON pm.model_id = v.model_id
LEFT JOIN market_ids m ON m.market_id = e.market_id
LEFT JOIN kalshi_markets k ON k.ticker = m.ticker;
