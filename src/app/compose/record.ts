import { createLogger, type Logger } from "../../adapters/platform/logger.ts";
import { sha256Of } from "../../adapters/platform/sha256.ts";
import { turn } from "../../adapters/platform/turn.ts";
import { createRecorder, type SqliteRecorder } from "../../adapters/sqlite/recorder.ts";
import type { Config } from "../../config/schema.ts";
import { maskConfig, secretsOf } from "../../config/secrets.ts";
import { EXIT_CODE, KbtError } from "../../core/errors.ts";
import type { SlippageState } from "../../core/slippage.ts";
import type { Ms } from "../../core/units.ts";
import type { CommandContext, SimOptions } from "../context.ts";
import { type DriveParts, drive } from "../drive.ts";
import { isStop } from "../is-stop.ts";
import type { RunParts } from "../run.ts";
import type { Environment } from "./environment.ts";
import type { Pricing } from "./pricing.ts";

/** Opens the database of the configuration for a run of this environment. */
export function openRecorder(
  ctx: CommandContext,
  config: Config,
  env: Environment,
  run: {
    readonly mode: "collect" | "paper" | "backtest" | "live";
    readonly sim: SimOptions | null;
    /** What the run starts from besides its configuration; a replay is to be given the same. */
    readonly slippage?: readonly SlippageState[];
    /** Its strategies, for a run that trades. */
    readonly strategies?: readonly string[];
    /** How it prices, for a run that does. */
    readonly pricing?: Pricing;
  },
): SqliteRecorder {
  return createRecorder({
    path: config.storage.db_path,
    env: env.stamp,
    account: fingerprintOf(env, run.mode),
    batchRows: config.storage.flush_rows,
    // In lockstep no time passes while rows are written, and equal seeds must leave equal files.
    writer: env.sim?.speed === "max" ? "inline" : "thread",
    run: {
      mode: run.mode,
      startedMs: env.clock.nowMs(),
      version: ctx.version,
      config: {
        ...maskConfig(config),
        sim_run: run.sim,
        slippage: run.slippage ?? [],
        strategies: run.strategies ?? [],
      },
      command: run.mode,
      models: run.pricing?.facts,
      accountKey: accountKeyOf(env, run),
    },
    nowMs: () => env.clock.nowMs(),
  });
}

/**
 * Paper runs of the same strategies trade on one simulated account, one after the other. A local exchange in the process starts
 * its time and its account anew with each run.
 */
function accountKeyOf(
  env: Environment,
  { mode, strategies }: { readonly mode: string; readonly strategies?: readonly string[] },
): string | undefined {
  if (env.sim !== null || strategies === undefined) return undefined;
  // There is one real account, whatever trades on it.
  if (mode === "live") return "live";
  return `${mode} ${strategies.toSorted().join(",")}`;
}

/** The driver of virtual time for `runFeeds`, unless told otherwise; null on the internet. */
export function driverOf(env: Environment, otherwise: Partial<DriveParts> = {}): RunParts["drive"] {
  const { sim, real } = env;
  if (sim === null) return null;
  return (onTime: (nowMs: Ms) => void, signal: AbortSignal) =>
    drive(
      {
        simulation: sim.simulation,
        clock: sim.clock,
        speed: sim.speed,
        real: { monoMs: () => real.monoMs(), sleep: (ms, s) => real.sleep(ms, s), turn },
        onTime,
        ...otherwise,
      },
      signal,
    );
}

/** A file that has orders of one real account takes those of no other. */
function fingerprintOf({ signer, sim }: Environment, mode: string): string | undefined {
  if (mode !== "live" || sim !== null || signer === null) return undefined;
  return sha256Of(signer.keyId).slice(0, 16);
}

export function openLog(ctx: CommandContext, config: Config, component: string): Logger {
  return createLogger({
    ctx,
    path: config.storage.log_path,
    component,
    secrets: secretsOf(config),
  });
}

/** The first failure of a run as the command's own error; a truncated recording counts as one. */
export function endError(error: KbtError | null, truncated: string | null): KbtError | null {
  if (error !== null || truncated === null) return error;
  return new KbtError({
    kind: "data",
    code: "CAPTURE_TRUNCATED",
    message: truncated,
    hint: "everything before that is stored; get the file again for the rest",
  });
}

/** What a run says at its end whose feeds sent messages of a shape that this version does not read (F50). */
export function changedError(changed: ReadonlySet<string>): KbtError | null {
  if (changed.size === 0) return null;
  return new KbtError({
    kind: "protocol",
    code: "PAYLOAD_CHANGED",
    message: `messages have another shape than this version reads: ${[...changed].join(", ")}`,
    hint: "nothing is traded on them; the messages are in feed_drifts: update kbt, or report one of them",
  });
}

/** Lines of a recording that could not be read; what they held is missing from the run. */
export function damage(env: Environment): string[] {
  const lines = env.sim?.badLines ?? 0;
  return lines === 0 ? [] : [`${lines} lines of the recording could not be read and are missing`];
}

export function exitOf(error: KbtError): number {
  return EXIT_CODE[error.kind];
}

/** Exit code of a command that ends by this error; `stopped` is that of one that was asked to stop. */
export function brokenOff(error: unknown, signal: AbortSignal, stopped: number): number {
  if (error instanceof KbtError) return exitOf(error);
  return isStop(error, signal) ? stopped : 1;
}

/** Does the work of a run and closes it, whatever happens, with the exit code that the command will have. */
export async function closing<T extends { readonly exitCode: number }>(
  { signal }: CommandContext,
  work: () => Promise<T>,
  close: (exitCode: number) => Promise<void>,
): Promise<T> {
  let exitCode = 1;
  try {
    const result = await work();
    ({ exitCode } = result);
    return result;
  } catch (error) {
    // Asked to stop before it began is an orderly end.
    exitCode = brokenOff(error, signal, 0);
    throw error;
  } finally {
    await close(exitCode);
  }
}
