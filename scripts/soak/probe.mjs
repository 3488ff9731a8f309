// Loaded before anything else (`node --import`): writes to SOAK_LAG_PATH how late timers of the main thread were over the
// whole life of the process. The page of metrics says it since the last look only, and windows cannot be added up. Every two
// minutes it collects all rubbish and writes to SOAK_HEAP_PATH what is left, in bytes and with buffers, and how much V8 holds for
// its heap: between two collections both go up and down by more than they may grow in an hour. As often as floors are
// taken (operate/figures.ts): with five minutes between them some floors were lower than others. Not more often: each time V8
// throws away code that it compiled for shapes of which nothing lives at that moment, and compiles it again.

import { writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

const RESOLUTION_MS = 10;
const COLLECT_MS = 120_000;

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

  v8.setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const writeHeap = () => {
    collect();
    const { arrayBuffers, heapTotal, heapUsed } = process.memoryUsage();
    writeFileSync(process.env.SOAK_HEAP_PATH, `${heapUsed + arrayBuffers} ${heapTotal}`);
  };
  // Timers run as fast as the clock (fast-clock.mjs).
  setInterval(writeHeap, COLLECT_MS * Number(process.env.SOAK_SPEED)).unref();
}
