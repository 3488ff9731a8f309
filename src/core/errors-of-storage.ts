import { type ErrorTable, entry } from "./error-entry.ts";

const REPORT = "run again with --debug and report what it prints";

/** The database, the files beside it, and what should not happen at all. */
export const ERRORS_OF_STORAGE: ErrorTable = {
  FILE_FULL: entry(
    "store",
    "There is no room for the file that was to be written; what was there before still is.",
    "free space, or name a file elsewhere",
  ),
  DB_MISSING: entry(
    "store",
    "There is no database at that path, and this command makes none.",
    "run `kbt paper --sim` or `kbt collect` first, or pass --db",
  ),
  DB_LOCKED: entry(
    "store",
    "Another process holds the database for longer than kbt waits.",
    "find who holds it (`kbt status`, `lsof`), then try again",
  ),
  DB_FULL: entry(
    "store",
    "The disk or the quota is full.",
    "free space, or move the database and pass --db",
  ),
  DB_CORRUPT: entry(
    "store",
    "The file, or a part of it, is not what SQLite or kbt wrote.",
    "restore a copy, or name another file with --db; `sqlite3 FILE .recover` may save rows",
    "restore a copy of the database; its other rows are not concerned",
    "name another file with --db",
  ),
  DB_READONLY: entry(
    "store",
    "The file, its folder or the file system cannot be written.",
    "check the owner and mode of the file and of its folder, or pass --db",
  ),
  DB_IO: entry(
    "store",
    "The disk reported an error.",
    "check the disk and `dmesg`; do not trade on it",
  ),
  DB_SLOW: entry(
    "store",
    "The disk takes rows more slowly than they arrive, and the queue is full.",
    "look at the disk and at what else writes to it",
  ),
  DB_FAILED: entry(
    ["store", "bug"],
    "SQLite failed in a way that has no name here.",
    "look the code of the message up at sqlite.org/rescode.html",
  ),
  DB_FOREIGN: entry(
    "store",
    "The file is a database of another program.",
    "name another file with --db",
  ),
  DB_NEWER_SCHEMA: entry(
    "store",
    "A newer kbt has written the file.",
    "update kbt, or name another file with --db",
  ),
  DB_OLDER_SCHEMA: entry(
    "usage",
    "An older kbt has written the file, and this command only reads.",
    "run a writing command once (`kbt collect --seconds 1`, `kbt ledger settle`); it updates the file",
  ),
  DB_ENV_MISMATCH: entry(
    "risk",
    "The file holds rows of another environment: local exchange, demo or production.",
    "rows of two environments never share a file: pass --db with another path",
  ),
  DB_ACCOUNT_MISMATCH: entry(
    "risk",
    "The file holds rows of another account.",
    'rows of two accounts never share a file: pass --db with another path; for a new key of the same one: kbt live reset account --reason "new key"',
  ),
  DB_SETTINGS: entry(
    "store",
    "SQLite does not accept a setting that keeps rows safe.",
    "use a local file system; WAL needs shared memory",
  ),
  DB_REPLACED: entry(
    "store",
    "The file was deleted or exchanged while kbt had it open.",
    "rows written since then are in the old file; restart on the file you want",
  ),
  SQLITE_TOO_OLD: entry(
    "store",
    "The SQLite that was loaded can lose committed rows.",
    "run `npm ci` to get the bundled SQLite back",
  ),
  MIGRATION_EDITED: entry(
    "store",
    "A migration was changed after it was applied to this file.",
    "restore the migration file of the release; changes go into a new migration",
  ),
  RAW_FAILED: entry(
    "store",
    "The file of --raw cannot be written.",
    "free space, or record without --raw",
  ),
  WRITER_DIED: entry(
    "bug",
    "The thread that writes market rows ended by itself.",
    "rows since the last commit are lost; start again",
  ),
  ROW_REFUSED: entry("bug", "The database refused a row that kbt thought right.", REPORT),
  RECORDER_FULL: entry("bug", "Rows were recorded and never written.", REPORT),
  MIGRATIONS_NOT_NUMBERED: entry(
    "bug",
    "The files in migrations/ have a hole or a repeated number.",
    "restore the folder of the release",
  ),
  PACKAGE_ROOT_MISSING: entry(
    "bug",
    "kbt does not find its own folder.",
    "install it again with npm ci",
  ),
  BUG: entry("bug", "Something happened that kbt did not expect.", REPORT),
};
