import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { latestVersion, migrationsFolder } from "../../../src/adapters/sqlite/migrate.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { KbtError } from "../../../src/core/errors.ts";
import { aRecorder, EVENTS, tempDb } from "./support.ts";

function failure(work: () => unknown): KbtError {
  try {
    work();
  } catch (error) {
    if (error instanceof KbtError) return error;
    throw error;
  }
  throw new Error("expected a KbtError");
}

test("folder 0700, files 0600", () => {
  const path = tempDb();
  const writer = openWriter(path, { env: "sim" });
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(dirname(path))) {
    expect(statSync(join(dirname(path), name)).mode & 0o777, name).toBe(0o600);
  }
  writer.close();
});

test("I15: orders are durable, market rows are not waited for", () => {
  const writer = openWriter(tempDb(), { env: "sim" });
  expect(writer.durable.pragma("synchronous", { simple: true })).toBe(2);
  expect(writer.bulk.pragma("synchronous", { simple: true })).toBe(1);
  expect(writer.bulk.pragma("journal_mode", { simple: true })).toBe("wal");
  writer.close();
});

test("I20: a file belongs to one environment and one account", () => {
  const path = tempDb();
  openWriter(path, { env: "sim" }).close();
  expect(failure(() => openWriter(path, { env: "prod" }))).toMatchObject({
    kind: "risk",
    code: "DB_ENV_MISMATCH",
    hint: expect.stringContaining("--db"),
  });
  openWriter(path, { env: "sim", account: "a1" }).close();
  openWriter(path, { env: "sim" }).close();
  const other = failure(() => openWriter(path, { env: "sim", account: "a2" }));
  expect(other.code).toBe("DB_ACCOUNT_MISMATCH");
  const reader = openReader(path);
  expect(reader.env).toBe("sim");
  reader.close();
});

test("reader: missing file", () => {
  const error = failure(() => openReader(tempDb()));
  expect(error).toMatchObject({ kind: "store", code: "DB_MISSING" });
  expect(error.hint).toContain("--db");
});

test("I16: reader and writer: newer schema", () => {
  const path = tempDb();
  const writer = openWriter(path, { env: "sim" });
  const next = latestVersion(migrationsFolder()) + 1;
  writer.bulk.exec(
    `INSERT INTO schema_migrations VALUES (${next}, 'x', '${"0".repeat(64)}', 0); PRAGMA user_version = ${next}`,
  );
  writer.close();
  expect(failure(() => openReader(path)).code).toBe("DB_NEWER_SCHEMA");
  expect(failure(() => openWriter(path, { env: "sim" })).code).toBe("DB_NEWER_SCHEMA");
});

test("reader: older schema, and an empty file", () => {
  const path = tempDb();
  mkdirSync(dirname(path));
  writeFileSync(path, "");
  expect(failure(() => openReader(path))).toMatchObject({ kind: "usage", code: "DB_OLDER_SCHEMA" });
});

test("garbage, somebody else's database, a torn file", async () => {
  const path = tempDb();
  mkdirSync(dirname(path));
  writeFileSync(
    path,
    "this is not a database, it is a sentence that goes on for a while. ".repeat(99),
  );
  expect(failure(() => openReader(path)).code).toBe("DB_CORRUPT");
  expect(failure(() => openWriter(path, { env: "sim" })).code).toBe("DB_CORRUPT");
  rmSync(path);
  const foreign = new Database(path);
  foreign.exec("CREATE TABLE theirs (x)");
  foreign.close();
  expect(failure(() => openReader(path)).code).toBe("DB_FOREIGN");
  expect(failure(() => openWriter(path, { env: "sim" })).code).toBe("DB_FOREIGN");
  rmSync(path);
  const recorder = aRecorder(path);
  for (const event of EVENTS) recorder.event(event);
  await recorder.close(0);
  truncateSync(path, 8_192);
  expect(failure(() => openReader(path).db.prepare("SELECT * FROM fills").all()).code).toBe(
    "DB_CORRUPT",
  );
});

test("locked for good", () => {
  const path = tempDb();
  openWriter(path, { env: "sim" }).close();
  const holder = new Database(path);
  holder.pragma("locking_mode = EXCLUSIVE");
  holder.exec("BEGIN EXCLUSIVE");
  expect(failure(() => openReader(path)).code).toBe("DB_LOCKED");
  holder.close();
});

test("a path that cannot be", () => {
  const path = tempDb();
  openWriter(path, { env: "sim" }).close();
  const below = failure(() => openWriter(join(path, "x.sqlite"), { env: "sim" }));
  expect(below).toMatchObject({ kind: "store", code: "DB_FAILED" });
  expect(failure(() => openWriter(dirname(path), { env: "sim" })).kind).toBe("store");
  expect(failure(() => openReader(dirname(path))).kind).toBe("store");
});

test("a file that was replaced under the writer", () => {
  const path = tempDb();
  let nowMs = 0;
  const recorder = aRecorder(path, "paper", { nowMs: () => nowMs });
  recorder.event({ type: "wake", recvMs: 1 });
  recorder.flush();
  cpSync(path, `${path}.new`);
  renameSync(`${path}.new`, path);
  nowMs += 6_000;
  recorder.event({ type: "wake", recvMs: 2 });
  expect(failure(() => recorder.flush()).code).toBe("DB_REPLACED");
});
