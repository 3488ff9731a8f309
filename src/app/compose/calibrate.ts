import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import {
  type Coverage,
  countReasons,
  coverage,
  type ReasonCount,
} from "../../adapters/sqlite/queries/coverage.ts";
import { scoredRows } from "../../adapters/sqlite/queries/scored.ts";
import { DECISION_TIMES_S } from "../../core/calibration/pick-rows.ts";
import {
  type CalibrationReport,
  calibrationReport,
  DEFAULT_REPORT_OPTIONS,
} from "../../core/calibration/report.ts";
import { KbtError } from "../../core/errors.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { isBaseline, namedStrategies } from "../../strategies/registry.ts";
import { renderCalibration } from "../calibrate-report.ts";
import type { CalibrateOptions, CommandContext, CommandResult } from "../context.ts";
import { resolveTime } from "../time-bound.ts";

/** Every fixed decision time; which of them fit a row depends on its series. */
const ALL_DECISION_TIMES_S = Object.values(DECISION_TIMES_S).flat();

/** `kbt calibrate`: is there an edge? Scores what was traded on against the market, on settled evaluations. */
export async function calibrate(
  ctx: CommandContext,
  options: CalibrateOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  // Refuses names that no strategy has, before an empty report could pass for an answer.
  const strategies = namedStrategies(options.strategies);
  const reader = openReader(config.storage.db_path);
  try {
    const minWindows = options.minWindows ?? DEFAULT_REPORT_OPTIONS.minWindows;
    const evidence = readEvidence(reader, { ...options, strategies, minWindows });
    const error = options.requireProof ? notProven(evidence.report) : null;
    return {
      exitCode: error === null ? 0 : 10,
      data: evidence,
      text: await renderCalibration(ctx, evidence),
      warnings: [],
      ...(error === null ? {} : { error }),
    };
  } finally {
    reader.close();
  }
}

interface Evidence {
  readonly coverage: Coverage;
  readonly decisions: readonly ReasonCount[];
  readonly report: CalibrationReport;
}

function readEvidence(
  reader: Reader,
  options: CalibrateOptions & { readonly minWindows: number },
): Evidence {
  const { minWindows, series, strategies } = options;
  const nowMs = createSystemClock().nowMs();
  const range = {
    series,
    mode: options.mode ?? undefined,
    since: resolveTime(options.since, nowMs),
    until: resolveTime(options.until, nowMs),
  };
  const scored = { ...range, strategies: besideBaselines(strategies), tauS: ALL_DECISION_TIMES_S };
  const rows = [...scoredRows(reader, scored)];
  const asked = { ...range, strategies, without: strategies.length > 0 ? [] : BASELINES };
  return {
    coverage: coverage(reader, asked),
    decisions: countReasons(reader, asked),
    report: calibrationReport(rows, {
      ...DEFAULT_REPORT_OPTIONS,
      minWindows,
      baselines: BASELINES,
    }),
  };
}

/** Every report has something to beat, also one of a single strategy. */
function besideBaselines(strategies: readonly string[]): readonly string[] {
  const isOpen = strategies.length > 0 && !strategies.some(isBaseline);
  return isOpen ? [...strategies, ...BASELINES] : strategies;
}

/** Proof is a later verdict than this version can give, so `--require-proof` never passes on hope. */
function notProven(report: CalibrationReport): KbtError {
  return new KbtError({
    kind: "check",
    code: "EDGE_NOT_PROVEN",
    message: `the edge is not confirmed: ${report.all.windows} settled windows, verdict ${report.status}`,
    hint: "collect more settled windows on paper",
  });
}
