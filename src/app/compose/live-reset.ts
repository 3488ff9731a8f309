import { existsSync } from "node:fs";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { activeLatches } from "../../adapters/sqlite/queries/runs.ts";
import { KbtError } from "../../core/errors.ts";
import { strategyNames } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, LiveResetOptions } from "../context.ts";
import { clearKillFile, isKilled } from "./kill-file.ts";

/**
 * `kbt live reset`: clears a latch, or has a strategy forget its earlier fills. Both are noted with their reason and count
 * from the next run on.
 */
export async function liveReset(
  ctx: CommandContext,
  { mode, name, reason }: LiveResetOptions,
): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const path = config.storage.db_path;
  const isFile = name === "kill" && mode === "live" && isKilled(path);
  if (isFile && !existsSync(path)) {
    // A kill may come before the first run; there is nothing then to note its end in.
    clearKillFile(path);
    return resetResult({ mode, name, reason }, "latch");
  }
  const reader = openReader(path);
  const isStrategy = strategyNames().includes(name);
  try {
    if (!isStrategy && !isFile) assertLatched(reader, mode, name);
  } finally {
    reader.close();
  }
  const writer = createLedgerWriter({ path, env: reader.env });
  try {
    const atMs = createSystemClock().nowMs();
    if (isStrategy) writer.resetStrategy({ mode, strategy: name, atMs, reason });
    else writer.clearLatch({ mode, kind: name, atMs, reason });
    // Last, so that a reset that fails leaves trading off.
    if (isFile) clearKillFile(path);
  } finally {
    writer.close();
  }
  return resetResult({ mode, name, reason }, isStrategy ? "strategy" : "latch");
}

function resetResult(
  { mode, name, reason }: LiveResetOptions,
  what: "strategy" | "latch",
): CommandResult {
  return {
    exitCode: 0,
    data: { what, name, mode, reason },
    text:
      what === "strategy"
        ? `${name} (${mode}) forgets its earlier fills from the next run on\n`
        : `${name} (${mode}) is cleared\n`,
    warnings: [],
  };
}

function assertLatched(reader: Reader, mode: string, name: string): void {
  const kinds = activeLatches(reader, mode).map(({ kind }) => kind);
  if (kinds.includes(name)) return;
  const latched = kinds.length === 0 ? `no latch is set in ${mode}` : `set: ${kinds.join(", ")}`;
  throw new KbtError({
    kind: "usage",
    code: "NOTHING_TO_RESET",
    message: `'${name}' is neither a latch that is set nor a strategy`,
    hint: `${latched}; strategies: ${strategyNames().join(", ")}`,
  });
}
