#!/usr/bin/env node
// A copy of the database while kbt runs: whole as of one moment, small (VACUUM INTO), checked before it counts as one.
//
//   node scripts/ops/backup.mjs DATABASE FOLDER [KEEP]
//
// Writes FOLDER/NAME-TIME.sqlite and removes all but the newest KEEP (7) of that name. Exit 9 when a copy cannot be made or
// is not sound; then nothing is removed. The database's WAL cannot be folded back while it copies, so it grows meanwhile.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import Database from "better-sqlite3";
import { leave, problemsOf, stampOf } from "./database.mjs";

const [source, folder, keepText = "7"] = process.argv.slice(2);
const keep = Number(keepText);
if (source === undefined || folder === undefined || !Number.isInteger(keep) || keep < 1) {
  leave(2, "usage: backup.mjs DATABASE FOLDER [KEEP], KEEP a whole number from 1");
}
if (!existsSync(source)) leave(9, `there is no database ${source}`);

// What is copied is nobody else's business.
process.umask(0o077);
try {
  mkdirSync(folder, { recursive: true });
} catch (error) {
  leave(9, `no folder for backups: ${error.message}`);
}
const name = basename(source, ".sqlite");
const target = join(folder, `${name}-${stampOf(new Date())}.sqlite`);
// A copy has its name only when it is known to be one.
const part = `${target}.part`;
rmSync(part, { force: true });

try {
  const db = new Database(source, { readonly: true, fileMustExist: true });
  try {
    db.prepare("VACUUM INTO ?").run(part);
  } finally {
    db.close();
  }
} catch (error) {
  rmSync(part, { force: true });
  leave(9, `no backup of ${source}: ${error.message}`);
}
const problems = problemsOf(part);
if (problems.length > 0) leave(9, `the copy ${part} is not sound: ${problems.join("; ")}`);
renameSync(part, target);

const ENDING = /-\d{8}T\d{6}Z\.sqlite$/;
const older = readdirSync(folder)
  .filter((file) => ENDING.test(file) && file.replace(ENDING, "") === name)
  .toSorted()
  .slice(0, -keep);
for (const file of older) rmSync(join(folder, file));
const megabytes = (statSync(target).size / 1e6).toFixed(1);
process.stdout.write(`${target} ${megabytes} MB, sound; removed ${older.length} older\n`);
