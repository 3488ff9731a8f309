import type { Recorder } from "../../ports.ts";

/** Puts nothing on file: for replays of which only the sum counts. */
export function silentRecorder(): Recorder {
  return {
    runId: 1,
    event: () => {},
    opportunity: () => {},
    order: () => {},
    orderEvent: () => {},
    fill: () => {},
    ledger: () => {},
    pessimistic: () => {},
    position: () => {},
    risk: () => {},
    together: (rows) => rows(),
    finished: () => {},
    flush: () => {},
    drain: async () => {},
    counts: () => new Map(),
    stored: () => new Map(),
    close: async () => {},
  };
}
