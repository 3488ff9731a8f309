import type { Ms } from "../core/units.ts";
import { lengthText } from "./backfill-report.ts";
import { counted, minuteText, percent, timeData, wrapped } from "./backtest-words.ts";
import type { CommandContext, Table } from "./context.ts";
import { shortCount } from "./preview-units.ts";

// What was asked for, and what of it was ever recorded: a backtest of holes is one of nothing.

export interface Span {
  readonly fromMs: Ms;
  readonly toMs: Ms;
}

export interface CoverageRow extends Span {
  /** A run or a file. */
  readonly source: string;
  readonly events: number;
  readonly gaps: number;
  readonly gapMs: Ms;
  readonly windows: number;
}

export interface CoverageData {
  /** Null where all that there is was asked for. */
  readonly asked: SpanData | null;
  /** From the first to the last recording; null without any. */
  readonly found: SpanData | null;
  /** Time that a recording covers, once however many do, gaps not taken off; within what was asked. */
  readonly recorded_ms: Ms;
  readonly gaps: number;
  readonly gap_ms: Ms;
  readonly events: number;
  readonly windows: number;
  readonly rows: readonly (SpanData & {
    readonly source: string;
    readonly events: number;
    readonly gaps: number;
    readonly gap_ms: Ms;
    readonly windows: number;
  })[];
}

interface SpanData {
  readonly from: string;
  readonly from_ms: Ms;
  readonly to: string;
  readonly to_ms: Ms;
}

export function coverageData(asked: Span | null, rows: readonly CoverageRow[]): CoverageData {
  const sum = (of: (row: CoverageRow) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  const found = {
    fromMs: rows.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.POSITIVE_INFINITY),
    toMs: rows.reduce((most, { toMs }) => Math.max(most, toMs), Number.NEGATIVE_INFINITY),
  };
  return {
    asked: asked === null ? null : spanData(asked),
    found: rows.length === 0 ? null : spanData(found),
    recorded_ms: coveredMs(rows, asked ?? found),
    gaps: sum(({ gaps }) => gaps),
    gap_ms: sum(({ gapMs }) => gapMs),
    events: sum(({ events }) => events),
    windows: sum(({ windows }) => windows),
    rows: rows.map((row) => ({
      source: row.source,
      ...spanData(row),
      events: row.events,
      gaps: row.gaps,
      gap_ms: row.gapMs,
      windows: row.windows,
    })),
  };
}

function spanData({ fromMs, toMs }: Span): SpanData {
  return { ...timeData("from", fromMs), ...timeData("to", toMs) };
}

/** Length of the union of spans, cut to the limits. */
function coveredMs(spans: readonly Span[], limits: Span): Ms {
  let lengthMs = 0;
  let untilMs = limits.fromMs;
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const endMs = Math.min(toMs, limits.toMs);
    lengthMs += Math.max(0, endMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  return lengthMs;
}

const LONGEST_SOURCE = 20;

export async function coverageText(ctx: CommandContext, coverage: CoverageData): Promise<string> {
  const table: Table = {
    columns: [
      { title: "recording" },
      { title: "from UTC" },
      { title: "to UTC" },
      { title: "events", align: "right" },
      { title: "windows", align: "right" },
      { title: "gaps", align: "right" },
      { title: "of time", align: "right" },
    ],
    rows: coverage.rows.map((row) => [
      ctx.clean(row.source, LONGEST_SOURCE),
      minuteText(row.from).slice(5),
      minuteText(row.to).slice(5),
      shortCount(row.events),
      String(row.windows),
      String(row.gaps),
      row.gaps === 0 ? "" : lengthText(row.gap_ms / 1000),
    ]),
  };
  return `${await ctx.table(table)}${wrapped(askedText(coverage))}`;
}

function askedText({ asked, gap_ms: gapMs, gaps, recorded_ms: recordedMs }: CoverageData): string {
  const recorded = `recorded ${lengthText(recordedMs / 1000)}`;
  const holes =
    gaps === 0
      ? "without a gap"
      : `with ${counted(gaps, "gap")} of ${lengthText(gapMs / 1000)} in all`;
  if (asked === null) return `${recorded}, ${holes}`;
  const lengthMs = asked.to_ms - asked.from_ms;
  const share = lengthMs > 0 ? ` (${percent(recordedMs / lengthMs)})` : "";
  return `asked for ${minuteText(asked.from)} to ${minuteText(asked.to)} UTC, ${lengthText(lengthMs / 1000)}; ${recorded} of it${share}, ${holes}`;
}
