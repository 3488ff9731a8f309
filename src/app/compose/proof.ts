import { createHash } from "node:crypto";
import type { Reader } from "../../adapters/sqlite/open.ts";
import {
  type Coverage,
  countEvaluations,
  type ReasonCount,
} from "../../adapters/sqlite/queries/coverage.ts";
import type { EvaluationFilter } from "../../adapters/sqlite/queries/evaluations.ts";
import { boughtBy, realisedProfits } from "../../adapters/sqlite/queries/realised.ts";
import { listRuns, type RunRow } from "../../adapters/sqlite/queries/runs.ts";
import { type ScoredRow, scoredRows } from "../../adapters/sqlite/queries/scored.ts";
import { type Forecasters, forecastersOf } from "../../core/calibration/forecasters.ts";
import { hasMarket, marketProblem, quoted } from "../../core/calibration/market-rows.ts";
import {
  DECISION_TIMES_S,
  type FirstLooks,
  firstLooks,
  pickRows,
} from "../../core/calibration/pick-rows.ts";
import {
  type CalibrationReport,
  calibrationReport,
  DEFAULT_REPORT_OPTIONS,
  MODEL,
} from "../../core/calibration/report.ts";
import type { Proof } from "../../core/proof/proof.ts";
import { DEFAULT_PROOF_OPTIONS, proofOf } from "../../core/proof/prove.ts";
import type { ProofRow } from "../../core/proof/rows.ts";
import { BASELINES } from "../../strategies/baselines.ts";
import { isBaseline } from "../../strategies/registry.ts";

interface Question {
  /** `strategies` empty means all but the baselines. */
  readonly filter: EvaluationFilter & { readonly strategies: readonly string[] };
  /** Settled windows with a trade below which nothing is said; left out, what models.md asks. */
  readonly minWindows?: number | undefined;
  /** Leaves replays out even where there is nothing else. */
  readonly isForward?: boolean | undefined;
}

export interface Evidence {
  readonly proof: Proof;
  readonly coverage: Coverage;
  readonly decisions: readonly ReasonCount[];
  readonly report: CalibrationReport;
}

/** Every fixed decision time; which of them fit a row depends on its series. */
const ALL_DECISION_TIMES_S = Object.values(DECISION_TIMES_S).flat();

/** Everything that a database says about an edge. */
export function readEvidence(reader: Reader, question: Question): Evidence {
  const steps = evidenceSteps(reader, question);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** The same step by step, each named before it is done. */
export function* evidenceSteps(reader: Reader, question: Question): Generator<string, Evidence> {
  const { filter, minWindows = DEFAULT_PROOF_OPTIONS.minWindows } = question;
  const { strategies } = filter;
  const beside = { ...filter, strategies: besideBaselines(strategies) };
  yield "reading evaluations at decision times";
  const { isReplay, looks } = forwardLooks(readLooks(reader, beside), question);
  const rows = looks.rows();
  yield `scoring ${looks.added()} of them`;
  const options = { ...DEFAULT_REPORT_OPTIONS, minWindows, baselines: BASELINES };
  const forecasters = forecastersOf(rows);
  const report = { ...calibrationReport(rows, options, forecasters), rowsIn: looks.added() };
  yield "counting all evaluations";
  const asked = { ...filter, without: strategies.length > 0 ? [] : BASELINES };
  const { coverage: covered, decisions } = countEvaluations(reader, asked);
  yield "testing for an edge";
  const mode = isReplay ? "backtest" : filter.mode;
  return {
    proof: readProof(reader, forecasters, {
      forecaster: report.forecaster,
      coverage: covered,
      filter: { ...filter, mode },
      minWindows,
      isReplay,
    }),
    coverage: covered,
    decisions,
    report,
  };
}

/** Every report has something to beat, also one of a single strategy. */
function besideBaselines(strategies: readonly string[]): readonly string[] {
  const isOpen = strategies.length > 0 && !strategies.some(isBaseline);
  return isOpen ? [...strategies, ...BASELINES] : strategies;
}

interface Asked {
  readonly forecaster: string;
  readonly coverage: Coverage;
  readonly filter: EvaluationFilter;
  readonly minWindows: number;
  readonly isReplay: boolean;
}

function readProof(reader: Reader, forecasters: Forecasters<ScoredRow>, asked: Asked): Proof {
  const { coverage: covered, filter, forecaster, isReplay, minWindows } = asked;
  const mine = rowsOf(forecaster, forecasters);
  const runs = listRuns(reader);
  const versionOf = versionsOf(runs, mine);
  const picked = pickedByVersion(mine, versionOf);
  const isResting = restingIn(runs, versionOf);
  return proofOf(
    {
      forecaster,
      rows: picked.filter(hasMarket).map((row) => proofRow(row, isResting(row))),
      filled: filledRows(reader, { forecaster, filter }, { versionOf, isResting }),
      versionOf,
      realised: realisedProfits(reader, filter),
      isReplay,
      counts: {
        evaluated: covered.evaluations,
        with_probability: covered.withModel,
        at_decision_time: picked.length,
      },
      coverage: {
        markets: covered.markets,
        settledMarkets: covered.settledMarkets,
        settledWindows: covered.settledWindows,
        leftOut: leftOut(picked),
      },
    },
    { ...DEFAULT_PROOF_OPTIONS, minWindows },
  );
}

/** What led to orders that filled, at any time: when they did, and at what a contract came to. */
function filledRows(
  reader: Reader,
  { filter, forecaster }: Pick<Asked, "filter" | "forecaster">,
  {
    isResting,
    versionOf,
  }: {
    readonly versionOf: ReadonlyMap<number, string>;
    readonly isResting: (row: ScoredRow) => boolean;
  },
): ProofRow[] {
  const bought = boughtBy(reader);
  const rows = [...scoredRows(reader, { ...filter, filledOnly: true })];
  return rowsOf(forecaster, forecastersOf(rows))
    .filter(({ runId }) => versionOf.has(runId))
    .filter(hasMarket)
    .map((row) => ({ ...proofRow(row, isResting(row)), ...bought.get(row.opportunityId) }));
}

type Looks = Readonly<Record<"forward" | "replayed", FirstLooks<ScoredRow>>>;

function readLooks(reader: Reader, filter: EvaluationFilter): Looks {
  const looks = { forward: firstLooks<ScoredRow>(), replayed: firstLooks<ScoredRow>() };
  for (const row of scoredRows(reader, { ...filter, tauS: ALL_DECISION_TIMES_S })) {
    looks[row.mode === "backtest" ? "replayed" : "forward"].add(row);
  }
  return looks;
}

/** What ran forward is not pooled with replays of it; these alone are judged as such. */
function forwardLooks({ forward, replayed }: Looks, { isForward }: Pick<Question, "isForward">) {
  const isReplay = isForward !== true && forward.added() === 0 && replayed.added() > 0;
  return { isReplay, looks: isReplay ? replayed : forward };
}

/** Two versions may have looked at one market at one time, as replays do. */
function pickedByVersion(
  rows: readonly Mine[],
  versionOf: ReadonlyMap<number, string>,
): readonly Mine[] {
  return [...new Set(versionOf.values())].flatMap((id) =>
    pickRows(rows.filter(({ runId }) => versionOf.get(runId) === id)),
  );
}

type Mine = ScoredRow & { readonly p: number };

function rowsOf(forecaster: string, { model, own }: Forecasters<ScoredRow>): readonly Mine[] {
  return forecaster === MODEL ? model : (own.get(forecaster) ?? []);
}

/** What is new comes first, as in `forecastersOf`. */
function proofRow(row: Mine & { readonly pMarket: number }, isResting: boolean): ProofRow {
  const q = quoted(row.pMarket);
  const { pHigh, pLow } = shifted(row);
  // The model is held to the same bounds as the market, or it would win by saying 0.999 where nothing can be bought.
  return { q, isResting, ...row, p: quoted(row.p), pLow, pHigh };
}

/** Only the model's own probability has a sigma in it. */
function shifted({ pHigh, pLow, pStrategy }: ScoredRow): Pick<ProofRow, "pLow" | "pHigh"> {
  if (pStrategy !== null || pLow === null || pHigh === null) return { pLow: null, pHigh: null };
  return { pLow: quoted(pLow), pHigh: quoted(pHigh) };
}

function leftOut(rows: readonly Mine[]): Proof["coverage"]["leftOut"] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const problem = marketProblem(row);
    if (problem !== null) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => ({ reason, rows: count }));
}

/** Parameters of each run that its probabilities and trades hang on; where it stored files and whom it told is none. */
function versionsOf(
  all: readonly RunRow[],
  rows: readonly ScoredRow[],
): ReadonlyMap<number, string> {
  const strategies = new Map<number, Set<string>>();
  for (const { runId, strategy } of rows) {
    const names = strategies.get(runId) ?? new Set();
    strategies.set(runId, names.add(strategy));
  }
  const runs = all.filter(({ runId }) => strategies.has(runId));
  return new Map(
    runs.map(({ configJson, runId }) => [
      runId,
      versionId(configJson, [...(strategies.get(runId) ?? [])].toSorted()),
    ]),
  );
}

/** Whether the strategy of a row waited in the book in that run, by the run's own configuration. */
function restingIn(
  runs: readonly RunRow[],
  versionOf: ReadonlyMap<number, string>,
): (row: ScoredRow) => boolean {
  const settings = new Map(
    runs
      .filter(({ runId }) => versionOf.has(runId))
      .map(({ configJson, runId }) => [
        runId,
        fieldsOf(fieldsOf(JSON.parse(configJson))["strategy"]),
      ]),
  );
  return ({ runId, strategy }) => fieldsOf(settings.get(runId)?.[strategy])["entry"] === "maker";
}

const ID_DIGITS = 12;

function versionId(configJson: string, strategies: readonly string[]): string {
  const config = fieldsOf(JSON.parse(configJson));
  const settings = fieldsOf(config["strategy"]);
  const parts = {
    model: config["model"],
    exits: config["exits"],
    strategies: strategies.map((name) => [name, settings[name] ?? null]),
  };
  return createHash("sha256")
    .update(JSON.stringify(sorted(parts)))
    .digest("hex")
    .slice(0, ID_DIGITS);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The same whatever order its keys were written in. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, one]) => [key, sorted(one)]);
}
