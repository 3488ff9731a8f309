import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";

interface Span {
  readonly runId: number;
  readonly mode: string;
  readonly startedMs: Ms;
  readonly endedMs: Ms;
}

export interface Choice<Recording> {
  /** In the order of time, none overlapping another. */
  readonly chosen: readonly Recording[];
  readonly warnings: readonly string[];
}

/**
 * Which recordings a backtest passes through: those that were named, else all of a time that do not overlap. Two recordings
 * of the same minutes would trade them twice, so of those the one that began first is taken. Throws usage errors.
 */
export function chooseRecordings<Recording extends Span>(
  all: readonly Recording[],
  asked: {
    readonly runs: readonly number[];
    readonly sinceMs: Ms | null;
    readonly untilMs: Ms | null;
  },
): Choice<Recording> {
  const { runs, sinceMs, untilMs } = asked;
  const missing = runs.find((runId) => !all.some((each) => each.runId === runId));
  if (missing !== undefined) {
    throw new KbtError({
      kind: "usage",
      code: "RUN_MISSING",
      message: `run ${missing} has no recorded inputs here`,
      hint: `runs with inputs: ${all.map(({ runId }) => runId).join(", ") || "none; kbt collect records some"}`,
    });
  }
  const wanted = all
    .filter(({ mode, runId }) => (runs.length > 0 ? runs.includes(runId) : mode !== "backtest"))
    .filter(({ endedMs }) => sinceMs === null || endedMs >= sinceMs)
    .filter(({ startedMs }) => untilMs === null || startedMs < untilMs)
    .toSorted((a, b) => a.startedMs - b.startedMs || b.endedMs - a.endedMs);
  const chosen: Recording[] = [];
  const warnings: string[] = [];
  for (const each of wanted) {
    const last = chosen.at(-1);
    if (last !== undefined && each.startedMs < last.endedMs) {
      warnings.push(
        `run ${each.runId} is left out: it recorded the same time as run ${last.runId} (name it with --run to replay it instead)`,
      );
    } else chosen.push(each);
  }
  return { chosen, warnings };
}
