import { existsSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { isDrilled, recordDrill } from "../../../src/app/compose/drill-record.ts";
import { rows, tempFolder } from "../../support/kbt.ts";
import { kbtHere } from "../../support/shell.ts";

const folder = tempFolder();
afterAll(() => folder.remove());
const ARMED = { TRADING_ENABLED: "1", LOG_PATH: `${folder.path}/log.jsonl` };
const DB = `${folder.path}/drill.sqlite`;
const DAY_MS = 86_400_000;

test("I30, I31: the drill goes through order, cancel and kill, leaves nothing, and can be repeated", async () => {
  for (const round of [1, 2]) {
    const words = ["doctor", "--drill", "--sim", "--sim-speed", "max", "--db", DB];
    const { code, stdout } = await kbtHere([...words, "--json"], folder.path, ARMED);
    const { data } = JSON.parse(stdout);
    expect(
      data.steps.map(({ state, step }: { state: string; step: string }) => `${step} ${state}`),
    ).toEqual([
      "order ok",
      "cancel ok",
      "second order ok",
      "market ok",
      "kill ok",
      "empty ok",
      "fills ok",
    ]);
    expect({ code, round }).toEqual({ code: 0, round });
  }
  expect(existsSync(`${DB}.KILL`)).toBe(false);
  expect(rows(DB, "SELECT strategy, state, count(*) FROM orders GROUP BY 1, 2")).toEqual([
    ["drill", "canceled", 4],
  ]);
  expect(rows(DB, "SELECT kind, cleared_reason, count(*) FROM latches GROUP BY 1, 2")).toEqual([
    ["kill", "kbt doctor --drill", 2],
  ]);
});

test("places nothing on the real exchange, nor when live is not armed", async () => {
  const prod = await kbtHere(["doctor", "--drill", "--db", DB], folder.path, {
    ...ARMED,
    KALSHI_ENV: "prod",
  });
  expect(prod).toMatchObject({ code: 3, stdout: "" });
  expect(prod.stderr).toContain("does not do on the real exchange");
  const idle = await kbtHere(["doctor", "--drill", "--sim", "--db", DB], folder.path);
  expect(idle).toMatchObject({ code: 3 });
  expect(idle.stderr).toContain("trading_enabled");
});

test("a drill of the demo exchange counts for a week and for the version that was drilled", () => {
  const home = `${folder.path}/home`;
  expect(isDrilled(home, "1", 0)).toBe(false);
  recordDrill(home, { atMs: 10 * DAY_MS, env: "sim", version: "1" });
  expect(isDrilled(home, "1", 10 * DAY_MS)).toBe(false);
  recordDrill(home, { atMs: 10 * DAY_MS, env: "demo", version: "1" });
  const days = [9, 10, 17, 18].filter((day) => isDrilled(home, "1", day * DAY_MS));
  expect(days).toEqual([10, 17]);
  expect(isDrilled(home, "2", 10 * DAY_MS)).toBe(false);
});
