import { statSync } from "node:fs";
import { activeResources } from "../../adapters/platform/active-resources.ts";
import { openLoopLag } from "../../adapters/platform/loop-lag.ts";
import { memoryBytes, processStartMs } from "../../adapters/platform/memory.ts";
import { servePages } from "../../adapters/platform/page-server.ts";
import { createSystemClock } from "../../adapters/platform/system-clock.ts";
import { ApiMeter } from "../metrics/api-meter.ts";
import { metricsText, type Readings } from "../metrics/exposition.ts";
import { healthOf } from "../metrics/health.ts";
import { RunMeter } from "../metrics/run-meter.ts";
import { apiReadings, runReadings, type WatchedRun } from "../metrics/run-readings.ts";
import { isKilled } from "./kill-file.ts";
import type { Watcher, WatchSetting } from "./watcher.ts";

/** Serves `/metrics` and `/healthz` on the configured port of this machine while a run lasts. */
export async function openMetrics(
  { config, ctx, mode }: WatchSetting,
  others: () => Readings,
): Promise<Watcher> {
  const clock = createSystemClock();
  const monoMs = (): number => clock.monoMs();
  const meter = new RunMeter(monoMs);
  const api = new ApiMeter();
  let environment = "starting";
  let run: WatchedRun | null = null;
  const server = await servePages(
    config.metrics.port,
    new Map([
      [
        "/metrics",
        () => ({
          type: "text/plain; version=0.0.4; charset=utf-8",
          text: metricsText({
            ...(run === null ? {} : runReadings(run, meter)),
            ...apiReadings(api),
            ...processReadings(),
            ...others(),
            ...fileReadings(config.storage.db_path),
            kbt_info: ({ value }) => value(1, ctx.version, mode, environment),
          }),
        }),
      ],
      [
        "/healthz",
        () => ({ type: "application/json", text: `${JSON.stringify(healthOf(mode, run))}\n` }),
      ],
    ]),
  );
  // Opened last: nothing is left behind when the port is taken.
  const lag = openLoopLag();
  return {
    rows: meter,
    steps: meter,
    environment(env) {
      environment = env.stamp;
      return { ...env, http: api.measured(env.http, monoMs) };
    },
    follow: (followed) => {
      run = followed;
    },
    async close() {
      lag.close();
      await server.close();
      return [];
    },
  };

  function processReadings(): Readings {
    return {
      kbt_start_timestamp_seconds: ({ value }) => value(processStartMs() / 1000),
      kbt_event_loop_lag_seconds: ({ value }) => {
        for (const [stat, seconds] of Object.entries(lag.read())) value(seconds, stat);
      },
      kbt_memory_bytes: ({ value }) => {
        for (const [kind, bytes] of memoryBytes()) value(bytes, kind);
      },
      kbt_active_resources: ({ value }) => {
        for (const [kind, count] of activeResources()) value(count, kind);
      },
    };
  }
}

function fileReadings(path: string): Readings {
  return {
    kbt_killed: ({ value }) => value(isKilled(path) ? 1 : 0),
    kbt_db_bytes: ({ value }) => {
      value(sizeOf(path), "database");
      value(sizeOf(`${path}-wal`), "wal");
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
