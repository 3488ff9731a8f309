import type { EvBin, EvBins, Slice } from "../../../core/proof/proof.ts";
import { type Dot, dots, type Frame } from "../draw/marks.ts";
import type { Markup } from "../draw/markup.ts";
import { plot } from "../draw/plot.ts";
import { domainOf } from "../draw/scale.ts";
import { niceAxis } from "../draw/ticks.ts";
import { figure, tableOf } from "../parts.ts";
import { cents, chance, count, fixed, range, signed } from "../words.ts";

// Means of groups with their errors: what was promised against what was earned, and how the forecast did near the close.

const HEIGHT = 260;
/** Whiskers of two standard errors: about 95 %. */
const ERRORS_SHOWN = 2;
/** Fewer windows say nothing about their own error. */
const WINDOWS_MIN = 10;

type FullBin = EvBin & { readonly meanEv: number; readonly realised: number };

const isFull = (bin: EvBin): bin is FullBin => bin.meanEv !== null && bin.realised !== null;

/** What bets promised and what they earned, the smallest promise first. */
export function evFigure(ev: EvBins): Markup {
  const full = ev.bins.filter(isFull);
  const realised = full.map((bin, i) =>
    dotOf(i + 0.64, 100 * bin.realised, errorOf(bin.windows, bin.se, 100)),
  );
  const predicted = full.map((bin, i) => dotOf(i + 0.36, 100 * bin.meanEv, null));
  const frame = groupFrame(full.map(nameOf), {
    dots: [...realised, ...predicted],
    x: "predicted EV of a contract, ¢",
    y: "profit of a contract, ¢",
  });
  return figure({
    title: "Do better bets earn more?",
    note: trendText(ev),
    legend: [
      { tone: "market", shape: "dot", text: "predicted" },
      { tone: "model", shape: "dot", text: "realised, ± 2 standard errors by window" },
    ],
    plot: plot(
      frame,
      {
        id: "ev-bins",
        title: "Predicted and realised profit by bins of predicted EV",
        description: full
          .map(
            (bin) =>
              `${nameOf(bin)} cents: predicted ${cents(bin.meanEv)}, realised ${cents(bin.realised)}.`,
          )
          .join(" "),
      },
      [dots(frame, predicted, "market"), dots(frame, realised, "model")],
    ),
    numbers: tableOf("Predicted and realised profit of a contract", {
      columns: [
        { title: "predicted ¢" },
        { title: "rows", align: "right" },
        { title: "windows", align: "right" },
        { title: "mean ¢", align: "right" },
        { title: "realised ¢", align: "right" },
        { title: "s.e. ¢", align: "right" },
      ],
      rows: ev.bins.map((bin) => [
        nameOf(bin),
        count(bin.rows),
        count(bin.windows),
        ...[bin.meanEv, bin.realised].map((value) =>
          value === null ? "–" : signed(100 * value, 2),
        ),
        bin.se === null ? "–" : fixed(100 * bin.se, 2),
      ]),
    }),
  });
}

function nameOf({ from, to }: EvBin): string {
  const [low, high] = [from, to].map((bound) => (bound === null ? "" : fixed(bound * 100, 0)));
  if (low === "") return `≤ ${high ?? ""}`;
  return high === "" ? `> ${low ?? ""}` : `${low ?? ""}–${high ?? ""}`;
}

function trendText({ bins, isotonicRange, spearman, trend }: EvBins): string {
  if (trend === null && spearman === null) return "Too few bins with trades for a trend.";
  const said = [
    trend === null ? [] : [`trend over bins p ${equals(trend.pOneSided)}`],
    spearman === null
      ? []
      : [`rank correlation ${signed(spearman.rho, 2)}, 95 % ${range(spearman, 2)}`],
    isotonicRange === null
      ? []
      : [`best rising fit spans ${cents(isotonicRange, { isSigned: false })}`],
  ].flat();
  const few = bins.some(({ windows }) => windows > 0 && windows < WINDOWS_MIN)
    ? ` A dot of fewer than ${WINDOWS_MIN} windows has no error worth drawing.`
    : "";
  return `If EV means something, realised profit climbs with it: ${said.join("; ")}.${few}`;
}

function equals(p: number): string {
  const text = chance(p);
  return text.startsWith("<") ? text : `= ${text}`;
}

/** How the gain in Brier score depends on the time to the close. */
export function tauFigure(slices: readonly Slice[]): Markup {
  const gains = slices.map(({ brierGain, brierGainSe, windows }, i) =>
    dotOf(i + 0.5, brierGain, errorOf(windows, brierGainSe, 1)),
  );
  const frame = groupFrame(
    slices.map(({ key }) => withoutNought(key)),
    {
      dots: gains,
      x: "before the close",
      y: "model better ↑",
    },
  );
  return figure({
    title: "When in the life of a market?",
    note: "Gain in Brier score on the market by time to the close. The dots share their windows, and with them their luck.",
    legend: [{ tone: "model", shape: "dot", text: "mean gain, ± 2 standard errors by window" }],
    plot: plot(
      frame,
      {
        id: "by-tau",
        title: "Gain in Brier score by time to the close",
        description: slices
          .map((slice) => `${slice.key}: ${signed(slice.brierGain, 4)}.`)
          .join(" "),
      },
      [dots(frame, gains, "model")],
    ),
    numbers: sliceTable("Scores by time to the close", "before the close", slices),
  });
}

/** Parts of the scored rows; nothing in them is corrected for how many were looked at. */
export function sliceTable(caption: string, of: string, slices: readonly Slice[]): Markup {
  return tableOf(caption, {
    columns: [
      { title: of },
      { title: "rows", align: "right" },
      { title: "windows", align: "right" },
      { title: "model Brier", align: "right" },
      { title: "market", align: "right" },
      { title: "gain", align: "right" },
      { title: "s.e.", align: "right" },
      { title: "trades", align: "right" },
      { title: "net ¢", align: "right" },
    ],
    rows: slices.map((slice) => [
      withoutNought(slice.key),
      count(slice.rows),
      count(slice.windows),
      fixed(slice.modelBrier, 4),
      fixed(slice.marketBrier, 4),
      signed(slice.brierGain, 4),
      slice.brierGainSe === null ? "–" : fixed(slice.brierGainSe, 4),
      count(slice.trades),
      slice.netProfit === null ? "–" : signed(100 * slice.netProfit, 1),
    ]),
  });
}

/** Keys sort as text; people read numbers. */
function withoutNought(key: string): string {
  return key.replace(/^0+(?=\d)/, "");
}

function errorOf(windows: number, error: number | null, scale: number): number | null {
  return error === null || windows < WINDOWS_MIN ? null : scale * error;
}

function dotOf(x: number, y: number, error: number | null): Dot {
  return {
    x,
    y,
    whisker: error === null ? null : [y - ERRORS_SHOWN * error, y + ERRORS_SHOWN * error],
  };
}

/** Named groups side by side, each in the middle of its unit of x. */
function groupFrame(
  names: readonly string[],
  of: { readonly dots: readonly Dot[]; readonly x: string; readonly y: string },
): Frame {
  const values = of.dots.flatMap(({ whisker, y }) => [y, ...(whisker ?? [])]);
  return {
    x: {
      from: 0,
      to: Math.max(1, names.length),
      ticks: names.map((label, i) => ({ at: i + 0.5, label })),
      title: of.x,
    },
    y: { ...niceAxis(domainOf([0, ...values]), 5, signed), title: of.y },
    height: HEIGHT,
  };
}
