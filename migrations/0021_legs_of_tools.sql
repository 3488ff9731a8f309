-- `ledger settle` books legs in the name of a run: they are true of its positions, but not of its own making, and its replay
-- does not make them.

ALTER TABLE trade_ledger ADD COLUMN by_tool INTEGER NOT NULL DEFAULT 0 CHECK (by_tool IN (0, 1));
