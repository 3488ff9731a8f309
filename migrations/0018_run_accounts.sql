-- A simulated account outlives a run: the next paper run of the same strategies goes on with its open positions, as a
-- restart of the same process would. Each run goes on from one run at most, and no two from the same.

CREATE TABLE run_accounts (
  run_id      INTEGER PRIMARY KEY REFERENCES runs,
  -- What must be alike for a run to go on from another: mode and strategies.
  account_key TEXT NOT NULL CHECK (account_key <> ''),
  continues   INTEGER UNIQUE REFERENCES runs,
  -- The first of those that go on from each other.
  account     INTEGER NOT NULL REFERENCES runs
) STRICT;
CREATE INDEX run_accounts_account ON run_accounts (account);
