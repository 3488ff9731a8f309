import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { child, SQLITE } from "./child.ts";
import { aRecorder, T0, tempDb } from "./support.ts";

const WRITER = `
import { createRecorder } from "${SQLITE}recorder.ts";
const [path, name, count, writer] = process.argv.slice(-4);
const run = { mode: "collect", startedMs: ${T0}, version: "0", config: {}, command: name };
const r = createRecorder({ path, env: "sim", run, writer, batchRows: 500, nowMs: () => ${T0} });
const ticker = (i) => "KXBTCD-26NOV0219-T" + (i % 50);
for (let i = 0; i < Number(count); i++) {
  r.event({ type: "delta", ticker: ticker(i), sid: 1, seq: i, side: "yes", price: 5000, delta: 100, exchangeMs: null, recvMs: ${T0} + i });
  if (i % 100 === 0) r.risk({ atMs: ${T0}, kind: name, value: i, limitValue: null, reason: "" });
  if (i % 200 === 0 && writer === "thread") await new Promise((done) => setTimeout(done, 10));
}
await r.close(0);
console.log(JSON.stringify(r.transactions));
`;

test.each(["inline", "thread"])(
  "three processes (%s) that create and write one file at once lose no row",
  async (writer) => {
    const path = tempDb();
    const count = 20_000;
    const results = await Promise.all(
      ["a", "b", "c"].map((name) => child(WRITER, path, name, String(count), writer)),
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
  },
);

test("I21: two runs, a cron job, a reader and a person with a shell share one file", async () => {
  const path = tempDb();
  openWriter(path, { env: "sim" }).close();
  const count = 20_000;
  const running = new Set(["a", "b"]);
  const runs = [...running].map(async (name) => {
    const result = await child(WRITER, path, name, String(count), "thread");
    running.delete(name);
    return result;
  });
  const cron = createLedgerWriter({ path, env: "sim" });
  const shell = new Database(path);
  const typed = shell.prepare(
    "INSERT INTO forecast_values (ev, series, station, target_date, value, source, at_ms, dt_ms) VALUES (?, 's', 'x', '2026-11-02', 1, 'shell', 0, 0)",
  );
  let seen = 0;
  let n = 0;
  for (; running.size > 0; n++) {
    // None of these may throw: a busy database would.
    const latch = { atMs: T0, kind: `k${n}`, value: null, limitValue: null, reason: "cron" };
    cron.setLatch(latch, { mode: "live", runId: null });
    typed.run(n);
    const reader = openReader(path);
    const rows = Number(reader.db.prepare("SELECT count(*) FROM deltas").pluck().get());
    reader.close();
    expect(rows).toBeGreaterThanOrEqual(seen);
    seen = rows;
    await new Promise((done) => {
      setTimeout(done, 5);
    });
  }
  const results = await Promise.all(runs);
  expect(results.map(({ err }) => err)).toEqual(["", ""]);
  for (const { out } of results) {
    const { count: transactions, long } = JSON.parse(out) as { count: number; long: number };
    expect(transactions).toBeGreaterThan(30);
    // A busy machine may take the processor away from one or the other while it holds the lock.
    expect(long / transactions, out).toBeLessThan(0.05);
  }
  const of = (table: string): unknown =>
    shell.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  expect([of("deltas"), of("risk_events")]).toEqual([2 * count, 400 + n]);
  expect([of("latches"), of("forecast_values")]).toEqual([n, n]);
  expect(shell.pragma("integrity_check", { simple: true })).toBe("ok");
  shell.close();
  cron.close();
});

const KILLED = `
import { createRecorder } from "${SQLITE}recorder.ts";
const [path] = process.argv.slice(-1);
const run = { mode: "paper", startedMs: ${T0}, version: "0", config: {}, command: "x" };
const r = createRecorder({ path, env: "sim", run, batchRows: 500, nowMs: () => ${T0} });
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
