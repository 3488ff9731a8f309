import type { Fitted } from "../../core/learn/verdict.ts";
import type { Ms } from "../../core/units.ts";
import { sha256Of } from "../platform/sha256.ts";
import { retryBusy } from "./busy.ts";
import { storeError } from "./errors.ts";
import { type DbEnv, openWriter } from "./open.ts";

interface StoredFit {
  readonly modelId: number;
  /** First 12 hex digits of the SHA-256 of the parameters. */
  readonly version: string;
  /** False when the newest fit of this kind and scope is the very same one. */
  readonly isNew: boolean;
}

/** Keeps fits, accepted or refused. Each call is committed on return. */
export interface ModelStore {
  add(scope: string, fitted: Fitted, trainedMs: Ms): StoredFit;
  close(): void;
}

/** Two seconds of patience: nothing trades here, and somebody else may be recording. */
const BUSY_ATTEMPTS = 40;

/** Opens the database for storing fits, beside whoever else writes to it; migrates it when needed. */
export function createModelStore(options: {
  readonly path: string;
  readonly env: DbEnv;
}): ModelStore {
  const writer = openWriter(options.path, options);
  const db = writer.durable;
  // No bulk rows are written here whose commits would fold the WAL back.
  db.pragma("wal_autocheckpoint = 1000");
  const newest = db.prepare<
    [string, string],
    { modelId: number; version: string; fromMs: Ms; toMs: Ms; foldsJson: string }
  >(
    `SELECT model_id AS modelId, version, train_from_ms AS fromMs, train_to_ms AS toMs, folds_json AS foldsJson
     FROM models WHERE kind = ? AND scope = ? ORDER BY model_id DESC LIMIT 1`,
  );
  const insert = db.prepare(
    `INSERT INTO models (kind, scope, version, trained_ms, train_from_ms, train_to_ms, rows, score_name, score_oos,
       score_plain, folds_json, accepted, reason, params_json)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const add = (scope: string, fitted: Fitted, trainedMs: Ms): StoredFit => {
    const params = canonicalJson(fitted.params);
    const version = sha256Of(params).slice(0, 12);
    const foldsJson = foldsText(fitted);
    const last = newest.get(fitted.kind, scope);
    const isSame =
      last?.version === version &&
      last.fromMs === fitted.trainFromMs &&
      last.toMs === fitted.trainToMs &&
      last.foldsJson === foldsJson;
    if (isSame) return { modelId: last.modelId, version, isNew: false };
    const { lastInsertRowid } = insert.run(
      fitted.kind,
      scope,
      version,
      trainedMs,
      fitted.trainFromMs,
      fitted.trainToMs,
      fitted.rows,
      fitted.scoreName,
      fitted.scoreOos,
      fitted.scorePlain,
      foldsJson,
      fitted.accepted ? 1 : 0,
      fitted.reason,
      params,
    );
    return { modelId: Number(lastInsertRowid), version, isNew: true };
  };
  return {
    add: (scope, fitted, trainedMs) => {
      try {
        const work = db.transaction(() => add(scope, fitted, trainedMs));
        return retryBusy(() => work.immediate(), BUSY_ATTEMPTS);
      } catch (error) {
        throw storeError(error, options.path);
      }
    },
    close: () => writer.close(),
  };
}

function foldsText({ folds }: Fitted): string {
  return JSON.stringify(
    folds.map(({ fromMs, plain, rows, score, toMs }) => ({
      from_ms: fromMs,
      to_ms: toMs,
      rows,
      score,
      plain,
    })),
  );
}

/** JSON with the keys of every object in order, so that equal values are equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
