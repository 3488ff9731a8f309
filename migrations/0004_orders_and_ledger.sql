-- The audit log: what was intended, what happened, what it cost. These tables only grow: a correction is a new row, and
-- triggers abort every UPDATE and DELETE, because a ledger that can be edited proves nothing.

-- Intents as they were before anything left the process; the state of now is in the view `orders`.
CREATE TABLE order_intents (
  order_id        TEXT PRIMARY KEY CHECK (order_id <> ''),
  client_order_id TEXT NOT NULL UNIQUE CHECK (client_order_id <> ''),
  run_id          INTEGER NOT NULL REFERENCES runs,
  strategy        TEXT NOT NULL,
  opportunity_id  INTEGER NOT NULL REFERENCES evaluations,
  ticker          TEXT NOT NULL,
  side            TEXT NOT NULL CHECK (side IN ('yes', 'no')),
  action          TEXT NOT NULL CHECK (action IN ('buy', 'sell')),
  price_cc        INTEGER NOT NULL CHECK (price_cc BETWEEN 0 AND 10000),
  qty_cq          INTEGER NOT NULL CHECK (qty_cq > 0),
  first_state     TEXT NOT NULL CHECK (first_state IN ('pending', 'resting', 'filled', 'canceled', 'rejected', 'expired', 'unknown')),
  created_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX order_intents_created ON order_intents (created_ms);
CREATE INDEX order_intents_opportunity ON order_intents (opportunity_id);

CREATE TABLE order_events (
  order_event_id INTEGER PRIMARY KEY,
  order_id       TEXT NOT NULL REFERENCES order_intents,
  run_id         INTEGER NOT NULL REFERENCES runs,
  at_ms          INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('pending', 'resting', 'filled', 'canceled', 'rejected', 'expired', 'unknown')),
  filled_qty_cq  INTEGER NOT NULL CHECK (filled_qty_cq >= 0),
  reason         TEXT NOT NULL
) STRICT;
CREATE INDEX order_events_order ON order_events (order_id, order_event_id);

CREATE VIEW orders AS
SELECT i.order_id, i.client_order_id, i.run_id, r.mode, i.strategy, i.opportunity_id, i.ticker, i.side, i.action,
       i.price_cc, i.qty_cq,
       coalesce(e.state, i.first_state) AS state,
       coalesce(e.filled_qty_cq, 0) AS filled_qty_cq,
       coalesce(e.reason, '') AS reason,
       i.created_ms,
       coalesce(e.at_ms, i.created_ms) AS updated_ms
FROM order_intents i
JOIN runs r ON r.run_id = i.run_id
LEFT JOIN order_events e ON e.order_event_id =
  (SELECT max(n.order_event_id) FROM order_events n WHERE n.order_id = i.order_id);

-- order_id is no foreign key: a fill of an order this file does not know must still be kept, it is money.
-- One fill is one (order_id, fill_id): the exchange repeats it over socket and REST and across restarts, while the
-- simulated exchange may use a fill id again in another run.
CREATE TABLE fills (
  order_id TEXT NOT NULL,
  fill_id  TEXT NOT NULL CHECK (fill_id <> ''),
  run_id   INTEGER NOT NULL REFERENCES runs,
  mode     TEXT NOT NULL CHECK (mode IN ('paper', 'live', 'backtest')),
  ticker   TEXT NOT NULL,
  side     TEXT NOT NULL CHECK (side IN ('yes', 'no')),
  action   TEXT NOT NULL CHECK (action IN ('buy', 'sell')),
  price_cc INTEGER NOT NULL CHECK (price_cc BETWEEN 0 AND 10000),
  qty_cq   INTEGER NOT NULL CHECK (qty_cq > 0),
  fee_ud   INTEGER NOT NULL,
  is_taker INTEGER NOT NULL CHECK (is_taker IN (0, 1)),
  at_ms    INTEGER NOT NULL,
  PRIMARY KEY (order_id, fill_id)
) STRICT;
CREATE INDEX fills_ticker ON fills (ticker, at_ms);

CREATE TABLE trade_ledger (
  ledger_id    INTEGER PRIMARY KEY,
  run_id       INTEGER REFERENCES runs,
  mode         TEXT NOT NULL CHECK (mode IN ('paper', 'live', 'backtest')),
  at_ms        INTEGER NOT NULL,
  action       TEXT NOT NULL CHECK (action IN ('buy', 'sell', 'settle')),
  side         TEXT NOT NULL CHECK (side IN ('yes', 'no')),
  ticker       TEXT NOT NULL,
  price_cc     INTEGER CHECK (price_cc BETWEEN 0 AND 10000),
  qty_cq       INTEGER NOT NULL CHECK (qty_cq >= 0),
  cost_ud      INTEGER NOT NULL,
  pnl_ud       INTEGER,
  status       TEXT NOT NULL,
  source       TEXT NOT NULL,
  strategy     TEXT NOT NULL,
  order_id     TEXT,
  payload_json TEXT NOT NULL CHECK (json_valid(payload_json))
) STRICT;
CREATE INDEX trade_ledger_at ON trade_ledger (at_ms);
CREATE INDEX trade_ledger_ticker ON trade_ledger (ticker) WHERE action = 'settle';

CREATE TABLE positions_snapshots (
  position_id INTEGER PRIMARY KEY,
  run_id      INTEGER REFERENCES runs,
  mode        TEXT NOT NULL CHECK (mode IN ('paper', 'live', 'backtest')),
  ticker      TEXT NOT NULL,
  qty_cq      INTEGER NOT NULL,
  cost_ud     INTEGER NOT NULL,
  source      TEXT NOT NULL,
  at_ms       INTEGER NOT NULL
) STRICT;

-- Corrections happen (amended and disputed results): each is a new revision, the view shows the newest.
CREATE TABLE settlement_revisions (
  ticker           TEXT NOT NULL CHECK (ticker <> ''),
  revision         INTEGER NOT NULL CHECK (revision >= 1),
  event_ticker     TEXT NOT NULL,
  result           TEXT NOT NULL CHECK (result IN ('yes', 'no', 'scalar', '')),
  expiration_value TEXT,
  settled_ms       INTEGER NOT NULL,
  final            INTEGER NOT NULL CHECK (final IN (0, 1)),
  source           TEXT NOT NULL,
  recv_ms          INTEGER NOT NULL,
  run_id           INTEGER REFERENCES runs,
  PRIMARY KEY (ticker, revision)
) STRICT;

CREATE VIEW settlements AS
SELECT ticker, max(revision) AS revision, event_ticker, result, expiration_value, settled_ms, final, source, recv_ms, run_id
FROM settlement_revisions
GROUP BY ticker;

CREATE TABLE risk_events (
  risk_event_id INTEGER PRIMARY KEY,
  run_id        INTEGER REFERENCES runs,
  mode          TEXT,
  at_ms         INTEGER NOT NULL,
  kind          TEXT NOT NULL CHECK (kind <> ''),
  value         REAL,
  limit_value   REAL,
  reason        TEXT NOT NULL
) STRICT;

-- A latch stays set across restarts until a person clears it with a reason.
CREATE TABLE latches (
  latch_id       INTEGER PRIMARY KEY,
  run_id         INTEGER REFERENCES runs,
  mode           TEXT NOT NULL,
  at_ms          INTEGER NOT NULL,
  kind           TEXT NOT NULL CHECK (kind <> ''),
  value          REAL,
  limit_value    REAL,
  reason         TEXT NOT NULL,
  cleared_ms     INTEGER,
  cleared_reason TEXT,
  CHECK ((cleared_ms IS NULL) = (cleared_reason IS NULL))
) STRICT;
CREATE UNIQUE INDEX latches_active ON latches (mode, kind) WHERE cleared_ms IS NULL;

CREATE TRIGGER order_intents_no_update BEFORE UPDATE ON order_intents BEGIN SELECT RAISE(ABORT, 'order_intents is append-only'); END;
CREATE TRIGGER order_intents_no_delete BEFORE DELETE ON order_intents BEGIN SELECT RAISE(ABORT, 'order_intents is append-only'); END;
CREATE TRIGGER order_events_no_update BEFORE UPDATE ON order_events BEGIN SELECT RAISE(ABORT, 'order_events is append-only'); END;
CREATE TRIGGER order_events_no_delete BEFORE DELETE ON order_events BEGIN SELECT RAISE(ABORT, 'order_events is append-only'); END;
CREATE TRIGGER fills_no_update BEFORE UPDATE ON fills BEGIN SELECT RAISE(ABORT, 'fills is append-only'); END;
CREATE TRIGGER fills_no_delete BEFORE DELETE ON fills BEGIN SELECT RAISE(ABORT, 'fills is append-only'); END;
CREATE TRIGGER trade_ledger_no_update BEFORE UPDATE ON trade_ledger BEGIN SELECT RAISE(ABORT, 'trade_ledger is append-only'); END;
CREATE TRIGGER trade_ledger_no_delete BEFORE DELETE ON trade_ledger BEGIN SELECT RAISE(ABORT, 'trade_ledger is append-only'); END;
CREATE TRIGGER settlement_revisions_no_update BEFORE UPDATE ON settlement_revisions BEGIN SELECT RAISE(ABORT, 'settlement_revisions is append-only'); END;
CREATE TRIGGER settlement_revisions_no_delete BEFORE DELETE ON settlement_revisions BEGIN SELECT RAISE(ABORT, 'settlement_revisions is append-only'); END;
CREATE TRIGGER risk_events_no_update BEFORE UPDATE ON risk_events BEGIN SELECT RAISE(ABORT, 'risk_events is append-only'); END;
CREATE TRIGGER risk_events_no_delete BEFORE DELETE ON risk_events BEGIN SELECT RAISE(ABORT, 'risk_events is append-only'); END;
-- A latch may be cleared once; nothing else about it changes.
CREATE TRIGGER latches_clear_once BEFORE UPDATE ON latches
WHEN OLD.cleared_ms IS NOT NULL OR NEW.kind <> OLD.kind OR NEW.mode <> OLD.mode OR NEW.at_ms <> OLD.at_ms OR NEW.reason <> OLD.reason
BEGIN SELECT RAISE(ABORT, 'a latch can only be cleared, once'); END;
CREATE TRIGGER latches_no_delete BEFORE DELETE ON latches BEGIN SELECT RAISE(ABORT, 'latches are cleared, never deleted'); END;
-- What an order points to is evidence.
CREATE TRIGGER evaluations_no_update BEFORE UPDATE ON evaluations BEGIN SELECT RAISE(ABORT, 'evaluations are never changed'); END;
