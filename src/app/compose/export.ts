import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { runsBetween } from "../../adapters/sqlite/queries/runs.ts";
import { replayDeltas } from "../../adapters/sqlite/replay.ts";
import { KbtError } from "../../core/errors.ts";
import type { CommandContext, CommandResult, LedgerOptions } from "../context.ts";
import {
  CSV,
  documentRows,
  type ExportedDelta,
  JSON_ROWS,
  type RowFormat,
} from "../delta-export.ts";
import { resolveTime } from "../time-bound.ts";

/** `kbt ledger export`: rows to stdout as they are read, however many there are. */
export async function exportRows(
  ctx: CommandContext,
  options: LedgerOptions,
): Promise<CommandResult> {
  const format = formatOf(ctx, options);
  const { config } = await ctx.loadConfig();
  const nowMs = createSystemClock().nowMs();
  const reader = openReader(config.storage.db_path);
  try {
    const range = {
      mode: options.mode ?? undefined,
      since: resolveTime(options.since, nowMs),
      until: resolveTime(options.until, nowMs),
    };
    await write(ctx, format, deltasIn(reader, range));
  } finally {
    reader.close();
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

function formatOf(ctx: CommandContext, { exportFormat, exportWhat }: LedgerOptions): RowFormat {
  if (exportWhat === null) throw usage("ledger export needs --what", "use --what deltas");
  if (!ctx.globals.json) return exportFormat === "json" ? JSON_ROWS : CSV;
  if (exportFormat === "csv") {
    throw usage(
      "--json prints one JSON document, --format csv lines of CSV",
      "leave one of them out",
    );
  }
  return documentRows(ctx.documentAround());
}

function usage(message: string, hint: string): KbtError {
  return new KbtError({ kind: "usage", code: "USAGE", message, hint });
}

interface Range {
  readonly mode?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

function* deltasIn(reader: Reader, range: Range): Generator<readonly ExportedDelta[]> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = range;
  for (const runId of runsBetween(reader, range)) {
    for (const deltas of replayDeltas(reader, runId)) {
      yield deltas
        .filter(({ delta }) => delta.recvMs >= since && delta.recvMs <= until)
        .map(({ ev, delta }) => ({ ev, runId, delta }));
    }
  }
}

/** A stretch at a time, with a turn of the event loop in between: a closed pipe or a signal ends it. */
async function write(
  ctx: CommandContext,
  { after, before, between, row }: RowFormat,
  stretches: Iterable<readonly ExportedDelta[]>,
): Promise<void> {
  ctx.stdout(before);
  let isFirst = true;
  for (const rows of stretches) {
    if (rows.length > 0) {
      ctx.stdout((isFirst ? "" : between) + rows.map((one) => row(one)).join(between));
      isFirst = false;
    }
    await turn();
    ctx.signal.throwIfAborted();
  }
  ctx.stdout(after);
}
