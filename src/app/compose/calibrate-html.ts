import { BUILD_COMMIT } from "../../adapters/platform/build-commit.ts";
import { replaceFile } from "../../adapters/platform/replace-file.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import type { EvaluationFilter } from "../../adapters/sqlite/queries/evaluations.ts";
import { gapGroups, longestGaps } from "../../adapters/sqlite/queries/gaps.ts";
import { type RunSource, runSources } from "../../adapters/sqlite/queries/run-sources.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { Proof } from "../../core/proof/proof.ts";
import type { Ms } from "../../core/units.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { type ReportFacts, reportPage } from "../report/page.ts";
import { changedSettings } from "../report/settings.ts";
import { readFunnel } from "./funnel.ts";

export interface ReportRequest {
  readonly path: string;
  readonly proof: Proof;
  readonly filter: EvaluationFilter;
  readonly version: string;
  readonly nowMs: Ms;
}

/** Writes the page of `kbt calibrate --html`. */
export async function writeReport(reader: Reader, request: ReportRequest): Promise<void> {
  await replaceFile(request.path, reportPage(factsOf(reader, request)));
}

const GAPS_READ = 400;

function factsOf(reader: Reader, request: ReportRequest): ReportFacts {
  const { proof } = request;
  const { filter, runs } = judgedRuns(reader, request);
  const runIds = runs.map(({ runId }) => runId);
  const since = filter.since ?? runs[0]?.startedMs ?? request.nowMs;
  return {
    about: aboutOf(reader, request),
    proof,
    funnel: runs.length === 0 ? null : readFunnel(reader, filter, { since, until: filter.until }),
    recording: {
      spans: runs.map(({ startedMs, untilMs }) => ({ fromMs: startedMs, toMs: untilMs })),
      gaps: longestGaps(reader, runIds, GAPS_READ),
      groups: gapGroups(reader, runIds),
    },
    provenance: { runs, settings: changedSettings(runs) },
  };
}

interface Judged {
  readonly runs: readonly RunSource[];
  readonly filter: EvaluationFilter;
}

/** Replays are judged where there is nothing else, as the proof does it. */
function judgedRuns(reader: Reader, { filter, proof }: ReportRequest): Judged {
  // What never trades is held back by nothing.
  const without = (filter.strategies ?? []).length === 0 ? BASELINES : [];
  const scored = new Set(proof.versions.flatMap(({ runs }) => runs));
  const all = runSources(reader, { ...filter, without });
  const isReplay = all.some(({ mode, runId }) => mode === "backtest" && scored.has(runId));
  const runs = all.filter(({ mode }) => (mode === "backtest") === isReplay);
  const [mode, ...others] = new Set(runs.map((run) => run.mode));
  return {
    runs,
    filter: {
      ...filter,
      without,
      replays: isReplay,
      mode: others.length === 0 ? mode : filter.mode,
    },
  };
}

/** What was asked for, and what answered. */
function aboutOf(
  reader: Reader,
  { filter, nowMs, proof, version }: ReportRequest,
): ReportFacts["about"] {
  const { options, version: judged } = proof;
  const all = "all";
  return [
    ["mode", filter.mode ?? all],
    ["strategies", listed(filter.strategies) ?? all],
    ["series", listed(filter.series) ?? all],
    ["from", timeText(judged?.fromMs ?? filter.since)],
    ["to", timeText(judged?.untilMs ?? filter.until)],
    ["database", reader.path],
    ["made", timeText(nowMs)],
    ["by", `kbt ${version} (${BUILD_COMMIT ?? "from source"})`],
    ["parameters judged", judged === null ? "none" : `${judged.id} of ${proof.versions.length}`],
    ["resamples", `${options.resamples}, seed ${options.seed}`],
  ];
}

function listed(names: readonly string[] | undefined): string | undefined {
  return names === undefined || names.length === 0 ? undefined : names.join(", ");
}

function timeText(atMs: Ms | undefined): string {
  return atMs === undefined ? "–" : `${isoTime(atMs).slice(0, 16).replace("T", " ")} UTC`;
}
