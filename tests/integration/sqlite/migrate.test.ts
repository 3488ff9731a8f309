import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { migrationsFolder } from "../../../src/adapters/sqlite/migrate.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { tempDb } from "./support.ts";

function copyOfMigrations(): string {
  const folder = mkdtempSync(join(tmpdir(), "kbt-migrations-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(migrationsFolder(), folder, { recursive: true });
  return folder;
}

function versions(path: string, migrations: string): unknown[] {
  const writer = openWriter(path, { env: "sim", migrations });
  const rows = writer.bulk.prepare("SELECT version, name, sha256 FROM schema_migrations").all();
  writer.close();
  return rows;
}

test("twice is once", () => {
  const path = tempDb();
  const folder = copyOfMigrations();
  const first = versions(path, folder);
  expect(first.length).toBeGreaterThan(3);
  expect(versions(path, folder)).toEqual(first);
});

test("I16: an edited old file is refused, other line ends are not an edit", () => {
  const path = tempDb();
  const folder = copyOfMigrations();
  versions(path, folder);
  const file = join(folder, "0002_market_data.sql");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("\n", "\r\n"));
  versions(path, folder);
  appendFileSync(file, "-- a word more\n");
  expect(() => versions(path, folder)).toThrow(
    expect.objectContaining({ kind: "store", code: "MIGRATION_EDITED" }),
  );
});

test("I16: a migration that fails halfway leaves the old schema and can be run again", () => {
  const path = tempDb();
  const folder = copyOfMigrations();
  const known = versions(path, folder).length;
  const next = join(folder, `${String(known + 1).padStart(4, "0")}_more.sql`);
  writeFileSync(next, "CREATE TABLE more (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);");
  expect(() => versions(path, folder)).toThrow();
  const reader = openReader(path);
  expect(reader.db.pragma("user_version", { simple: true })).toBe(known);
  expect(reader.db.prepare("SELECT * FROM sqlite_schema WHERE name = 'more'").all()).toEqual([]);
  reader.close();
  writeFileSync(next, "CREATE TABLE more (x INTEGER) STRICT;");
  expect(versions(path, folder)).toHaveLength(known + 1);
  // The way back, made before the change.
  expect(existsSync(`${path}.schema-${known}.bak`)).toBe(true);
});
