import { resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kbt, tempFolder } from "../support/kbt.ts";

const RECORDING = resolve(
  import.meta.dirname,
  "../fixtures/recordings/20260515T023655Z-excerpt.jsonl",
);
const folder = tempFolder();
afterAll(() => folder.remove());

test("a backfill that outlasts its recording ends with that reason", async () => {
  const what = ["collect", "--coinbase", "--backfill", "150", `--sim=replay:${RECORDING}`];
  const how = ["--sim-speed", "max", "--db", "a.sqlite", "--quiet"];
  const run = await kbt([...what, ...how], { cwd: folder.path });
  expect(run.stderr).toContain("error[RECORDING_ENDED]");
  expect(run.code).toBe(7);
}, 60_000);
