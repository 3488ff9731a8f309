import { createRecorder, type SqliteRecorder } from "../../src/adapters/sqlite/recorder.ts";
import { START_MS } from "./frames.ts";

/** The product's recorder on a new file, as `collect` and `paper` open it on a network. */
export function openBenchRecorder(path: string, nowMs: () => number): SqliteRecorder {
  return createRecorder({
    path,
    env: "sim",
    writer: "thread",
    run: { mode: "paper", startedMs: START_MS, version: "bench", config: {}, command: "bench" },
    nowMs,
  });
}
