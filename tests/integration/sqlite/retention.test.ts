import { isDeepStrictEqual } from "node:util";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openReader, openWriter } from "../../../src/adapters/sqlite/open.ts";
import { thinnedOf } from "../../../src/adapters/sqlite/queries/thinned.ts";
import type { SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import { thinInSteps } from "../../../src/adapters/sqlite/retention/thin.ts";
import { compact } from "../../../src/adapters/sqlite/segments/compact.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { child, SQLITE } from "./child.ts";
import { aLeg, anOpportunity, anOrder, aRecorder, EVENTS, T0, tempDb } from "./support.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Runs retention to its end; rows removed by table. */
function thin(path: string, nowMs: number, retainMs: number): Record<string, number> {
  const writer = openWriter(path, { env: "sim" });
  const removed: Record<string, number> = {};
  try {
    for (const step of thinInSteps(writer, { nowMs, retainMs })) {
      if (step.rows > 0) removed[step.table] = (removed[step.table] ?? 0) + step.rows;
    }
  } finally {
    writer.close();
  }
  return removed;
}

function pack(path: string): void {
  const writer = openWriter(path, { env: "sim" });
  compact(writer, { beforeMs: T0 + 1000 * HOUR_MS, nowMs: T0 + 1000 * HOUR_MS });
  writer.close();
}

function replay(path: string, runId: number): MarketEvent[] {
  const reader = openReader(path);
  try {
    return [...replayEvents(reader, runId)];
  } finally {
    reader.close();
  }
}

function rowsOf(path: string, sql: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function record(recorder: SqliteRecorder, events: readonly MarketEvent[]): void {
  for (const event of events) recorder.event(event);
}

const AFTER_RETAIN = new Set(["delta", "depth", "ticker", "wake"]);

/** From which age on a kind of event may go, in multiples of the asked hours; never is Infinity. */
function tierOf(event: MarketEvent): number {
  if (AFTER_RETAIN.has(event.type)) return 1;
  if (event.type === "spot") return event.kind === "quote" ? 1 : 7;
  return event.type === "snapshot" ? 7 : Number.POSITIVE_INFINITY;
}

describe("retention", () => {
  test("removes by tiers, notes it, and leaves the rest of the run as it was", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    const again = EVENTS.filter(({ type }) => type === "trade");
    const events = [...EVENTS, ...again];
    record(recorder, events);
    await recorder.close(0);
    const { runId } = recorder;
    expect(thin(path, T0 + HOUR_MS, HOUR_MS)).toEqual({});
    expect(replay(path, runId)).toEqual(events);

    const soon = T0 + 2 * HOUR_MS;
    expect(thin(path, soon, HOUR_MS)).toEqual({
      kalshi_orderbook_deltas: 2,
      spot_depth: 2,
      kalshi_tickers: 1,
      "spot_ticks.quote": 1,
      wakes: 1,
    });
    expect(replay(path, runId)).toEqual(events.filter((event) => tierOf(event) > 1));

    const late = T0 + 8 * HOUR_MS;
    expect(thin(path, late, HOUR_MS)).toEqual({
      "kalshi_trades.repeats": 1,
      "spot_ticks.trade": 1,
      kalshi_orderbook_snapshots: 1,
    });
    const kept = EVENTS.filter((event) => tierOf(event) === Number.POSITIVE_INFINITY);
    expect(replay(path, runId)).toEqual(kept);
    expect(thin(path, late + DAY_MS, HOUR_MS)).toEqual({});

    const reader = openReader(path);
    const noted = thinnedOf(reader, runId);
    reader.close();
    expect(noted).toHaveLength(8);
    expect(noted[0]).toEqual({
      runId,
      table: "kalshi_orderbook_deltas",
      beforeMs: soon - HOUR_MS,
      rows: 2,
      atMs: soon,
    });
  });

  test("keeps evaluations, orders, fills and ledger, and what their market and hour held", async () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    record(recorder, EVENTS);
    recorder.opportunity(anOpportunity(recorder, 0));
    recorder.order(anOrder(recorder.runId * 1e10, { createdMs: T0 + HOUR_MS }));
    recorder.fill(aFill({ orderId: "o1", ticker: "KXBTC15M-26NOV021415-15" }));
    recorder.ledger(aLeg());
    await recorder.close(0);
    const count =
      "SELECT (SELECT count(*) FROM evaluations) + (SELECT count(*) FROM order_intents)";
    const money = `${count} + (SELECT count(*) FROM fills) + (SELECT count(*) FROM trade_ledger) AS n`;
    expect(rowsOf(path, money)).toEqual([{ n: 4 }]);
    expect(thin(path, T0 + 100 * HOUR_MS, HOUR_MS)).toEqual({});
    expect(replay(path, recorder.runId)).toEqual(EVENTS);
    expect(rowsOf(path, money)).toEqual([{ n: 4 }]);
  });

  test("goes on beside a run that records", async () => {
    const path = tempDb();
    const recorder = aRecorder(path, "collect");
    const writer = openWriter(path, { env: "sim" });
    const wakes = Array.from(
      { length: 20_000 },
      (_, n): MarketEvent => ({ type: "wake", recvMs: T0 + n * 1000 }),
    );
    let sent = 10_000;
    record(recorder, wakes.slice(0, sent));
    recorder.flush();
    const limit = T0 + 5_000_000;
    for (const step of thinInSteps(writer, { nowMs: limit + HOUR_MS, retainMs: HOUR_MS })) {
      expect(step.rows).toBeLessThanOrEqual(1_000);
      record(recorder, wakes.slice(sent, sent + 900));
      sent += 900;
    }
    writer.close();
    record(recorder, wakes.slice(sent));
    await recorder.close(0);
    expect(replay(path, recorder.runId)).toEqual(wakes.filter(({ recvMs }) => recvMs >= limit));
  });
});

interface Plan {
  readonly closesH: readonly number[];
  readonly events: readonly {
    readonly kind: number;
    readonly market: number;
    readonly atS: number;
  }[];
  readonly orders: readonly {
    readonly market: number;
    readonly atS: number;
    readonly isFill: boolean;
  }[];
  readonly retainH: number;
  readonly nowH: number;
  readonly isPacked: boolean;
}

const SPAN_S = 20 * 3600;
const plans: fc.Arbitrary<Plan> = fc.record({
  closesH: fc.array(fc.integer({ min: 0, max: 21 }), { minLength: 3, maxLength: 3 }),
  events: fc.array(
    fc.record({
      kind: fc.nat({ max: 5 }),
      market: fc.nat({ max: 2 }),
      atS: fc.integer({ min: 1, max: SPAN_S }),
    }),
    { minLength: 1, maxLength: 150 },
  ),
  orders: fc.array(
    fc.record({
      market: fc.nat({ max: 2 }),
      atS: fc.integer({ min: 1, max: SPAN_S }),
      isFill: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  retainH: fc.integer({ min: 1, max: 3 }),
  nowH: fc.integer({ min: 1, max: 30 }),
  isPacked: fc.boolean(),
});

const tickerOf = (market: number): string => `KXBTC15M-M${market}`;

function eventOf(kind: number, ticker: string, recvMs: number): MarketEvent {
  const place = { ticker, sid: 7, recvMs };
  const spot = { type: "spot", source: "coinbase", product: "BTC-USD", priceUsd: 1 } as const;
  const nothing = { bidUsd: null, askUsd: null, size: null, tradeId: null, exchangeMs: null };
  switch (kind) {
    case 0:
      return { ...spot, ...nothing, kind: "quote", recvMs };
    case 1:
      return { ...spot, ...nothing, kind: "trade", recvMs };
    case 2:
      return { ...place, type: "snapshot", seq: 1, yes: [], no: [] };
    case 3:
      return { type: "wake", recvMs };
    default: {
      const change = { side: "yes", price: price(50), delta: qty(1), exchangeMs: null } as const;
      return { ...place, ...change, type: "delta", seq: recvMs % 1000 };
    }
  }
}

/** The rule in words, once more and without SQL. */
function mustStay(event: MarketEvent, plan: Plan, nowMs: number): boolean {
  if (event.recvMs >= nowMs - tierOf(event) * plan.retainH * HOUR_MS) return true;
  return plan.orders.some(({ market }) => {
    if ("ticker" in event) return event.ticker === tickerOf(market);
    const closeMs = T0 + (plan.closesH[market] ?? 0) * HOUR_MS;
    const ordersMs = plan.orders
      .filter((other) => other.market === market)
      .map(({ atS }) => T0 + atS * 1000);
    // An order after the close (the clocks differ) keeps what came before it as well.
    const untilMs = Math.max(closeMs, ...ordersMs);
    return event.recvMs >= Math.min(...ordersMs) - HOUR_MS && event.recvMs <= untilMs;
  });
}

async function recordPlan(
  path: string,
  { closesH, events, orders }: Plan,
): Promise<{ runId: number; events: MarketEvent[] }> {
  const recorder = aRecorder(path);
  const all: MarketEvent[] = closesH.map((hours, market) => ({
    type: "market",
    market: aMarket({ ticker: tickerOf(market), openMs: 0, closeMs: T0 + hours * HOUR_MS }),
    recvMs: T0,
  }));
  for (const { atS, kind, market } of events.toSorted((a, b) => a.atS - b.atS)) {
    all.push(eventOf(kind, tickerOf(market), T0 + atS * 1000));
  }
  record(recorder, all);
  recorder.opportunity(anOpportunity(recorder, 0));
  for (const [nr, { atS, isFill, market }] of orders.entries()) {
    const ticker = tickerOf(market);
    const atMs = T0 + atS * 1000;
    const ids = { orderId: `o${nr}`, clientOrderId: `c${nr}` };
    if (isFill) recorder.fill(aFill({ ticker, atMs, orderId: `f${nr}`, fillId: `${nr}` }));
    else recorder.order(anOrder(recorder.runId * 1e10, { ...ids, ticker, createdMs: atMs }));
  }
  await recorder.close(0);
  return { runId: recorder.runId, events: all };
}

test("whatever the orders, nothing that they point to is removed, and the rest is", async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const path = tempDb();
      const { events, runId } = await recordPlan(path, plan);
      if (plan.isPacked) pack(path);
      const nowMs = T0 + plan.nowH * HOUR_MS;
      thin(path, nowMs, plan.retainH * HOUR_MS);
      const left = replay(path, runId);
      const wanted = events.filter((event) => mustStay(event, plan, nowMs));
      if (!plan.isPacked) {
        expect(left).toEqual(wanted);
        return;
      }
      // A segment goes once all of it is old enough, so more may be left than must be.
      const remaining = [...left];
      for (const event of wanted) {
        const at = remaining.findIndex((other) => isDeepStrictEqual(other, event));
        expect(at, JSON.stringify(event)).toBeGreaterThanOrEqual(0);
        remaining.splice(at, 1);
      }
      for (const { type } of remaining) expect(type).toBe("delta");
      thin(path, nowMs + 100 * DAY_MS, plan.retainH * HOUR_MS);
      const end = events.filter((event) => mustStay(event, plan, nowMs + 100 * DAY_MS));
      expect(replay(path, runId)).toEqual(end);
    }),
    { numRuns: 25 },
  );
});

const THINNER = `
import { openWriter } from "${SQLITE}open.ts";
import { thinInSteps } from "${SQLITE}retention/thin.ts";
const [path, dieAt, nowMs] = process.argv.slice(-3);
const writer = openWriter(path, { env: "sim" });
if (dieAt !== "never") {
  writer.bulk.function("die", { directOnly: false }, () => process.kill(process.pid, "SIGKILL"));
  writer.bulk.exec("CREATE TEMP TRIGGER dies AFTER DELETE ON main.wakes WHEN OLD.ev = " + dieAt + " BEGIN SELECT die(); END");
}
for (const step of thinInSteps(writer, { nowMs: Number(nowMs), retainMs: ${HOUR_MS} }));
writer.close();
`;

test("a killed or doubled retention removes what it may, once, and counts it once", async () => {
  const path = tempDb();
  const recorder = aRecorder(path, "collect");
  const wakes = Array.from(
    { length: 6_000 },
    (_, n): MarketEvent => ({ type: "wake", recvMs: T0 + n * 1000 }),
  );
  record(recorder, wakes);
  await recorder.close(0);
  const limit = T0 + 5_000_500;
  const nowMs = String(limit + HOUR_MS);
  const low = recorder.runId * 1e10;
  const killed = await child(THINNER, path, String(low + 2_500), nowMs);
  expect(killed).toMatchObject({ signal: "SIGKILL", err: "" });
  const after = (n: number) => [{ least: low + n, n: 6_000 - n, noted: n }];
  const state = `SELECT min(ev) AS least, count(*) AS n,
    (SELECT sum(rows) FROM thinned) AS noted FROM wakes`;
  expect(rowsOf(path, state)).toEqual(after(2_000));
  const both = [child(THINNER, path, "never", nowMs), child(THINNER, path, "never", nowMs)];
  expect(await Promise.all(both)).toMatchObject([
    { code: 0, err: "" },
    { code: 0, err: "" },
  ]);
  expect(rowsOf(path, state)).toEqual(after(5_001));
  expect(replay(path, recorder.runId)).toEqual(wakes.slice(5_001));
});
