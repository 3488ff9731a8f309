import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createLedgerWriter } from "../../../src/adapters/sqlite/ledger-writer.ts";
import { openReader, type Reader } from "../../../src/adapters/sqlite/open.ts";
import { countEvaluations } from "../../../src/adapters/sqlite/queries/coverage.ts";
import { listEvaluations } from "../../../src/adapters/sqlite/queries/decision.ts";
import { cashByMode, listLedger, pnl } from "../../../src/adapters/sqlite/queries/ledger.ts";
import {
  listFills,
  listOrderEvents,
  listOrders,
} from "../../../src/adapters/sqlite/queries/orders.ts";
import { listPositions } from "../../../src/adapters/sqlite/queries/positions.ts";
import { activeLatches, listRuns, tableCounts } from "../../../src/adapters/sqlite/queries/runs.ts";
import { scoredRows } from "../../../src/adapters/sqlite/queries/scored.ts";
import {
  listSettlements,
  unsettledMarkets,
} from "../../../src/adapters/sqlite/queries/settlements.ts";
import {
  createRecorder,
  type RunMode,
  type SqliteRecorder,
} from "../../../src/adapters/sqlite/recorder.ts";
import type { Settlement } from "../../../src/core/events.ts";
import type { Opportunity } from "../../../src/core/records.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";
import { aLeg, anOpportunity, anOrder, T0, tempDb } from "./support.ts";

const YES = "KXBTC15M-A";
const NO = "KXBTC15M-B";
const OPEN = "KXETH15M-C";
const CLOSE_MS = T0 + 900_000;

function record(path: string, mode: RunMode): SqliteRecorder {
  return createRecorder({
    path,
    env: "sim",
    run: { mode, startedMs: T0, version: "0.1.0", config: {}, command: mode },
    nowMs: () => CLOSE_MS,
  });
}

function settled(ticker: string, overrides: Partial<Settlement> = {}): Settlement {
  return {
    type: "settlement",
    ticker,
    eventTicker: "E",
    result: "yes",
    yesPayout: null,
    expirationValue: "1",
    settledMs: CLOSE_MS + 10_000,
    final: true,
    source: "kalshi",
    recvMs: CLOSE_MS + 11_000,
    ...overrides,
  };
}

function describeMarkets(recorder: SqliteRecorder): void {
  for (const ticker of [YES, NO, OPEN]) {
    const seriesTicker = ticker.slice(0, ticker.indexOf("-"));
    const market = aMarket({ ticker, seriesTicker, openMs: T0, closeMs: CLOSE_MS });
    recorder.event({ type: "market", market, recvMs: T0 });
  }
}

/** Evaluations at each second of tau 600 … 1 in two markets that settle and one that does not. */
function evaluate(recorder: SqliteRecorder): void {
  let nr = 0;
  for (let tauS = 600; tauS > 0; tauS--) {
    for (const ticker of [YES, NO, OPEN]) {
      const row: Partial<Opportunity> = {
        ticker,
        tauS,
        atMs: CLOSE_MS - tauS * 1_000,
        strategy: tauS % 2 === 0 ? "favorite" : "fade",
        decision: tauS === 300 ? "trade" : "no_trade",
        reason: tauS === 300 ? "ok" : "ev",
        pModel: ticker === YES && tauS === 599 ? null : 0.75,
      };
      recorder.opportunity(anOpportunity(recorder, nr++, row));
    }
  }
}

let path: string;
let reader: Reader;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "kbt-queries-"));
  path = join(folder, "q.sqlite");
  const paper = record(path, "paper");
  describeMarkets(paper);
  evaluate(paper);
  const opportunityId = paper.runId * 1e10;
  paper.order(anOrder(opportunityId, { ticker: YES }));
  paper.orderEvent({
    orderId: "o1",
    atMs: T0 + 5,
    state: "filled",
    filledQty: qty(100),
    reason: "",
  });
  paper.order(
    anOrder(opportunityId, {
      orderId: "o2",
      clientOrderId: "c2",
      ticker: OPEN,
      createdMs: T0 + 9_000,
    }),
  );
  const fee = money(10_000);
  const fill = { price: price(6_000), qty: qty(100), fee, orderId: "o1" };
  paper.fill(aFill({ ...fill, ticker: YES, fillId: "1", atMs: T0 + 1 }));
  paper.fill(
    aFill({
      ...fill,
      ticker: YES,
      fillId: "2",
      atMs: T0 + 2,
      action: "sell",
      qty: qty(40),
      price: price(7_000),
    }),
  );
  paper.fill(aFill({ ...fill, ticker: NO, fillId: "3", atMs: T0 + 3, side: "no" }));
  paper.fill(
    aFill({ ...fill, ticker: NO, fillId: "4", atMs: T0 + 4, side: "yes", price: price(5_000) }),
  );
  paper.fill(aFill({ ...fill, ticker: OPEN, fillId: "5", atMs: T0 + 5, side: "no" }));
  paper.ledger(aLeg({ ticker: YES, atMs: T0 + 1, cost: money(610_000) }));
  paper.ledger(
    aLeg({ ticker: YES, atMs: T0 + 2, action: "sell", cost: money(-270_000), pnl: money(26_000) }),
  );
  paper.ledger(
    aLeg({
      ticker: OPEN,
      atMs: T0 + 86_400_000,
      action: "sell",
      cost: money(0),
      pnl: money(-5),
      strategy: "fade",
    }),
  );
  await paper.close(0);
  const live = record(path, "live");
  live.fill(aFill({ ticker: OPEN, orderId: "foreign", fillId: "9", atMs: T0 + 7 }));
  live.event(settled(YES));
  live.event(settled(NO, { result: "no" }));
  live.event(settled(OPEN, { result: "", final: false }));
  await live.close(0);
  reader = openReader(path);
  return () => {
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

describe("scored rows", () => {
  test("join evaluations with final results and keep the window", () => {
    const rows = [...scoredRows(reader)];
    expect(rows).toHaveLength(2 * 600 - 1);
    expect(rows[0]).toMatchObject({
      window: "2026-11-02T19:15:00Z",
      closeMs: CLOSE_MS,
      ticker: YES,
      seriesTicker: "KXBTC15M",
      atMs: CLOSE_MS - 600_000,
      tauS: 600,
      strategy: "favorite",
      pModel: 0.75,
      pMarket: 0.905,
      outcome: 1,
      decision: "no_trade",
      reason: "ev",
      mode: "paper",
      runId: 1,
    });
    expect(rows.filter((row) => row.ticker === NO).every((row) => row.outcome === 0)).toBe(true);
  });

  test("carry what the strategy believed, also where the model had no probability", async () => {
    const own = tempDb();
    const recorder = record(own, "paper");
    describeMarkets(recorder);
    const rows: readonly Partial<Opportunity>[] = [
      { pModel: 0.6, pStrategy: 0.25 },
      { pModel: null, pStrategy: 0, failed: "warming,spot_stale" },
      { pModel: null, pStrategy: null },
    ];
    for (const [nr, row] of rows.entries()) {
      recorder.opportunity(anOpportunity(recorder, nr, { ticker: YES, ...row }));
    }
    recorder.event(settled(YES));
    await recorder.close(0);
    const opened = openReader(own);
    try {
      expect([...scoredRows(opened)]).toMatchObject([
        { pModel: 0.6, pStrategy: 0.25, failed: "ev" },
        { pModel: null, pStrategy: 0, failed: "warming,spot_stale" },
      ]);
    } finally {
      opened.close();
    }
  });

  test("only near fixed decision times", () => {
    const rows = [...scoredRows(reader, { tauS: [300, 60], strategies: ["favorite"] })];
    expect(rows.map((row) => row.tauS)).toEqual(
      [300, 298, 296, 60, 58, 56].flatMap((tau) => [tau, tau]),
    );
    expect([...scoredRows(reader, { tauS: [] })]).toEqual([]);
  });

  test.each([
    [{ strategies: ["favorite", "fade"] }, 1_199],
    [{ strategies: ["favorite", "fade"], without: ["fade"] }, 600],
    [{ mode: "backtest" }, 0],
    [{ series: ["KXETH15M"] }, 0],
    [{ series: ["KXBTC15M", "KXETH15M"], since: CLOSE_MS - 10_000, until: CLOSE_MS - 9_000 }, 4],
    [{ runId: 2 }, 0],
  ])("filter %j", (filter, count) => {
    expect([...scoredRows(reader, filter)]).toHaveLength(count);
  });
});

test("reasons and coverage", () => {
  expect(countEvaluations(reader).decisions).toEqual([
    { strategy: "fade", decision: "no_trade", reason: "ev", count: 900 },
    { strategy: "favorite", decision: "no_trade", reason: "ev", count: 897 },
    { strategy: "favorite", decision: "trade", reason: "ok", count: 3 },
  ]);
  expect(countEvaluations(reader, { mode: "paper" }).coverage).toEqual({
    evaluations: 1_800,
    withModel: 1_799,
    trades: 3,
    markets: 3,
    settledMarkets: 2,
    settledWindows: 1,
    firstMs: CLOSE_MS - 600_000,
    lastMs: CLOSE_MS - 1_000,
  });
  expect(countEvaluations(reader, { mode: "live" }).coverage).toMatchObject({
    evaluations: 0,
    firstMs: null,
  });
});

test("one decision end to end", () => {
  const [row] = listEvaluations(reader, { decision: "trade", series: "KXETH15M" });
  expect(row).toMatchObject({ ticker: OPEN, tauS: 300, reason: "ok" });
  expect(listEvaluations(reader, { opportunityId: row?.opportunityId })).toEqual([row]);
});

test("unsettled markets: closed, seen, without a final result", () => {
  expect(unsettledMarkets(reader, CLOSE_MS)).toEqual([
    {
      ticker: OPEN,
      eventTicker: aMarket().eventTicker,
      seriesTicker: "KXETH15M",
      closeMs: CLOSE_MS,
      filled: true,
    },
  ]);
  expect(unsettledMarkets(reader, CLOSE_MS - 1)).toEqual([]);
});

test("settlements, orders, fills, runs", () => {
  expect(listSettlements(reader, { series: "KXBTC15M" })).toMatchObject([
    { ticker: YES, result: "yes", final: true, revision: 1 },
    { ticker: NO, result: "no", final: true },
  ]);
  expect(listSettlements(reader, { seenOnly: true })).toHaveLength(3);
  expect(listOrders(reader)).toMatchObject([
    { orderId: "o2", state: "pending", filledQty: 0 },
    { orderId: "o1", state: "filled", filledQty: 100, mode: "paper" },
  ]);
  expect(listOrders(reader, { open: true })).toMatchObject([{ orderId: "o2" }]);
  expect(listOrderEvents(reader, "o1")).toMatchObject([{ state: "filled" }]);
  expect(listFills(reader, { mode: "live" })).toMatchObject([
    { orderId: "foreign", strategy: "", isTaker: true },
  ]);
  expect(listFills(reader, { orderId: "o1", limit: 2 })).toMatchObject([
    { fillId: "5", strategy: "favorite" },
    { fillId: "4" },
  ]);
  expect(listRuns(reader, { mode: "paper" })).toMatchObject([{ runId: 1, exitCode: 0 }]);
  const counts = Object.fromEntries(tableCounts(reader).map((row) => [row.table, row.rows]));
  expect(counts).toMatchObject({ opportunities: 1_800, orders: 2, fills: 6, settlements: 3 });
});

test("ledger and profit", () => {
  expect(listLedger(reader, { limit: 1 })).toMatchObject([{ ticker: OPEN, pnl: -5 }]);
  expect(listLedger(reader, { series: "KXBTC15M" })).toMatchObject([
    { action: "sell", cost: -270_000 },
    { action: "buy", pnl: null },
  ]);
  expect(pnl(reader, "strategy")).toMatchObject([
    { mode: "paper", key: "fade", closed: 1, wins: 0, losses: 1, pnl: -5, bought: 0 },
    { mode: "paper", key: "favorite", closed: 1, wins: 1, losses: 0, pnl: 26_000, bought: 610_000 },
  ]);
  expect(pnl(reader, "series").map((row) => row.key)).toEqual(["KXBTC15M", "KXETH15M"]);
  expect(pnl(reader, "day").map((row) => row.key)).toEqual(["2026-11-02", "2026-11-03"]);
  expect(cashByMode(reader)).toMatchObject([
    { mode: "live", legs: 0, fills: 1, fees: 175_000 },
    { mode: "paper", legs: 3, cash: -340_000, pnl: 25_995, fills: 5, fees: 50_000 },
  ]);
});

test("what one run bought and another sold is one position live, and two on paper", async () => {
  const own = tempDb();
  for (const mode of ["live", "paper"] as const) {
    for (const [run, action] of (["buy", "sell"] as const).entries()) {
      const recorder = record(own, mode);
      const id = `${mode}-${action}`;
      const order = { orderId: id, ticker: YES, action, strategy: "hasty", createdMs: T0 + run };
      const row = anOpportunity(recorder, 1, { ticker: YES });
      recorder.opportunity(row);
      recorder.flush();
      recorder.order(anOrder(row.opportunityId, { ...order, clientOrderId: id }));
      const size = { qty: qty(action === "buy" ? 1_000 : 400), price: price(6_000) };
      const terms = { ticker: YES, action, fee: money(0), atMs: T0 + run, ...size };
      recorder.fill(aFill({ orderId: id, fillId: id, ...terms }));
      const cost = money((action === "buy" ? 1 : -1) * size.qty * size.price);
      const leg = { ticker: YES, action, cost, atMs: T0 + run, strategy: "hasty" } as const;
      recorder.ledger(aLeg({ ...leg, pnl: action === "buy" ? null : money(0) }));
      await recorder.close(0);
    }
  }
  const opened = openReader(own);
  try {
    expect(listPositions(opened, { mode: "live" })).toMatchObject([
      { runId: null, qty: 600, cost: 3_600_000, realized: 0, strategy: "hasty" },
    ]);
    expect(listPositions(opened, { mode: "paper" }).map((row) => row.qty)).toEqual([1_000, -400]);
    expect(pnl(opened, "strategy")).toMatchObject([
      { mode: "live", key: "hasty", closed: 1, bought: 6_000_000 },
      { mode: "paper", key: "hasty", closed: 1, bought: 6_000_000 },
    ]);
  } finally {
    opened.close();
  }
});

test("positions net both sides, keep the cost of the open part and know the result", () => {
  const positions = listPositions(reader);
  expect(positions).toMatchObject([
    // 100 bought at 60c for $0.61 with fee; 40 sold at 70c: $0.28 - fee - 0.4 * $0.61.
    {
      mode: "paper",
      runId: 1,
      ticker: YES,
      qty: 60,
      cost: 366_000,
      realized: 26_000,
      fees: 20_000,
    },
    { mode: "paper", ticker: OPEN, qty: -100, cost: 610_000, settlement: { final: false } },
    { mode: "live", runId: null, ticker: OPEN, qty: 1_000, strategy: "" },
  ]);
  // NO bought at 60c and YES bought at 50c is a dollar for $1.10 and two fees.
  expect(listPositions(reader, { ticker: NO, all: true })).toMatchObject([
    { qty: 0, cost: 0, realized: -120_000 },
  ]);
  expect(listPositions(reader, { ticker: YES })).toMatchObject([
    { ticker: YES, qty: 60, settlement: { result: "yes", final: true, source: "kalshi" } },
  ]);
});

test("a settle leg closes a position once, whoever writes it", async () => {
  const copy = tempDb();
  const run = record(copy, "paper");
  run.fill(aFill({ ticker: YES, qty: qty(60), atMs: T0 }));
  const leg = aLeg({
    action: "settle",
    ticker: YES,
    qty: qty(60),
    cost: money(-600_000),
    pnl: money(5),
    status: "yes",
  });
  const writer = createLedgerWriter({ path: copy, env: "sim" });
  expect(writer.recordSettlement(settled(YES), null)).toBe(true);
  expect(writer.recordSettlement(settled(YES), null)).toBe(false);
  writer.upsertMarket(aMarket({ ticker: YES, closeMs: CLOSE_MS }), T0);
  expect(writer.appendLedger(leg, { mode: "paper", runId: run.runId })).toBe(true);
  expect(writer.appendLedger(leg, { mode: "paper", runId: run.runId })).toBe(false);
  run.ledger(leg);
  expect(run.counts().get("trade_ledger")).toBe(undefined);
  await run.close(0);
  writer.close();
  const after = openReader(copy);
  expect(listPositions(after)).toEqual([]);
  expect(listLedger(after)).toHaveLength(1);
  after.close();
});

test("latches are set once, cleared once, and leave a trace", () => {
  const copy = tempDb();
  const writer = createLedgerWriter({ path: copy, env: "sim" });
  const owner = { mode: "live", runId: null };
  const latch = { atMs: T0, kind: "kill", value: null, limitValue: null, reason: "user" };
  expect(writer.setLatch(latch, owner)).toBe(true);
  expect(writer.setLatch(latch, owner)).toBe(false);
  const latched = openReader(copy);
  expect(activeLatches(latched)).toMatchObject([{ kind: "kill", mode: "live", reason: "user" }]);
  const clear = { mode: "live", kind: "kill", atMs: T0 + 1, reason: "checked" };
  expect(writer.clearLatch(clear)).toBe(true);
  expect(writer.clearLatch(clear)).toBe(false);
  expect(activeLatches(latched, "live")).toEqual([]);
  expect(latched.db.prepare("SELECT kind FROM risk_events").pluck().all()).toEqual([
    "latch_set:kill",
    "latch_cleared:kill",
  ]);
  latched.close();
  writer.close();
});
