import {
  type CalibrationReport,
  type ForecasterReport,
  MODEL,
  type UniverseReport,
} from "../core/calibration/report.ts";
import type { Proof } from "../core/proof/proof.ts";
import type { CommandContext, Table } from "./context.ts";
import { scoresText } from "./proof/scores-text.ts";
import { slicesText } from "./proof/slices-text.ts";
import { verdictText } from "./proof/verdict-text.ts";

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
  readonly proof: Proof;
}

export async function renderCalibration(
  ctx: CommandContext,
  evidence: CalibrationEvidence,
): Promise<string> {
  const { coverage, proof, report } = evidence;
  if (coverage.evaluations === 0) {
    return "no evaluations yet; kbt paper --sim makes some\n";
  }
  return [
    isAboutNobody(report)
      ? "Several strategies decide by probabilities of their own: name one alone for its verdict.\n\n"
      : await verdictText(ctx, proof),
    `Scored: ${whoseText(report)}\n\n`,
    await scoresText(ctx, proof),
    await reliabilityText(ctx, proof),
    await slicesText(ctx, proof),
    baselineText(report, proof.versions.length),
    await othersText(ctx, report.others),
    await funnelText(ctx, evidence),
  ].join("");
}

async function funnelText(ctx: CommandContext, evidence: CalibrationEvidence): Promise<string> {
  const { coverage, decisions, proof } = evidence;
  const stages = proof.funnel.filter(({ name }) => name !== "filled");
  const left = proof.coverage.leftOut.map(({ reason, rows }) => `${rows} ${reason}`);
  return [
    await ctx.table(decisionTable(decisions)),
    `${coverage.evaluations} evaluations of ${coverage.markets} markets, ${coverage.withModel} with a model probability\n`,
    `${coverage.settledMarkets} markets settled in ${coverage.settledWindows} windows\n`,
    `${stages.map(({ name, rows }) => `${rows} ${name.replaceAll("_", " ")}`).join(" > ")}\n`,
    `${proof.universes.filled.rows} filled, at any time\n`,
    left.length === 0 ? "" : `left out for their market: ${left.join(", ")}\n`,
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

function whoseText({ forecaster, silent }: CalibrationReport): string {
  if (forecaster === MODEL) return "the model's probability.";
  const leftOut = silent === 0 ? "." : `; ${silent} rows where it had none are left out.`;
  return `the probability that ${forecaster} itself decides by${leftOut}`;
}

/** What asks no model is pooled over all versions, and says so where there are several. */
function baselineText({ all: { scores } }: CalibrationReport, versions: number): string {
  if (scores === null) return "";
  const { alwaysNo, baseRate } = scores.baselines;
  const whose = versions > 1 ? ` on the rows of all ${versions} versions:\n` : ": ";
  return `to beat as well${whose}always NO, ${bothScores(alwaysNo)}\nshare of YES until then, ${bothScores(baseRate)}\n\n`;
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

async function reliabilityText(
  ctx: CommandContext,
  { forecaster, universes: { all } }: Proof,
): Promise<string> {
  if (all.scores === null) return "";
  const table: Table = {
    columns: [
      { title: `${forecaster} says` },
      { title: "rows", align: "right" },
      { title: "mean", align: "right" },
      { title: "came true", align: "right" },
      { title: "95% interval" },
    ],
    rows: all.scores.model.tenths.map((bin) => [
      `${Math.round(bin.from * 100)}-${Math.round(bin.to * 100)}%`,
      String(bin.count),
      percent(bin.meanP),
      percent(bin.observed),
      `${percent(bin.lower)} to ${percent(bin.upper)}`,
    ]),
  };
  return `${await ctx.table(table)}\n`;
}

const four = (value: number): string => value.toFixed(4);
const signed = (value: number): string => `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;
const errorText = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "n/a");
const percent = (p: number): string => `${(p * 100).toFixed(1)}%`;
