import { existsSync } from "node:fs";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import type { Environment } from "../../../src/app/compose/environment.ts";
import { liveIn } from "../../../src/app/compose/live.ts";
import { verify } from "../../../src/app/compose/verify.ts";
import type {
  CommandContext,
  CommandResult,
  LiveOptions,
  SimOptions,
} from "../../../src/app/context.ts";
import { createContext } from "../../../src/cli/context.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { NO_TERMINAL } from "../terminal.ts";

// `kbt live` as it is shipped, in this process and in an environment whose exchange is at hand.

/** Waits in the book for a little edge up to the close: something rests nearly always. */
export const EAGER: Readonly<Record<string, string>> = {
  "strategy.threshold-ev.entry": "maker",
  "strategy.threshold-ev.ev_min": "0.001",
  "strategy.threshold-ev.no_new_entries_last_seconds": "5",
  "risk.max_open_positions": "3",
  "risk.max_daily_loss_pct": "1",
  // Nothing is proven by a client that its own rules keep from trading.
  "live.orders_per_market_hour": "1000",
  "live.orders_per_market_day": "10000",
  "live.duplicate_s": "1",
  "live.max_event_pct": "1",
  "live.max_total_pct": "1",
  "live.max_rolling_loss_pct": "1",
  "live.max_drawdown_pct": "1",
  "live.loss_streak": "1000",
  "live.repeats_max": "1000",
  "live.brier_worse_max": "1",
  "live.model_gap_max": "1",
  "live.loop_lag_ms": "10000",
};

export interface LiveSession {
  readonly env: Environment;
  readonly folder: string;
  readonly series: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly sim: SimOptions | null;
  readonly windows?: number | null;
  readonly untilMs?: number | null;
  readonly signal?: AbortSignal;
}

export const dbOf = (folder: string): string => `${folder}/live.sqlite`;

/** What the command says at its end, a failure to start included. */
export async function liveHere(session: LiveSession): Promise<CommandResult> {
  const { env, series, sim, untilMs = null, windows = null } = session;
  const options: LiveOptions = {
    strategies: [],
    seconds: null,
    windows,
    untilMs,
    once: false,
    sim,
    confirmLive: [...series],
    yes: true,
  };
  const ctx = contextOf(session);
  try {
    return await liveIn(ctx, env, options);
  } catch (error) {
    if (!(error instanceof KbtError)) throw error;
    return { exitCode: 1, data: null, text: "", warnings: [], error };
  }
}

/** The context of one command line in a folder of its own. */
export function contextOf({
  folder,
  series,
  settings = EAGER,
  signal,
}: LiveSession): CommandContext {
  const set = { ...settings, "kalshi.series": series.join(",") };
  const flags = Object.entries(set).map(([path, text]) => ({ path, text, flag: "--set" }));
  return createContext(
    {
      env: { TRADING_ENABLED: "1", LOG_PATH: `${folder}/log.jsonl` },
      cwd: folder,
      homeDir: folder,
      version: "0.1.0",
      isTty: { stdout: false, stderr: false },
      terminal: NO_TERMINAL,
      signal: signal ?? new AbortController().signal,
      stopCode: () => null,
      monoMs: () => 0,
      stdout: () => {},
      stderr: () => {},
      readText: async () => null,
    },
    {
      command: "live",
      globals: { db: dbOf(folder), json: true, quiet: true, logLevel: "silent" },
      flags,
      execute: () => Promise.reject(new Error("not run by the shell")),
    },
  );
}

/** In what each run on file differs from what its inputs give; a run that refused to start has none. */
export async function replayProblems(session: LiveSession): Promise<string[]> {
  if (!existsSync(dbOf(session.folder))) return [];
  const problems: string[] = [];
  for (const runId of provableRuns(dbOf(session.folder))) {
    const { error, text } = await verify(contextOf(session), runId);
    if (error !== undefined) problems.push(`I39: ${error.message}: ${text}`);
  }
  return problems;
}

function provableRuns(path: string): readonly number[] {
  const reader = openReader(path, { segments: false });
  try {
    return reader.db
      .prepare<[], number>("SELECT run_id FROM runs WHERE start_json IS NOT NULL AND ended_ms > 0")
      .pluck()
      .all();
  } finally {
    reader.close();
  }
}

/** What a run must not leave behind. */
export function residueOf({ env, folder }: Pick<LiveSession, "env" | "folder">): string[] {
  const problems: string[] = [];
  const timerMs = env.sim?.clock.nextTimerMs() ?? null;
  if (timerMs !== null) problems.push(`residue: a timer still waits for ${timerMs}`);
  if (existsSync(`${dbOf(folder)}-wal`)) problems.push("residue: the database is still open");
  return problems;
}
