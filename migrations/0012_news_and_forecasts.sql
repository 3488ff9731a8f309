-- Headlines and weather forecasts as events of a run, so that a replay gives them back where they were.
-- Nothing has written the tables that they replace.

DROP TABLE news_items;
CREATE TABLE news_values (
  ev           INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  published_ms INTEGER,
  title        TEXT NOT NULL CHECK (title <> ''),
  url          TEXT,
  dt_ms        INTEGER NOT NULL
) STRICT;

-- Each start and each process sees the newest headlines again: the view shows the first receipt of each. SQLite takes
-- the bare columns from the row that holds min(ev).
CREATE VIEW news_items AS
SELECT min(d.ev) AS ev, r.run_id, d.source, d.published_ms, d.title, d.url, r.started_ms + d.dt_ms AS recv_ms
FROM news_values d LEFT JOIN runs r ON r.run_id = d.ev / 10000000000
GROUP BY d.source, coalesce(d.url, d.title);

DROP TABLE forecasts;
CREATE TABLE forecast_values (
  ev          INTEGER PRIMARY KEY,
  series      TEXT NOT NULL,
  station     TEXT NOT NULL,
  target_date TEXT NOT NULL CHECK (target_date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  value       REAL NOT NULL,
  source      TEXT NOT NULL,
  at_ms       INTEGER NOT NULL,
  dt_ms       INTEGER NOT NULL
) STRICT;

-- A forecast that was corrected in place counts as corrected.
CREATE VIEW forecasts AS
SELECT max(d.ev) AS ev, r.run_id, d.series, d.station, d.target_date, d.value, d.source, d.at_ms,
       r.started_ms + d.dt_ms AS recv_ms
FROM forecast_values d LEFT JOIN runs r ON r.run_id = d.ev / 10000000000
GROUP BY d.series, d.station, d.target_date, d.source, d.at_ms;
