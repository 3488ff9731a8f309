-- The frame every other table hangs on: which run wrote a row, and short numbers for long names.
-- Market rows arrive by the million, so they carry a small integer where the contract shows a ticker or a source, and
-- views give the text back. Every event of a run has a number `ev` = run_id * 1e10 + counter: it is the primary key of
-- the event tables, it says which run a row belongs to, and reading all tables in its order replays the run.

PRAGMA application_id = 1801614385; -- "kbt1": tells our files from other people's databases

CREATE TABLE schema_migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  applied_ms INTEGER NOT NULL
) STRICT;

-- env ('sim', 'demo' or 'prod') and account of this file; rows of two environments never mix.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The upper bound keeps run_id * 1e10 inside the integers that JavaScript holds exactly.
CREATE TABLE runs (
  run_id      INTEGER PRIMARY KEY CHECK (run_id BETWEEN 1 AND 900000),
  mode        TEXT NOT NULL CHECK (mode IN ('collect', 'paper', 'live', 'backtest', 'preview', 'ledger', 'calibrate', 'doctor')),
  started_ms  INTEGER NOT NULL CHECK (started_ms >= 0),
  ended_ms    INTEGER,
  exit_code   INTEGER CHECK (exit_code BETWEEN 0 AND 255),
  version     TEXT NOT NULL,
  command     TEXT NOT NULL,
  config_json TEXT NOT NULL CHECK (json_valid(config_json))
) STRICT;

CREATE TABLE market_ids (
  market_id INTEGER PRIMARY KEY,
  ticker    TEXT NOT NULL UNIQUE CHECK (ticker <> '')
) STRICT;

-- One market on one subscription: deltas then need one small number for both.
CREATE TABLE streams (
  stream_id INTEGER PRIMARY KEY,
  sid       INTEGER NOT NULL,
  market_id INTEGER NOT NULL REFERENCES market_ids,
  UNIQUE (market_id, sid)
) STRICT;

CREATE TABLE spot_streams (
  spot_stream_id INTEGER PRIMARY KEY,
  source  TEXT NOT NULL,
  product TEXT NOT NULL,
  kind    TEXT NOT NULL CHECK (kind IN ('quote', 'trade')),
  UNIQUE (source, product, kind)
) STRICT;

CREATE TABLE index_names (
  index_name_id INTEGER PRIMARY KEY,
  index_id      TEXT NOT NULL UNIQUE
) STRICT;
