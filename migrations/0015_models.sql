-- Learned models and recalibration maps, each fit with how it did on what it was not fitted on; the refused ones too,
-- because that a model was tried and was no better is a result.
CREATE TABLE models (
  model_id      INTEGER PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('direction', 'magnitude', 'platt', 'beta', 'isotonic')),
  -- A product such as BTC-USD, or for maps a series such as KXBTC15M.
  scope         TEXT NOT NULL CHECK (scope <> ''),
  -- First 12 hex digits of the SHA-256 of params_json: the same data give the same version.
  version       TEXT NOT NULL CHECK (length(version) = 12),
  trained_ms    INTEGER NOT NULL,
  -- Nothing that happened after train_to_ms was seen: a decision before it must not use the model.
  train_from_ms INTEGER NOT NULL,
  train_to_ms   INTEGER NOT NULL CHECK (train_to_ms >= train_from_ms),
  rows          INTEGER NOT NULL CHECK (rows > 0),
  -- Mean losses out of sample, lower is better: of the model, and of the best plain estimator.
  score_name    TEXT NOT NULL,
  score_oos     REAL NOT NULL,
  score_plain   REAL NOT NULL,
  folds_json    TEXT NOT NULL CHECK (json_valid(folds_json)),
  accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
  reason        TEXT NOT NULL CHECK (reason <> ''),
  params_json   TEXT NOT NULL CHECK (json_valid(params_json))
) STRICT;

CREATE INDEX models_of_scope ON models (kind, scope, train_to_ms);

CREATE TRIGGER models_no_update BEFORE UPDATE ON models BEGIN SELECT RAISE(ABORT, 'models is append-only'); END;
CREATE TRIGGER models_no_delete BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'models is append-only'); END;
