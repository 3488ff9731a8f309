import { stdoutFlushed } from "../../adapters/platform/stdout-flushed.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { type ExportRange, type ExportRow, exportOf } from "../../adapters/sqlite/export/pages.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { listRuns } from "../../adapters/sqlite/queries/runs.ts";
import { replayEvents } from "../../adapters/sqlite/replay.ts";
import { KbtError } from "../../core/errors.ts";
import { type CaptureCounts, captureLines } from "../capture.ts";
import type { CommandContext, CommandResult, ExportWhat, LedgerOptions } from "../context.ts";
import { csvRows, documentRows, jsonRows, type RowFormat } from "../export-format.ts";
import { resolveTime } from "../time-bound.ts";
import { exportLots } from "./export-lots.ts";

/** `kbt ledger export`: rows to stdout as they are read, however many there are. */
export async function exportRows(
  ctx: CommandContext,
  options: LedgerOptions,
): Promise<CommandResult> {
  const { exportWhat: what } = options;
  if (what === null) throw usage("ledger export needs --what", "use --what deltas");
  assertTogether(ctx, options, what);
  const { config } = await ctx.loadConfig();
  const nowMs = createSystemClock().nowMs();
  const reader = openReader(config.storage.db_path);
  try {
    assertRun(reader, options.runId);
    if (what === "lots") return exportLots(ctx, options, { nowMs, reader });
    if (what === "capture") return await writeCapture(ctx, reader, options.runId ?? 0);
    const { columns, pages } = exportOf(what);
    const names = columns.map(({ name }) => name);
    const range: ExportRange = {
      mode: options.mode ?? undefined,
      runId: options.runId ?? undefined,
      since: resolveTime(options.since, nowMs),
      until: resolveTime(options.until, nowMs),
    };
    await write(ctx, formatOf(ctx, options, names), pages(reader, range));
  } finally {
    ctx.progress.stop();
    reader.close();
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

function assertTogether(
  { globals }: CommandContext,
  options: LedgerOptions,
  what: ExportWhat,
): void {
  const { exportFormat, mode, runId } = options;
  assertYear(options, what);
  if (globals.json && exportFormat === "csv") {
    throw usage(
      "--json prints one JSON document, --format csv lines of CSV",
      "leave one of them out",
    );
  }
  if (what === "market-candles" && (runId !== null || mode !== null)) {
    throw usage("market candles belong to no run", "leave --run and --mode out");
  }
  if (what !== "capture") return;
  assertWholeRun(options);
  if (globals.json || exportFormat !== null) {
    throw usage("a capture has a format of its own", "leave --json and --format out");
  }
}

function assertYear({ runId, since, until, year }: LedgerOptions, what: ExportWhat): void {
  if (what === "lots" && runId !== null) {
    throw usage("lots go on from run to run", "leave --run out, or use --mode");
  }
  if (year === null) return;
  if (what !== "lots") throw usage("--year is for lots", "use --since and --until");
  if (since !== null || until !== null) {
    throw usage("--year is a time by itself", "leave --since and --until out");
  }
}

function assertWholeRun({ mode, runId, since, until }: LedgerOptions): void {
  if (runId === null) throw usage("a capture is of one run", "name it with --run");
  if (mode !== null || since !== null || until !== null) {
    throw usage("a capture is of a whole run", "leave --mode, --since and --until out");
  }
}

/** A run that does not exist is a mistake, and not an export of nothing. */
function assertRun(reader: Reader, runId: number | null): void {
  if (runId === null || listRuns(reader, { runId }).length > 0) return;
  throw usage(`there is no run ${runId} in ${reader.path}`, "the view v_runs lists them");
}

function formatOf(
  ctx: CommandContext,
  { exportFormat }: LedgerOptions,
  names: readonly string[],
): RowFormat {
  if (ctx.globals.json) return documentRows(names, ctx.documentAround());
  return exportFormat === "json" ? jsonRows(names) : csvRows(names);
}

function usage(message: string, hint: string): KbtError {
  return new KbtError({ kind: "usage", code: "USAGE", message, hint });
}

/** A page at a time, with a turn of the event loop in between: a closed pipe or a signal ends it. */
async function write(
  ctx: CommandContext,
  { after, before, between, row }: RowFormat,
  pages: Iterable<readonly ExportRow[]>,
): Promise<void> {
  ctx.stdout(before);
  let written = 0;
  for (const rows of pages) {
    if (rows.length > 0) {
      ctx.stdout((written === 0 ? "" : between) + rows.map((one) => row(one)).join(between));
      written += rows.length;
      tell(ctx, `${written} rows`);
    }
    await stdoutFlushed();
    await turn();
    ctx.signal.throwIfAborted();
  }
  ctx.stdout(after);
}

/** On a terminal that the rows themselves do not run over. */
function tell({ isTty, progress }: CommandContext, text: string): void {
  if (isTty.stderr && !isTty.stdout) progress.update(text);
}

const LINES = 1_000;

async function writeCapture(
  ctx: CommandContext,
  reader: Reader,
  runId: number,
): Promise<CommandResult> {
  const counts: CaptureCounts = { frames: 0, markets: 0, others: 0 };
  let lines: string[] = [];
  for (const line of captureLines(replayEvents(reader, runId), counts)) {
    lines.push(line);
    if (lines.length < LINES) continue;
    ctx.stdout(lines.join(""));
    lines = [];
    tell(ctx, `${counts.frames} frames`);
    await stdoutFlushed();
    await turn();
    ctx.signal.throwIfAborted();
  }
  ctx.stdout(lines.join(""));
  if (counts.frames === 0) throw nothing(runId, counts);
  const { others } = counts;
  const left = `${others} messages of other than up/down markets are not in the capture`;
  return { exitCode: 0, data: undefined, text: "", warnings: others === 0 ? [] : [left] };
}

function nothing(runId: number, { others }: CaptureCounts): KbtError {
  return new KbtError({
    kind: "data",
    code: "NOTHING_TO_REPLAY",
    message: `run ${runId} recorded no book, ticker or trade of an up/down market (${others} of other markets)`,
    hint: "capture a run that followed KXBTC15M, KXETH15M or KXSOL15M",
  });
}
