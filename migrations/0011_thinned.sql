-- What `collect --retain` removed, so that a replay that differs can say why. One row per run and table; a table of
-- which only a part goes is named with that part ("spot_ticks.quote").

CREATE TABLE thinned (
  run_id     INTEGER NOT NULL REFERENCES runs,
  table_name TEXT NOT NULL CHECK (table_name <> ''),
  before_ms  INTEGER NOT NULL,
  rows       INTEGER NOT NULL CHECK (rows > 0),
  at_ms      INTEGER NOT NULL,
  PRIMARY KEY (run_id, table_name)
) STRICT, WITHOUT ROWID;
