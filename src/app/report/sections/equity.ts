import type { Equity, EquityPoint } from "../../../core/proof/proof.ts";
import { type Axis, band, endLabels, type Frame, steps } from "../draw/marks.ts";
import { type Markup, markup } from "../draw/markup.ts";
import type { Strip } from "../draw/paths.ts";
import { plot } from "../draw/plot.ts";
import { domainOf } from "../draw/scale.ts";
import { thinEvenly } from "../draw/thin.ts";
import { niceAxis, timeTicks } from "../draw/ticks.ts";
import { figure, tableOf } from "../parts.ts";
import { dollars, fixed, minute, plural } from "../words.ts";
import { ofAll, TABLE_ROWS } from "./window-axis.ts";

const HEIGHT = 220;
const FALL_HEIGHT = 90;
const BAND_POINTS = 600;
const MOST_TICKS = 7;
const HOUR_MS = 3_600_000;

/** Profit over time, and under it how far it is below its highest. */
export function equityFigure({ maxDrawdown, path, profit }: Equity): Markup {
  const time = domainOf(
    path.map(({ atMs }) => atMs),
    HOUR_MS,
  );
  const x: Axis = { ...time, ticks: timeTicks(time, MOST_TICKS), title: "" };
  const text = `${dollars(profit)} after fees at ${plural(path.length, "time")} that something was sold or settled; deepest fall ${dollars(Math.abs(maxDrawdown))}.`;
  return figure({
    isWide: true,
    title: "Profit of the account, and drawdown",
    note: text,
    legend: [
      { tone: "model", shape: "line", text: "realised profit" },
      { tone: "loss", shape: "band", text: "below its highest" },
    ],
    plot: markup`${profitPlot(x, path, text)}${fallPlot({ ...x, title: "UTC" }, path, maxDrawdown)}`,
    numbers: tableOf(`Profit and drawdown${ofAll(path.length)}`, {
      columns: [
        { title: "time UTC" },
        { title: "profit $", align: "right" },
        { title: "drawdown $", align: "right" },
      ],
      rows: thinEvenly(path, TABLE_ROWS).map((point) => [
        minute(point.atMs),
        fixed(point.profit, 2),
        fixed(point.drawdown, 2),
      ]),
    }),
  });
}

function profitPlot(x: Axis, path: readonly EquityPoint[], text: string): Markup {
  const frame: Frame = {
    x,
    y: {
      ...niceAxis(domainOf([0, ...path.map(({ profit }) => profit)]), 5, amount),
      title: "profit, $",
    },
    height: HEIGHT,
  };
  const last = path.at(-1)?.profit ?? 0;
  return plot(frame, { id: "equity", title: "Realised profit over time", description: text }, [
    steps(
      frame,
      // Nought until the first of them.
      [{ atMs: path[0]?.atMs ?? 0, profit: 0 }, ...path].map(({ atMs, profit }) => ({
        x: atMs,
        y: profit,
      })),
      "model",
    ),
    endLabels(frame, [{ y: last, text: dollars(last), tone: "model" }]),
  ]);
}

function fallPlot(x: Axis, path: readonly EquityPoint[], maxDrawdown: number): Markup {
  const falls = path.map(({ drawdown }) => -Math.abs(drawdown));
  const frame: Frame = {
    x,
    y: { ...niceAxis(domainOf([0, ...falls]), 2, amount), title: "drawdown, $" },
    height: FALL_HEIGHT,
  };
  const strips = thinEvenly(path, BAND_POINTS).map(({ atMs, drawdown }) => ({
    x: atMs,
    lower: -Math.abs(drawdown),
    upper: 0,
  }));
  const description = `Deepest ${dollars(Math.abs(maxDrawdown))}.`;
  return plot(frame, { id: "drawdown", title: "Drawdown over time", description }, [
    band(frame, stepped(strips), "loss"),
  ]);
}

/** Level until the next, as the line above it is. */
function stepped(strips: readonly Strip[]): readonly Strip[] {
  return strips.flatMap((strip, i) => {
    const before = strips[i - 1];
    return before === undefined ? [strip] : [{ ...before, x: strip.x }, strip];
  });
}

/** Cents are two digits or none. */
function amount(value: number, decimals: number): string {
  return fixed(value, decimals === 1 ? 2 : decimals);
}
