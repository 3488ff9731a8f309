import type { ScoreParts, SourceScores } from "../../../core/proof/proof.ts";
import {
  band,
  bars,
  type Dot,
  diagonal,
  dots,
  type Frame,
  line,
  type Tone,
} from "../draw/marks.ts";
import { type Markup, markup } from "../draw/markup.ts";
import type { Strip } from "../draw/paths.ts";
import { plot } from "../draw/plot.ts";
import { thinEvenly } from "../draw/thin.ts";
import { figure, tableOf } from "../parts.ts";
import { count, fixed, percent, plural } from "../words.ts";

export interface ReliabilityFacts {
  readonly name: string;
  readonly tone: Tone;
  readonly rows: number;
  readonly windows: number;
  readonly scores: SourceScores;
}

const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, label: fixed(at, 1) }));
const FRAME: Frame = {
  x: { from: 0, to: 1, ticks: TICKS, title: "forecast P(YES)" },
  y: { from: 0, to: 1, ticks: TICKS, title: "came true" },
  height: null,
};

/** Share of the height that the fullest tenth's bar takes. */
const BAR_SHARE = 0.12;
const STRIPS_SHOWN = 250;
const STAYING = "90 %";

/** A forecast against what came of it: on the diagonal it means what it says. */
export function reliabilityFigure(facts: ReliabilityFacts): Markup {
  const { name, scores, tone } = facts;
  const { tenths } = scores;
  const most = tenths.reduce((found, tenth) => Math.max(found, tenth.count), 1);
  const heap = tenths.map(({ count: rows, from, to }) => ({
    x: { from: from + 0.01, to: to - 0.01 },
    y: { from: 0, to: (BAR_SHARE * rows) / most },
  }));
  const points = tenths.map(
    ({ lower, meanP, observed, upper }): Dot => ({
      x: meanP,
      y: observed,
      whisker: [lower, upper],
    }),
  );
  const curve = scores.reliability.map(({ forecast, observed }) => ({ x: forecast, y: observed }));
  return figure({
    title: `Reliability of the ${name}`,
    note: sentenceOf(facts),
    legend: [
      { tone, shape: "line", text: "recalibrated, without bins (CORP)" },
      { tone, shape: "dot", text: "tenths, 95 % interval" },
      { tone: "plain", shape: "band", text: `where ${STAYING} of calibrated forecasts stay` },
      { tone: "plain", shape: "bar", text: "how many" },
    ],
    plot: plot(
      FRAME,
      {
        id: `reliability-${tone}`,
        title: `Reliability diagram of the ${name}`,
        description: `Forecast probability against the share that came true. ${sentenceOf(facts)}`,
      },
      [
        band(FRAME, stripsOf(scores), "plain"),
        bars(FRAME, heap, "plain"),
        diagonal(),
        line(FRAME, curve, tone),
        dots(FRAME, points, tone),
      ],
    ),
    numbers: markup`${tenthTable(facts)}${partTable(facts)}`,
  });
}

function stripsOf({ reliability }: SourceScores): readonly Strip[] {
  const strips = reliability.flatMap(({ forecast, lower, upper }) =>
    lower === null || upper === null ? [] : [{ x: forecast, lower, upper }],
  );
  return thinEvenly(strips, STRIPS_SHOWN);
}

function sentenceOf({ rows, scores, windows }: ReliabilityFacts): string {
  const { miscalibrationP: p } = scores;
  const { mcb, score } = scores.corp.brier;
  const chance =
    p === null ? "" : `; calibrated forecasts look as wrong or worse with chance ${fixed(p, 3)}`;
  return `${plural(rows, "forecast")} in ${plural(windows, "window")}. Miscalibration ${fixed(mcb, 4)} of a Brier score of ${fixed(score, 4)}${chance}.`;
}

function tenthTable({ name, scores: { tenths } }: ReliabilityFacts): Markup {
  return tableOf(`Tenths of the ${name}`, {
    columns: [
      { title: "forecast" },
      { title: "rows", align: "right" },
      { title: "mean", align: "right" },
      { title: "came true", align: "right" },
      { title: "95 % interval", align: "right" },
    ],
    rows: tenths.map((bin) => [
      `${fixed(bin.from * 100, 0)}–${percent(bin.to)}`,
      count(bin.count),
      percent(bin.meanP, 1),
      percent(bin.observed, 1),
      `${fixed(bin.lower * 100, 1)}–${percent(bin.upper, 1)}`,
    ]),
  });
}

function partTable({ name, scores: { corp } }: ReliabilityFacts): Markup {
  const { brier, log } = corp;
  const part = (key: keyof ScoreParts, title: string, meaning: string): string[] => [
    title,
    fixed(brier[key], 4),
    fixed(log[key], 4),
    meaning,
  ];
  return tableOf(`Scores of the ${name} in parts`, {
    columns: [
      { title: "part" },
      { title: "Brier", align: "right" },
      { title: "log loss", align: "right" },
      { title: "meaning" },
    ],
    rows: [
      part("mcb", "miscalibration", "what recalibrating would gain; less is better"),
      part("dsc", "discrimination", "what telling outcomes apart gains; more is better"),
      part("unc", "uncertainty", "score of the base rate; nobody’s merit"),
      part("score", "score", "miscalibration − discrimination + uncertainty"),
    ],
  });
}
