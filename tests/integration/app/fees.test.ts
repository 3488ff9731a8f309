import { describe, expect, test, vi } from "vitest";
import { openReader } from "../../../src/adapters/sqlite/open.ts";
import { pastFills } from "../../../src/adapters/sqlite/queries/past-fills.ts";
import {
  MEASURED_FROM,
  type MeasuredFill,
  measuredSlippage,
  SlippageBook,
  type SlippageState,
  slippageOf,
  withFill,
} from "../../../src/core/slippage.ts";
import { complement, type Price, type Side } from "../../../src/core/units.ts";
import type { LocalExchange } from "../../../src/exchange/exchange.ts";
import { type FeeSchedule, feeScheduleOf, fillFee } from "../../../src/exchange/trading/fees.ts";
import type { FeeTerms } from "../../../src/exchange/trading/types.ts";
import { tempDb } from "../sqlite/support.ts";
import { CONTRACTS, type FeesRun, runWithFees, SERIES } from "./fees-run.ts";

// Fees that change while a run trades. The exchange has a fee code of its own: what it would have charged at the second of
// a fill is what the fill must have cost.

const MINUTE = 60_000;

/** The open markets of the event that closes next, which is the one that is followed. */
function openMarkets({ world }: LocalExchange) {
  const open = world
    .markets()
    .filter(({ seriesTicker, status }) => seriesTicker === SERIES && status === "active");
  const closeMs = Math.min(...open.map((market) => market.closeMs));
  return open.filter((market) => market.closeMs === closeMs);
}

function openEvent(exchange: LocalExchange): string {
  return openMarkets(exchange)[0]?.eventTicker ?? "";
}

/** A waiver to minute 2, a dearer series from minute 4, the event's own fee from 6, cleared at 8. */
function announce(exchange: LocalExchange, startMs: number): void {
  const { fees } = exchange.records;
  const eventTicker = openEvent(exchange);
  const series = { seriesTicker: SERIES, feeType: "quadratic", feeMultiplier: 2 };
  for (const { ticker } of openMarkets(exchange)) fees.waive(ticker, startMs + 2 * MINUTE);
  fees.changeSeries({ ...series, scheduledMs: startMs + 4 * MINUTE });
  const own = { feeType: "quadratic_with_maker_fees", feeMultiplier: 0.5 };
  const event = { eventTicker, seriesTicker: SERIES };
  fees.overrideEvent({ ...event, ...own, scheduledMs: startMs + 6 * MINUTE });
  const none = { feeType: null, feeMultiplier: null };
  fees.overrideEvent({ ...event, ...none, scheduledMs: startMs + 8 * MINUTE });
}

/** What the exchange charges in a market at a time; undefined for a type that nobody knows. */
function termsAt({ exchange }: FeesRun, ticker: string, atMs: number): FeeTerms {
  const market = exchange.world.market(ticker);
  const series = exchange.world.series().find((each) => each.ticker === SERIES);
  if (market === undefined || series === undefined) throw new Error(`no ${ticker}`);
  return exchange.records.fees.feeOf(market, series, atMs);
}

function scheduleAt(run: FeesRun, ticker: string, atMs: number): FeeSchedule {
  return feeScheduleOf(termsAt(run, ticker, atMs));
}

/** The exchange's books know YES only: a purchase of NO is a sale of YES. */
function onBook(side: Side, price: Price) {
  return {
    side: side === "yes" ? "bid" : "ask",
    priceCc: side === "yes" ? price : complement(price),
  } as const;
}

function expectExchangeFees(run: FeesRun): void {
  const rounded = new Map<string, number>();
  for (const { atMs, fee, orderId, price, qty, side, ticker } of run.fills) {
    const roundedUd = rounded.get(orderId) ?? 0;
    const fill = { ...onBook(side, price), countCq: qty, isTaker: true, roundedUd };
    const charged = fillFee(fill, scheduleAt(run, ticker, atMs));
    rounded.set(orderId, charged.roundedUd);
    expect(fee, `${orderId} at ${atMs - run.startMs}`).toBe(charged.feeUd);
  }
}

/** The all-in cost of every evaluation is the ask and the exchange's fee of that second for the wanted contracts. */
function expectExchangeCosts(run: FeesRun): void {
  for (const { atMs, cost, side, ticker, yesAsk, yesBid } of run.rows) {
    if (cost === null || side === null) continue;
    const ask = side === "yes" ? yesAsk : complement(yesBid ?? (0 as Price));
    if (ask === null) throw new Error("a cost without an ask");
    const fill = { ...onBook(side, ask), countCq: CONTRACTS * 100, isTaker: true, roundedUd: 0 };
    const { feeUd } = fillFee(fill, scheduleAt(run, ticker, atMs));
    expect(cost, `${ticker} at ${atMs - run.startMs}`).toBe(
      Math.ceil((ask * CONTRACTS * 100 + feeUd) / CONTRACTS),
    );
  }
}

/** Fee per contract as a share of price × (1 − price), rounded up by cents of a cent: 0.07 in ordinary times. */
function ratesBetween({ fills, startMs }: FeesRun, fromMinute: number, toMinute: number): number[] {
  return fills
    .filter(
      ({ atMs }) => atMs >= startMs + fromMinute * MINUTE && atMs < startMs + toMinute * MINUTE,
    )
    .map(({ fee, price, qty }) => fee / ((qty / 100) * price * (1 - price / 10_000) * 100));
}

describe("fees that change in the middle of a run", () => {
  test("announced ones are charged from their second on, in every fill and every evaluation, and a replay agrees", async () => {
    const run = await runWithFees({ path: tempDb(), minutes: 11, speed: "max", prepare: announce });
    expectExchangeFees(run);
    expectExchangeCosts(run);
    for (const [from, to, rate] of [
      [0, 2, 0],
      [2, 4, 0.07],
      [4, 6, 0.14],
      [6, 8, 0.035],
      [8, 11, 0.14],
    ] as const) {
      const rates = ratesBetween(run, from, to);
      expect(rates.length, `fills from minute ${from}`).toBeGreaterThan(0);
      for (const each of rates) expect(each).toBeCloseTo(rate, 2);
    }
    const again = run.replay();
    expect(again.fills).toEqual(run.fills);
    expect(again.rows).toEqual(run.rows);
  }, 240_000);

  test("an override that nobody announced counts from the message on; an unknown type stops pricing, and trading", async () => {
    let done = 0;
    const steps = [
      [3 * MINUTE, { feeType: null, feeMultiplier: 4 }],
      [5 * MINUTE, { feeType: "flat", feeMultiplier: 1 }],
      [7 * MINUTE, { feeType: null, feeMultiplier: null }],
    ] as const;
    const run = await runWithFees({
      path: tempDb(),
      minutes: 9,
      speed: "max",
      prepare: () => {},
      onTime: (exchange, afterMs) => {
        const [atMs, terms] = steps[done] ?? [Number.POSITIVE_INFINITY, null];
        if (terms === null || afterMs < atMs) return;
        done++;
        const eventTicker = openEvent(exchange);
        const scheduledMs = exchange.world.nowMs();
        exchange.records.fees.overrideEvent({
          eventTicker,
          seriesTicker: SERIES,
          ...terms,
          scheduledMs,
        });
      },
    });
    expect(done).toBe(steps.length);
    expectExchangeFees(run);
    expect(ratesBetween(run, 0, 3).length).toBeGreaterThan(0);
    expect(Math.min(...ratesBetween(run, 3.1, 5))).toBeGreaterThan(0.27);
    // An order under way when the type became unknown cannot be charged either.
    expect(ratesBetween(run, 5.1, 7)).toEqual([]);
    expect(ratesBetween(run, 7.1, 9).length).toBeGreaterThan(0);
    const unknown = run.rows.filter(({ reason }) => reason === "fee_unknown");
    expect(unknown.length).toBeGreaterThan(100);
    for (const row of unknown) {
      // Within one millisecond a row may come before the message that changes it.
      const types = [row.atMs - 1, row.atMs].map((at) => termsAt(run, row.ticker, at).feeType);
      expect(types).toContain("flat");
      expect([row.decision, row.cost, row.ev]).toEqual(["no_trade", null, null]);
      expect(row.pModel).not.toBeNull();
    }
    expect(run.replay()).toEqual({ rows: run.rows, fills: run.fills });
  }, 240_000);

  test("a run that starts again knows of slippage what the one before had in memory, and its replay too", async () => {
    const path = tempDb();
    const measured = vi.spyOn(SlippageBook.prototype, "onFill");
    const run = { path, minutes: 11, speed: "max", prepare: () => {} } as const;
    await runWithFees(run);
    const inMemory = measured.mock.calls.map(([fill]) => fill);
    const onFile = (): MeasuredFill[] => {
      const reader = openReader(path);
      try {
        return pastFills(reader, "paper");
      } finally {
        reader.close();
      }
    };
    expect(inMemory.length).toBeGreaterThanOrEqual(MEASURED_FROM);
    expect(onFile()).toEqual(inMemory);
    const past = slippageOf(onFile());
    const second = await runWithFees({ ...run, minutes: 4, slippage: past });
    const both = measured.mock.calls.map(([fill]) => fill);
    measured.mockRestore();
    expect(slippageOf(onFile())).toEqual(
      both
        .slice(inMemory.length)
        .reduce<SlippageState[]>(([state], fill) => [withFill(state, fill)], past),
    );
    // What was measured counts from the first evaluation on.
    const [first] = past;
    const row = second.rows.find(
      ({ cost, pModel }) => cost !== null && pModel !== null && pModel > 0.01 && pModel < 0.99,
    );
    const win = (row?.side === "yes" ? row.pModel : 1 - (row?.pModel ?? 0)) ?? 0;
    const charged = win - Number(row?.cost) / 1e6 - Number(row?.ev);
    expect(charged).toBeCloseTo(Math.max(0.005, measuredSlippage(first) ?? Number.NaN), 6);
    const again = second.replay();
    expect(again.rows).toEqual(second.rows);
    expect(again.fills).toEqual(second.fills.filter(({ orderId }) => orderId.startsWith("r2-")));
  }, 240_000);

  test("over real sockets too", async () => {
    const path = tempDb();
    const run = await runWithFees({ path, minutes: 9, speed: 60, prepare: announce });
    expectExchangeFees(run);
    expectExchangeCosts(run);
    expect(ratesBetween(run, 4, 6).length).toBeGreaterThan(0);
    const reader = openReader(path);
    try {
      const changes = reader.db
        .prepare("SELECT scope, fee_type, multiplier FROM fee_changes WHERE scope = 'event'")
        .all();
      expect(changes).toContainEqual({
        scope: "event",
        fee_type: "quadratic_with_maker_fees",
        multiplier: 0.5,
      });
    } finally {
      reader.close();
    }
  }, 240_000);
});
