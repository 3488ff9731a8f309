-- What the feeds said, one row per event, as small as it can be while plain SQL still reads it.
-- dt_ms is the receive time counted from the start of the run and lag_ms is receive minus exchange time: 4 + 1 bytes
-- where two absolute times take 12. These tables have no secondary index on purpose: one costs two thirds of the
-- write rate, and readers go by run and time, which is the order of `ev`.
-- The views first name the runs and then their range of `ev`, so that a query for one run reads one range. Names are
-- LEFT JOINs so that no row can vanish with its name, and SQLite skips those a query does not ask for.

-- price_code is the price for side yes and -1 - price for side no: a column less than (side, price).
CREATE TABLE deltas (
  ev         INTEGER PRIMARY KEY,
  stream_id  INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  price_code INTEGER NOT NULL CHECK (price_code BETWEEN -10001 AND 10000),
  delta_cq   INTEGER NOT NULL,
  dt_ms      INTEGER NOT NULL,
  lag_ms     INTEGER
) STRICT;

CREATE VIEW kalshi_orderbook_deltas AS
SELECT d.ev, r.run_id, m.ticker, s.sid, d.seq,
       CASE WHEN d.price_code < 0 THEN 'no' ELSE 'yes' END AS side,
       CASE WHEN d.price_code < 0 THEN -1 - d.price_code ELSE d.price_code END AS price_cc,
       d.delta_cq,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms,
       r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN deltas d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN streams s ON s.stream_id = d.stream_id
LEFT JOIN market_ids m ON m.market_id = s.market_id;

-- Levels are JSON text, [[price_cc, qty_cq], ...], best bid last or first as the exchange sent them.
CREATE TABLE snapshots (
  ev         INTEGER PRIMARY KEY,
  stream_id  INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  dt_ms      INTEGER NOT NULL,
  yes_levels TEXT NOT NULL CHECK (json_valid(yes_levels)),
  no_levels  TEXT NOT NULL CHECK (json_valid(no_levels))
) STRICT;

CREATE VIEW kalshi_orderbook_snapshots AS
SELECT d.ev, r.run_id, m.ticker, s.sid, d.seq, r.started_ms + d.dt_ms AS recv_ms, d.yes_levels, d.no_levels
FROM runs r CROSS JOIN snapshots d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN streams s ON s.stream_id = d.stream_id
LEFT JOIN market_ids m ON m.market_id = s.market_id;

CREATE TABLE tickers (
  ev               INTEGER PRIMARY KEY,
  stream_id        INTEGER NOT NULL,
  yes_bid_cc       INTEGER NOT NULL CHECK (yes_bid_cc BETWEEN 0 AND 10000),
  yes_ask_cc       INTEGER NOT NULL CHECK (yes_ask_cc BETWEEN 0 AND 10000),
  last_cc          INTEGER CHECK (last_cc BETWEEN 0 AND 10000),
  yes_bid_qty_cq   INTEGER,
  yes_ask_qty_cq   INTEGER,
  volume_cq        INTEGER,
  open_interest_cq INTEGER,
  dt_ms            INTEGER NOT NULL,
  lag_ms           INTEGER
) STRICT;

CREATE VIEW kalshi_tickers AS
SELECT d.ev, r.run_id, m.ticker, s.sid, d.yes_bid_cc, d.yes_ask_cc, d.last_cc, d.yes_bid_qty_cq, d.yes_ask_qty_cq,
       d.volume_cq, d.open_interest_cq,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN tickers d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN streams s ON s.stream_id = d.stream_id
LEFT JOIN market_ids m ON m.market_id = s.market_id;

-- A public trade is stored once however many processes and reconnects see it: the first receipt is the row, later
-- ones are trade_repeats, so that the replay of each run still has every event that run saw.
CREATE TABLE trades (
  ev           INTEGER PRIMARY KEY,
  trade_id     TEXT NOT NULL UNIQUE CHECK (trade_id <> ''),
  market_id    INTEGER NOT NULL,
  yes_price_cc INTEGER NOT NULL CHECK (yes_price_cc BETWEEN 0 AND 10000),
  qty_cq       INTEGER NOT NULL,
  taker_side   TEXT NOT NULL CHECK (taker_side IN ('yes', 'no')),
  dt_ms        INTEGER NOT NULL,
  lag_ms       INTEGER
) STRICT;

-- A repeat carries its own facts: socket and REST differ in the exchange time, and two simulations may use one trade_id.
CREATE TABLE trade_repeats (
  ev           INTEGER PRIMARY KEY,
  first_ev     INTEGER NOT NULL,
  market_id    INTEGER NOT NULL,
  yes_price_cc INTEGER NOT NULL CHECK (yes_price_cc BETWEEN 0 AND 10000),
  qty_cq       INTEGER NOT NULL,
  taker_side   TEXT NOT NULL CHECK (taker_side IN ('yes', 'no')),
  dt_ms        INTEGER NOT NULL,
  lag_ms       INTEGER
) STRICT;

CREATE VIEW kalshi_trades AS
SELECT d.ev, r.run_id, m.ticker, d.trade_id, d.yes_price_cc, d.qty_cq, d.taker_side,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN trades d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN market_ids m ON m.market_id = d.market_id;

CREATE TABLE spots (
  ev             INTEGER PRIMARY KEY,
  spot_stream_id INTEGER NOT NULL,
  price_usd      REAL NOT NULL CHECK (price_usd > 0),
  bid_usd        REAL CHECK (bid_usd >= 0),
  ask_usd        REAL CHECK (ask_usd >= 0),
  size           REAL CHECK (size >= 0),
  trade_id       TEXT,
  dt_ms          INTEGER NOT NULL,
  lag_ms         INTEGER
) STRICT;

CREATE VIEW spot_ticks AS
SELECT d.ev, r.run_id, s.source, s.product, s.kind, d.price_usd, d.bid_usd, d.ask_usd, d.size, d.trade_id,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN spots d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN spot_streams s ON s.spot_stream_id = d.spot_stream_id;

CREATE TABLE index_values (
  ev            INTEGER PRIMARY KEY,
  index_name_id INTEGER NOT NULL,
  value_usd     REAL NOT NULL CHECK (value_usd > 0),
  avg60_usd     REAL CHECK (avg60_usd > 0),
  dt_ms         INTEGER NOT NULL,
  lag_ms        INTEGER NOT NULL
) STRICT;

CREATE VIEW index_ticks AS
SELECT d.ev, r.run_id, n.index_id, d.value_usd, d.avg60_usd,
       r.started_ms + d.dt_ms - d.lag_ms AS exchange_ms, r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN index_values d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
LEFT JOIN index_names n ON n.index_name_id = d.index_name_id;

-- Each start asks for the last hours again; the view shows the newest answer for each candle.
CREATE TABLE candle_values (
  ev         INTEGER PRIMARY KEY,
  source     TEXT NOT NULL,
  product    TEXT NOT NULL,
  open_ms    INTEGER NOT NULL,
  interval_s INTEGER NOT NULL CHECK (interval_s > 0),
  open_usd   REAL NOT NULL CHECK (open_usd > 0),
  high_usd   REAL NOT NULL CHECK (high_usd > 0),
  low_usd    REAL NOT NULL CHECK (low_usd > 0),
  close_usd  REAL NOT NULL CHECK (close_usd > 0),
  volume     REAL NOT NULL CHECK (volume >= 0),
  dt_ms      INTEGER NOT NULL
) STRICT;

-- SQLite takes the bare columns from the row that holds max(ev).
CREATE VIEW candles AS
SELECT max(ev) AS ev, source, product, open_ms, interval_s, open_usd, high_usd, low_usd, close_usd, volume
FROM candle_values
GROUP BY source, product, interval_s, open_ms;

CREATE TABLE gaps (
  ev           INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  reason       TEXT NOT NULL,
  tickers_json TEXT NOT NULL CHECK (json_valid(tickers_json)),
  sid          INTEGER,
  from_seq     INTEGER,
  to_seq       INTEGER,
  from_ms      INTEGER,
  to_ms        INTEGER NOT NULL,
  dt_ms        INTEGER NOT NULL
) STRICT;

CREATE VIEW feed_gaps AS
SELECT d.ev, r.run_id, d.source, d.reason, d.tickers_json, d.sid, d.from_seq, d.to_seq, d.from_ms, d.to_ms,
       r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN gaps d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000;

-- Whole seconds that passed: without them a replay could not wake the engine at the same place among the events.
CREATE TABLE wakes (
  ev    INTEGER PRIMARY KEY,
  dt_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE kalshi_markets (
  ticker             TEXT PRIMARY KEY CHECK (ticker <> ''),
  event_ticker       TEXT NOT NULL,
  series_ticker      TEXT NOT NULL,
  strike_type        TEXT NOT NULL CHECK (strike_type IN ('greater', 'greater_or_equal', 'less', 'less_or_equal', 'between', 'unknown')),
  floor_strike_usd   REAL,
  cap_strike_usd     REAL,
  open_ms            INTEGER NOT NULL,
  close_ms           INTEGER NOT NULL,
  status             TEXT NOT NULL CHECK (status IN ('initialized', 'inactive', 'active', 'closed', 'determined', 'disputed', 'amended', 'finalized', 'unknown')),
  result             TEXT NOT NULL CHECK (result IN ('yes', 'no', 'scalar', '')),
  expiration_value   TEXT,
  settlement_timer_s INTEGER NOT NULL,
  tick_structure     TEXT NOT NULL,
  ranges_json        TEXT NOT NULL CHECK (json_valid(ranges_json)),
  exchange_index     INTEGER,
  raw_json           TEXT CHECK (raw_json IS NULL OR json_valid(raw_json)),
  updated_ms         INTEGER NOT NULL
) STRICT;
CREATE INDEX kalshi_markets_close ON kalshi_markets (close_ms);

-- What a run knew about a market and when: kalshi_markets keeps only the newest. The same facts again cost a few bytes.
CREATE TABLE market_states (
  state_id   INTEGER PRIMARY KEY,
  facts_json TEXT NOT NULL CHECK (json_valid(facts_json))
) STRICT;

CREATE TABLE market_updates (
  ev       INTEGER PRIMARY KEY,
  state_id INTEGER NOT NULL,
  dt_ms    INTEGER NOT NULL
) STRICT;

-- Settlement messages as a run saw them, for replay; the facts are in settlement_revisions.
CREATE TABLE settlement_receipts (
  ev         INTEGER PRIMARY KEY,
  event_json TEXT NOT NULL CHECK (json_valid(event_json))
) STRICT;

CREATE TABLE funding_rates (
  source  TEXT NOT NULL,
  product TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  rate    REAL NOT NULL,
  PRIMARY KEY (source, product, at_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE news_items (
  source       TEXT NOT NULL,
  url          TEXT NOT NULL,
  published_ms INTEGER NOT NULL,
  title        TEXT NOT NULL,
  recv_ms      INTEGER NOT NULL,
  PRIMARY KEY (source, url)
) STRICT;

CREATE TABLE forecasts (
  series      TEXT NOT NULL,
  station     TEXT NOT NULL,
  target_date TEXT NOT NULL CHECK (target_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  source      TEXT NOT NULL,
  value       REAL NOT NULL,
  at_ms       INTEGER NOT NULL,
  PRIMARY KEY (series, station, target_date, source, at_ms)
) STRICT;
