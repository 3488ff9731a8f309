// Loaded before anything else (`node --import`): writes to SOAK_LAG_PATH how late timers of the main thread were over the
// whole life of the process. The page of metrics says it since the last look only, and windows cannot be added up.

import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const RESOLUTION_MS = 10;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const lateMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  process.on("exit", () => {
    const [p50, p99] = [50, 99].map((share) => lateMs(delays.percentile(share)));
    writeFileSync(
      process.env.SOAK_LAG_PATH,
      JSON.stringify({ p50, p99, max: lateMs(delays.max), count: delays.count }),
    );
  });
}
