import { appendFileSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../adapters/platform/files.ts";
import { DAY_MS } from "../../core/iso-time.ts";
import type { Ms } from "../../core/units.ts";
import type { Environment } from "./environment.ts";

/** A drill that went as it should have. */
export interface DrillRecord {
  /** Of the user's own clock. */
  readonly atMs: Ms;
  readonly env: Environment["stamp"];
  readonly version: string;
}

/**
 * The database of the demo exchange is another one than that of the real one, so what was drilled is kept for the user: one
 * line a drill.
 */
function fileOf(homeDir: string): string {
  return join(homeDir, ".local", "state", "kbt", "drills.jsonl");
}

export function recordDrill(homeDir: string, record: DrillRecord): void {
  const path = fileOf(homeDir);
  makeFolder(dirname(path));
  appendFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

const DRILL_DAYS = 7;

/** True when the demo exchange was drilled with this version within the last week. */
export function isDrilled(homeDir: string, version: string, nowMs: Ms): boolean {
  return readDrills(homeDir).some((drill) => {
    const ageMs = nowMs - drill.atMs;
    const isRecent = ageMs >= 0 && ageMs <= DRILL_DAYS * DAY_MS;
    return isRecent && drill.env === "demo" && drill.version === version;
  });
}

function readDrills(homeDir: string): DrillRecord[] {
  let text: string;
  try {
    text = readFileSync(fileOf(homeDir), "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const drill: DrillRecord = JSON.parse(line);
      return typeof drill.atMs === "number" ? [drill] : [];
    } catch {
      // A line that was cut off counts for nothing.
      return [];
    }
  });
}
