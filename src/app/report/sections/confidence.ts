import type { ConfidencePath, ConfidencePoint } from "../../../core/proof/proof.ts";
import { band, dots, endLabels, type Frame, line } from "../draw/marks.ts";
import type { Markup } from "../draw/markup.ts";
import { plot } from "../draw/plot.ts";
import { type Domain, domainOf } from "../draw/scale.ts";
import { thinEvenly } from "../draw/thin.ts";
import { niceAxis } from "../draw/ticks.ts";
import { figure, tableOf } from "../parts.ts";
import { count, fixed, minute, plural, range, signed } from "../words.ts";
import { ofAll, TABLE_ROWS, windowAxis } from "./window-axis.ts";

const HEIGHT = 260;
const BAND_POINTS = 300;

/** Running mean of the gain in Brier score, and the interval that holds the true one at all windows together. */
export function confidenceFigure({ alpha, path }: ConfidencePath): Markup {
  const points = path.map((point, i) => ({ ...point, windows: i + 1 }));
  const frame: Frame = {
    x: windowAxis(path, "settled windows"),
    y: { ...niceAxis(worthSeeing(path), 5, signed), title: "model better ↑" },
    height: HEIGHT,
  };
  const shown = thinEvenly(points, BAND_POINTS);
  const last = path.at(-1);
  const text = sentenceOf(path);
  return figure({
    title: "Gain in Brier score on the market",
    note: `${text} The interval holds at all windows together, so looking every day costs nothing; an edge in knowledge shows once all of it is above nought.`,
    legend: [
      { tone: "model", shape: "line", text: "mean so far" },
      {
        tone: "model",
        shape: "band",
        text: `${fixed((1 - alpha) * 100, 0)} % confidence sequence`,
      },
    ],
    plot: plot(
      frame,
      {
        id: "confidence",
        title: "Confidence sequence of the gain in Brier score",
        description: text,
      },
      [
        band(
          frame,
          shown.map(({ lower, upper, windows }) => ({ x: windows, lower, upper })),
          "model",
        ),
        line(
          frame,
          shown.map(({ mean, windows }) => ({ x: windows, y: mean })),
          "model",
        ),
        // The dot is all that there is of a single window.
        ...(last === undefined
          ? []
          : [
              dots(frame, [{ x: path.length, y: last.mean, whisker: null }], "model"),
              endLabels(frame, ends(last)),
            ]),
      ],
    ),
    numbers: tableOf(`Gain in Brier score after each window${ofAll(path.length)}`, {
      columns: [
        { title: "closed UTC" },
        { title: "windows", align: "right" },
        { title: "mean gain", align: "right" },
        { title: "from", align: "right" },
        { title: "to", align: "right" },
      ],
      rows: thinEvenly(points, TABLE_ROWS).map((point) => [
        minute(point.atMs),
        count(point.windows),
        signed(point.mean, 4),
        signed(point.lower, 4),
        signed(point.upper, 4),
      ]),
    }),
  });
}

function sentenceOf(path: readonly ConfidencePoint[]): string {
  const last = path.at(-1);
  if (last === undefined) return "No window has settled.";
  return `After ${plural(path.length, "window")}: ${signed(last.mean, 4)}, interval ${range(last, 4)}.`;
}

function ends({ lower, mean, upper }: ConfidencePoint) {
  return [
    { y: upper, text: signed(upper, 3), tone: "plain" },
    { y: mean, text: signed(mean, 3), tone: "model" },
    { y: lower, text: signed(lower, 3), tone: "plain" },
  ] as const;
}

/** The first intervals are as wide as anything can be; they may leave the picture, the later ones may not. */
function worthSeeing(path: readonly ConfidencePoint[]): Domain {
  const later = path.slice(Math.floor(path.length / 4));
  return domainOf([0, ...later.flatMap(({ lower, mean, upper }) => [lower, mean, upper])]);
}
