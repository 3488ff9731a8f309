import type { EquityMark } from "../core/performance/trade.ts";
import { formatMoney, type Ms } from "../core/units.ts";
import { dollarText, minuteText, timeData, WIDTH } from "./backtest-words.ts";
import { blockLine } from "./block-line.ts";
import type { CommandContext, Table } from "./context.ts";

interface CurvePoint {
  readonly equity: string;
  readonly at: string;
  readonly at_ms: Ms;
}

export interface CurveData {
  readonly first: CurvePoint;
  /** The first of several. */
  readonly lowest: CurvePoint;
  readonly highest: CurvePoint;
  readonly last: CurvePoint;
  /** A character for each equal part of the time, with the equity at the end of it. */
  readonly line: string;
}

const LINE_LENGTH = WIDTH - 8;

/** Equity in order of time; null with nothing of it. */
export function curveData(curve: readonly EquityMark[]): CurveData | null {
  const [first] = curve;
  const last = curve.at(-1);
  if (first === undefined || last === undefined) return null;
  const extreme = (beats: (a: EquityMark, b: EquityMark) => boolean): EquityMark =>
    curve.reduce((found, mark) => (beats(mark, found) ? mark : found));
  return {
    first: point(first),
    lowest: point(extreme((a, b) => a.equity < b.equity)),
    highest: point(extreme((a, b) => a.equity > b.equity)),
    last: point(last),
    line: blockLine(sampled(curve, { fromMs: first.atMs, toMs: last.atMs })),
  };
}

function point({ atMs, equity }: EquityMark): CurvePoint {
  return { equity: formatMoney(equity), ...timeData("at", atMs) };
}

function sampled(
  curve: readonly EquityMark[],
  { fromMs, toMs }: { readonly fromMs: Ms; readonly toMs: Ms },
): number[] {
  const values: number[] = [];
  let at = 0;
  for (let part = 1; part <= LINE_LENGTH; part++) {
    const untilMs = fromMs + ((toMs - fromMs) * part) / LINE_LENGTH;
    while ((curve[at + 1]?.atMs ?? Number.POSITIVE_INFINITY) <= untilMs) at++;
    const mark = curve[at];
    if (mark !== undefined) values.push(mark.equity);
  }
  return values;
}

export async function curveText(ctx: CommandContext, curve: CurveData): Promise<string> {
  const table: Table = {
    columns: [
      { title: "" },
      { title: "first", align: "right" },
      { title: "lowest", align: "right" },
      { title: "highest", align: "right" },
      { title: "last", align: "right" },
    ],
    rows: [
      ["equity", ...pointsOf(curve).map(({ equity }) => dollarText(equity))],
      // The year is in the head of the report.
      ["UTC", ...pointsOf(curve).map(({ at }) => minuteText(at).slice(5))],
    ],
  };
  return `equity  ${curve.line}\n${await ctx.table(table)}`;
}

function pointsOf({ first, highest, last, lowest }: CurveData): readonly CurvePoint[] {
  return [first, lowest, highest, last];
}
