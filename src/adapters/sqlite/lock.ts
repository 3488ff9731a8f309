import { closeSync, existsSync, openSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { makeFolder } from "../platform/files.ts";

/** Held by this process until it is released or the process is gone, however it goes. */
export interface Lock {
  release(): void;
}

/**
 * Takes a lock file for this process; null when another one has it. SQLite's own exclusive lock: the system frees it with
 * the process, keeps it while that is suspended, and knows the file by any of its names (reliability.md I17).
 */
export function takeLock(path: string): Lock | null {
  makeFolder(dirname(path));
  closeSync(openSync(path, "a", 0o600));
  const db = new Database(path, { timeout: 0, fileMustExist: true });
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
  return { release: () => db.close() };
}

/** The file of that name beside a database, where a link to the database leads as well. */
export function beside(dbPath: string, suffix: string): string {
  const path = resolve(dbPath);
  const real = existsSync(path)
    ? realpathSync(path)
    : join(existsSync(dirname(path)) ? realpathSync(dirname(path)) : dirname(path), basename(path));
  return `${real}${suffix}`;
}
