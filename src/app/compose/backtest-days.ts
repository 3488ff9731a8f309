import { historyCoverage } from "../../adapters/sqlite/history/coverage.ts";
import { historyEventCount, historyExtent } from "../../adapters/sqlite/history/extent.ts";
import type { HistorySpan } from "../../adapters/sqlite/history/reads.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import { countEvents } from "../../adapters/sqlite/replay.ts";
import { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { CellTask } from "./backtest-cell.ts";

// Days that `collect --backfill` fetched: candles of a minute instead of a book, which is much less than was recorded live.

/** The days that are on file of those that are asked for. Throws a `data` error when there are none. */
export function fetchedDays(
  reader: Reader,
  asked: {
    readonly series: readonly string[];
    readonly sinceMs: Ms | null;
    readonly untilMs: Ms | null;
  },
): { readonly span: HistorySpan; readonly warnings: readonly string[] } {
  const { series, sinceMs, untilMs } = asked;
  const extent = historyExtent(reader, series);
  const fromMs = Math.max(extent?.fromMs ?? 0, sinceMs ?? 0);
  const toMs = Math.min(extent?.toMs ?? 0, untilMs ?? Number.POSITIVE_INFINITY);
  if (extent === null || fromMs >= toMs) {
    throw new KbtError({
      kind: "data",
      code: "NOTHING_FETCHED",
      message: `${reader.path} holds no fetched days of ${series.join(", ")}${extent === null ? "" : " of that time"}`,
      hint: "fetch some with `kbt collect --backfill 7`",
    });
  }
  const span = { series, fromMs, toMs };
  return { span, warnings: warningsOf(reader, span) };
}

function warningsOf(reader: Reader, span: HistorySpan): string[] {
  const { fees, missing } = historyCoverage(reader, span);
  const warnings = [
    "fetched days know quotes by the minute and no depth: an order meets those of the next minute, of the size that traded in it",
  ];
  const assumed = fees.filter(({ source }) => source === "assumed").map((each) => each.series);
  if (assumed.length > 0) {
    warnings.push(
      `fees of ${assumed.join(", ")} are the usual ones: no run has stored the exchange's`,
    );
  }
  const [first] = missing;
  if (first !== undefined) {
    warnings.push(
      `${missing.length} parts of markets are not on file, the first: ${first.what} of ${first.ticker}`,
    );
  }
  return warnings;
}

/** Events that a replay of the task has, for progress; of fetched days about as many. */
export function eventsOfTask(reader: Reader, { history, recordings }: CellTask): number {
  if (history !== null) return historyEventCount(reader, history);
  return recordings.reduce((sum, { runId }) => sum + countEvents(reader, runId), 0);
}

/** From the first to the last event. */
export function spanOfTask({ history, recordings }: CellTask): {
  readonly fromMs: Ms;
  readonly toMs: Ms;
} {
  if (history !== null) return history;
  const fromMs = recordings[0]?.startedMs ?? 0;
  return { fromMs, toMs: recordings.at(-1)?.endedMs ?? fromMs };
}
