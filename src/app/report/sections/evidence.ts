import type { Evidence } from "../../../core/proof/proof.ts";
import { endLabels, type Frame, level, line } from "../draw/marks.ts";
import type { Markup } from "../draw/markup.ts";
import { plot } from "../draw/plot.ts";
import { domainOf } from "../draw/scale.ts";
import { thinEvenly } from "../draw/thin.ts";
import { powerAxis } from "../draw/ticks.ts";
import { figure, tableOf } from "../parts.ts";
import { count, minute, plural, signed } from "../words.ts";
import { ofAll, TABLE_ROWS, windowAxis } from "./window-axis.ts";

const HEIGHT = 260;
/** The picture reaches a little above the level that is proof, and down to a tenth of the stake. */
const HEAD_ROOM = 1.12;
const LEAST = -1;

/** Wealth of a trader who bets by the model at real prices, on a logarithmic axis, with the level that is proof. */
export function evidenceFigure({ bets, logE, logThreshold, path, reachedMs }: Evidence): Markup {
  const wanted = tens(logThreshold);
  const points = path.map((point, i) => ({ x: i + 1, y: tens(point.logE) }));
  const frame: Frame = {
    x: windowAxis(path, "windows with a bet"),
    y: {
      ...powerAxis(
        domainOf([LEAST, wanted * HEAD_ROOM, ...points.map(({ y }) => y)]),
        5,
        powerText,
      ),
      title: "wealth, $",
    },
    height: HEIGHT,
  };
  const now = `$${wealth(logE)} of $1 after ${plural(bets, "bet")}`;
  const reached =
    reachedMs === null
      ? ""
      : ` It first stood at $${wealth(logThreshold)} on ${minute(reachedMs)} UTC.`;
  return figure({
    title: "Evidence of an edge after costs",
    note: `${now}. It is bet by the model at the prices and fees of the market; were those right, it would reach $${wealth(logThreshold)} in at most one world of ${wealth(logThreshold)}, however often one looks.${reached}`,
    legend: [{ tone: "model", shape: "line", text: "wealth of the bet (e-process)" }],
    plot: plot(
      frame,
      {
        id: "evidence",
        title: "E-process of the model net of costs, logarithmic",
        description: `Now ${now}.${reached}`,
      },
      [
        level(frame, wanted, `$${wealth(logThreshold)}: proof`),
        line(frame, [{ x: 0, y: 0 }, ...points], "model"),
        endLabels(frame, [{ y: tens(logE), text: `$${wealth(logE)}`, tone: "model" }]),
      ],
    ),
    numbers: tableOf(`Wealth after each bet${ofAll(path.length)}`, {
      columns: [
        { title: "closed UTC" },
        { title: "bets", align: "right" },
        { title: "ln of wealth", align: "right" },
        { title: "wealth $", align: "right" },
      ],
      rows: thinEvenly(
        path.map((point, i) => ({ ...point, bet: i + 1 })),
        TABLE_ROWS,
      ).map((point) => [
        minute(point.atMs),
        count(point.bet),
        signed(point.logE, 3),
        wealth(point.logE),
      ]),
    }),
  });
}

const tens = (log: number): number => log / Math.LN10;

/** A wealth by its natural logarithm, in three figures. */
export function wealth(log: number): string {
  const value = Math.exp(log);
  if (value >= 100_000 || value < 0.001) return `10${superscript(Math.round(tens(log)))}`;
  return value >= 100 ? count(value) : Number(value.toPrecision(3)).toString();
}

function powerText(exponent: number): string {
  return Math.abs(exponent) > 4 ? `10${superscript(exponent)}` : wealth(exponent * Math.LN10);
}

const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(value: number): string {
  const digits = String(Math.abs(value)).replace(/\d/g, (digit) => DIGITS.charAt(Number(digit)));
  return `${value < 0 ? "⁻" : ""}${digits}`;
}
