import type { CalibrationReport, Comparison, UniverseReport } from "../core/calibration/report.ts";
import type { CommandContext, Table } from "./context.ts";

// What `calibrate` shows: how much evidence there is, model against market on it, and what that allows to be said.

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
    "Scores use the evaluations at fixed times before the close; a window counts once, however many rows it has.\n\n",
    await universeText(ctx, "All evaluations", report.all),
    await universeText(ctx, "Where the strategy would trade", report.wouldTrade),
    report.all.scores === null ? "" : await ctx.table(reliabilityTable(report.all.scores)),
    verdictText(report),
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

async function universeText(
  ctx: CommandContext,
  title: string,
  universe: UniverseReport,
): Promise<string> {
  const { scores } = universe;
  if (scores === null) return `${title}: nothing settled to score yet\n\n`;
  return [
    `${title}: ${universe.scored} rows in ${universe.windows} settled windows\n`,
    await ctx.table(scoreTable(scores)),
    baselineText(scores),
    "\n",
  ].join("");
}

function scoreTable({ model, market, brierGain, logLossGain }: Comparison): Table {
  return {
    columns: [
      { title: "score" },
      { title: "model", align: "right" },
      { title: "market", align: "right" },
      { title: "model better by", align: "right" },
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

function reliabilityTable({ reliability }: Comparison): Table {
  return {
    columns: [
      { title: "model says" },
      { title: "rows", align: "right" },
      { title: "mean", align: "right" },
      { title: "came true", align: "right" },
      { title: "95% interval" },
    ],
    rows: reliability.map((bin) => [
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
