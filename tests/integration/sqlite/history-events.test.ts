import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type HistoryCoverage,
  historyCoverage,
} from "../../../src/adapters/sqlite/history/coverage.ts";
import { historyEvents } from "../../../src/adapters/sqlite/history/events.ts";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import type { Effect } from "../../../src/core/effects.ts";
import { Engine } from "../../../src/core/engine.ts";
import type { EngineEvent, MarketEvent } from "../../../src/core/events.ts";
import { isUpDown } from "../../../src/core/market.ts";
import { minuteEngine, minuteVenue } from "../../../src/core/minute-data.ts";
import { IOC } from "../../../src/core/orders.ts";
import type { FillRecord, Opportunity } from "../../../src/core/records.ts";
import { SimVenue } from "../../../src/core/sim/venue.ts";
import { hold, NOTHING_JUDGED, type Strategy, trade } from "../../../src/core/strategy.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { backfilled } from "../../support/backfilled.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

// A little more than an hour of the local exchange, fetched afterwards, told to the real engine and the real simulated
// venue.

const MINUTE_MS = 60_000;
const SERIES = ["KXBTC15M", "KXBTCD"];
/** An account that is not what stops an order. */
const LIMITS = {
  bankroll: money(1_000_000_000_000),
  maxDailyLossPct: 1,
  maxPositionPct: 1,
  maxOpenPositions: 1_000,
};

let folder: string;
let fromMs: number;
let toMs: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kbt-history-"));
  const of = { hours: 1.1, series: SERIES, products: ["BTC-USD"] };
  ({ fromMs, toMs } = await backfilled(join(folder, "whole.sqlite"), of));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

function eventsOf(db = "whole.sqlite", untilMs = toMs, series = SERIES): MarketEvent[] {
  const reader = openReader(join(folder, db));
  try {
    return [...historyEvents(reader, { series, fromMs, toMs: untilMs })];
  } finally {
    reader.close();
  }
}

/** What is said of a file for a span. */
function coverageOf(db: string, span: { fromMs: number; toMs: number }): HistoryCoverage {
  const reader = openReader(join(folder, db));
  try {
    return historyCoverage(reader, { series: SERIES, ...span });
  } finally {
    reader.close();
  }
}

/** A copy of the file with something changed in it. */
function changed(name: string, sql: string): string {
  copyFileSync(join(folder, "whole.sqlite"), join(folder, name));
  const db = new Database(join(folder, name));
  // Settlements are append-only in earnest.
  db.exec(
    `DROP TRIGGER settlement_revisions_no_update; DROP TRIGGER settlement_revisions_no_delete; ${sql}`,
  );
  db.close();
  return name;
}

interface Story {
  readonly opportunities: readonly Opportunity[];
  readonly fills: readonly FillRecord[];
}

/** The events through engine and venue, in the order of a session that adds no seconds of its own. */
function drive(events: Iterable<MarketEvent>, strategy: Strategy): Story {
  const engine = new Engine(
    minuteEngine(anEngineConfig({ strategies: [strategy], limits: LIMITS })),
  );
  const venue = new SimVenue(
    minuteVenue({
      latencyMs: 350,
      latencySpread: 0,
      seed: 1,
      participation: 1,
      haircut: 0,
      feeStep: money(1),
      bookStaleMs: 2_000,
      queueModel: "riskAverse",
      restingFills: "traded",
    }),
    {
      book: (ticker) => engine.book(ticker),
      closeMs: (ticker) => engine.market(ticker)?.closeMs,
      bookFeedMs: () => engine.bookFeedMs,
      fees: (ticker, atMs) => engine.fees(ticker, atMs),
    },
  );
  const opportunities: Opportunity[] = [];
  const fills: FillRecord[] = [];
  const step = (event: EngineEvent): void => {
    if (event.type === "fill") fills.push(event.fill);
    const effects: readonly Effect[] = [...engine.step(event)];
    for (const effect of effects) {
      if (effect.type === "opportunity") opportunities.push(effect.row);
      else if (effect.type === "submit") venue.submit(effect.order, event.recvMs);
    }
  };
  for (const event of events) {
    venue.observe(event);
    for (const answer of venue.advance(event.recvMs)) step(answer);
    step(event);
  }
  return { opportunities, fills };
}

/** Buys a contract of each market at the first touch that costs up to ninety cents. */
function eager(): Strategy {
  const bought = new Set<string>();
  return {
    name: "eager",
    evaluate: ({ market, problem, yesAsk }) => {
      if (problem !== null) return hold([problem]);
      if (yesAsk === null || yesAsk > 9_000 || bought.has(market.ticker)) return hold(["waiting"]);
      bought.add(market.ticker);
      // As much more as may be paid by then.
      const limit = price(yesAsk + 100);
      const order = {
        strategy: "eager",
        ticker: market.ticker,
        side: "yes",
        action: "buy",
      } as const;
      return trade({ ...order, price: limit, qty: qty(100), ...IOC }, NOTHING_JUDGED);
    },
  };
}

const watcher: Strategy = {
  name: "watcher",
  evaluate: ({ problem }) => hold([problem ?? "fine"]),
};

describe("the events", () => {
  test("come in the order of time, one wake at the end of each minute and the last of it", () => {
    const events = eventsOf();
    const times = events.map(({ recvMs }) => recvMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const wakes = events.flatMap(({ recvMs, type }) => (type === "wake" ? [recvMs] : []));
    expect(wakes).toHaveLength(Math.floor(toMs / MINUTE_MS) - Math.floor(fromMs / MINUTE_MS));
    for (const [at, event] of events.entries()) {
      const next = events[at + 1];
      if (event.type === "wake") expect(next?.recvMs ?? Infinity).toBeGreaterThan(event.recvMs);
    }
  });

  test("hold everything that is on file of the span", () => {
    const events = eventsOf();
    const count = (type: MarketEvent["type"]) => events.filter((one) => one.type === type).length;
    const db = new Database(join(folder, "whole.sqlite"), { readonly: true });
    const stored = (sql: string) => Number(db.prepare(sql).pluck().get({ fromMs, toMs }));
    const closing = "k.close_ms > :fromMs AND k.close_ms <= :toMs";
    expect(count("settlement")).toBe(
      stored(`SELECT count(*) FROM kalshi_markets k WHERE ${closing}`),
    );
    expect(count("snapshot")).toBe(
      stored(`SELECT count(*) FROM kalshi_candles c JOIN kalshi_markets k USING (ticker)
        WHERE ${closing} AND c.end_ms > max(:fromMs, k.open_ms) AND c.end_ms <= k.close_ms`),
    );
    expect(count("trade")).toBe(
      stored(
        "SELECT count(*) FROM kalshi_trades WHERE exchange_ms > :fromMs AND exchange_ms <= :toMs",
      ),
    );
    expect(count("gap")).toBe(0);
    expect(count("snapshot")).toBeGreaterThan(5_000);
    expect(count("trade")).toBeGreaterThan(1_000);
    db.close();
  });

  test("tell a market as it was: open, without its end, the strike of an up/down market after its open", () => {
    const markets = eventsOf().flatMap((one) => (one.type === "market" ? [one] : []));
    for (const { market, recvMs } of markets) {
      expect(market).toMatchObject({
        status: "active",
        result: "",
        expirationValue: null,
        rawJson: null,
      });
      expect(recvMs).toBeGreaterThanOrEqual(market.openMs);
    }
    const upDown = markets.filter(({ market }) => isUpDown(market) && market.openMs > fromMs);
    expect(upDown.length).toBeGreaterThan(4);
    for (const { market, recvMs } of upDown) {
      expect(market.floorUsd === null).toBe(recvMs === market.openMs);
      expect(recvMs - market.openMs).toBeLessThan(MINUTE_MS);
    }
    const ladder = markets.filter(({ market }) => market.seriesTicker === "KXBTCD");
    expect(ladder.every(({ market }) => market.floorUsd !== null)).toBe(true);
  });

  test("are the same wherever the span is cut", () => {
    const middleMs = fromMs + 2_345_678;
    const whole = eventsOf("whole.sqlite", toMs, ["KXBTC15M"]);
    const short = eventsOf("whole.sqlite", middleMs, ["KXBTC15M"]);
    const isOfShort = (one: MarketEvent) => one.recvMs <= middleMs;
    // Markets that close after the end of a span are none of its business.
    const closed = new Set(
      short.flatMap((one) => (one.type === "market" ? [one.market.ticker] : [])),
    );
    const isOfClosed = (one: MarketEvent) =>
      one.type === "market"
        ? closed.has(one.market.ticker)
        : !("ticker" in one) || one.type === "fees" || closed.has(one.ticker);
    const known = (list: readonly MarketEvent[]) => list.filter(isOfShort).filter(isOfClosed);
    expect(known(short)).toEqual(known(whole));
    expect(known(short).length).toBeGreaterThan(300);
  });
});

describe("no look-ahead", () => {
  test("whatever becomes of prices, trades and results after a time changes no event before it", () => {
    const untilMs = fromMs + 40 * MINUTE_MS + 12_345;
    const before = (list: readonly MarketEvent[]) => list.filter(({ recvMs }) => recvMs <= untilMs);
    const after = (column: string) => `${column} > ${untilMs}`;
    const other = changed(
      "other.sqlite",
      `UPDATE market_candles SET bid_close_cc = 100, ask_close_cc = 9900, volume_cq = 7 WHERE ${after("end_ms")};
       UPDATE candle_values SET close_usd = 1, high_usd = 1, low_usd = 1 WHERE ${after("open_ms + 60000")};
       UPDATE trades SET yes_price_cc = 1, qty_cq = 1 WHERE ${after(
         "(SELECT started_ms FROM runs) + dt_ms - lag_ms",
       )};
       UPDATE kalshi_markets SET result = CASE result WHEN 'yes' THEN 'no' ELSE 'yes' END, expiration_value = '1',
         status = 'disputed';
       UPDATE settlement_revisions SET result = 'no', expiration_value = '1' WHERE ${after("settled_ms")};`,
    );
    const truth = eventsOf();
    const lie = eventsOf(other);
    expect(before(lie)).toEqual(before(truth));
    expect(lie).not.toEqual(truth);
    const none = changed(
      "none.sqlite",
      `DELETE FROM market_candles WHERE ${after("end_ms")};
       DELETE FROM candle_values WHERE ${after("open_ms + 60000")};
       DELETE FROM trades WHERE ${after("(SELECT started_ms FROM runs) + dt_ms - lag_ms")};
       DELETE FROM settlement_revisions WHERE ${after("settled_ms")};`,
    );
    expect(before(eventsOf(none))).toEqual(before(truth));
  });

  test("no price is told before its minute is over, no trade before it happened", () => {
    const db = new Database(join(folder, "whole.sqlite"), { readonly: true });
    const closeAt = db
      .prepare("SELECT close_usd FROM candles WHERE product = ? AND open_ms = ?")
      .pluck();
    for (const event of eventsOf()) {
      if (event.type === "spot") {
        const openMs = event.recvMs + 1 - MINUTE_MS;
        expect(event.priceUsd).toBe(closeAt.get(event.product, openMs));
      } else if (event.type === "candle") {
        expect(event.openMs + MINUTE_MS).toBeLessThanOrEqual(event.recvMs);
      } else if (event.type === "trade") expect(event.exchangeMs).toBe(event.recvMs);
      else if (event.type === "settlement") expect(event.recvMs).toBe(event.settledMs);
    }
    db.close();
  });
});

describe("through the engine", () => {
  test("each open market is looked at once a minute, on fresh prices and with a volatility", () => {
    const { opportunities } = drive(eventsOf(), watcher);
    const at = new Map<string, number>();
    for (const row of opportunities) {
      expect(row.atMs % MINUTE_MS).toBe(0);
      const key = `${row.ticker} ${row.atMs}`;
      at.set(key, (at.get(key) ?? 0) + 1);
    }
    expect(new Set(at.values())).toEqual(new Set([1]));
    const reasons = new Map<string, number>();
    for (const { reason } of opportunities) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    const fine = opportunities.filter(({ reason }) => reason === "fine");
    expect(fine.length / opportunities.length, JSON.stringify([...reasons])).toBeGreaterThan(0.95);
    for (const row of fine) {
      expect(row).toMatchObject({ spotAgeMs: 1, bookAgeMs: 0 });
      expect(row.pModel).not.toBeNull();
    }
    // It moves with the minutes of the span, and not only with those from before it.
    expect(new Set(fine.map(({ sigma }) => sigma)).size).toBeGreaterThan(30);
    // What is left is the minute in which a market opens: no quotes yet, and for an up/down market no strike.
    expect(new Set(reasons.keys())).toEqual(new Set(["fine", "no_book"]));
  });

  test("an order meets the quotes of the minute after its decision", () => {
    const events = eventsOf();
    const asks = new Map<string, number>();
    for (const event of events) {
      if (event.type !== "snapshot") continue;
      const best = Math.max(...event.no.map(([at]) => at), 0);
      asks.set(`${event.ticker} ${event.recvMs}`, 10_000 - best);
    }
    const { fills, opportunities } = drive(events, eager());
    const decided = new Map(
      opportunities
        .filter(({ decision }) => decision === "trade")
        .map((row) => [row.ticker, row] as const),
    );
    expect(fills.length).toBeGreaterThan(3);
    let moved = 0;
    for (const { atMs, price: paid, ticker } of fills) {
      const decision = decided.get(ticker);
      const nextMs = (decision?.atMs ?? 0) + MINUTE_MS;
      expect(atMs).toBe(nextMs + 1);
      expect(paid).toBe(asks.get(`${ticker} ${nextMs}`));
      if (paid !== decision?.yesAsk) moved++;
    }
    expect(moved).toBeGreaterThan(0);
  });

  test("a minute that is missing is a gap: nothing is decided on the book of before it", () => {
    const missingMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS + 30 * MINUTE_MS;
    const db = changed("hole.sqlite", `DELETE FROM market_candles WHERE end_ms = ${missingMs}`);
    const events = eventsOf(db, toMs, ["KXBTC15M"]);
    const gaps = events.filter(({ type }) => type === "gap");
    expect(gaps).toMatchObject([{ reason: "no_candle", recvMs: missingMs, sid: null }]);
    const { opportunities } = drive(events, watcher);
    const at = (ms: number) => opportunities.find((row) => row.atMs === ms)?.reason;
    expect([at(missingMs - MINUTE_MS), at(missingMs), at(missingMs + MINUTE_MS)]).toEqual([
      "fine",
      "gap_no_candle",
      "fine",
    ]);
  });

  test("a minute without a spot price is no minute to decide in", () => {
    const missingMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS + 20 * MINUTE_MS;
    const db = changed(
      "spotless.sqlite",
      `DELETE FROM candle_values WHERE open_ms = ${missingMs - MINUTE_MS}`,
    );
    const { opportunities } = drive(eventsOf(db, toMs, ["KXBTC15M"]), watcher);
    expect(opportunities.find(({ atMs }) => atMs === missingMs)?.reason).toBe("spot_stale");
  });
});

describe("coverage", () => {
  test("says what was asked for, what is there and what is not", () => {
    const before = coverageOf("whole.sqlite", { fromMs, toMs });
    expect(before.missing).toEqual([]);
    expect(before.fees.map(({ source }) => source)).toEqual(["assumed", "assumed"]);
    const [quarter] = before.markets;
    expect(quarter).toMatchObject({ series: "KXBTC15M", found: 4, withCandles: 4, settled: 4 });
    expect(before.spot).toMatchObject([{ product: "BTC-USD", minutes: 66, minutesFound: 66 }]);
    const lost = "(SELECT market_id FROM market_ids WHERE ticker LIKE 'KXBTC15M-%' LIMIT 1)";
    const db = changed(
      "lost.sqlite",
      `DELETE FROM market_candles WHERE market_id = ${lost};
       DELETE FROM candle_values WHERE open_ms = (SELECT max(open_ms) - 60000 FROM candle_values);
       DELETE FROM backfill_progress WHERE what = 'trades'
         AND key = (SELECT ticker FROM market_ids WHERE market_id = ${lost});`,
    );
    const after = coverageOf(db, { fromMs, toMs });
    expect(after.missing.map(({ what }) => what)).toEqual(["candles", "trades"]);
    expect(after.markets[0]).toMatchObject({ found: 4, withCandles: 3, withTrades: 3 });
    expect(after.spot[0]?.minutesFound).toBe(65);
  });

  test("a day of which nothing was fetched is there with nothing", () => {
    const dayMs = 86_400_000;
    const { markets, spot } = coverageOf("whole.sqlite", { fromMs: fromMs - dayMs, toMs });
    expect(markets.map(({ found }) => found > 0)).toEqual([false, true, false, true]);
    expect(spot.map(({ minutesFound }) => minutesFound > 0)).toEqual([false, true]);
  });
});
