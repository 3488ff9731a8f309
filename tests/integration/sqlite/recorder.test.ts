import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { asStored } from "../../../src/adapters/sqlite/evaluation-rows.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listEvaluations } from "../../../src/adapters/sqlite/queries/decision.ts";
import { countEvents, replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill } from "../../support/builders.ts";
import { aLeg, anOpportunity, anOrder, aRecorder, EVENTS, T0, TICKER, tempDb } from "./support.ts";

function rows(path: string, sql: string): unknown[] {
  const reader = openReader(path);
  try {
    return reader.db.prepare(sql).all();
  } finally {
    reader.close();
  }
}

const gap = (source: string, recvMs: number): MarketEvent => ({
  type: "gap",
  source,
  reason: "disconnect",
  tickers: [],
  sid: null,
  fromSeq: null,
  toSeq: null,
  fromMs: recvMs - 20,
  toMs: recvMs,
  recvMs,
});
const tick = (recvMs: number): MarketEvent => ({
  type: "spot",
  source: "coinbase",
  product: "BTC-USD",
  kind: "quote",
  priceUsd: 1,
  bidUsd: null,
  askUsd: null,
  size: null,
  tradeId: null,
  exchangeMs: null,
  recvMs,
});

describe("an outage", () => {
  test("lasts until its source is heard of again, or to the end of the run", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    recorder.event(gap("coinbase", T0 + 1_000));
    recorder.event(gap("kalshi", T0 + 2_000));
    recorder.flush();
    recorder.event(tick(T0 + 9_000));
    recorder.event(tick(T0 + 9_500));
    recorder.close(0);
    const [coinbase, kalshi] = rows(path, "SELECT source, from_ms, to_ms FROM feed_gaps");
    expect(coinbase).toEqual({ source: "coinbase", from_ms: T0 + 980, to_ms: T0 + 9_000 });
    const [run] = rows(path, "SELECT ended_ms FROM runs") as { ended_ms: number }[];
    expect(kalshi).toEqual({ source: "kalshi", from_ms: T0 + 1_980, to_ms: run?.ended_ms });
  });

  test("one that begins after data flowed again is not ended by it, in the same batch neither", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    recorder.event(gap("coinbase", T0 + 1_000));
    recorder.event(tick(T0 + 2_000));
    recorder.event(gap("coinbase", T0 + 3_000));
    recorder.event(tick(T0 + 5_000));
    recorder.close(0);
    expect(rows(path, "SELECT from_ms, to_ms FROM feed_gaps")).toEqual([
      { from_ms: T0 + 980, to_ms: T0 + 2_000 },
      { from_ms: T0 + 2_980, to_ms: T0 + 5_000 },
    ]);
  });

  test.each(["overflow", "seq"])("a connection given up for %s is one too", (reason) => {
    const path = tempDb();
    const recorder = aRecorder(path);
    recorder.event({ ...gap("coinbase", T0 + 1_000), reason } as MarketEvent);
    recorder.event(tick(T0 + 2_000));
    recorder.close(0);
    expect(rows(path, "SELECT to_ms FROM feed_gaps")).toEqual([{ to_ms: T0 + 2_000 }]);
  });

  test("a hole in the numbers has its end already", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    recorder.event({
      ...gap("coinbase", T0 + 1_000),
      reason: "seq",
      fromSeq: 4,
      toSeq: 6,
    } as MarketEvent);
    recorder.event(tick(T0 + 2_000));
    recorder.close(0);
    expect(rows(path, "SELECT to_ms FROM feed_gaps")).toEqual([{ to_ms: T0 + 1_000 }]);
  });
});

describe("events", () => {
  test("every kind is in its contract table", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    for (const event of EVENTS) recorder.event(event);
    recorder.close(0);
    const run_id = recorder.runId;
    expect(rows(path, "SELECT * FROM spot_ticks")).toMatchObject([
      {
        run_id,
        source: "coinbase",
        product: "BTC-USD",
        kind: "quote",
        price_usd: 100_123.455,
        bid_usd: 100_123.45,
        exchange_ms: T0 + 950,
        recv_ms: T0 + 1_002,
      },
      { kind: "trade", size: 0.0125, trade_id: "923451", exchange_ms: null, bid_usd: null },
    ]);
    expect(rows(path, "SELECT * FROM index_ticks")).toMatchObject([
      { run_id, index_id: "BRTI", value_usd: 100_120.11, source: "exchange" },
      { source: "proxy_mids", venues: 3, window_count: 12, exchange_ms: T0 + 1_000 },
    ]);
    expect(rows(path, "SELECT * FROM spot_depth")).toMatchObject([
      { run_id, source: "kraken", is_snapshot: 1, side: "bid", price_usd: 100_123.4, size: 0.25 },
      { is_snapshot: 0, side: "bid", price_usd: 100_123.4, size: 0, exchange_ms: null },
      { is_snapshot: 0, side: "ask", price_usd: 100_123.5, size: 1.5 },
    ]);
    expect(rows(path, "SELECT * FROM funding_rates")).toMatchObject([
      { source: "binance", product: "BTC-USDT", rate: -0.00006042, is_estimate: 1 },
    ]);
    expect(rows(path, "SELECT * FROM feed_drifts")).toMatchObject([
      { run_id, source: "kalshi", path: "$.msg.yes_bid_dollars", halts: 0 },
    ]);
    expect(rows(path, "SELECT * FROM candles")).toMatchObject([
      { source: "coinbase", open_ms: T0 - 60_000, interval_s: 60, high_usd: 100_200.5 },
    ]);
    expect(rows(path, "SELECT * FROM kalshi_orderbook_snapshots")).toMatchObject([
      { run_id, ticker: TICKER, sid: 7, seq: 1, yes_levels: "[[9000,12300]]", no_levels: "[]" },
    ]);
    expect(rows(path, "SELECT * FROM kalshi_orderbook_deltas")).toMatchObject([
      { sid: 7, seq: 2, side: "yes", price_cc: 9_000, delta_cq: -5_400, exchange_ms: T0 + 990 },
      { sid: 7, seq: 3, side: "no", price_cc: 0, delta_cq: 1, exchange_ms: null },
    ]);
    expect(rows(path, "SELECT * FROM kalshi_tickers")).toMatchObject([
      { ticker: TICKER, yes_bid_cc: 9_000, yes_ask_cc: 9_100, last_cc: null },
    ]);
    expect(rows(path, "SELECT * FROM kalshi_trades")).toMatchObject([
      { ticker: TICKER, trade_id: "t-1", yes_price_cc: 9_100, qty_cq: 250, taker_side: "yes" },
    ]);
    expect(rows(path, "SELECT * FROM feed_gaps")).toMatchObject([
      { run_id, source: "kalshi", reason: "seq", from_seq: 4, to_seq: 6 },
    ]);
    expect(rows(path, "SELECT * FROM kalshi_markets")).toMatchObject([
      { ticker: TICKER, floor_strike_usd: 100_000, exchange_index: 2, status: "active" },
    ]);
    expect(rows(path, "SELECT * FROM settlements")).toMatchObject([
      { ticker: TICKER, result: "yes", expiration_value: "100120.11", source: "kalshi" },
    ]);
    expect(rows(path, "SELECT * FROM runs")).toMatchObject([
      { run_id, mode: "paper", started_ms: T0, ended_ms: T0 + 60_000, exit_code: 0 },
    ]);
    expect(Object.fromEntries(recorder.counts())).toEqual({
      spot_ticks: 2,
      index_ticks: 2,
      spot_depth: 2,
      funding_rates: 1,
      feed_drifts: 1,
      candles: 1,
      kalshi_markets: 1,
      kalshi_orderbook_snapshots: 1,
      kalshi_orderbook_deltas: 2,
      kalshi_tickers: 1,
      kalshi_trades: 1,
      feed_gaps: 1,
      settlements: 1,
    });
  });

  test("a replay is the run, event for event", () => {
    const path = tempDb();
    const other = aRecorder(path, "collect");
    const recorder = aRecorder(path);
    const many: MarketEvent[] = [];
    for (let n = 0; n < 1_700; n++) many.push(...EVENTS.filter((e) => e.type !== "settlement"));
    many.push(...EVENTS);
    for (const event of EVENTS) other.event(event);
    for (const event of many) recorder.event(event);
    recorder.close(0);
    other.close(0);
    const reader = openReader(path);
    expect([...replayEvents(reader, other.runId)]).toEqual(EVENTS);
    expect([...replayEvents(reader, recorder.runId)]).toEqual(many);
    expect(countEvents(reader, recorder.runId)).toBe(many.length);
    expect([...replayEvents(reader, 99)]).toEqual([]);
    reader.close();
  });

  test("a trade that two runs see is one row, and each run is told what it stored", () => {
    const path = tempDb();
    const trade = EVENTS.filter((event) => event.type === "trade");
    const first = aRecorder(path, "collect");
    for (const event of [...trade, ...trade]) first.event(event);
    first.close(0);
    const second = aRecorder(path, "paper");
    for (const event of trade) second.event(event);
    second.close(0);
    expect(rows(path, "SELECT * FROM kalshi_trades")).toHaveLength(1);
    expect(Object.fromEntries(first.counts())).toEqual({
      kalshi_trades: 1,
      "kalshi_trades.duplicates": 1,
    });
    expect(second.counts().get("kalshi_trades") ?? 0).toBe(0);
    expect(second.counts().get("kalshi_trades.duplicates")).toBe(1);
  });

  test("the newest description of a market wins and keeps the exchange's JSON", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    for (const event of EVENTS) {
      if (event.type !== "market") continue;
      const { market } = event;
      recorder.event({ ...event, market: { ...market, rawJson: '{"a":1}' } });
      recorder.event({ ...event, recvMs: T0 + 9_000, market: { ...market, status: "closed" } });
      recorder.event({ ...event, recvMs: T0 + 8_000 });
    }
    recorder.close(0);
    expect(rows(path, "SELECT status, raw_json FROM kalshi_markets")).toEqual([
      { status: "closed", raw_json: '{"a":1}' },
    ]);
    expect(recorder.counts().get("kalshi_markets")).toBe(1);
  });

  test("a row that SQLite refuses does not take the others with it", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const spot = EVENTS.find((event) => event.type === "spot");
    if (spot === undefined) throw new Error("no spot event");
    recorder.event(spot);
    recorder.event({ ...spot, priceUsd: -1 });
    recorder.event(spot);
    recorder.opportunity(anOpportunity(recorder, 1, { pModel: 1.5 }));
    recorder.opportunity(anOpportunity(recorder, 2));
    expect(() => recorder.flush()).toThrow(
      expect.objectContaining({ kind: "bug", code: "ROW_REFUSED" }),
    );
    expect(recorder.pendingRows).toBe(0);
    recorder.close(1);
    expect(rows(path, "SELECT price_usd FROM spot_ticks")).toHaveLength(2);
    expect(rows(path, "SELECT opportunity_id FROM opportunities")).toHaveLength(1);
  });
});

describe("evaluations", () => {
  test("read back as asStored says", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const all = [
      anOpportunity(recorder, 1),
      anOpportunity(recorder, 2, {
        pModel: 0.123456789123,
        sigma: 1 / 3e4,
        knownCount: 12,
        knownSumUsd: 1_201_441.32,
        pMarket: null,
        decision: "trade",
        side: "no",
        reason: "ok",
      }),
      anOpportunity(recorder, 3, {
        spotUsd: null,
        sigma: null,
        pModel: null,
        pLow: null,
        pHigh: null,
        pMarket: null,
        side: null,
        yesBid: null,
        yesAsk: price(100),
        yesBidQty: null,
        yesAskQty: null,
        cost: null,
        ev: null,
        reason: "spot_stale",
        basisSd: null,
        spotAgeMs: null,
        bookAgeMs: null,
      }),
      anOpportunity(recorder, 4, { pMarket: 0.9 }),
    ];
    for (const row of all) recorder.opportunity(row);
    recorder.close(0);
    const reader = openReader(path);
    const found = listEvaluations(reader).toReversed();
    expect(found).toEqual(
      all.map((row) => Object.assign({ runId: recorder.runId, mode: "paper" }, asStored(row))),
    );
    expect(
      reader.db.prepare("SELECT at, ev_cents, yes_ask_cents FROM v_opportunities").get(),
    ).toEqual({ at: "2026-11-02T19:00:01.001Z", ev_cents: -0.34, yes_ask_cents: 91 });
    reader.close();
  });
});

describe("orders and ledger", () => {
  test("are committed when the call returns, after the evaluation they point to", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const opportunity = anOpportunity(recorder, 1, { decision: "trade" });
    recorder.opportunity(opportunity);
    recorder.order(anOrder(opportunity.opportunityId));
    expect(rows(path, "SELECT state, filled_qty_cq, mode FROM orders")).toEqual([
      { state: "pending", filled_qty_cq: 0, mode: "paper" },
    ]);
    const event = { orderId: "o1", reason: "ack", filledQty: qty(0) };
    recorder.orderEvent({ ...event, state: "resting", atMs: T0 + 2_100 });
    recorder.orderEvent({ ...event, state: "filled", atMs: T0 + 2_200, filledQty: qty(100) });
    recorder.fill(aFill({ atMs: T0 + 2_200 }));
    recorder.fill(aFill({ atMs: T0 + 2_900 }));
    recorder.ledger(aLeg());
    recorder.position({
      ticker: TICKER,
      qty: qty(100),
      cost: money(915_700),
      source: "fills",
      atMs: T0 + 2_200,
    });
    recorder.risk({ atMs: T0, kind: "daily_loss", value: 5, limitValue: 3, reason: "limit" });
    expect(rows(path, "SELECT state, filled_qty_cq, updated_ms FROM orders")).toEqual([
      { state: "filled", filled_qty_cq: 100, updated_ms: T0 + 2_200 },
    ]);
    expect(rows(path, "SELECT fill_id, is_taker, at_ms FROM fills")).toEqual([
      { fill_id: "f1", is_taker: 1, at_ms: T0 + 2_200 },
    ]);
    expect(
      rows(
        path,
        "SELECT price_cents, cost_dollars, payload_json FROM v_ledger JOIN trade_ledger USING (ledger_id)",
      ),
    ).toEqual([{ price_cents: 91, cost_dollars: 0.9157, payload_json: '{"why":"test"}' }]);
    expect(Object.fromEntries(recorder.counts())).toEqual({
      opportunities: 1,
      orders: 1,
      order_events: 2,
      fills: 1,
      trade_ledger: 1,
      positions_snapshots: 1,
      risk_events: 1,
    });
  });

  test("an order without its evaluation is refused", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    expect(() => recorder.order(anOrder(recorder.runId * 1e10 + 5))).toThrow(
      expect.objectContaining({ code: "ROW_REFUSED" }),
    );
    expect(rows(path, "SELECT * FROM orders")).toEqual([]);
  });

  test.each([
    ["order_intents", "order_id = 'x'"],
    ["order_events", "reason = 'x'"],
    ["fills", "qty_cq = 1"],
    ["trade_ledger", "cost_ud = 0"],
    ["settlement_revisions", "result = 'no'"],
    ["risk_events", "reason = 'x'"],
  ])("%s is append-only", (table, change) => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const opportunity = anOpportunity(recorder, 1);
    recorder.opportunity(opportunity);
    recorder.order(anOrder(opportunity.opportunityId));
    recorder.orderEvent({
      orderId: "o1",
      atMs: T0,
      state: "filled",
      filledQty: qty(1),
      reason: "",
    });
    recorder.fill(aFill());
    recorder.ledger(aLeg());
    recorder.risk({ atMs: T0, kind: "k", value: null, limitValue: null, reason: "" });
    for (const event of EVENTS) if (event.type === "settlement") recorder.event(event);
    const db = new Database(path);
    expect(() => db.exec(`UPDATE ${table} SET ${change}`)).toThrow(/append-only/);
    expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(/append-only/);
    db.close();
  });

  test("settlements: repeats are ignored, corrections are new rows, the newest shows", () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const last = EVENTS.find((event) => event.type === "settlement");
    if (last === undefined) throw new Error("no settlement event");
    recorder.event({ ...last, final: false });
    recorder.event(last);
    recorder.event(last);
    recorder.event({ ...last, final: false });
    recorder.event({ ...last, result: "no" });
    recorder.close(0);
    expect(rows(path, "SELECT result, final, revision FROM settlements")).toEqual([
      { result: "no", final: 1, revision: 3 },
    ]);
    expect(recorder.counts().get("settlements")).toBe(3);
  });
});

test("closing twice is closing once", () => {
  const path = tempDb();
  const recorder = aRecorder(path);
  recorder.close(0);
  recorder.close(1);
  expect(rows(path, "SELECT exit_code FROM runs")).toEqual([{ exit_code: 0 }]);
});
