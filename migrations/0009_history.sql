-- What was fetched afterwards instead of heard live: candles of the markets, and how far each part of it has come.

-- One minute (or more) of one market; the bids and asks are of YES, prices are null where nothing was quoted or traded.
-- Keyed by what it is and not by a run: history has no order of receipt, and the same candle twice is one candle.
CREATE TABLE market_candles (
  market_id        INTEGER NOT NULL REFERENCES market_ids,
  interval_s       INTEGER NOT NULL CHECK (interval_s > 0),
  end_ms           INTEGER NOT NULL,
  bid_open_cc      INTEGER CHECK (bid_open_cc BETWEEN 0 AND 10000),
  bid_high_cc      INTEGER CHECK (bid_high_cc BETWEEN 0 AND 10000),
  bid_low_cc       INTEGER CHECK (bid_low_cc BETWEEN 0 AND 10000),
  bid_close_cc     INTEGER CHECK (bid_close_cc BETWEEN 0 AND 10000),
  ask_open_cc      INTEGER CHECK (ask_open_cc BETWEEN 0 AND 10000),
  ask_high_cc      INTEGER CHECK (ask_high_cc BETWEEN 0 AND 10000),
  ask_low_cc       INTEGER CHECK (ask_low_cc BETWEEN 0 AND 10000),
  ask_close_cc     INTEGER CHECK (ask_close_cc BETWEEN 0 AND 10000),
  price_open_cc    INTEGER CHECK (price_open_cc BETWEEN 0 AND 10000),
  price_high_cc    INTEGER CHECK (price_high_cc BETWEEN 0 AND 10000),
  price_low_cc     INTEGER CHECK (price_low_cc BETWEEN 0 AND 10000),
  price_close_cc   INTEGER CHECK (price_close_cc BETWEEN 0 AND 10000),
  volume_cq        INTEGER NOT NULL CHECK (volume_cq >= 0),
  open_interest_cq INTEGER NOT NULL CHECK (open_interest_cq >= 0),
  PRIMARY KEY (market_id, interval_s, end_ms)
) STRICT, WITHOUT ROWID;

CREATE VIEW kalshi_candles AS
SELECT m.ticker, c.interval_s, c.end_ms - c.interval_s * 1000 AS open_ms, c.end_ms,
       c.bid_open_cc, c.bid_high_cc, c.bid_low_cc, c.bid_close_cc,
       c.ask_open_cc, c.ask_high_cc, c.ask_low_cc, c.ask_close_cc,
       c.price_open_cc, c.price_high_cc, c.price_low_cc, c.price_close_cc,
       c.volume_cq, c.open_interest_cq
FROM market_candles c LEFT JOIN market_ids m ON m.market_id = c.market_id;

-- A part is listed once all of it is on file, so that a backfill that was stopped goes on where it was.
CREATE TABLE backfill_progress (
  what    TEXT NOT NULL CHECK (what IN ('candles', 'trades', 'spot')),
  key     TEXT NOT NULL CHECK (key <> ''),
  done_ms INTEGER NOT NULL,
  PRIMARY KEY (what, key)
) STRICT, WITHOUT ROWID;
