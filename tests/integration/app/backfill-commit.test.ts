import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createSystemClock } from "../../../src/adapters/platform/system-clock.ts";
import { createRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { commitAll } from "../../../src/app/compose/backfill-work.ts";

const folder = mkdtempSync(join(tmpdir(), "kbt-commit-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a part waits for the thread that writes it, and not for a quarter of a second", async () => {
  const clock = createSystemClock();
  const recorder = createRecorder({
    path: join(folder, "kbt.db"),
    env: "demo",
    writer: "thread",
    run: { mode: "collect", startedMs: clock.nowMs(), version: "test", config: {}, command: "" },
    nowMs: () => clock.nowMs(),
  });
  try {
    // The thread has started.
    recorder.event({ type: "wake", recvMs: clock.nowMs() });
    await recorder.drain();
    const waits: number[] = [];
    const real = {
      sleep: (ms: number, signal: AbortSignal) => {
        waits.push(ms);
        return clock.sleep(ms, signal);
      },
    };
    recorder.event({ type: "wake", recvMs: clock.nowMs() });
    await commitAll({ real, recorder }, new AbortController().signal);
    expect(recorder.pendingRows).toBe(0);
    expect(waits[0] ?? 0).toBeLessThan(50);
  } finally {
    await recorder.close(0);
  }
});
