import { CRYPTO_SHARD } from "../../adapters/feeds/kalshi/exchange-watch.ts";
import { createOrderWrites } from "../../adapters/kalshi/order-writes.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { createLedgerWriter } from "../../adapters/sqlite/ledger-writer.ts";
import { openReader } from "../../adapters/sqlite/open.ts";
import type { Config } from "../../config/schema.ts";
import { KbtError } from "../../core/errors.ts";
import type { SeenOrder } from "../../core/live/seen.ts";
import type { Ms } from "../../core/units.ts";
import type { CommandContext, CommandResult, KillOptions } from "../context.ts";
import { cancelEverything, type Emptied } from "../live/cancel-everything.ts";
import type { Environment } from "./environment.ts";
import { kalshiRest } from "./feeds.ts";
import { killFileOf, setKillFile } from "./kill-file.ts";
import { openEnvironment } from "./open-environment.ts";
import { steppedClock } from "./stepped-clock.ts";

const REASON = "kbt kill";

/**
 * `kbt kill`: stops trading now. The file comes first and needs neither the database nor the exchange; a process that
 * trades sees it within a tenth of a second. What rests is cancelled from here, whether that process still lives or not.
 */
export async function kill(ctx: CommandContext, options: KillOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const path = config.storage.db_path;
  setKillFile(path, REASON);
  const warnings = [
    ...latchIn(config),
    `trading stays off until: kbt live reset kill --reason TEXT`,
  ];
  const env = await openEnvironment(config, options.sim);
  try {
    const emptied = await emptyAccount(ctx, env, `trading is stopped (${killFileOf(path)}), but `);
    return resultOf(emptied, { warnings, kill_file: killFileOf(path) });
  } finally {
    await env.close();
  }
}

/** `kbt live cancel-all`: the same without the latch. */
export async function cancelAll(ctx: CommandContext, options: KillOptions): Promise<CommandResult> {
  const { config } = await ctx.loadConfig();
  const env = await openEnvironment(config, options.sim);
  try {
    return resultOf(await emptyAccount(ctx, env), {
      warnings: ["the exchange may cancel orders of the next minute too"],
    });
  } finally {
    await env.close();
  }
}

/** `done`: what has been done before it and holds, in front of what cannot be. */
async function emptyAccount(ctx: CommandContext, env: Environment, done = ""): Promise<Emptied> {
  const { http, signer, urls } = env;
  if (signer === null) {
    throw new KbtError({
      kind: "auth",
      code: "KEY_MISSING",
      message: `${done}without a key nothing can be cancelled`,
      hint: "set KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH; what rests ends at its expiry",
    });
  }
  const clock = steppedClock(env);
  const writes = createOrderWrites({ baseUrl: urls.kalshiRest, http, clock, signer });
  const reads = kalshiRest(env, clock);
  const tell = (resting: readonly SeenOrder[] | null, waitedMs: Ms): void => {
    const what = resting === null ? "what rests cannot be read" : `${resting.length} orders rest`;
    ctx.progress.update(`${what} after ${Math.floor(waitedMs / 1000)} s; cancelling goes on`);
  };
  try {
    const parts = { writes, reads, clock, exchangeIndex: CRYPTO_SHARD, tell };
    return await cancelEverything(parts, ctx.signal);
  } finally {
    ctx.progress.stop();
  }
}

function resultOf(
  { found, isVerified, refusal, resting }: Emptied,
  more: { readonly warnings: readonly string[]; readonly kill_file?: string },
): CommandResult {
  const { warnings, ...facts } = more;
  const left = resting ?? [];
  const data = {
    verified_empty: isVerified,
    found: found?.length ?? null,
    resting: resting?.map(({ exchangeId, ticker }) => ({ order_id: exchangeId, ticker })) ?? null,
    refusal,
    ...facts,
  };
  if (isVerified) {
    const text = `${found?.length ?? 0} orders were seen resting, none does now: the exchange was asked\n`;
    return { exitCode: 0, data, text, warnings };
  }
  const names = left.map(({ exchangeId, ticker }) => `${exchangeId} in ${ticker}`).join(", ");
  const why = refusal === null ? "" : `; the exchange answered: ${refusal}`;
  return {
    exitCode: 8,
    data,
    text: "",
    warnings,
    error: new KbtError({
      kind: "doubt",
      code: "ORDERS_REST",
      message:
        resting === null
          ? `what rests could not be read${why}`
          : `orders may still rest: ${names || "the list is not newer than the cancel"}${why}`,
      hint: "run it again, or cancel on the exchange's site; orders of kbt end by themselves at their expiry",
    }),
  };
}

/** The latch in the database is a second one: where it cannot be set the file is enough. */
function latchIn({ storage }: Config): string[] {
  const path = storage.db_path;
  try {
    const reader = openReader(path, { segments: false });
    const { env } = reader;
    reader.close();
    const ledger = createLedgerWriter({ path, env });
    try {
      const atMs = createSystemClock().nowMs();
      const row = { atMs, kind: "kill", value: null, limitValue: null, reason: REASON };
      ledger.setLatch(row, { mode: "live", runId: null });
    } finally {
      ledger.close();
    }
    return [];
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    return error.code === "DB_MISSING" ? [] : [`the database took no latch: ${error.message}`];
  }
}
