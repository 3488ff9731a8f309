import type { Reader } from "../../adapters/sqlite/open.ts";
import { scoredRows } from "../../adapters/sqlite/queries/scored.ts";
import { DECISION_TIMES_S } from "../../core/calibration/pick-rows.ts";
import {
  calibrationReport,
  DEFAULT_REPORT_OPTIONS,
  type ForecasterReport,
} from "../../core/calibration/report.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import type { BacktestFacts } from "../backtest-report.ts";

/** How good the probabilities of a stored run were, beside what there is to beat; null where nothing settled. */
export function scoresOf(
  reader: Reader,
  runId: number,
  strategies: readonly string[],
): BacktestFacts["scores"] {
  const tauS = Object.values(DECISION_TIMES_S).flat();
  const rows = [...scoredRows(reader, { runId, strategies: [...strategies], tauS })];
  const report = calibrationReport(rows, { ...DEFAULT_REPORT_OPTIONS, baselines: BASELINES });
  const model = rowOf(report);
  if (model === null) return null;
  const others = report.others.map(rowOf).filter((row) => row !== null);
  return { model, baselines: others };
}

function rowOf({ all, forecaster }: ForecasterReport) {
  const { scores, scored } = all;
  if (scores === null) return null;
  return { name: forecaster, brier: scores.model.brier, logLoss: scores.model.logLoss, n: scored };
}
