import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { tableCounts } from "../../../src/adapters/sqlite/queries/runs.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { countEvents, replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { compact, compactInSteps } from "../../../src/adapters/sqlite/segments/compact.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";
import { child, SQLITE } from "./child.ts";
import { aRecorder, EVENTS, T0, tempDb } from "./support.ts";

const SOON = "KXBTC15M-26NOV021415-15";
const LATER = "KXBTCD-26NOV0215-T100000";
const NOBODY = "KXETH15M-26NOV021415-15";
const HOUR_MS = 3_600_000;
const SOON_CLOSE = T0 + 900_000;
const LATER_CLOSE = T0 + HOUR_MS;
const EVER = { beforeMs: T0 + 100 * HOUR_MS, nowMs: T0 + 100 * HOUR_MS };

const market = (ticker: string, closeMs: number): MarketEvent => ({
  type: "market",
  market: aMarket({ ticker, openMs: T0, closeMs }),
  recvMs: T0,
});

/** A change of a book, different in every column from its neighbours. */
const delta = (n: number, ticker: string, recvMs: number): MarketEvent => ({
  type: "delta",
  ticker,
  sid: n % 97 === 0 ? 9 : 7,
  seq: 2 + n,
  side: n % 3 === 0 ? "no" : "yes",
  price: price((n * 37) % 10_001),
  delta: qty(n % 5 === 0 ? -1 - n : n * 100),
  exchangeMs: n % 11 === 0 ? null : recvMs - ((n % 40) - 20),
  recvMs,
});

/** Deltas of three markets among other events; of the third nobody knows when it closes. */
function someEvents(count: number): MarketEvent[] {
  const events: MarketEvent[] = [market(SOON, SOON_CLOSE), market(LATER, LATER_CLOSE)];
  for (let n = 0; n < count; n++) {
    const ticker = n % 10 === 3 ? LATER : n % 500 === 4 ? NOBODY : SOON;
    const recvMs = T0 + 1 + Math.floor(n / 3);
    events.push(delta(n, ticker, recvMs));
    if (n % 7 === 0) events.push({ type: "wake", recvMs });
  }
  return events;
}

function record(recorder: SqliteRecorder, events: readonly MarketEvent[]): void {
  for (const event of events) recorder.event(event);
}

const COLUMNS = "ev, run_id, ticker, sid, seq, side, price_cc, delta_cq, exchange_ms, recv_ms";

/** Everything that says what the deltas of a file are. */
function facts(path: string, runs: readonly number[]) {
  const reader = openReader(path);
  try {
    return {
      events: runs.map((run) => [...replayEvents(reader, run)]),
      counts: runs.map((run) => countEvents(reader, run)),
      tables: tableCounts(reader),
      view: reader.db.prepare(`SELECT ${COLUMNS} FROM kalshi_orderbook_deltas ORDER BY ev`).all(),
      people: reader.db.prepare("SELECT * FROM v_deltas ORDER BY run_id, seq").all(),
    };
  } finally {
    reader.close();
  }
}

/** What a program that knows nothing of kbt sees. */
function plainly(path: string, sql: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function packAll(path: string, options = EVER): number {
  const writer = openWriter(path, { env: "sim" });
  try {
    return compact(writer, options).rows;
  } finally {
    writer.close();
  }
}

describe("packing the deltas of closed markets", () => {
  test("changes nothing that kbt says about them", async () => {
    const path = tempDb();
    const first = aRecorder(path, "collect");
    const second = aRecorder(path);
    const events = someEvents(25_000);
    record(first, events);
    record(second, EVENTS);
    record(second, events.slice(0, 4_000));
    await first.close(0);
    await second.close(0);
    const runs = [first.runId, second.runId];
    const before = facts(path, runs);
    expect(before.events[0]).toEqual(events);

    const isPacked = (event: MarketEvent): boolean =>
      event.type === "delta" && event.ticker !== NOBODY;
    expect(packAll(path)).toBe(before.events.flat().filter(isPacked).length);
    const after = facts(path, runs);
    expect(after).toEqual(before);
    const [segments] = plainly(
      path,
      "SELECT count(*) AS rows, sum(n) AS n, max(n) AS most, min(t0_ms) AS t0, max(t1_ms) AS t1 FROM delta_segments",
    );
    expect(segments).toMatchObject({ most: 1_000, t0: T0 + 1, t1: T0 + 8_334 });
    expect(plainly(path, "SELECT DISTINCT ticker FROM kalshi_orderbook_deltas")).toEqual([
      { ticker: NOBODY },
    ]);
    expect(packAll(path)).toBe(0);
  });

  test("waits for an hour after the close, and for the asked age", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    const events = someEvents(3_000);
    record(recorder, events);
    await recorder.close(0);
    const before = facts(path, [recorder.runId]);
    const soonAt = SOON_CLOSE + HOUR_MS;
    expect(packAll(path, { beforeMs: soonAt, nowMs: soonAt - 1 })).toBe(0);
    expect(packAll(path, { beforeMs: T0 + 1, nowMs: soonAt })).toBe(0);
    expect(packAll(path, { beforeMs: T0 + 501, nowMs: soonAt })).toBe(1_500 - 150 - 3);
    expect(packAll(path, { beforeMs: soonAt, nowMs: soonAt })).toBe(1_500 - 150 - 3);
    expect(facts(path, [recorder.runId])).toEqual(before);
    // The other market's deltas lie among those that are packed already.
    expect(packAll(path)).toBe(300);
    expect(facts(path, [recorder.runId])).toEqual(before);
  });

  test("goes on beside a run that records", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    const writer = openWriter(path, { env: "sim" });
    const events = someEvents(12_000);
    let sent = 0;
    const send = (count: number): void => {
      record(recorder, events.slice(sent, sent + count));
      sent += count;
    };
    send(4_000);
    for (const step of compactInSteps(writer, EVER)) {
      expect(step).toMatchObject({ table: "kalshi_orderbook_deltas", isBusy: false });
      expect(step.rows).toBeLessThanOrEqual(1_000);
      send(1_500);
    }
    writer.close();
    send(events.length);
    await recorder.close(0);
    const { events: replayed, counts } = facts(path, [recorder.runId]);
    expect(replayed[0]).toEqual(events);
    expect(counts).toEqual([events.length]);
  });

  test("leaves a row alone that it could not give back", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    record(recorder, someEvents(2_500));
    await recorder.close(0);
    const odd = recorder.runId * 1e10 + 1_200;
    const db = new Database(path);
    // Only another program could write this: kbt refuses sizes that it cannot hold exactly.
    db.prepare("UPDATE deltas SET delta_cq = 9007199254740993 WHERE ev = ?").run(odd);
    db.close();
    packAll(path);
    expect(plainly(path, `SELECT ev FROM deltas WHERE ev = ${odd}`)).toEqual([{ ev: odd }]);
    const reader = openReader(path);
    expect(countEvents(reader, recorder.runId)).toBe(2_502 + 358);
    reader.close();
  });

  test("a damaged segment is named, and nothing is made up for it", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    record(recorder, someEvents(1_500));
    await recorder.close(0);
    packAll(path);
    const db = new Database(path);
    db.prepare("UPDATE delta_segments SET data = substr(data, 1, length(data) - 1)").run();
    db.close();
    const reader = openReader(path);
    const corrupt = expect.objectContaining({ kind: "store", code: "DB_CORRUPT" });
    expect(() => [...replayEvents(reader, recorder.runId)]).toThrow(corrupt);
    expect(() => reader.db.prepare("SELECT * FROM kalshi_orderbook_deltas").all()).toThrow(
      /segment from ev/,
    );
    reader.close();
  });
});

const PACKER = `
import { openWriter } from "${SQLITE}open.ts";
import { compact } from "${SQLITE}segments/compact.ts";
const [path, dieAt] = process.argv.slice(-2);
const writer = openWriter(path, { env: "sim" });
if (dieAt !== "never") {
  writer.bulk.function("die", { directOnly: false }, () => process.kill(process.pid, "SIGKILL"));
  writer.bulk.exec("CREATE TEMP TRIGGER dies AFTER DELETE ON main.deltas WHEN OLD.ev = " + dieAt + " BEGIN SELECT die(); END");
}
compact(writer, { beforeMs: ${EVER.beforeMs}, nowMs: ${EVER.nowMs} });
writer.close();
`;

test("a process killed while rows go to their segment loses none and doubles none", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  const events = someEvents(9_000);
  record(recorder, events);
  await recorder.close(0);
  const before = facts(path, [recorder.runId]);
  for (const at of [500, 4_000, 4_001]) {
    const killed = await child(PACKER, path, String(recorder.runId * 1e10 + at));
    expect(killed).toMatchObject({ signal: "SIGKILL", err: "" });
    expect(facts(path, [recorder.runId])).toEqual(before);
  }
  expect(plainly(path, "SELECT sum(n) > 2000 AS some FROM delta_segments")).toEqual([{ some: 1 }]);
  expect(packAll(path)).toBeGreaterThan(4_000);
  expect(facts(path, [recorder.runId])).toEqual(before);
  expect(plainly(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});

test("two processes that pack one file at once pack each delta once", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  const events = someEvents(60_000);
  record(recorder, events);
  await recorder.close(0);
  const before = facts(path, [recorder.runId]);
  const ends = await Promise.all([child(PACKER, path, "never"), child(PACKER, path, "never")]);
  expect(ends).toMatchObject([
    { code: 0, err: "" },
    { code: 0, err: "" },
  ]);
  expect(facts(path, [recorder.runId])).toEqual(before);
  expect(plainly(path, "SELECT count(*) AS left FROM deltas")).toEqual([{ left: 120 }]);
});
