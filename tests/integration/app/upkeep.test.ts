import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { createSystemClock } from "../../../src/adapters/platform/system-clock.ts";
import { turn } from "../../../src/adapters/platform/turn.ts";
import { VirtualClock } from "../../../src/adapters/platform/virtual-clock.ts";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import { startUpkeep } from "../../../src/app/compose/upkeep.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "kbt-upkeep-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("upkeep", () => {
  test("one round that fails is told at once, and is not the last", async () => {
    const path = join(folder, "kbt.db");
    openWriter(path, { env: "sim" }).close();
    const other = new Database(path);
    other.exec("ALTER TABLE delta_segments RENAME TO elsewhere");
    const clock = new VirtualClock(100 * HOUR_MS);
    const told: unknown[] = [];
    const note = ({ ev }: Readonly<Record<string, unknown>>): void => {
      told.push(ev);
    };
    const storage = { ...DEFAULTS.storage, db_path: path, retain_hours: 1 };
    const upkeep = startUpkeep({
      config: { storage },
      env: { stamp: "sim", clock, real: createSystemClock() },
      log: { info: note, error: note },
    });
    const settled = async (count: number): Promise<void> => {
      for (let wait = 0; told.length < count && wait < 1000; wait++) await turn();
      // The wait for the next hour begins right after the word.
      await turn();
    };
    await settled(1);
    expect(told).toEqual(["upkeep.failed"]);
    other.exec("ALTER TABLE elsewhere RENAME TO delta_segments");
    other.close();
    clock.moveTo(101 * HOUR_MS);
    clock.fireDue();
    await settled(2);
    expect(told).toEqual(["upkeep.failed", "upkeep.done"]);
    expect((await upkeep.stop()).error).toBeNull();
  });
});
