import { expect, test } from "vitest";
import { openGrowthMeter } from "../../../src/adapters/sqlite/growth.ts";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { thinInSteps } from "../../../src/adapters/sqlite/retention/thin.ts";
import { aRecorder, T0, tempDb } from "./support.ts";

function wakes(recorder: SqliteRecorder, count: number): void {
  for (let n = 0; n < count; n++) recorder.event({ type: "wake", recvMs: T0 + n });
  recorder.flush();
}

test("growth is that of the pages in use, and what upkeep freed makes up for what it hid", async () => {
  const path = tempDb();
  await aRecorder(path, "collect").close(0);
  const old = aRecorder(path, "collect");
  wakes(old, 30_000);
  await old.close(0);
  const recorder = aRecorder(path, "collect");
  const meter = openGrowthMeter(path, recorder.runId);
  expect(meter.read()).toEqual({ bytes: 0, hasOthers: false });
  wakes(recorder, 20_000);
  const grown = meter.read().bytes;
  expect(grown).toBeGreaterThan(20_000 * 8);
  expect(grown).toBeLessThan(20_000 * 20);

  const writer = openWriter(path, { env: "sim" });
  let freed = 0;
  for (const step of thinInSteps(writer, { nowMs: T0 + 3_615_000, retainMs: 3_600_000 })) {
    freed += step.bytesFreed;
  }
  writer.close();
  expect(freed).toBeGreaterThan(15_000 * 8);
  expect(meter.read()).toEqual({ bytes: grown - freed, hasOthers: false });
  meter.close();
});

test.each([
  ["that began later", (path: string) => wakes(aRecorder(path, "paper"), 1)],
  ["that was under way", (_: string, other: SqliteRecorder) => wakes(other, 1)],
])("a run %s and wrote meanwhile is told of", (_, write) => {
  const path = tempDb();
  const killed = aRecorder(path, "collect");
  wakes(killed, 3);
  const other = aRecorder(path, "paper");
  const recorder = aRecorder(path, "collect");
  const meter = openGrowthMeter(path, recorder.runId);
  wakes(recorder, 5);
  expect(meter.read().hasOthers).toBe(false);
  write(path, other);
  expect(meter.read().hasOthers).toBe(true);
  meter.close();
});
