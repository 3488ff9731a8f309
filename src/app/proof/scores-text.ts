import type { Proof, SourceScores, Universe, UniverseScores } from "../../core/proof/proof.ts";
import type { CommandContext, Table } from "../context.ts";
import { between, cents, centsBetween, chance, four, signed } from "./words.ts";

/** Model and market side by side on all evaluations, on those that would be traded and on those that were filled. */
export async function scoresText(ctx: CommandContext, proof: Proof): Promise<string> {
  const { all, filled, wouldTrade } = proof.universes;
  return [
    await universeText(ctx, "All evaluations at decision times", all),
    await universeText(ctx, "Where it would trade", wouldTrade),
    await universeText(ctx, "What was filled", filled),
    await testsText(ctx, proof),
  ].join("");
}

async function universeText(
  ctx: CommandContext,
  title: string,
  { rows, scores, windows }: Universe,
): Promise<string> {
  if (scores === null) return `${title}: nothing settled to score yet\n\n`;
  return `${title}: ${rows} rows in ${windows} windows\n${await ctx.table(scoreTable(scores))}\n`;
}

function scoreTable({ brier, logLoss, market, model }: UniverseScores): Table {
  const row = (title: string, of: (source: SourceScores) => string, better = "", interval = "") => [
    title,
    of(model),
    of(market),
    better,
    interval,
  ];
  return {
    columns: [
      { title: "score" },
      { title: "model", align: "right" },
      { title: "market", align: "right" },
      { title: "model better by", align: "right" },
      { title: "95 % by window", align: "right" },
    ],
    rows: [
      row("Brier", (one) => four(one.brier), signed(brier.mean), between(brier.cluster)),
      row("log loss", (one) => four(one.logLoss), signed(logLoss.mean), between(logLoss.cluster)),
      row("miscalibration", (one) => four(one.corp.brier.mcb)),
      row("  p by chance", (one) => chance(one.miscalibrationP)),
      row("discrimination", (one) => four(one.corp.brier.dsc)),
      row("uncertainty", (one) => four(one.corp.brier.unc)),
      row("Cox slope", (one) => one.cox?.slope.toFixed(2) ?? ""),
      row("Cox intercept", (one) => one.cox?.intercept.toFixed(2) ?? ""),
      row("Spiegelhalter z", (one) => one.spiegelhalter?.z.toFixed(2) ?? ""),
      row("calibration error", (one) => four(one.ece)),
      row("  by chance", (one) => four(one.eceIfCalibrated)),
      row("rows at edge of quotes", (one) => String(one.clipped)),
    ],
  };
}

async function testsText(ctx: CommandContext, { evidence, universes }: Proof): Promise<string> {
  const named = [
    ["all", universes.all],
    ["would trade", universes.wouldTrade],
    ["filled", universes.filled],
  ] as const;
  const rows = named.flatMap(([name, { scores }]) =>
    scores === null ? [] : [testRow(name, scores)],
  );
  if (rows.length === 0) return "";
  const table: Table = {
    columns: [
      { title: "tests" },
      { title: "net profit", align: "right" },
      { title: "95 % (cents)", align: "right" },
      { title: "bootstrap p", align: "right" },
      { title: "DM p", align: "right" },
      { title: "theta", align: "right" },
      { title: "p", align: "right" },
    ],
    rows,
  };
  return [
    await ctx.table(table),
    "theta 0: the market knows all, 1: the model is right; p of theta and of the\nbootstrap one-sided, of Diebold-Mariano (DM) two-sided\n",
    `evidence: betting at real prices made ${Math.exp(evidence.logE).toPrecision(3)} of 1 in ${evidence.bets} bets, one a window\n\n`,
  ].join("");
}

function testRow(name: string, { encompassing, net }: UniverseScores): string[] {
  return [
    name,
    cents(net?.mean ?? null),
    centsBetween(net?.bootstrap ?? null),
    chance(net?.bootstrap?.pOneSided),
    chance(net?.dieboldMariano?.p),
    encompassing?.theta.toFixed(2) ?? "",
    chance(encompassing?.pOneSided),
  ];
}
