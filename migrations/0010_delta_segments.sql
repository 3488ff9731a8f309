-- Order-book changes of closed markets, packed: a sixth of the bytes, and replayed several times as fast as rows.

-- One row is up to 1000 deltas of one run in the order of `ev`; `data` is described in src/adapters/sqlite/segments/format.ts.
-- The times are those of the first and the last receipt, so that counting and looking for a time need no decoding.
-- Segments of one run may overlap (its markets close at different times), but none is wider than 50000 numbers: who
-- looks for the deltas from one number on need not read everything before it.
CREATE TABLE delta_segments (
  first_ev INTEGER PRIMARY KEY,
  last_ev  INTEGER NOT NULL,
  t0_ms    INTEGER NOT NULL,
  t1_ms    INTEGER NOT NULL,
  n        INTEGER NOT NULL CHECK (n BETWEEN 1 AND 1000),
  data     BLOB NOT NULL,
  CHECK (last_ev >= first_ev + n - 1 AND last_ev < first_ev + 50000 AND t1_ms >= t0_ms)
) STRICT;

-- kalshi_orderbook_deltas and v_deltas show what is not packed yet; inside kbt they show both.
CREATE VIEW v_delta_segments AS
SELECT first_ev / 10000000000 AS run_id, n AS deltas,
       strftime('%Y-%m-%dT%H:%M:%S', t0_ms / 1000, 'unixepoch') || printf('.%03dZ', t0_ms % 1000) AS from_at,
       strftime('%Y-%m-%dT%H:%M:%S', t1_ms / 1000, 'unixepoch') || printf('.%03dZ', t1_ms % 1000) AS to_at,
       length(data) AS bytes, round(length(data) * 1.0 / n, 2) AS bytes_per_delta
FROM delta_segments;
