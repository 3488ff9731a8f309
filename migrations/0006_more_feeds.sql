-- Several spot venues, their books and funding rates, stand-ins for the index, and messages whose shape changed.

-- A value of the settlement index is the exchange's own, or a stand-in made of spot venues: from their whole books
-- (proxy_method 1) or from their mids (2). window_* is the exchange's running settlement average.
ALTER TABLE index_values ADD COLUMN proxy_method INTEGER CHECK (proxy_method IN (1, 2));
ALTER TABLE index_values ADD COLUMN venues INTEGER;
ALTER TABLE index_values ADD COLUMN max_age_ms INTEGER;
ALTER TABLE index_values ADD COLUMN dispersion_bp REAL;
ALTER TABLE index_values ADD COLUMN window_avg_usd REAL;
ALTER TABLE index_values ADD COLUMN window_count INTEGER;

DROP VIEW index_ticks;
CREATE VIEW index_ticks AS
SELECT d.ev, r.run_id, n.index_id, d.value_usd, d.avg60_usd,
       CASE d.proxy_method WHEN 1 THEN 'proxy_books' WHEN 2 THEN 'proxy_mids' ELSE 'exchange' END AS source,
       d.venues, d.max_age_ms, d.dispersion_bp, d.window_avg_usd, d.window_count,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN index_values d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN index_names n ON n.index_name_id = d.index_name_id;

CREATE TABLE depth_streams (
  depth_stream_id INTEGER PRIMARY KEY,
  source  TEXT NOT NULL,
  product TEXT NOT NULL,
  UNIQUE (source, product)
) STRICT;

-- Levels are JSON text, [[price_usd, size], ...]; in an update size 0 removes the level.
CREATE TABLE depths (
  ev              INTEGER PRIMARY KEY,
  depth_stream_id INTEGER NOT NULL,
  is_snapshot     INTEGER NOT NULL CHECK (is_snapshot IN (0, 1)),
  bids            TEXT NOT NULL CHECK (json_valid(bids)),
  asks            TEXT NOT NULL CHECK (json_valid(asks)),
  dt_ms           INTEGER NOT NULL,
  lag_ms          INTEGER
) STRICT;

-- One row a level.
CREATE VIEW spot_depth AS
SELECT d.ev, r.run_id, s.source, s.product, d.is_snapshot, l.side, l.price_usd, l.size,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN depths d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN depth_streams s ON s.depth_stream_id = d.depth_stream_id
JOIN (SELECT ev, 'bid' AS side, json_extract(value, '$[0]') AS price_usd, json_extract(value, '$[1]') AS size
        FROM depths, json_each(depths.bids)
      UNION ALL
      SELECT ev, 'ask', json_extract(value, '$[0]'), json_extract(value, '$[1]')
        FROM depths, json_each(depths.asks)) l ON l.ev = d.ev;

-- An interval that still runs has one estimate after another: the view shows the newest.
DROP TABLE funding_rates;
CREATE TABLE funding_values (
  ev          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL,
  product     TEXT NOT NULL,
  at_ms       INTEGER NOT NULL,
  rate        REAL NOT NULL,
  is_estimate INTEGER NOT NULL CHECK (is_estimate IN (0, 1)),
  dt_ms       INTEGER NOT NULL
) STRICT;

-- SQLite takes the bare columns from the row that holds max(ev).
CREATE VIEW funding_rates AS
SELECT max(ev) AS ev, source, product, rate, at_ms, is_estimate
FROM funding_values
GROUP BY source, product, at_ms;

-- What a feed could not read although it knows the type, with the place where the shape differs (F50).
CREATE TABLE drifts (
  ev           INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  message_type TEXT NOT NULL,
  path         TEXT NOT NULL,
  raw          TEXT NOT NULL,
  halts        INTEGER NOT NULL CHECK (halts IN (0, 1)),
  dt_ms        INTEGER NOT NULL
) STRICT;

CREATE VIEW feed_drifts AS
SELECT d.ev, r.run_id, d.source, d.message_type, d.path, d.raw, d.halts, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN drifts d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000;
