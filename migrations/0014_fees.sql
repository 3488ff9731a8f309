-- What series and events charge, by date, as the exchange said it when it was read or told: a replay computes every cost
-- from these rows. Each row replaces what was known of its series or event.

CREATE TABLE fee_reports (
  ev         INTEGER PRIMARY KEY,
  scope      TEXT NOT NULL CHECK (scope IN ('series', 'event')),
  ticker     TEXT NOT NULL CHECK (ticker <> ''),
  terms_json TEXT NOT NULL CHECK (json_valid(terms_json)),
  dt_ms      INTEGER NOT NULL
) STRICT;

-- One row a change. from_ms 0 is "as long as is known"; null leaves that part of an event's fee to its series.
CREATE VIEW fee_changes AS
SELECT d.ev, r.run_id, d.scope, d.ticker,
       json_extract(t.value, '$.fromMs') AS from_ms,
       json_extract(t.value, '$.feeType') AS fee_type,
       json_extract(t.value, '$.multiplierBps') / 1e4 AS multiplier,
       r.started_ms + d.dt_ms AS recv_ms
FROM runs r CROSS JOIN fee_reports d ON d.ev >= r.run_id * 10000000000 AND d.ev < (r.run_id + 1) * 10000000000
JOIN json_each(d.terms_json) t;
