-- What a live run learnt of its own account, in its place among the inputs: answers to its orders, fills, and what stopped or
-- held its trading. With them a live run can be replayed and held against its replay.

CREATE TABLE account_receipts (
  ev        INTEGER PRIMARY KEY,
  dt_ms     INTEGER NOT NULL,
  what_json TEXT NOT NULL CHECK (json_valid(what_json))
) STRICT;
