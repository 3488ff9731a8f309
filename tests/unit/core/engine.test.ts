import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/core/effects.ts";
import { Engine } from "../../../src/core/engine.ts";
import type { EngineEvent } from "../../../src/core/events.ts";
import { type FeeTerms } from "../../../src/core/fees.ts";
import type { Opportunity } from "../../../src/core/records.ts";
import type { Strategy } from "../../../src/core/strategy.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { thresholdEvParams } from "../../../src/strategies/threshold-ev.params.ts";
import { createThresholdEv } from "../../../src/strategies/threshold-ev.ts";
import { aFill, aMarket, levels } from "../../support/builders.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

const BASE = Date.UTC(2026, 10, 2, 14);
const MARKET = aMarket({ openMs: BASE + 900_000, closeMs: BASE + 1_800_000 });
const START = BASE + 960_000;

const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(20_000_000) };

function engineWith(
  strategies: Strategy[] = [createThresholdEv(thresholdEvParams.parse({}), ACCOUNT)],
) {
  return new Engine(
    anEngineConfig({
      runId: 3,
      strategies,
    }),
  );
}

const spot = (priceUsd: number, recvMs: number): EngineEvent => ({
  type: "spot",
  source: "coinbase",
  product: "BTC-USD",
  kind: "quote",
  priceUsd,
  bidUsd: priceUsd - 0.01,
  askUsd: priceUsd + 0.01,
  size: null,
  tradeId: null,
  exchangeMs: recvMs,
  recvMs,
});

const snapshot = (yesCents: number, noCents: number, recvMs: number): EngineEvent => ({
  type: "snapshot",
  ticker: MARKET.ticker,
  sid: 1,
  seq: 1,
  yes: levels([[yesCents, 500]]),
  no: levels([[noCents, 500]]),
  recvMs,
});

/** What the series charges, or one of its events. */
const fees = (
  terms: readonly FeeTerms[],
  subject: { scope: "series" | "event"; ticker: string } = {
    scope: "series",
    ticker: MARKET.seriesTicker,
  },
): EngineEvent => ({ type: "fees", ...subject, terms, recvMs: START });
const QUADRATIC: FeeTerms = { fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 };

/** Minutes of candles and a market at $100,000 with spot where the caller wants it. */
function ready(engine: Engine, spotUsd = 100_000): void {
  for (let minute = 0; minute < 60; minute++) {
    const closeUsd = 100_000 * (1 + 0.0004 * Math.sin(minute * 1.7));
    engine.step({
      type: "candle",
      source: "coinbase",
      product: "BTC-USD",
      openMs: (minute - 60) * 60_000 + BASE + 900_000,
      intervalS: 60,
      openUsd: closeUsd,
      highUsd: closeUsd,
      lowUsd: closeUsd,
      closeUsd,
      volume: 1,
      recvMs: START,
    });
  }
  engine.step(fees([QUADRATIC]));
  engine.step({ type: "market", market: MARKET, recvMs: START });
  engine.step(spot(spotUsd, START));
}

const rowsOf = (effects: readonly Effect[]): Opportunity[] =>
  effects.flatMap((effect) => (effect.type === "opportunity" ? [effect.row] : []));

const delta = (recvMs: number, exchangeMs: number | null): EngineEvent => ({
  type: "delta",
  ticker: MARKET.ticker,
  sid: 1,
  seq: 2,
  side: "yes",
  price: price(4_900),
  delta: qty(100),
  exchangeMs,
  recvMs,
});
const late = (recvMs: number, lagMs: number): EngineEvent => {
  const tick = spot(100_000, recvMs);
  return tick.type === "spot" ? { ...tick, exchangeMs: recvMs - lagMs } : tick;
};
/** Reasons of the seconds from `fromS` to `toS` while both feeds talk every second, each with its lag. */
function reasons(
  lagMs: { spot(second: number): number; book(second: number): number },
  { fromS, toS }: { fromS: number; toS: number },
): Set<string> {
  const engine = engineWith();
  ready(engine);
  engine.step(snapshot(49, 50, START));
  const seen = new Set<string>();
  for (let second = 1; second < toS; second++) {
    const recvMs = START + second * 1000;
    const effects = [
      late(recvMs, lagMs.spot(second)),
      delta(recvMs, recvMs - lagMs.book(second)),
      { type: "wake", recvMs } as const,
    ].flatMap((event) => [...engine.step(event)]);
    if (second >= fromS) for (const { reason } of rowsOf(effects)) seen.add(reason);
  }
  return seen;
}

const healthy = (): number => 80;

describe("Engine", () => {
  test("one row when the touch changes, none when nothing does, one with each new second", () => {
    const engine = engineWith();
    ready(engine);
    expect(rowsOf(engine.step(snapshot(49, 50, START + 100)))).toHaveLength(1);
    const same: EngineEvent = {
      type: "delta",
      ticker: MARKET.ticker,
      sid: 1,
      seq: 2,
      side: "yes",
      price: price(4_000),
      delta: qty(100),
      exchangeMs: null,
      recvMs: START + 200,
    };
    expect(engine.step(same)).toHaveLength(0);
    expect(rowsOf(engine.step({ type: "wake", recvMs: START + 1_000 }))).toHaveLength(1);
    expect(rowsOf(engine.step({ type: "wake", recvMs: START + 1_000 }))).toHaveLength(0);
  });

  test("a market without a published strike is evaluated and never priced", () => {
    const engine = engineWith();
    ready(engine);
    engine.step({ type: "market", market: { ...MARKET, floorUsd: null }, recvMs: START });
    const [row] = rowsOf(engine.step(snapshot(49, 50, START + 100)));
    expect(row).toMatchObject({ reason: "strike_tbd", pModel: null, decision: "no_trade" });
  });

  test("I25: stale spot gives no probability", () => {
    const engine = engineWith();
    ready(engine);
    engine.step(snapshot(49, 50, START + 100));
    const [row] = rowsOf(engine.step({ type: "wake", recvMs: START + 11_000 }));
    expect(row).toMatchObject({ pModel: null });
    expect(["spot_stale", "book_stale"]).toContain(row?.reason);
  });

  test("an edge becomes an opportunity, an order row and a submission, in this order, once", () => {
    const engine = engineWith();
    ready(engine, 100_150);
    const effects = engine.step(snapshot(40, 58, START + 100));
    expect(effects.map((effect) => effect.type)).toEqual(["opportunity", "order", "submit"]);
    const again = engine.step({ type: "wake", recvMs: START + 1_000 });
    expect(rowsOf(again)[0]).toMatchObject({ decision: "no_trade", reason: "risk.in_market" });
  });

  test("fills and a settlement end in the ledger; the final one only confirms what the provisional one has paid", () => {
    const engine = engineWith();
    ready(engine, 100_150);
    const placed = engine.step(snapshot(40, 58, START + 100));
    const order = placed.find((effect) => effect.type === "submit");
    const orderId = order?.type === "submit" ? order.order.orderId : "";
    const fill = aFill({ orderId, price: price(4_200), fee: money(170_600) });
    const filled = engine.step({ type: "fill", fill, recvMs: START + 450 });
    expect(filled.map((effect) => effect.type)).toEqual(["fill", "ledger", "position"]);
    expect(engine.step({ type: "fill", fill, recvMs: START + 460 })).toHaveLength(0);
    engine.step({
      type: "order",
      orderId,
      state: "filled",
      filledQty: qty(1_000),
      reason: "",
      recvMs: START + 450,
    });
    const settlement = {
      type: "settlement",
      ticker: fill.ticker,
      eventTicker: MARKET.eventTicker,
      result: "yes",
      yesPayout: null,
      expirationValue: "100200.00",
      settledMs: BASE + 1_815_000,
      source: "rest",
      recvMs: BASE + 1_815_000,
    } as const;
    const paid = engine.step({ ...settlement, final: false });
    expect(paid[0]).toMatchObject({
      type: "ledger",
      row: { action: "settle", cost: -10_000_000, pnl: 10_000_000 - 4_200_000 - 170_600 },
    });
    expect(engine.portfolio.openCount).toBe(0);
    expect(engine.step({ ...settlement, final: true })).toMatchObject([
      { type: "ledger", row: { action: "settle", qty: 0, cost: 0, pnl: null } },
    ]);
    expect(engine.step({ ...settlement, final: true })).toHaveLength(0);
  });

  test("a change of fees is in the cost from its second on, also when the message came before it", () => {
    const engine = engineWith();
    ready(engine);
    engine.step(fees([QUADRATIC, { ...QUADRATIC, fromMs: START + 2_000, multiplierBps: 0 }]));
    engine.step(snapshot(49, 50, START + 100));
    const costs = [1_000, 2_000].map((after) => {
      const [row] = rowsOf(engine.step({ type: "wake", recvMs: START + after }));
      return row?.cost;
    });
    // YES at 50 cents: 0.07 × 0.5 × 0.5 a contract.
    expect(costs).toEqual([517_500, 500_000]);
    const { eventTicker: ticker } = MARKET;
    const own = { fromMs: START + 2_500, feeType: null, multiplierBps: 20_000 };
    engine.step(fees([own], { scope: "event", ticker }));
    const [row] = rowsOf(engine.step({ type: "wake", recvMs: START + 3_000 }));
    expect(row?.cost).toBe(535_000);
  });

  test.each([
    ["that nobody told", []],
    ["of a type without a rule", [{ ...QUADRATIC, feeType: "flat" }]],
  ])("fees %s: a probability, no price, no trade", (_name, terms) => {
    const engine = engineWith();
    ready(engine, 100_150);
    engine.step(fees(terms));
    const effects = engine.step(snapshot(40, 58, START + 100));
    expect(effects).toMatchObject([
      {
        type: "opportunity",
        row: { decision: "no_trade", reason: "fee_unknown", cost: null, ev: null },
      },
    ]);
    expect(rowsOf(effects)[0]?.pModel).toBeGreaterThan(0.5);
    // Known again, it trades again.
    engine.step(fees([QUADRATIC]));
    const later = engine.step({ type: "wake", recvMs: START + 1_000 });
    expect(later.map(({ type }) => type)).toEqual(["opportunity", "order", "submit"]);
  });

  test("slippage is a guess for 30 fills and then what they measured", () => {
    const engine = engineWith();
    ready(engine, 100_150);
    let atMs = START;
    const charged: number[] = [];
    for (let count = 0; count < 32; count++) {
      atMs += 1_000;
      const effects = [
        ...engine.step(spot(100_150, atMs)),
        ...engine.step(snapshot(count % 2 === 0 ? 40 : 39, 58, atMs)),
        ...engine.step({ type: "wake", recvMs: atMs }),
      ];
      const order = effects.flatMap((each) => (each.type === "submit" ? [each.order] : []))[0];
      const row = rowsOf(effects).find(({ decision }) => decision === "trade");
      if (order === undefined || row === undefined) throw new Error(`no trade ${count}`);
      charged.push((row.pModel ?? 0) - (row.cost ?? 0) / 1e6 - (row.ev ?? 0));
      // Each costs a cent more than the ask; what was bought is sold again elsewhere.
      const facts = { orderId: order.orderId, price: price((row.yesAsk ?? 0) + 100), atMs };
      const bought = aFill({ ...facts, fillId: `b${count}` });
      const away = { orderId: "elsewhere", price: price(9_000), action: "sell" } as const;
      engine.step({ type: "fill", fill: bought, recvMs: atMs });
      const done = { type: "order", state: "filled", filledQty: qty(1_000), reason: "" } as const;
      engine.step({ ...done, orderId: order.orderId, recvMs: atMs });
      const sold = aFill({ ...away, fillId: `s${count}`, atMs });
      engine.step({ type: "fill", fill: sold, recvMs: atMs });
    }
    for (const guess of charged.slice(0, 30)) expect(guess).toBeCloseTo(0.005, 9);
    for (const measured of charged.slice(30)) expect(measured).toBeCloseTo(0.01, 9);
  });

  test("I24: a gap and a negative size make the book unusable until the next snapshot", () => {
    const engine = engineWith();
    ready(engine);
    const { ticker } = MARKET;
    engine.step(snapshot(49, 50, START + 100));
    const [row] = rowsOf(
      engine.step({
        type: "gap",
        source: "kalshi",
        reason: "seq",
        tickers: [ticker],
        sid: 1,
        fromSeq: 2,
        toSeq: 4,
        fromMs: null,
        toMs: START + 200,
        recvMs: START + 200,
      }),
    );
    expect(row).toMatchObject({ reason: "gap_seq", yesBid: null });
    engine.step(snapshot(49, 50, START + 300));
    expect(engine.book(ticker)?.problem).toBeNull();
    const effects = engine.step({
      type: "delta",
      ticker,
      sid: 1,
      seq: 9,
      side: "yes",
      price: price(4_900),
      delta: qty(-60_000),
      exchangeMs: null,
      recvMs: START + 400,
    });
    expect(effects[0]).toMatchObject({ type: "resync", ticker, reason: "negative_size" });
  });

  test("a changed payload stops every trade for good, one damaged frame does not", () => {
    const engine = engineWith();
    ready(engine);
    engine.step(snapshot(49, 50, START + 100));
    const drift = {
      type: "drift",
      source: "kalshi",
      messageType: "ticker",
      path: "$.msg.yes_bid_dollars",
      raw: "{}",
    } as const;
    expect(engine.step({ ...drift, halts: false, recvMs: START + 200 })).toHaveLength(0);
    const [row] = rowsOf(engine.step({ ...drift, halts: true, recvMs: START + 300 }));
    expect(row).toMatchObject({ decision: "no_trade", reason: "payload_changed" });
    const later = rowsOf(engine.step(snapshot(20, 30, START + 1_400)));
    expect(later).toMatchObject([{ decision: "no_trade", reason: "payload_changed" }]);
  });

  test("spot of other venues and stand-ins for the index move no price of the model", () => {
    const engine = engineWith();
    ready(engine);
    engine.step({ ...spot(90_000, START + 100), source: "kraken" } as EngineEvent);
    engine.step({
      type: "index",
      indexId: "BRTI",
      valueUsd: 90_000,
      avg60Usd: null,
      windowAvgUsd: null,
      windowCount: null,
      proxy: { method: "mids", venues: 3, maxAgeMs: 10, dispersionBp: 1 },
      exchangeMs: START + 100,
      recvMs: START + 100,
    });
    const [row] = rowsOf(engine.step(snapshot(49, 50, START + 200)));
    expect(row?.spotUsd).toBeCloseTo(100_000, 5);
  });

  test.each([
    ["clocks that are right", 80, 80],
    ["a local clock 1.3 s ahead", 1_300, 1_300],
    ["a local clock 1.3 s behind", -1_300, -1_300],
    ["a slow link within the limit", 9_000, 9_000],
  ])("flowing and fresh: %s", (_name, spotLag, bookLag) => {
    const seen = reasons({ spot: () => spotLag, book: () => bookLag }, { fromS: 1, toS: 60 });
    expect([...seen].filter((reason) => /late|stale/.test(reason))).toEqual([]);
  });

  test.each([
    ["since the start", () => 14_000, 2],
    // From healthy to 20 s behind within ten seconds, and a message every second all the while.
    ["more and more", (second: number) => Math.min(20_000, second * 2_000), 10],
  ])("a slow link gives no decision although it flows: %s", (_name, lagMs, fromS) => {
    const span = { fromS, toS: 60 };
    expect([...reasons({ spot: lagMs, book: healthy }, span)]).toEqual(["spot_late"]);
    expect([...reasons({ spot: healthy, book: lagMs }, span)]).toEqual(["book_late"]);
  });

  test("the age on file is that of the price, not that of its arrival", () => {
    const engine = engineWith();
    ready(engine);
    engine.step(snapshot(49, 50, START));
    engine.step(delta(START + 500, START + 400));
    engine.step(late(START + 1_000, 3_000));
    engine.step(delta(START + 1_000, START - 100));
    const [row] = rowsOf(engine.step({ type: "wake", recvMs: START + 2_000 }));
    expect(row).toMatchObject({ spotAgeMs: 4_000, bookAgeMs: 2_000 });
  });

  test("a change without a stamp says nothing about how late the feed is", () => {
    const engine = engineWith();
    ready(engine);
    engine.step(snapshot(49, 50, START));
    engine.step(delta(START + 500, START + 400));
    engine.step(delta(START + 1_000, START - 14_000));
    engine.step(delta(START + 1_100, null));
    const [row] = rowsOf(engine.step({ type: "wake", recvMs: START + 2_000 }));
    expect(row).toMatchObject({ reason: "book_late", bookAgeMs: 15_800 });
  });

  test("the same events give the same effects", () => {
    expect(lively()).toEqual(lively());
  });
});

function lively(): unknown[] {
  const engine = engineWith();
  ready(engine, 100_150);
  const all: unknown[] = [];
  for (let i = 0; i < 200; i++) {
    all.push(...engine.step(spot(100_000 + 40 * Math.sin(i), START + i * 250)));
    all.push(...engine.step(snapshot(45 + (i % 7), 44 - (i % 7), START + i * 250 + 100)));
    if (i % 4 === 0) all.push(...engine.step({ type: "wake", recvMs: START + i * 250 + 100 }));
  }
  return all;
}
