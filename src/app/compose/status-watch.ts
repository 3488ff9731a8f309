import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import type { Reader } from "../../adapters/sqlite/open.ts";
import {
  type Account,
  type Marks,
  marksOf,
  type News,
  newsSince,
} from "../../adapters/sqlite/queries/run-news.ts";
import type { Config } from "../../config/schema.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { CommandContext, CommandResult, Screen } from "../context.ts";
import { statusPicture } from "../status-picture.ts";
import { type StatusReport, statusReport, tradeOf } from "../status-report.ts";
import { lookAtStatus } from "./status-look.ts";

/** From one look to the next, of the user's clock. */
const LOOK_MS = 1_000;

/**
 * `kbt status --watch`: a look a second until the signal. On a terminal it is drawn over the last one; with --json each look is a
 * document, and so is each signal, trade and alert since the one before.
 */
export async function watchStatus(
  ctx: CommandContext,
  reader: Reader,
  config: Config,
): Promise<CommandResult> {
  const clock = createSystemClock();
  let marks = marksOf(reader);
  let pictures = 0;
  let screen: Screen | null = null;
  try {
    while (!ctx.signal.aborted) {
      const dueMs = clock.monoMs() + LOOK_MS;
      const report = statusReport(await lookAtStatus(reader, config));
      if (ctx.globals.json) {
        marks = emitNews(ctx, reader, report, marks);
        ctx.emit(report, "");
      } else {
        if (pictures === 0) screen = await ctx.openScreen();
        show(ctx, screen, report, pictures++ > 0);
      }
      await clock.sleep(Math.max(0, dueMs - clock.monoMs()), ctx.signal);
    }
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
  } finally {
    screen?.close();
  }
  return { exitCode: 0, data: undefined, text: "", warnings: [] };
}

function show(
  ctx: CommandContext,
  screen: Screen | null,
  report: StatusReport,
  isLater: boolean,
): void {
  const { columns, emit, picture } = ctx;
  if (screen !== null) {
    screen.show((room) => statusPicture(report, room, columns));
    return;
  }
  const text = picture((room) => statusPicture(report, room, columns));
  emit(report, isLater ? `\n${text}` : text);
}

/** One document for each thing that happened; where the next look goes on from. */
function emitNews(
  ctx: CommandContext,
  reader: Reader,
  { mode, run_id: runId }: StatusReport,
  marks: Marks,
): Marks {
  if (runId === null) return marks;
  const account: Account = { mode, runId: mode === "live" && reader.env !== "sim" ? null : runId };
  const news = newsSince(reader, account, runId, marks);
  for (const data of documentsOf(news)) ctx.emit(data, "");
  return news.marks;
}

function documentsOf({ alerts, legs, signals }: News): readonly { readonly at_ms: number }[] {
  const documents = [
    ...signals.map((row) => ({
      type: "signal",
      at: isoTime(row.atMs),
      at_ms: row.atMs,
      opportunity_id: row.opportunityId,
      strategy: row.strategy,
      ticker: row.ticker,
      side: row.side,
      reason: row.reason,
      p_model: row.pModel,
      p_market: row.pMarket,
      ev: row.ev,
    })),
    ...legs.map((leg) => ({ type: "trade", ...tradeOf(leg), order_id: leg.orderId })),
    ...alerts.map(({ atMs, kind, limitValue, reason, value }) => {
      const at = { at: isoTime(atMs), at_ms: atMs };
      return { type: "alert", ...at, kind, reason, value, limit: limitValue };
    }),
  ];
  return documents.toSorted((a, b) => a.at_ms - b.at_ms);
}
