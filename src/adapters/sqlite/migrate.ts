import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { KbtError } from "../../core/errors.ts";
import { packageRoot } from "../platform/paths.ts";
import { sha256Of } from "../platform/sha256.ts";
import { retryBusy } from "./busy.ts";

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;
/** 100 × 50 ms: two processes that start at once wait for each other, not for ever. */
const BUSY_ATTEMPTS = 100;

/** Folder of the migration files that belong to this program. */
export function migrationsFolder(): string {
  return join(packageRoot(), "migrations");
}

function fileNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => FILE_NAME.test(name))
    .toSorted();
}

/** Newest schema version this program knows. */
export function latestVersion(folder: string): number {
  return Number(fileNames(folder).at(-1)?.slice(0, 4) ?? 0);
}

/** All migrations in order; their numbers must run from 1 without a hole. */
function loadMigrations(folder: string): Migration[] {
  return fileNames(folder).map((file, index) => {
    const version = Number(file.slice(0, 4));
    if (version !== index + 1) {
      throw new KbtError({
        kind: "bug",
        code: "MIGRATIONS_NOT_NUMBERED",
        message: `migration ${file} should have number ${index + 1}`,
      });
    }
    // A checkout with CRLF line ends is the same migration.
    const sql = readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n");
    return { version, name: file.slice(5, -4), sql, sha256: sha256Of(sql) };
  });
}

function appliedHashes(db: Database.Database): Map<number, string> {
  const known = db
    .prepare<[], { found: number }>(
      "SELECT count(*) AS found FROM sqlite_schema WHERE name = 'schema_migrations'",
    )
    .get();
  if (known === undefined || known.found === 0) return new Map();
  const rows = db
    .prepare<[], { version: number; sha256: string }>(
      "SELECT version, sha256 FROM schema_migrations ORDER BY version",
    )
    .all();
  return new Map(rows.map((row) => [row.version, row.sha256]));
}

/** Schema newer than the program: refuse, whatever it is that we would do with it. */
export function newerSchema(path: string, found: number, known: number): KbtError {
  return new KbtError({
    kind: "store",
    code: "DB_NEWER_SCHEMA",
    message: `database ${path} has schema ${found}, this kbt knows ${known}`,
    hint: "update kbt, or name another file with --db",
    details: { path, found, known },
  });
}

function assertUnedited(
  path: string,
  migrations: readonly Migration[],
  applied: ReadonlyMap<number, string>,
): void {
  for (const [version, sha256] of applied) {
    const file = migrations[version - 1];
    if (file === undefined) throw newerSchema(path, version, migrations.length);
    if (file.sha256 !== sha256) {
      throw new KbtError({
        kind: "store",
        code: "MIGRATION_EDITED",
        message: `migration ${version} (${file.name}) changed after it was applied to ${path}`,
        hint: "restore the migration file of the release; changes go into a new migration",
        details: { path, version, applied: sha256, file: file.sha256 },
      });
    }
  }
}

/** Brings the schema up to date; several processes may do so at once. Each migration is one transaction. */
export function migrate(db: Database.Database, path: string, folder: string): void {
  const migrations = loadMigrations(folder);
  const found = Number(db.pragma("user_version", { simple: true }));
  if (found > migrations.length) throw newerSchema(path, found, migrations.length);
  const before = retryBusy(() => appliedHashes(db), BUSY_ATTEMPTS);
  assertUnedited(path, migrations, before);
  if (before.size === migrations.length) return;
  if (before.size > 0) keepCopy(db, path, before.size);
  const step = db.transaction((migration: Migration) => {
    // Asked again under the lock: another process may have been faster.
    const applied = appliedHashes(db);
    assertUnedited(path, migrations, applied);
    if (applied.has(migration.version)) return;
    db.exec(migration.sql);
    db.prepare(
      "INSERT INTO schema_migrations (version, name, sha256, applied_ms) VALUES (?, ?, ?, CAST(unixepoch('subsec') * 1000 AS INTEGER))",
    ).run(migration.version, migration.name, migration.sha256);
    db.pragma(`user_version = ${migration.version}`);
  });
  for (const migration of migrations) {
    retryBusy(() => step.immediate(migration), BUSY_ATTEMPTS);
  }
}

// A migration can be wrong in ways no checksum sees; the copy is the way back.
function keepCopy(db: Database.Database, path: string, version: number): void {
  const copy = `${path}.schema-${version}.bak`;
  try {
    retryBusy(() => db.prepare("VACUUM INTO ?").run(copy), BUSY_ATTEMPTS);
  } catch (error) {
    // Made already, by another process or by an earlier start that did not finish.
    if (!(error instanceof Error && error.message.includes("already exists"))) throw error;
  }
}
