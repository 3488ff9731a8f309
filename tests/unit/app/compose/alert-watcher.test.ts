import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import type { Logger } from "../../../../src/adapters/platform/logger.ts";
import { createRecorder } from "../../../../src/adapters/sqlite/recorder.ts";
import { openAlerts } from "../../../../src/app/compose/alert-watcher.ts";
import type { Environment } from "../../../../src/app/compose/environment.ts";
import type { WatchedRun } from "../../../../src/app/metrics/run-readings.ts";
import { DEFAULTS } from "../../../../src/config/defaults.ts";
import { type ErrorKind, KbtError } from "../../../../src/core/errors.ts";
import { ledgerContext } from "../../../support/ledger-context.ts";
import { type Messengers, startMessengers } from "../../../support/messengers.ts";

const START = Date.UTC(2026, 10, 2, 19);

let messengers: Messengers | null = null;
afterEach(() => messengers?.close());

/** The alerts of a live run on the real exchange, of which only what they look at is there. */
async function watching({ isErrand = false, starts = 0, strategies = ["threshold-ev"] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "kbt-alerts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "kbt.sqlite");
  for (let count = 0; count < starts; count++) {
    const command = { mode: "live", version: "0.1.0", command: "live" } as const;
    const run = { ...command, config: { strategies }, startedMs: START };
    await createRecorder({ path, env: "prod", run, nowMs: () => START }).close(3);
  }
  messengers = await startMessengers();
  const webhook = messengers.env["DISCORD_WEBHOOK_URL"] ?? null;
  const config = {
    ...DEFAULTS,
    notify: { ...DEFAULTS.notify, discord_webhook_url: webhook },
    storage: { ...DEFAULTS.storage, db_path: path },
  };
  const { ctx } = ledgerContext(path, false);
  const alerts = openAlerts({ ctx, config, mode: "live", isErrand });
  let nowMs = START;
  const clock = { nowMs: () => nowMs };
  const warned: unknown[] = [];
  alerts.environment?.({ clock, label: "prod", sim: null } as unknown as Environment);
  alerts.log?.({ warn: (fields: object) => warned.push(fields) } as unknown as Logger);
  const run = {
    clock,
    feeds: [],
    totals: { events: 0, evaluations: 0 },
    recorder: { runId: 1 },
    trading: { bankroll: 0, engine: {} },
  } as unknown as WatchedRun;
  return {
    alerts,
    warned,
    follow: () => alerts.follow(run),
    nextDay: () => {
      nowMs += 86_400_000;
      alerts.tick?.();
    },
    /** What the messenger was told by the end. */
    told: async () => {
      await alerts.close();
      return messengers?.discord.map(({ text }) => text).join("\n") ?? "";
    },
  };
}

function failure(kind: ErrorKind): KbtError {
  return new KbtError({ kind, code: "SAID", message: "what went wrong" });
}

test("a database that cannot be read costs an alert, never the run", async () => {
  const { follow, nextDay, told, warned } = await watching();
  follow();
  nextDay();
  expect(warned).toEqual([
    expect.objectContaining({ ev: "alert.unread", code: "DB_MISSING" }),
    expect.objectContaining({ ev: "alert.unread", code: "DB_MISSING" }),
  ]);
  expect(await told()).toContain("live started on prod");
});

test("starts one after another are told of", async () => {
  const { follow, told } = await watching({ starts: 4 });
  follow();
  expect(await told()).toContain("live was started 4 times within 10 minutes");
});

test.each(["by-hand", "drill"])("errands (%s) are no starts", async (strategy) => {
  const { follow, told } = await watching({ starts: 4, strategies: [strategy] });
  follow();
  expect(await told()).not.toContain("was started");
});

test("an errand says nothing of starting and ending: somebody reads it", async () => {
  const { alerts, follow, told } = await watching({ isErrand: true, starts: 4 });
  follow();
  alerts.ended?.(0, null);
  alerts.ended?.(3, failure("risk"));
  alerts.ended?.(10, failure("check"));
  expect(await told()).toBe("");
});

test.each([
  [false, "risk", 3],
  [false, "check", 10],
  [true, "doubt", 8],
  [true, "store", 9],
] as const)("what ended badly is told of: errand %s, %s", async (isErrand, kind, exitCode) => {
  const { alerts, told } = await watching({ isErrand });
  alerts.ended?.(exitCode, failure(kind));
  expect(await told()).toContain(`live ended with exit ${exitCode}: SAID what went wrong`);
});

test("so is a bug", async () => {
  const { alerts, told } = await watching({ isErrand: true });
  alerts.ended?.(1, new TypeError("secret"));
  expect(await told()).toContain("live ended with exit 1: a bug");
});
