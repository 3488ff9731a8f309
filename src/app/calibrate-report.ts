import {
  type CalibrationReport,
  type Comparison,
  type ForecasterReport,
  MODEL,
  type UniverseReport,
} from "../core/calibration/report.ts";
import type { CommandContext, Table } from "./context.ts";

// What `calibrate` shows: how much evidence there is, what was traded on against the market on it, and what that allows to
// be said.

export interface CalibrationEvidence {
  readonly coverage: {
    readonly evaluations: number;
    readonly withModel: number;
    readonly markets: number;
    readonly settledMarkets: number;
    readonly settledWindows: number;
  };
  readonly decisions: readonly {
    readonly strategy: string;
    readonly decision: string;
    readonly reason: string;
    readonly count: number;
  }[];
  readonly report: CalibrationReport;
}

export async function renderCalibration(
  ctx: CommandContext,
  evidence: CalibrationEvidence,
): Promise<string> {
  const { coverage, decisions, report } = evidence;
  if (coverage.evaluations === 0) {
    return "no evaluations yet; kbt paper --sim makes some\n";
  }
  return [
    await ctx.table(decisionTable(decisions)),
    `${coverage.evaluations} evaluations of ${coverage.markets} markets, ${coverage.withModel} with a model probability; ${coverage.settledMarkets} markets settled in ${coverage.settledWindows} windows\n`,
    "Scores use the evaluations at fixed times before the close; a window counts once, however many rows it has.\n",
    await scoresText(ctx, report),
    await othersText(ctx, report.others),
    isAboutNobody(report)
      ? "name one strategy alone for all its scores and the verdict\n"
      : verdictText(report),
  ].join("");
}

function decisionTable(decisions: CalibrationEvidence["decisions"]): Table {
  return {
    columns: [
      { title: "strategy" },
      { title: "decision" },
      { title: "reason" },
      { title: "evaluations", align: "right" },
    ],
    rows: decisions.map(({ strategy, decision, reason, count }) => [
      strategy,
      decision.replace("_", " "),
      reason,
      String(count),
    ]),
  };
}

/** Several strategies decide by a probability of their own, and none by the model's. */
function isAboutNobody({ all, forecaster, others }: CalibrationReport): boolean {
  return forecaster === MODEL && all.rows === 0 && others.length > 0;
}

async function scoresText(ctx: CommandContext, report: CalibrationReport): Promise<string> {
  if (isAboutNobody(report)) {
    return "No strategy here decides by the model's probability; each has its own.\n\n";
  }
  const { all, wouldTrade } = report;
  return [
    `Scored: ${whoseText(report)}\n\n`,
    await universeText(ctx, "All evaluations", { report, universe: all }),
    await universeText(ctx, "Where the strategy would trade", { report, universe: wouldTrade }),
    all.scores === null ? "" : `${await ctx.table(reliabilityTable(report))}\n`,
  ].join("");
}

function whoseText({ forecaster, silent }: CalibrationReport): string {
  if (forecaster === MODEL) return "the model's probability.";
  const leftOut = silent === 0 ? "." : `; ${silent} rows where it had none are left out.`;
  return `the probability that ${forecaster} itself decides by${leftOut}`;
}

async function universeText(
  ctx: CommandContext,
  title: string,
  of: { readonly report: ForecasterReport; readonly universe: UniverseReport },
): Promise<string> {
  const { report, universe } = of;
  const { scores } = universe;
  if (scores === null) return `${title}: nothing settled to score yet\n\n`;
  return [
    `${title}: ${universe.scored} rows in ${universe.windows} settled windows\n`,
    await ctx.table(scoreTable(report.forecaster, scores)),
    baselineText(scores),
    "\n",
  ].join("");
}

function scoreTable(
  forecaster: string,
  { brierGain, logLossGain, market, model }: Comparison,
): Table {
  return {
    columns: [
      { title: "score" },
      { title: forecaster, align: "right" },
      { title: "market", align: "right" },
      { title: `${forecaster} better by`, align: "right" },
      { title: "s.e. by window", align: "right" },
    ],
    rows: [
      [
        "Brier",
        four(model.brier),
        four(market.brier),
        signed(brierGain.mean),
        errorText(brierGain.se),
      ],
      [
        "log loss",
        four(model.logLoss),
        four(market.logLoss),
        signed(logLossGain.mean),
        errorText(logLossGain.se),
      ],
      ["calibration error", four(model.ece), four(market.ece), signed(market.ece - model.ece), ""],
      ["  by chance", four(model.eceIfCalibrated), four(market.eceIfCalibrated), "", ""],
    ],
  };
}

function baselineText({ baselines: { alwaysNo, baseRate } }: Comparison): string {
  return `to beat as well: always NO, ${bothScores(alwaysNo)}; share of YES until then, ${bothScores(baseRate)}\n`;
}

function bothScores(of: { readonly brier: number; readonly logLoss: number }): string {
  return `Brier ${four(of.brier)}, log loss ${four(of.logLoss)}`;
}

/** Probabilities that are pooled with nothing: each on the rows where there was one, beside the market. */
async function othersText(
  ctx: CommandContext,
  others: readonly ForecasterReport[],
): Promise<string> {
  if (others.length === 0) return "";
  const table: Table = {
    columns: [
      { title: "own probability of" },
      { title: "rows", align: "right" },
      { title: "windows", align: "right" },
      { title: "Brier", align: "right" },
      { title: "market", align: "right" },
      { title: "better by", align: "right" },
      { title: "s.e. by window", align: "right" },
    ],
    rows: others.flatMap(({ all, forecaster, wouldTrade }) => [
      otherLine(forecaster, all),
      ...(wouldTrade.scored === 0 ? [] : [otherLine("  where it would trade", wouldTrade)]),
    ]),
  };
  return `${await ctx.table(table)}\n`;
}

function otherLine(name: string, { scored, scores, windows }: UniverseReport): string[] {
  const counts = [name, String(scored), String(windows)];
  if (scores === null) return [...counts, "", "", "", ""];
  const { brierGain, market, model } = scores;
  const gain = [signed(brierGain.mean), errorText(brierGain.se)];
  return [...counts, four(model.brier), four(market.brier), ...gain];
}

function reliabilityTable({ all, forecaster }: ForecasterReport): Table {
  return {
    columns: [
      { title: `${forecaster} says` },
      { title: "rows", align: "right" },
      { title: "mean", align: "right" },
      { title: "came true", align: "right" },
      { title: "95% interval" },
    ],
    rows: (all.scores?.reliability ?? []).map((bin) => [
      `${Math.round(bin.from * 100)}-${Math.round(bin.to * 100)}%`,
      String(bin.count),
      percent(bin.meanP),
      percent(bin.observed),
      `${percent(bin.lower)} to ${percent(bin.upper)}`,
    ]),
  };
}

function verdictText(report: CalibrationReport): string {
  const { all } = report;
  const edge = all.minimumDetectableEdge;
  const detectable =
    edge === null
      ? ""
      : ` With ${all.windows} only an edge of ${Math.ceil(edge * 100)} cents or more would show.`;
  if (report.status === "not_enough") {
    return `NOT ENOUGH EVIDENCE: ${all.windows} settled windows; ${all.missingWindows} more before anything can be said.${detectable}\n`;
  }
  return `INCONCLUSIVE: ${all.windows} settled windows.${detectable}\n`;
}

const four = (value: number): string => value.toFixed(4);
const signed = (value: number): string => `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;
const errorText = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "n/a");
const percent = (p: number): string => `${(p * 100).toFixed(1)}%`;
