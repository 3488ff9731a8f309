import { existsSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { createBallast } from "../../../src/adapters/sqlite/ballast.ts";
import { openWriter } from "../../../src/adapters/sqlite/open.ts";
import { aRecorder, T0, tempDb } from "./support.ts";

test("space is held back once and given back once", () => {
  const path = tempDb();
  openWriter(path, { env: "demo" }).close();
  const ballast = createBallast(path);
  expect(statSync(`${path}-ballast`)).toMatchObject({ size: 16 * 1024 * 1024 });
  expect(statSync(`${path}-ballast`).mode & 0o777).toBe(0o600);
  createBallast(path);
  expect(statSync(`${path}-ballast`).size).toBe(16 * 1024 * 1024);
  expect(ballast.release()).toBe(true);
  expect(ballast.release()).toBe(false);
  expect(existsSync(`${path}-ballast`)).toBe(false);
});

test("I18: a live run gives it up when the audit log finds no room, and only a live run has it", async () => {
  const path = tempDb();
  await aRecorder(path, "paper").close(0);
  expect(existsSync(`${path}-ballast`)).toBe(false);
  const writer = openWriter(path, { env: "sim" });
  const maxPages = Number(writer.bulk.pragma("page_count", { simple: true }));
  writer.close();
  const recorder = aRecorder(path, "live", { maxPages });
  expect(existsSync(`${path}-ballast`)).toBe(true);
  const reason = "x".repeat(3_000);
  const risk = { atMs: T0, kind: "k", value: null, limitValue: null, reason };
  expect(() => {
    for (let i = 0; i < 100; i++) recorder.risk(risk);
  }).toThrow(expect.objectContaining({ kind: "store", code: "DB_FULL" }));
  expect(existsSync(`${path}-ballast`)).toBe(false);
  // What happened is kept, also after the caller was told.
  expect(recorder.pendingRows).toBe(1);
});
