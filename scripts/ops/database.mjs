import Database from "better-sqlite3";

/** What SQLite finds wrong with a file, in its own words; empty when nothing is. */
export function problemsOf(path) {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const checked = db.pragma("integrity_check").map(({ integrity_check: text }) => text);
    const orphans = db.pragma("foreign_key_check").map(({ table }) => `${table} has an orphan`);
    return [...checked.filter((text) => text !== "ok"), ...orphans.slice(0, 10)];
  } catch (error) {
    return [error.message];
  } finally {
    db.close();
  }
}

/** `20261121T093000Z`, which sorts and is a file name everywhere. */
export function stampOf(date) {
  return date.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** Ends a script with one line on stderr. */
export function leave(exitCode, text) {
  process.stderr.write(`${text}\n`);
  process.exit(exitCode);
}
