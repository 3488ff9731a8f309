import type { Coverage } from "../../../core/proof/proof.ts";
import type { Ms } from "../../../core/units.ts";
import { type Bar, bars, type Frame } from "../draw/marks.ts";
import { type Markup, markup, NOTHING } from "../draw/markup.ts";
import { plot } from "../draw/plot.ts";
import { domainOf } from "../draw/scale.ts";
import { timeTicks } from "../draw/ticks.ts";
import { figure, prose, section, tableOf } from "../parts.ts";
import { count, duration, minute, percent, plural } from "../words.ts";

interface Span {
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

interface GapGroup {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
  readonly totalMs: Ms;
  readonly longestMs: Ms;
}

export interface RecordingFacts {
  /** When something was running. */
  readonly spans: readonly Span[];
  /** Longest first. */
  readonly gaps: readonly Span[];
  readonly groups: readonly GapGroup[];
}

const MOST_TICKS = 7;
const HOUR_MS = 3_600_000;
/** Gaps drawn: beyond that they are one on another anyway. */
const GAPS_DRAWN = 400;
const LANE: readonly [recorded: number, gaps: number] = [1.5, 0.5];

export function coverageSection(coverage: Coverage, recording: RecordingFacts): Markup {
  const { markets, settledMarkets, settledWindows } = coverage;
  return section("coverage", "What it stands on", [
    prose(
      `${plural(markets, "market")} evaluated, ${count(settledMarkets)} of them settled, in ${plural(settledWindows, "window")}.`,
    ),
    leftOutTable(coverage),
    recording.spans.length === 0 ? NOTHING : coverageFigure(recording),
  ]);
}

function leftOutTable({ leftOut }: Coverage): Markup {
  if (leftOut.length === 0) return NOTHING;
  return tableOf("Rows at decision times that are not scored, by rules fixed beforehand", {
    columns: [{ title: "reason" }, { title: "rows", align: "right" }],
    rows: leftOut.map(({ reason, rows }) => [reason.replaceAll("_", " "), count(rows)]),
  });
}

function coverageFigure({ gaps, groups, spans }: RecordingFacts): Markup {
  const time = domainOf(
    spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]),
    HOUR_MS,
  );
  const [recorded, missing] = LANE;
  const frame: Frame = {
    x: { ...time, ticks: timeTicks(time, MOST_TICKS), title: "UTC" },
    y: {
      from: 0,
      to: 2,
      ticks: [
        { at: recorded, label: "on" },
        { at: missing, label: "gaps" },
      ],
      title: "",
    },
    height: 72,
  };
  const onMs = unionMs(spans);
  const wholeMs = time.to - time.from;
  const gapMs = unionMs(gaps);
  const text = `Recorded ${duration(onMs)} of ${duration(wholeMs)} (${percent(onMs / wholeMs, 1)}), ${gapText(groups, gapMs)}.`;
  return figure({
    isWide: true,
    title: "Time that was recorded, and gaps in it",
    note: text,
    legend: [],
    plot: plot(frame, { id: "recorded", title: "Recorded time and gaps", description: text }, [
      bars(frame, lane(recorded, spans), "plain"),
      bars(frame, lane(missing, gaps.slice(0, GAPS_DRAWN)), "loss"),
    ]),
    numbers: markup`${spanTable(spans)}${gapTable(groups)}`,
  });
}

/** Spans as bars around a level. */
function lane(at: number, spans: readonly Span[]): readonly Bar[] {
  return spans.map(({ fromMs, toMs }) => ({
    x: { from: fromMs, to: toMs },
    y: { from: at - 0.3, to: at + 0.3 },
  }));
}

function gapText(groups: readonly GapGroup[], gapMs: Ms): string {
  const all = groups.reduce((sum, group) => sum + group.count, 0);
  if (all === 0) return "without a gap";
  return `with ${plural(all, "gap")} of the feeds, ${duration(gapMs)} in which at least one was missing`;
}

const SPANS_SHOWN = 40;

function spanTable(spans: readonly Span[]): Markup {
  return tableOf(
    spans.length > SPANS_SHOWN
      ? `Last ${SPANS_SHOWN} of ${count(spans.length)} stretches`
      : "Stretches",
    {
      columns: [{ title: "from UTC" }, { title: "to UTC" }, { title: "length", align: "right" }],
      rows: spans
        .slice(-SPANS_SHOWN)
        .map(({ fromMs, toMs }) => [minute(fromMs), minute(toMs), duration(toMs - fromMs)]),
    },
  );
}

function gapTable(groups: readonly GapGroup[]): Markup {
  if (groups.length === 0) return NOTHING;
  return tableOf("Gaps by feed and reason", {
    columns: [
      { title: "feed" },
      { title: "reason" },
      { title: "gaps", align: "right" },
      { title: "in all", align: "right" },
      { title: "longest", align: "right" },
    ],
    rows: groups.map((group) => [
      group.source,
      group.reason,
      count(group.count),
      duration(group.totalMs),
      duration(group.longestMs),
    ]),
  });
}

/** Time that at least one of the spans covers. */
function unionMs(spans: readonly Span[]): Ms {
  let lengthMs = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    lengthMs += Math.max(0, toMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, toMs);
  }
  return lengthMs;
}
