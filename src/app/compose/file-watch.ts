import type { Logger } from "../../adapters/platform/logger.ts";
import { openGrowthMeter } from "../../adapters/sqlite/growth.ts";
import type { Config } from "../../config/schema.ts";
import type { KbtError } from "../../core/errors.ts";
import type { Ms } from "../../core/units.ts";
import type { UpkeepReport } from "../collect-report.ts";
import { type SizeReport, sizeReport } from "../collect-size.ts";
import type { Environment } from "./environment.ts";
import { startUpkeep } from "./upkeep.ts";

export interface FileWatch {
  /** Call when everything is stored: ends upkeep and says what became of the file. */
  end(rows: ReadonlyMap<string, number>, realMs: Ms): Promise<FileFacts>;
  /** Idempotent. */
  close(): Promise<void>;
}

interface FileFacts {
  readonly upkeep: UpkeepReport | null;
  readonly size: SizeReport;
  /** Why upkeep failed. */
  readonly error: KbtError | null;
}

/** Measures the file of a run that has just begun, and keeps it small while the run goes on. */
export function watchFile(parts: {
  readonly config: Config;
  readonly env: Environment;
  readonly log: Logger;
  readonly runId: number;
}): FileWatch {
  const { config, env, runId } = parts;
  const meter = openGrowthMeter(config.storage.db_path, runId);
  const startMs = env.clock.nowMs();
  const upkeep = startUpkeep(parts);
  return {
    async end(rows, realMs) {
      const { error, report } = await upkeep.stop();
      const size = sizeReport({
        growth: meter.read(),
        freedBytes: report?.bytes_freed ?? 0,
        rows,
        spanMs: env.sim === null ? realMs : env.clock.nowMs() - startMs,
        clock: env.sim === null ? "real" : "exchange",
      });
      return { upkeep: report, size, error };
    },
    async close() {
      try {
        await upkeep.stop();
      } finally {
        meter.close();
      }
    },
  };
}
