import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late timers fired since it was read last, seconds. */
interface LoopLag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopLagMeter {
  read(): LoopLag;
  close(): void;
}

const RESOLUTION_MS = 10;

/** Measures outside of JavaScript: the loop pays for it ten microseconds a second. */
export function openLoopLag(): LoopLagMeter {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  // What Node counts is the distance of two timers, the waited time included.
  const lag = (nanoseconds: number): number =>
    Math.max(0, (Number.isFinite(nanoseconds) ? nanoseconds : 0) / 1e9 - RESOLUTION_MS / 1000);
  return {
    read() {
      const read = {
        p50: lag(delays.percentile(50)),
        p99: lag(delays.percentile(99)),
        max: delays.count === 0 ? 0 : lag(delays.max),
      };
      delays.reset();
      return read;
    },
    close: () => void delays.disable(),
  };
}
