-- What became of everything that a feed heard in one run: frames arrived, of which some carried observations;
-- received = stored + rejected. Written at the run's end, so a killed run has none.
CREATE TABLE run_feeds (
  run_id        INTEGER NOT NULL REFERENCES runs,
  feed          TEXT NOT NULL,
  frames        INTEGER NOT NULL CHECK (frames >= 0),
  control       INTEGER NOT NULL CHECK (control >= 0),
  received      INTEGER NOT NULL CHECK (received >= 0),
  stored        INTEGER NOT NULL CHECK (stored >= 0),
  rejected      INTEGER NOT NULL CHECK (rejected >= 0),
  rejected_json TEXT NOT NULL CHECK (json_valid(rejected_json)),
  unknown_json  TEXT NOT NULL CHECK (json_valid(unknown_json)),
  gaps          INTEGER NOT NULL CHECK (gaps >= 0),
  connects      INTEGER NOT NULL CHECK (connects >= 0),
  PRIMARY KEY (run_id, feed)
) STRICT, WITHOUT ROWID;
