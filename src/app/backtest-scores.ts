import { fixed } from "./backtest-words.ts";
import type { CommandContext, Table } from "./context.ts";

/** How good a probability was, over the settled evaluations that it could be had for. */
interface ScoreRow {
  readonly name: string;
  readonly brier: number;
  readonly logLoss: number;
  readonly n: number;
}

/** The baselines are there to be beaten. */
export interface Scores {
  readonly model: ScoreRow;
  readonly baselines: readonly ScoreRow[];
}

export interface ScoresData {
  readonly model: ScoreData;
  readonly baselines: readonly ScoreData[];
}

interface ScoreData {
  readonly name: string;
  readonly rows: number;
  readonly brier: number;
  readonly log_loss: number;
}

export function scoresData({ baselines, model }: Scores): ScoresData {
  return { model: scoreData(model), baselines: baselines.map(scoreData) };
}

function scoreData({ brier, logLoss, n, name }: ScoreRow): ScoreData {
  return { name, rows: n, brier, log_loss: logLoss };
}

const LONGEST_NAME = 24;

export async function scoresText(
  ctx: CommandContext,
  { baselines, model }: ScoresData,
): Promise<string> {
  const table: Table = {
    columns: [
      { title: "probability of" },
      { title: "rows", align: "right" },
      { title: "Brier", align: "right" },
      { title: "log loss", align: "right" },
      { title: "beaten by", align: "right" },
    ],
    rows: [model, ...baselines].map((row) => [
      ctx.clean(row.name, LONGEST_NAME),
      String(row.rows),
      row.brier.toFixed(4),
      row.log_loss.toFixed(4),
      row === model ? "" : gain(row, model),
    ]),
  };
  return [
    "\nScores of settled evaluations, lower is better\n",
    await ctx.table(table),
    "kbt calibrate --mode backtest says how much of that may be luck.\n",
  ].join("");
}

/** By how much of Brier the model beats it; other rows are no comparison. */
function gain(row: ScoreData, model: ScoreData): string {
  if (row.rows !== model.rows) return "other rows";
  const less = row.brier - model.brier;
  return `${less > 0 ? "+" : ""}${fixed(less, 4)}`;
}
