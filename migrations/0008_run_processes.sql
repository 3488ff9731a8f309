-- Which process writes which run, so that the next start can tell a run that was killed from one that is merely slow.
-- A killed run gets, once: `recovered_by` (the run whose start found it), runs.ended_ms (its last known time; exit_code
-- stays NULL, which says "killed"), and one row in `gaps` with source `run` and reason `crash`, under the last number of
-- its range: from its newest event to the start of the next run, extended until data flows again.
-- Runs without a row here are older than this table; nothing is known of their processes.
CREATE TABLE run_processes (
  run_id        INTEGER PRIMARY KEY REFERENCES runs,
  pid           INTEGER NOT NULL,
  -- Pids of two namespaces (containers) have nothing to do with each other. NULL where there are none.
  pid_namespace TEXT,
  -- Boot and clock tick in which it started: pids are used again. NULL where it cannot be read.
  process_start TEXT,
  -- Wall clock, also of a run on the local exchange's time.
  beat_ms       INTEGER NOT NULL,
  -- The run's own clock.
  newest_ms     INTEGER NOT NULL,
  recovered_by  INTEGER REFERENCES runs
) STRICT;
