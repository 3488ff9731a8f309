import type { Logger } from "../../adapters/platform/logger.ts";
import type { Config } from "../../config/schema.ts";
import type { CommandContext } from "../context.ts";
import type { RowListener } from "../heard-recorder.ts";
import type { Readings } from "../metrics/exposition.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import type { StepWatch } from "../session.ts";
import type { Environment } from "./environment.ts";

export interface WatchSetting {
  readonly ctx: CommandContext;
  readonly config: Config;
  readonly mode: "collect" | "paper" | "live";
  /** Somebody sits before it and reads what it says: one order by hand, a drill. */
  readonly isErrand: boolean;
}

/** One who looks at a run; whatever it leaves out does not interest it. */
export interface Watcher {
  readonly rows: RowListener;
  /** Undefined for one that does not measure. */
  readonly steps?: StepWatch;
  /** The environment as the run is to see it. */
  environment?(env: Environment): Environment;
  /** The log as the run is to see it. */
  log?(log: Logger): Logger;
  /** The run that is looked at from now on. */
  follow(run: WatchedRun): void;
  /** Called twice a second. */
  tick?(): void;
  /** The command is over; `error` is why it did not end as asked, null when it did. */
  ended?(exitCode: number, error: unknown): void;
  /** Metrics of its own. */
  readings?(): Readings;
  /** Gives warnings for the user. */
  close(): Promise<readonly string[]>;
}
