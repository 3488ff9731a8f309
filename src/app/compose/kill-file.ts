import { existsSync, unlinkSync, writeFileSync } from "node:fs";
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

/** Repeated does no harm; the first reason stays. */
export function setKillFile(dbPath: string, reason: string): void {
  const path = killFileOf(dbPath);
  makeFolder(dirname(path));
  if (!existsSync(path)) writeFileSync(path, `${reason}\n`, { mode: 0o600 });
}

/** False when there was none. */
export function clearKillFile(dbPath: string): boolean {
  const path = killFileOf(dbPath);
  if (!existsSync(path)) return false;
  unlinkSync(path);
  return true;
}
