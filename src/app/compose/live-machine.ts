import type { Logger } from "../../adapters/platform/logger.ts";
import { readMachine } from "../../adapters/platform/machine.ts";
import type { Config } from "../../config/schema.ts";
import { type MachineLimits, MachineWatch } from "../live/machine-watch.ts";
import type { Environment } from "./environment.ts";

const MEGABYTE = 1e6;

/** Watches the machine beside a live run. In lockstep no time passes while it works, so it cannot fall behind. */
export function machineWatch(config: Config, env: Environment, log: Logger): MachineWatch {
  const limits = limitsOf(config);
  return new MachineWatch({
    limits: env.sim?.speed === "max" ? { ...limits, lagMsMax: Number.POSITIVE_INFINITY } : limits,
    real: env.real,
    read: () => readMachine(config.storage.db_path),
    warn: (what, value, limit) => {
      log.warn({ ev: "machine.near_limit", what, value, limit }, "half way to a limit");
    },
  });
}

function limitsOf({ live }: Config): MachineLimits {
  return {
    diskFreeMin: live.disk_free_mb * MEGABYTE,
    walMax: live.wal_mb * MEGABYTE,
    memoryMax: live.memory_mb * MEGABYTE,
    lagMsMax: live.loop_lag_ms,
  };
}
