import { appendFileSync, existsSync, readFileSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../adapters/platform/files.ts";
import { beside } from "../../adapters/sqlite/lock.ts";

// The kill switch that works without a database and without the process that trades: a file beside the database. While it
// is there nothing is traded on that database.

export function killFileOf(dbPath: string): string {
  return beside(dbPath, ".KILL");
}

export function isKilled(dbPath: string): boolean {
  return existsSync(killFileOf(dbPath));
}

/** Repeated does no harm: each reason is a line, the first one first. */
export function setKillFile(dbPath: string, reason: string): void {
  const path = killFileOf(dbPath);
  makeFolder(dirname(path));
  appendFileSync(path, `${reason}\n`, { mode: 0o600 });
}

/** True when it is there, and for that reason alone. */
export function isKilledOnlyFor(dbPath: string, reason: string): boolean {
  if (!isKilled(dbPath)) return false;
  const said = readFileSync(killFileOf(dbPath), "utf8").trimEnd().split("\n");
  return said.every((line) => line === reason);
}

/** False when there was none. */
export function clearKillFile(dbPath: string): boolean {
  const path = killFileOf(dbPath);
  if (!existsSync(path)) return false;
  unlinkSync(path);
  return true;
}
