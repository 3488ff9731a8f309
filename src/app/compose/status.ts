import { openReader } from "../../adapters/sqlite/open.ts";
import type { CommandContext, CommandResult, StatusOptions } from "../context.ts";
import { renderStatus, statusReport } from "../status-report.ts";
import { lookAtStatus } from "./status-look.ts";

/** `kbt status`: what runs on this database, what stands against trading, what is open, how much of each limit is used. */
export async function status(
  ctx: CommandContext,
  { isSim, watch }: StatusOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const reader = openReader(config.storage.db_path, {
    segments: false,
    ...(isSim ? { env: "sim" } : {}),
  });
  try {
    if (watch) {
      const { watchStatus } = await import("./status-watch.ts");
      return await watchStatus(ctx, reader, config);
    }
    const report = statusReport(await lookAtStatus(reader, config));
    return { exitCode: 0, data: report, text: await renderStatus(ctx, report), warnings: [] };
  } finally {
    reader.close();
  }
}
