import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, test, vi } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { anOpportunity, anOrder, aRecorder, EVENTS, rows, T0, tempDb } from "./support.ts";

// What goes wrong below SQLite, and how it reaches whoever records (I18). The thread opens the file with its first batch,
// so what a test does to the file before that is what the thread finds.

const wake = (n: number) => ({ type: "wake", recvMs: T0 + n }) as const;

/** Puts bytes into the file itself, behind SQLite's back. */
function damage(path: string, at: (db: Database.Database) => number, bytes: Buffer): void {
  const db = new Database(path);
  const offset = at(db);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

function firstPageOfWakes(db: Database.Database): number {
  const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'wakes'").pluck().get();
  return 4_096 * (Number(page) - 1);
}

describe.each(["inline", "thread"] as const)("written %s:", (writer) => {
  test("a locked database keeps rows in memory until the lock is gone", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "live", { writer });
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    for (const event of EVENTS) if (event.type !== "settlement") recorder.event(event);
    const pending = recorder.pendingRows;
    recorder.flush();
    recorder.flush();
    expect(recorder.pendingRows).toBe(pending);
    // Somebody waits for this one, so it fails instead of waiting; the row is kept all the same.
    const risk = { atMs: T0, kind: "k", value: null, limitValue: null, reason: "" };
    expect(() => recorder.risk(risk)).toThrow(expect.objectContaining({ code: "DB_LOCKED" }));
    expect(recorder.pendingRows).toBe(pending + 1);
    holder.exec("ROLLBACK");
    holder.close();
    await recorder.drain();
    expect(recorder.pendingRows).toBe(0);
    expect(recorder.counts().get("risk_events")).toBe(1);
  });

  test("I18: a full disk stops with DB_FULL and keeps every row", async () => {
    const path = tempDb();
    const first = openWriter(path, { env: "sim" });
    const pages = Number(first.bulk.pragma("page_count", { simple: true }));
    first.close();
    const recorder = aRecorder(path, "paper", { writer, maxPages: pages + 20 });
    const sent = 30_000;
    for (let n = 0; n < sent; n++) {
      try {
        recorder.event(wake(n));
      } catch (error) {
        expect(error).toMatchObject({ kind: "store", code: "DB_FULL" });
      }
    }
    await expect(recorder.drain()).rejects.toMatchObject({ kind: "store", code: "DB_FULL" });
    // The thread still tries what it was sent meanwhile, and a transaction that time cut short may fit into what is left.
    await vi.waitFor(() => {
      const [stored] = rows(path, "SELECT count(*) AS n FROM wakes") as { n: number }[];
      expect(stored?.n).toBeGreaterThan(0);
      expect((stored?.n ?? 0) + recorder.pendingRows).toBe(sent);
    });
    // Told again and again, not only once.
    recorder.event(wake(sent));
    await expect(recorder.drain()).rejects.toMatchObject({ code: "DB_FULL" });
    await expect(recorder.close(9)).rejects.toMatchObject({ code: "DB_FULL" });
    // Rows are missing, so the run has no end: the next start writes the hole.
    expect(rows(path, "SELECT ended_ms FROM runs")).toEqual([{ ended_ms: null }]);
  });

  test("I18: a damaged page stops with DB_CORRUPT", async () => {
    const path = tempDb();
    openWriter(path, { env: "sim" }).close();
    const recorder = aRecorder(path, "paper", { writer });
    damage(path, firstPageOfWakes, Buffer.alloc(4_096, 0xff));
    recorder.event(wake(1));
    await expect(recorder.drain()).rejects.toMatchObject({ kind: "store", code: "DB_CORRUPT" });
    expect(recorder.pendingRows).toBe(1);
    await expect(recorder.close(9)).rejects.toMatchObject({ code: "DB_CORRUPT" });
  });

  test("I18: a replaced file stops with DB_REPLACED", async () => {
    const path = tempDb();
    let nowMs = T0;
    const recorder = aRecorder(path, "paper", { writer, nowMs: () => nowMs });
    recorder.event(wake(1));
    await recorder.drain();
    renameSync(path, `${path}.moved`);
    recorder.event(wake(2));
    nowMs += 6_000;
    expect(() => recorder.flush()).toThrow(expect.objectContaining({ code: "DB_REPLACED" }));
  });
});

test("a file that may not be written any more stops the thread with DB_READONLY", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "paper", { writer: "thread" });
  // A write version that this SQLite does not know (file format §1.3.3): it reads such a file and writes nothing.
  damage(path, () => 18, Buffer.from([3]));
  recorder.event(wake(1));
  await expect(recorder.drain()).rejects.toMatchObject({ kind: "store", code: "DB_READONLY" });
  damage(path, () => 18, Buffer.from([2]));
  await expect(recorder.close(9)).rejects.toMatchObject({ code: "DB_READONLY" });
});

describe("the writer thread", () => {
  test("reports a lock once its patience is over, and goes on when it is gone", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "paper", { writer: "thread", lockPatienceMs: 300 });
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    recorder.event(wake(1));
    await expect(recorder.drain()).rejects.toMatchObject({ kind: "store", code: "DB_LOCKED" });
    expect(recorder.pendingRows).toBe(1);
    holder.exec("ROLLBACK");
    holder.close();
    await recorder.drain();
    expect(recorder.pendingRows).toBe(0);
  });

  test("a lock that is given up and then goes does not spoil the end of a run", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "paper", { writer: "thread", lockPatienceMs: 300 });
    recorder.event(wake(1));
    await recorder.drain();
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    recorder.event(wake(2));
    const closed = recorder.close(0);
    // The thread has given up once by then, and tries again for the end of the run.
    setTimeout(() => holder.close(), 800);
    await closed;
    expect(rows(path, "SELECT count(*) AS n FROM wakes")).toEqual([{ n: 2 }]);
    expect(rows(path, "SELECT ended_ms FROM runs")).toEqual([{ ended_ms: T0 + 60_000 }]);
  });

  test("holds a producer back that is faster than the disk, and loses nothing", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "paper", { writer: "thread" });
    let pendingMax = 0;
    for (let n = 0; n < 400_000; n++) {
      recorder.event(wake(n));
      if (n % 5_000 === 0) pendingMax = Math.max(pendingMax, recorder.pendingRows);
    }
    expect(pendingMax).toBeLessThanOrEqual(100_000);
    await recorder.close(0);
    expect(rows(path, "SELECT count(*) AS n FROM wakes")).toEqual([{ n: 400_000 }]);
  });

  test("refuses rows when the disk has stopped, with the reason", () => {
    const path = tempDb();
    const recorder = aRecorder(path, "paper", { writer: "thread", lockPatienceMs: 60_000 });
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    expect(() => {
      for (let n = 0; n < 150_000; n++) recorder.event(wake(n));
    }).toThrow(expect.objectContaining({ kind: "store", code: "DB_SLOW" }));
    expect(recorder.pendingRows).toBe(100_000);
    // Whoever stops the trading then does not wait for the disk, and what stopped it goes on file when it comes back.
    recorder.event({ type: "account", what: { type: "halt", reason: "disk" }, recvMs: T0 });
    expect(recorder.pendingRows).toBe(100_001);
    holder.exec("ROLLBACK");
    holder.close();
  });

  test("an order is on file with its evaluation although market rows wait for a lock", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "paper", { writer: "thread" });
    for (let n = 0; n < 20_000; n++) recorder.event(wake(n));
    const trade = anOpportunity(recorder, 1, { decision: "trade" });
    const unused = anOpportunity(recorder, 2, { decision: "trade" });
    recorder.opportunity(trade);
    recorder.opportunity(unused);
    recorder.order(anOrder(trade.opportunityId));
    expect(
      rows(path, "SELECT opportunity_id FROM orders JOIN opportunities USING (opportunity_id)"),
    ).toEqual([{ opportunity_id: trade.opportunityId }]);
    // An order that cannot be committed leaves its evaluation where it was.
    expect(() => recorder.order(anOrder(unused.opportunityId, { qty: anOrder(1).qty }))).toThrow(
      expect.objectContaining({ code: "ROW_REFUSED" }),
    );
    await recorder.close(0);
    expect(rows(path, "SELECT count(*) AS n FROM opportunities")).toEqual([{ n: 2 }]);
    expect(recorder.counts().get("opportunities")).toBe(2);
    const reader = openReader(path);
    expect(reader.db.pragma("integrity_check", { simple: true })).toBe("ok");
    reader.close();
  });
});
