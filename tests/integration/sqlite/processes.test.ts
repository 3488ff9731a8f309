import { spawn } from "node:child_process";
import { once } from "node:events";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { aRecorder, EVENTS, T0, tempDb } from "./support.ts";

const SRC = new URL("../../../src/adapters/sqlite/", import.meta.url).href;

async function child(
  code: string,
  ...args: string[]
): Promise<{ code: unknown; signal: unknown; err: string }> {
  const program = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code, "--", ...args],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let err = "";
  program.stderr.on("data", (part) => {
    err += String(part);
  });
  const [exit, signal] = await once(program, "close");
  return { code: exit, signal, err };
}

const WRITER = `
import { createRecorder } from "${SRC}recorder.ts";
const [path, name, count] = process.argv.slice(-3);
const run = { mode: "collect", startedMs: ${T0}, version: "0", config: {}, command: name };
const r = createRecorder({ path, env: "sim", run, nowMs: () => ${T0} });
const ticker = (i) => "KXBTCD-26NOV0219-T" + (i % 50);
for (let i = 0; i < Number(count); i++) {
  r.event({ type: "delta", ticker: ticker(i), sid: 1, seq: i, side: "yes", price: 5000, delta: 100, exchangeMs: null, recvMs: ${T0} + i });
  if (i % 100 === 0) r.risk({ atMs: ${T0}, kind: name, value: i, limitValue: null, reason: "" });
}
r.close(0);
`;

test("three processes that create and write one file at once lose no row", async () => {
  const path = tempDb();
  const count = 20_000;
  const results = await Promise.all(
    ["a", "b", "c"].map((name) => child(WRITER, path, name, String(count))),
  );
  expect(results.map((result) => result.err)).toEqual(["", "", ""]);
  const reader = openReader(path);
  const perRun = reader.db
    .prepare(
      "SELECT count(*) AS rows, count(DISTINCT seq) AS seqs, count(DISTINCT ticker) AS tickers FROM kalshi_orderbook_deltas GROUP BY run_id",
    )
    .all();
  const all = { rows: count, seqs: count, tickers: 50 };
  expect(perRun).toEqual([all, all, all]);
  expect(reader.db.prepare("SELECT count(*) FROM risk_events").pluck().get()).toBe(600);
  expect(reader.db.prepare("SELECT count(*) FROM market_ids").pluck().get()).toBe(50);
  expect(reader.db.pragma("integrity_check", { simple: true })).toBe("ok");
  reader.close();
});

const KILLED = `
import { createRecorder } from "${SRC}recorder.ts";
const [path] = process.argv.slice(-1);
const run = { mode: "paper", startedMs: ${T0}, version: "0", config: {}, command: "x" };
const r = createRecorder({ path, env: "sim", run, nowMs: () => ${T0} });
for (let i = 0; i < 1200; i++) r.event({ type: "wake", recvMs: ${T0} + i });
r.risk({ atMs: ${T0}, kind: "last", value: null, limitValue: null, reason: "" });
process.kill(process.pid, "SIGKILL");
`;

test("a killed process loses at most what was not flushed, and nothing that was committed", async () => {
  const path = tempDb();
  const result = await child(KILLED, path);
  expect(result.signal).toBe("SIGKILL");
  const reader = openReader(path);
  expect(reader.db.prepare("SELECT count(*) FROM wakes").pluck().get()).toBe(1_000);
  expect(reader.db.prepare("SELECT kind FROM risk_events").pluck().all()).toEqual(["last"]);
  expect(reader.db.prepare("SELECT ended_ms FROM runs").pluck().get()).toBe(null);
  reader.close();
});

test("a locked database keeps rows in memory until the lock is gone", () => {
  const path = tempDb();
  const recorder = aRecorder(path, "live");
  const holder = new Database(path);
  holder.exec("BEGIN IMMEDIATE");
  for (const event of EVENTS) if (event.type !== "settlement") recorder.event(event);
  const rows = recorder.pendingRows;
  recorder.flush();
  recorder.flush();
  expect(recorder.pendingRows).toBe(rows);
  // Somebody waits for this one, so it fails instead of waiting; the row is kept all the same.
  const risk = { atMs: T0, kind: "k", value: null, limitValue: null, reason: "" };
  expect(() => recorder.risk(risk)).toThrow(expect.objectContaining({ code: "DB_LOCKED" }));
  expect(recorder.pendingRows).toBe(rows + 1);
  holder.exec("ROLLBACK");
  holder.close();
  recorder.flush();
  expect(recorder.pendingRows).toBe(0);
  expect(recorder.counts().get("risk_events")).toBe(1);
});

test("a database that stays locked is an error after a bounded number of flushes", () => {
  const path = tempDb();
  const recorder = aRecorder(path);
  const holder = new Database(path);
  holder.exec("BEGIN IMMEDIATE");
  recorder.event({ type: "wake", recvMs: T0 });
  let flushes = 0;
  expect(() => {
    for (; flushes < 100; flushes++) recorder.flush();
  }).toThrow(expect.objectContaining({ kind: "store", code: "DB_LOCKED" }));
  expect(flushes).toBeLessThan(60);
  expect(recorder.pendingRows).toBe(1);
  holder.exec("ROLLBACK");
  holder.close();
});

test("a full disk stops with DB_FULL and keeps every row", () => {
  const path = tempDb();
  const first = openWriter(path, { env: "sim" });
  const pages = Number(first.bulk.pragma("page_count", { simple: true }));
  first.close();
  const recorder = aRecorder(path, "paper", { maxPages: pages + 20 });
  const sent = 30_000;
  let failures = 0;
  for (let i = 0; i < sent; i++) {
    try {
      recorder.event({ type: "wake", recvMs: T0 + i });
    } catch (error) {
      expect(error).toMatchObject({ kind: "store", code: "DB_FULL" });
      failures++;
    }
  }
  expect(failures).toBeGreaterThan(0);
  const reader = openReader(path);
  const stored = Number(reader.db.prepare("SELECT count(*) FROM wakes").pluck().get());
  reader.close();
  expect(stored + recorder.pendingRows).toBe(sent);
  expect(() => recorder.close(9)).toThrow(expect.objectContaining({ code: "DB_FULL" }));
});
