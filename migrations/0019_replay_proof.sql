-- What a replay is held against. Inputs carry a sum for each block of 1024 of their numbers, so that one changed byte is
-- found and named; a run says at its end how many rows it left behind and their rolling hash, when it let go of what was
-- under way, and by which build it was made.

CREATE TABLE input_sums (
  -- Number of the first event of the block: run_id * 1e10 + 1024 * block.
  first_ev INTEGER PRIMARY KEY,
  n        INTEGER NOT NULL CHECK (n BETWEEN 1 AND 1024),
  total    INTEGER NOT NULL,
  weighted INTEGER NOT NULL
) STRICT;

ALTER TABLE runs ADD COLUMN code_commit TEXT;
-- What the run started from besides its configuration: earlier trades on its account, corrections of its probabilities.
ALTER TABLE runs ADD COLUMN start_json TEXT CHECK (json_valid(start_json));
ALTER TABLE runs ADD COLUMN finished_ms INTEGER;
ALTER TABLE runs ADD COLUMN decisions INTEGER;
ALTER TABLE runs ADD COLUMN decisions_hash TEXT;
