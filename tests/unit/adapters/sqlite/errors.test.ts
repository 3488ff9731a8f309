import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { isBusy, isRefusedRow, storeError } from "../../../../src/adapters/sqlite/errors.ts";
import { KbtError } from "../../../../src/core/errors.ts";

const sqlite = (code: string): Error => new Database.SqliteError(`said ${code}`, code);
const node = (code: string): Error => Object.assign(new Error(`said ${code}`), { code });

describe("storeError", () => {
  test.each([
    ["another writer", sqlite("SQLITE_BUSY"), "store", "DB_LOCKED"],
    ["another writer, stale snapshot", sqlite("SQLITE_BUSY_SNAPSHOT"), "store", "DB_LOCKED"],
    ["disk full in SQLite", sqlite("SQLITE_FULL"), "store", "DB_FULL"],
    ["disk full in the file system", node("ENOSPC"), "store", "DB_FULL"],
    ["quota", node("EDQUOT"), "store", "DB_FULL"],
    ["broken page", sqlite("SQLITE_CORRUPT"), "store", "DB_CORRUPT"],
    ["not a database", sqlite("SQLITE_NOTADB"), "store", "DB_CORRUPT"],
    ["read-only file", sqlite("SQLITE_READONLY"), "store", "DB_READONLY"],
    ["read-only file system", sqlite("SQLITE_CANTOPEN"), "store", "DB_READONLY"],
    ["read-only mount", node("EROFS"), "store", "DB_READONLY"],
    ["no permission", node("EACCES"), "store", "DB_READONLY"],
    ["disk error", sqlite("SQLITE_IOERR_FSYNC"), "store", "DB_IO"],
    ["wrong row", sqlite("SQLITE_CONSTRAINT_CHECK"), "bug", "ROW_REFUSED"],
    ["something new", sqlite("SQLITE_NOLFS"), "store", "DB_FAILED"],
    ["a bug of ours", new Error("oops"), "bug", "DB_FAILED"],
  ])("%s", (_name, error, kind, code) => {
    expect(storeError(error, "/x/db")).toMatchObject({ kind, code, cause: error });
    expect(storeError(error, "/x/db").message).toContain("/x/db");
  });

  test("passes a KbtError through", () => {
    const error = new KbtError({ kind: "risk", code: "X", message: "x" });
    expect(storeError(error, "/x")).toBe(error);
  });
});

test("busy and refused rows are told apart", () => {
  expect(isBusy(sqlite("SQLITE_BUSY_RECOVERY"))).toBe(true);
  expect(isBusy(sqlite("SQLITE_FULL"))).toBe(false);
  expect(isRefusedRow(sqlite("SQLITE_CONSTRAINT_FOREIGNKEY"))).toBe(true);
  expect(isRefusedRow(sqlite("SQLITE_BUSY"))).toBe(false);
});
