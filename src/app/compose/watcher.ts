import type { RowListener } from "../heard-recorder.ts";
import type { WatchedRun } from "../metrics/run-readings.ts";
import type { StepWatch } from "../session.ts";
import type { Environment } from "./environment.ts";

export type WatchedMode = "collect" | "paper" | "live";

/** One who looks; whatever it leaves out does not interest it. */
export interface Watcher {
  readonly rows: RowListener;
  /** Undefined for one that does not measure. */
  readonly steps?: StepWatch;
  /** The environment as the run is to see it. */
  environment?(env: Environment): Environment;
  /** The run that is looked at from now on. */
  follow(run: WatchedRun): void;
  close(): Promise<void>;
}
