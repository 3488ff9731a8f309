import { describe, expect, test } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { listEvaluations } from "../../../src/adapters/sqlite/queries/decision.ts";
import type { RunMode, SqliteRecorder } from "../../../src/adapters/sqlite/recorder.ts";
import { countEvents, replayEvents } from "../../../src/adapters/sqlite/replay.ts";
import type { MarketEvent } from "../../../src/core/events.ts";
import { asStored } from "../../../src/core/replay/as-stored.ts";
import { price, qty } from "../../../src/core/units.ts";
import {
  anOpportunity,
  EVENTS,
  aRecorder as recorderOf,
  rows,
  T0,
  TICKER,
  tempDb,
} from "./support.ts";

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

describe.each(["inline", "thread"] as const)("written %s:", (writer) => {
  const aRecorder = (path: string, mode: RunMode = "paper"): SqliteRecorder =>
    recorderOf(path, mode, { writer });
  describe("an outage", () => {
    test("lasts until its source is heard of again, or to the end of the run", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      recorder.event(gap("coinbase", T0 + 1_000));
      recorder.event(gap("kalshi", T0 + 2_000));
      recorder.flush();
      recorder.event(tick(T0 + 9_000));
      recorder.event(tick(T0 + 9_500));
      await recorder.close(0);
      const [coinbase, kalshi] = rows(path, "SELECT source, from_ms, to_ms FROM feed_gaps");
      expect(coinbase).toEqual({ source: "coinbase", from_ms: T0 + 980, to_ms: T0 + 9_000 });
      const [run] = rows(path, "SELECT ended_ms FROM runs") as { ended_ms: number }[];
      expect(kalshi).toEqual({ source: "kalshi", from_ms: T0 + 1_980, to_ms: run?.ended_ms });
    });

    test("one that begins after data flowed again is not ended by it, in the same batch neither", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      recorder.event(gap("coinbase", T0 + 1_000));
      recorder.event(tick(T0 + 2_000));
      recorder.event(gap("coinbase", T0 + 3_000));
      recorder.event(tick(T0 + 5_000));
      await recorder.close(0);
      expect(rows(path, "SELECT from_ms, to_ms FROM feed_gaps")).toEqual([
        { from_ms: T0 + 980, to_ms: T0 + 2_000 },
        { from_ms: T0 + 2_980, to_ms: T0 + 5_000 },
      ]);
    });

    test.each(["overflow", "seq"])("a connection given up for %s is one too", async (reason) => {
      const path = tempDb();
      const recorder = aRecorder(path);
      recorder.event({ ...gap("coinbase", T0 + 1_000), reason } as MarketEvent);
      recorder.event(tick(T0 + 2_000));
      await recorder.close(0);
      expect(rows(path, "SELECT to_ms FROM feed_gaps")).toEqual([{ to_ms: T0 + 2_000 }]);
    });

    test("is ended by a book of its venue, and not by what is computed here from others", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      recorder.event(gap("kalshi", T0 + 1_000));
      recorder.event(gap("kraken", T0 + 1_000));
      for (const event of EVENTS) {
        if (event.type === "depth") recorder.event({ ...event, recvMs: T0 + 2_000 });
        if (event.type === "index" && event.proxy !== null) {
          recorder.event({ ...event, recvMs: T0 + 3_000 });
        }
      }
      await recorder.close(0);
      expect(rows(path, "SELECT source, to_ms FROM feed_gaps ORDER BY source")).toEqual([
        { source: "kalshi", to_ms: T0 + 60_000 },
        { source: "kraken", to_ms: T0 + 2_000 },
      ]);
    });

    test("of a spot venue's book lasts until that book is whole again, whatever else flows", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      const lost = { ...gap("kraken", T0 + 1_000), tickers: ["BTC-USD"] } as MarketEvent;
      recorder.event({ ...lost, reason: "checksum" } as MarketEvent);
      recorder.event({ ...gap("kraken", T0 + 1_000), tickers: ["SOL-USD"] } as MarketEvent);
      const depth = { type: "depth", source: "kraken", bids: [], asks: [], exchangeMs: null };
      const book = (product: string, kind: string, recvMs: number): void =>
        recorder.event({ ...depth, product, kind, recvMs } as MarketEvent);
      book("BTC-USD", "update", T0 + 2_000);
      book("SOL-USD", "snapshot", T0 + 3_000);
      book("BTC-USD", "snapshot", T0 + 4_000);
      await recorder.close(0);
      expect(rows(path, "SELECT tickers_json, to_ms FROM feed_gaps ORDER BY ev")).toEqual([
        { tickers_json: '["BTC-USD"]', to_ms: T0 + 4_000 },
        { tickers_json: '["SOL-USD"]', to_ms: T0 + 3_000 },
      ]);
    });

    test("a hole in the numbers has its end already", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      recorder.event({
        ...gap("coinbase", T0 + 1_000),
        reason: "seq",
        fromSeq: 4,
        toSeq: 6,
      } as MarketEvent);
      recorder.event(tick(T0 + 2_000));
      await recorder.close(0);
      expect(rows(path, "SELECT to_ms FROM feed_gaps")).toEqual([{ to_ms: T0 + 1_000 }]);
    });
  });

  describe("events", () => {
    test("every kind is in its contract table", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      for (const event of EVENTS) recorder.event(event);
      await recorder.close(0);
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
      expect(rows(path, "SELECT * FROM news_items")).toMatchObject([
        { run_id, source: "rss:example.org", published_ms: null, url: null, recv_ms: T0 + 1_005 },
      ]);
      expect(rows(path, "SELECT * FROM forecasts")).toMatchObject([
        { run_id, series: "KXHIGHNY", station: "KNYC", target_date: "2026-11-03", value: 61.5 },
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
        news_items: 1,
        forecasts: 1,
        feed_drifts: 1,
        candles: 1,
        kalshi_markets: 1,
        fee_reports: 1,
        kalshi_orderbook_snapshots: 1,
        kalshi_orderbook_deltas: 2,
        kalshi_tickers: 1,
        kalshi_trades: 1,
        feed_gaps: 1,
        settlements: 1,
      });
    });

    test("a replay is the run, event for event", async () => {
      const path = tempDb();
      const other = aRecorder(path, "collect");
      const recorder = aRecorder(path);
      const many: MarketEvent[] = [];
      for (let n = 0; n < 1_700; n++) many.push(...EVENTS.filter((e) => e.type !== "settlement"));
      many.push(...EVENTS);
      for (const event of EVENTS) other.event(event);
      for (const event of many) recorder.event(event);
      await recorder.close(0);
      await other.close(0);
      const reader = openReader(path);
      expect([...replayEvents(reader, other.runId)]).toEqual(EVENTS);
      expect([...replayEvents(reader, recorder.runId)]).toEqual(many);
      expect(countEvents(reader, recorder.runId)).toBe(many.length);
      expect([...replayEvents(reader, 99)]).toEqual([]);
      reader.close();
    });

    test("a trade that two runs see is one row, and each run is told what it stored", async () => {
      const path = tempDb();
      const trade = EVENTS.filter((event) => event.type === "trade");
      const first = aRecorder(path, "collect");
      for (const event of [...trade, ...trade]) first.event(event);
      await first.close(0);
      const second = aRecorder(path, "paper");
      for (const event of trade) second.event(event);
      await second.close(0);
      expect(rows(path, "SELECT * FROM kalshi_trades")).toHaveLength(1);
      expect(Object.fromEntries(first.counts())).toEqual({
        kalshi_trades: 1,
        "kalshi_trades.duplicates": 1,
      });
      expect(second.counts().get("kalshi_trades") ?? 0).toBe(0);
      expect(second.counts().get("kalshi_trades.duplicates")).toBe(1);
    });

    test("the newest description of a market wins and keeps the exchange's JSON", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      for (const event of EVENTS) {
        if (event.type !== "market") continue;
        const { market } = event;
        recorder.event({ ...event, market: { ...market, rawJson: '{"a":1}' } });
        recorder.event({ ...event, recvMs: T0 + 9_000, market: { ...market, status: "closed" } });
        recorder.event({ ...event, recvMs: T0 + 8_000 });
      }
      await recorder.close(0);
      expect(rows(path, "SELECT status, raw_json FROM kalshi_markets")).toEqual([
        { status: "closed", raw_json: '{"a":1}' },
      ]);
      expect(recorder.counts().get("kalshi_markets")).toBe(1);
    });

    test("a row that SQLite refuses does not take the others with it", async () => {
      const path = tempDb();
      const recorder = aRecorder(path);
      const spot = EVENTS.find((event) => event.type === "spot");
      if (spot === undefined) throw new Error("no spot event");
      recorder.event(spot);
      recorder.event({ ...spot, priceUsd: -1 });
      recorder.event(spot);
      recorder.opportunity(anOpportunity(recorder, 1, { pModel: 1.5 }));
      recorder.opportunity(anOpportunity(recorder, 2));
      await expect(recorder.drain()).rejects.toThrow(
        expect.objectContaining({ kind: "bug", code: "ROW_REFUSED" }),
      );
      expect(recorder.pendingRows).toBe(0);
      await recorder.close(1);
      expect(rows(path, "SELECT price_usd FROM spot_ticks")).toHaveLength(2);
      expect(rows(path, "SELECT opportunity_id FROM opportunities")).toHaveLength(1);
    });
  });

  test("a refused change among changes that are written together takes none of them with it", async () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    const delta = EVENTS.find((event) => event.type === "delta");
    if (delta === undefined) throw new Error("no delta event");
    const deltas = Array.from({ length: 40 }, (_, n) => ({ ...delta, seq: n + 1 }));
    // No price at all, which only the check of the table notices.
    deltas.forEach((one, n) => {
      recorder.event(n === 20 ? { ...one, delta: qty(Number.MAX_SAFE_INTEGER), seq: -1.5 } : one);
    });
    await expect(recorder.drain()).rejects.toThrow(
      expect.objectContaining({ kind: "bug", code: "ROW_REFUSED" }),
    );
    await recorder.close(1);
    expect(rows(path, "SELECT seq FROM kalshi_orderbook_deltas ORDER BY seq")).toEqual(
      deltas.filter((_, n) => n !== 20).map(({ seq }) => ({ seq })),
    );
  });

  describe("evaluations", () => {
    test("read back as asStored says", async () => {
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
        anOpportunity(recorder, 4, { pMarket: 0.9, pStrategy: 0.25 }),
      ];
      for (const row of all) recorder.opportunity(row);
      await recorder.close(0);
      const reader = openReader(path);
      const found = listEvaluations(reader).toReversed();
      expect(found).toEqual(
        all.map((row) =>
          Object.assign({ runId: recorder.runId, mode: "paper", modelName: null }, asStored(row)),
        ),
      );
      expect(
        reader.db.prepare("SELECT at, ev_cents, yes_ask_cents FROM v_opportunities").get(),
      ).toEqual({ at: "2026-11-02T19:00:01.001Z", ev_cents: -0.34, yes_ask_cents: 91 });
      reader.close();
    });
  });

  test("closing twice is closing once", async () => {
    const path = tempDb();
    const recorder = aRecorder(path);
    await recorder.close(0);
    await recorder.close(1);
    expect(rows(path, "SELECT exit_code FROM runs")).toEqual([{ exit_code: 0 }]);
  });
});
