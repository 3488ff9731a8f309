-- Simulated results are believed as far as what they rest on: each fill says what it was, and a second account on worse
-- terms shows the low end of what the same orders would have made.

-- NULL on fills that the exchange reported, and on simulated ones of before.
ALTER TABLE fills ADD COLUMN fill_class TEXT CHECK (fill_class IN ('crossed', 'queue', 'through'));
CREATE INDEX fills_unclassed ON fills (run_id) WHERE fill_class IS NULL;

-- Its fills and settlements. order_id is that of the order that both accounts sent; NULL for a settlement, which says what
-- YES is paid, who says so and whether that may still be taken back. Later settlements of a market hold the difference only.
CREATE TABLE pessimistic_legs (
  leg_id   INTEGER PRIMARY KEY,
  run_id   INTEGER NOT NULL REFERENCES runs,
  mode     TEXT NOT NULL CHECK (mode IN ('paper', 'backtest')),
  at_ms    INTEGER NOT NULL,
  ticker   TEXT NOT NULL,
  strategy TEXT NOT NULL,
  order_id TEXT CHECK ((order_id IS NULL) = (action = 'settle')),
  action   TEXT NOT NULL CHECK (action IN ('buy', 'sell', 'settle')),
  side     TEXT NOT NULL CHECK (side IN ('yes', 'no')),
  price_cc INTEGER CHECK (price_cc BETWEEN 0 AND 10000),
  qty_cq   INTEGER NOT NULL CHECK (qty_cq > 0 OR (qty_cq = 0 AND action = 'settle')),
  fee_ud   INTEGER NOT NULL CHECK (fee_ud >= 0),
  pnl_ud   INTEGER,
  yes_payout_cc INTEGER CHECK ((yes_payout_cc IS NULL) = (action <> 'settle')),
  provisional   INTEGER CHECK ((provisional IS NULL) = (action <> 'settle')),
  source        TEXT CHECK ((source IS NULL) = (action <> 'settle'))
) STRICT;
CREATE INDEX pessimistic_legs_ticker ON pessimistic_legs (ticker);

CREATE TRIGGER pessimistic_legs_no_update BEFORE UPDATE ON pessimistic_legs BEGIN SELECT RAISE(ABORT, 'pessimistic_legs is append-only'); END;
CREATE TRIGGER pessimistic_legs_no_delete BEFORE DELETE ON pessimistic_legs BEGIN SELECT RAISE(ABORT, 'pessimistic_legs is append-only'); END;
