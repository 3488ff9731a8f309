#!/usr/bin/env node
// Puts a backup in the place of the database. Stop every kbt first: while one has the file open nothing is done.
//
//   node scripts/ops/restore.mjs BACKUP DATABASE
//
// What was there is kept beside it as DATABASE.before-TIME (with its -wal and -shm). Exit 9 when the backup is not sound or
// the database is in use.
import { copyFileSync, existsSync, renameSync } from "node:fs";
import Database from "better-sqlite3";
import { leave, problemsOf, stampOf } from "./database.mjs";

const [backup, target] = process.argv.slice(2);
if (backup === undefined || target === undefined) leave(2, "usage: restore.mjs BACKUP DATABASE");
if (!existsSync(backup)) leave(9, `there is no backup ${backup}`);
const problems = problemsOf(backup);
if (problems.length > 0) leave(9, `${backup} is not sound: ${problems.join("; ")}`);
if (existsSync(target) && isInUse(target)) {
  leave(9, `${target} is in use: stop every kbt first (kbt status names them)`);
}

process.umask(0o077);
// Copied first, so that a full disk leaves everything as it was.
const part = `${target}.restoring`;
copyFileSync(backup, part);
// A WAL without its file would be taken for the copy's own.
const left = ["", "-wal", "-shm"].filter((suffix) => existsSync(target + suffix));
if (left.length > 0) {
  const aside = `${target}.before-${stampOf(new Date())}`;
  for (const suffix of left) renameSync(target + suffix, aside + suffix);
  process.stdout.write(`what was there is ${aside}\n`);
}
renameSync(part, target);
process.stdout.write(`${target} restored from ${backup}, sound\n`);

/** Whether another process has the file open; asking folds its WAL back when none has. */
function isInUse(path) {
  const db = new Database(path, { timeout: 0 });
  try {
    db.pragma("locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE; COMMIT");
    return false;
  } catch (error) {
    // A damaged file is what backups are for.
    return String(error.code).startsWith("SQLITE_BUSY");
  } finally {
    db.close();
  }
}
