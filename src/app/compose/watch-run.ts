import type { Logger } from "../../adapters/platform/logger.ts";
import { EXIT_CODE, KbtError } from "../../core/errors.ts";
import type { Recorder } from "../../ports.ts";
import type { CommandResult } from "../context.ts";
import { heard } from "../heard-recorder.ts";
import type { Readings } from "../metrics/exposition.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import type { StepWatch } from "../session.ts";
import type { Environment } from "./environment.ts";
import type { Watcher, WatchSetting } from "./watcher.ts";

// What looks at a run from outside and never changes what it does.

/** All who look as one. */
export interface RunWatch {
  readonly steps: StepWatch | undefined;
  environment(env: Environment): Environment;
  log(log: Logger): Logger;
  recorder(recorder: Recorder): Recorder;
  follow(run: WatchedRun): void;
  tick(): void;
}

/** Runs a command with everybody looking whom the configuration asks for; refuses first when one cannot. */
export async function watched(
  setting: WatchSetting,
  work: (watch: RunWatch) => Promise<CommandResult>,
): Promise<CommandResult> {
  const { ctx } = setting;
  const watchers = await openWatchers(setting);
  const end = async (exitCode: number, error: unknown): Promise<string[]> => {
    for (const watcher of watchers) watcher.ended?.(exitCode, error);
    const warnings: string[] = [];
    for (const watcher of watchers) warnings.push(...(await watcher.close()));
    return warnings;
  };
  let result: CommandResult;
  try {
    result = await work(together(watchers));
  } catch (error) {
    // Who stopped it before it began need not be told.
    const isStop = ctx.signal.aborted && error === ctx.signal.reason;
    await end(isStop ? 0 : error instanceof KbtError ? EXIT_CODE[error.kind] : 1, error);
    throw error;
  }
  const warnings = await end(result.exitCode, result.error ?? null);
  return { ...result, warnings: [...result.warnings, ...warnings] };
}

/** Nobody looks, as in a backtest. */
export const UNWATCHED: RunWatch = together([]);

async function openWatchers(setting: WatchSetting): Promise<readonly Watcher[]> {
  const { metrics, notify } = setting.config;
  const watchers: Watcher[] = [];
  try {
    if (metrics.port !== 0) {
      const { openMetrics } = await import("./metrics-watcher.ts");
      watchers.push(await openMetrics(setting, () => readingsOf(watchers)));
    }
    if (Object.values(notify).some((value) => value !== null)) {
      const { openAlerts } = await import("./alert-watcher.ts");
      watchers.push(openAlerts(setting));
    }
    return watchers;
  } catch (error) {
    for (const watcher of watchers) await watcher.close();
    throw error;
  }
}

function readingsOf(watchers: readonly Watcher[]): Readings {
  return Object.assign({}, ...watchers.map((watcher) => watcher.readings?.()));
}

function together(watchers: readonly Watcher[]): RunWatch {
  return {
    steps: watchers.find(({ steps }) => steps !== undefined)?.steps,
    environment: (env) =>
      watchers.reduce((seen, watcher) => watcher.environment?.(seen) ?? seen, env),
    log: (log) => watchers.reduce((seen, watcher) => watcher.log?.(seen) ?? seen, log),
    recorder: (recorder) => watchers.reduce((seen, { rows }) => heard(seen, rows), recorder),
    follow: (run) => {
      for (const watcher of watchers) watcher.follow(run);
    },
    tick: () => {
      for (const watcher of watchers) watcher.tick?.();
    },
  };
}
