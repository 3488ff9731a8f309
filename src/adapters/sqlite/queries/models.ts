import type { ModelKind } from "../../../core/learn/verdict.ts";
import type { Ms } from "../../../core/units.ts";
import type { Reader } from "../open.ts";
import { reading } from "./read.ts";

export interface ModelRow {
  readonly modelId: number;
  readonly kind: ModelKind;
  readonly scope: string;
  readonly version: string;
  readonly trainedMs: Ms;
  readonly trainFromMs: Ms;
  readonly trainToMs: Ms;
  readonly rows: number;
  readonly scoreName: string;
  readonly scoreOos: number;
  readonly scorePlain: number;
  readonly accepted: boolean;
  readonly reason: string;
  /** What the fit found, as its kind has it: for a map, the map. */
  readonly params: unknown;
}

type StoredModel = Omit<ModelRow, "accepted" | "params"> & {
  readonly accepted: number;
  readonly paramsJson: string;
};

const COLUMNS = `model_id AS modelId, kind, scope, version, trained_ms AS trainedMs, train_from_ms AS trainFromMs,
  train_to_ms AS trainToMs, rows, score_name AS scoreName, score_oos AS scoreOos, score_plain AS scorePlain,
  accepted, reason, params_json AS paramsJson`;

/**
 * Accepted models that saw nothing of what came at `beforeMs` or later: first the one that saw the most of what came
 * before, of equals the one fitted last.
 */
export function acceptedModels(
  reader: Reader,
  kind: ModelKind,
  scope: string,
  beforeMs: Ms,
): ModelRow[] {
  return reading(reader, () =>
    reader.db
      .prepare<[string, string, Ms], StoredModel>(
        `SELECT ${COLUMNS} FROM models WHERE kind = ? AND scope = ? AND train_to_ms < ? AND accepted = 1
         ORDER BY train_to_ms DESC, model_id DESC`,
      )
      .all(kind, scope, beforeMs),
  ).map(modelRow);
}

/** Every fit, newest first. */
export function listModels(reader: Reader): ModelRow[] {
  return reading(reader, () =>
    reader.db
      .prepare<[], StoredModel>(`SELECT ${COLUMNS} FROM models ORDER BY model_id DESC`)
      .all(),
  ).map(modelRow);
}

function modelRow({ accepted, paramsJson, ...row }: StoredModel): ModelRow {
  const params: unknown = JSON.parse(paramsJson);
  return { ...row, accepted: accepted === 1, params };
}

/** Runs whose stored probabilities went through a map already: a map learnt from them would correct the correction. */
export function recalibratedRuns(reader: Reader): Set<number> {
  return reading(
    reader,
    () =>
      new Set(
        reader.db
          .prepare<[], number>(
            "SELECT run_id FROM runs WHERE coalesce(json_extract(config_json, '$.model.recalibration'), 'off') <> 'off'",
          )
          .pluck()
          .all(),
      ),
  );
}
