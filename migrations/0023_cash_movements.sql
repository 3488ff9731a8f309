-- Cash of the live account that no trade moved: what was on it when it was first compared, what was paid in and out. Kept
-- apart from the ledger, so that a deposit is no profit and a withdrawal no loss.

CREATE TABLE cash_movements (
  movement_id INTEGER PRIMARY KEY,
  at_ms       INTEGER NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('opening', 'deposit', 'withdrawal')),
  -- What it adds; 'opening' is the balance less the cash of every leg until then.
  amount_ud   INTEGER NOT NULL CHECK (kind <> 'deposit' OR amount_ud > 0) CHECK (kind <> 'withdrawal' OR amount_ud < 0),
  reason      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX cash_movements_opening ON cash_movements (kind) WHERE kind = 'opening';

CREATE TRIGGER cash_movements_no_update BEFORE UPDATE ON cash_movements BEGIN SELECT RAISE(ABORT, 'cash_movements is append-only'); END;
CREATE TRIGGER cash_movements_no_delete BEFORE DELETE ON cash_movements BEGIN SELECT RAISE(ABORT, 'cash_movements is append-only'); END;
