-- What one YES contract of a market is paid, where the exchange says it: a scalar result alone does not. Null in rows of
-- earlier versions, and where nobody said.

ALTER TABLE settlement_revisions ADD COLUMN yes_payout_cc INTEGER CHECK (yes_payout_cc BETWEEN 0 AND 10000);

DROP VIEW settlements;
CREATE VIEW settlements AS
SELECT ticker, max(revision) AS revision, event_ticker, result, expiration_value, settled_ms, final, source, recv_ms, run_id,
       yes_payout_cc
FROM settlement_revisions
GROUP BY ticker;
