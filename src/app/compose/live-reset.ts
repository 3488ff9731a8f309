import { existsSync } from "node:fs";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter, type LedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader, type Reader } from "../../adapters/sqlite/open.ts";
import { activeLatches } from "../../adapters/sqlite/queries/runs.ts";
import { KbtError } from "../../core/errors.ts";
import { strategyNames } from "../../strategies/registry.ts";
import type { CommandContext, CommandResult, LiveResetOptions } from "../context.ts";
import { clearKillFile, isKilled } from "./kill-file.ts";

/** Which account a file belongs to is known by a key of it; a new key of the same account is no other account. */
const ACCOUNT = "account";

/**
 * `kbt live reset`: clears a latch, has a strategy forget its earlier fills, or the file the key by which it knows its
 * account. Each is noted with its reason and counts from the next run on.
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
  const what = whatOf(name, mode);
  try {
    if (what === "latch" && !isFile) assertLatched(reader, mode, name);
  } finally {
    reader.close();
  }
  const writer = createLedgerWriter({ path, env: reader.env });
  try {
    write(writer, what, { mode, name, reason });
    // Last, so that a reset that fails leaves trading off.
    if (isFile) clearKillFile(path);
  } finally {
    writer.close();
  }
  return resetResult({ mode, name, reason }, what);
}

type What = keyof typeof SAID;

function whatOf(name: string, mode: string): What {
  if (strategyNames().includes(name)) return "strategy";
  return name === ACCOUNT && mode === "live" ? "account" : "latch";
}

function write(writer: LedgerWriter, what: What, { mode, name, reason }: LiveResetOptions): void {
  const atMs = createSystemClock().nowMs();
  if (what === "strategy") writer.resetStrategy({ mode, strategy: name, atMs, reason });
  else if (what === "latch") writer.clearLatch({ mode, kind: name, atMs, reason });
  else if (!writer.resetAccount({ atMs, reason })) {
    throw nothingToReset("no live run has told its key yet", "the next one does by itself");
  }
}

function resetResult({ mode, name, reason }: LiveResetOptions, what: What): CommandResult {
  return {
    exitCode: 0,
    data: { what, name, mode, reason },
    text: `${name} (${mode}) ${SAID[what]}\n`,
    warnings: [],
  };
}

const SAID = {
  strategy: "forgets its earlier fills from the next run on",
  latch: "is cleared",
  account: "is that of the next live run's key from then on",
} as const;

function assertLatched(reader: Reader, mode: string, name: string): void {
  const kinds = activeLatches(reader, mode).map(({ kind }) => kind);
  if (kinds.includes(name)) return;
  const set = kinds.length === 0 ? `no latch is set in ${mode}` : `set: ${kinds.join(", ")}`;
  throw nothingToReset(
    `'${name}' is neither a latch that is set nor a strategy`,
    `${set}; strategies: ${strategyNames().join(", ")}; account, for a new key`,
  );
}

function nothingToReset(message: string, hint: string): KbtError {
  return new KbtError({ kind: "usage", code: "NOTHING_TO_RESET", message, hint });
}
