import type { Config } from "../../config/schema.ts";
import type { Recorder } from "../../ports.ts";
import type { CommandContext } from "../context.ts";
import { heard } from "../heard-recorder.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import type { StepWatch } from "../session.ts";
import type { Environment } from "./environment.ts";
import type { WatchedMode, Watcher } from "./watcher.ts";

// What looks at a run from outside and never changes what it does.

/** All of them as one. */
export interface RunWatch {
  readonly steps: StepWatch | undefined;
  environment(env: Environment): Environment;
  recorder(recorder: Recorder): Recorder;
  follow(run: WatchedRun): void;
  close(): Promise<void>;
}

/** Nobody looks, as in a backtest. */
export const UNWATCHED: RunWatch = together([]);

/** Opens what the configuration asks for; refuses, before anything else is opened, when it cannot be had. */
export async function watchRun(
  ctx: CommandContext,
  config: Config,
  mode: WatchedMode,
): Promise<RunWatch> {
  const watchers: Watcher[] = [];
  if (config.metrics.port !== 0) {
    const { openMetrics } = await import("./metrics-watcher.ts");
    watchers.push(await openMetrics(ctx, config, mode));
  }
  return together(watchers);
}

function together(watchers: readonly Watcher[]): RunWatch {
  return {
    steps: watchers.find(({ steps }) => steps !== undefined)?.steps,
    environment: (env) =>
      watchers.reduce((seen, watcher) => watcher.environment?.(seen) ?? seen, env),
    recorder: (recorder) => watchers.reduce((seen, { rows }) => heard(seen, rows), recorder),
    follow: (run) => {
      for (const watcher of watchers) watcher.follow(run);
    },
    async close() {
      for (const watcher of watchers) await watcher.close();
    },
  };
}
