import { describe, expect, test } from "vitest";
import type { FeeReport } from "../../../src/core/events.ts";
import { datedTerms, FEE_LAG_MS, FeeBook } from "../../../src/core/fee-book.ts";
import { type FeeTerms, takerFee } from "../../../src/core/fees.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";

const T0 = 1_000_000;
const ROUNDING = { align: money(100), tradeQuantum: money(100) };
const MARKET = aMarket();

function report(scope: FeeReport["scope"], terms: readonly FeeTerms[]): FeeReport {
  const ticker = scope === "series" ? MARKET.seriesTicker : MARKET.eventTicker;
  return { type: "fees", scope, ticker, terms, recvMs: T0 };
}

function bookOf(...reports: readonly FeeReport[]): FeeBook {
  const book = new FeeBook(ROUNDING);
  for (const each of reports) book.take(each);
  return book;
}

const QUADRATIC: FeeTerms = { fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 };
const NONE = { feeType: null, multiplierBps: null };

/** Fee of one contract at 50 cents, micro-dollars; null when it is not known. */
function feeAt(book: FeeBook, atMs: number, market = MARKET): number | null {
  const schedule = book.schedule(market, atMs);
  return schedule === undefined ? null : takerFee(price(5_000), qty(100), schedule);
}

describe("FeeBook", () => {
  test("nothing is known of a series that nobody reported", () => {
    expect(feeAt(new FeeBook(ROUNDING), T0)).toBeNull();
    expect(feeAt(bookOf(report("event", [QUADRATIC])), T0)).toBe(17_500);
  });

  test("a change of the series counts from its time on, backwards and forwards", () => {
    const book = bookOf(
      report("series", [QUADRATIC, { ...QUADRATIC, fromMs: T0, multiplierBps: 5_000 }]),
    );
    // 0.00875 is rounded up to a hundredth of a cent.
    const times = [T0 - 1, T0, T0 + 1, T0 - 1];
    expect(times.map((at) => feeAt(book, at))).toEqual([17_500, 8_800, 8_800, 17_500]);
  });

  test("before the first dated terms nothing is known", () => {
    const book = bookOf(report("series", [{ ...QUADRATIC, fromMs: T0 }]));
    expect([feeAt(book, T0 - 1), feeAt(book, T0)]).toEqual([null, 17_500]);
  });

  test("the event's own terms beat the series', each part by itself, until they are cleared", () => {
    const series = report("series", [
      QUADRATIC,
      { ...QUADRATIC, fromMs: T0, multiplierBps: 20_000 },
    ]);
    const event = report("event", [
      { fromMs: 0, ...NONE },
      { fromMs: T0 + 1000, feeType: "quadratic_with_maker_fees", multiplierBps: null },
      { fromMs: T0 + 2000, feeType: null, multiplierBps: 0 },
      { fromMs: T0 + 3000, ...NONE },
    ]);
    const book = bookOf(series, event);
    const rates = [999, 1000, 2000, 3000].map((after) => {
      const { makerRateBps, multiplierBps } = book.schedule(MARKET, T0 + after) ?? {};
      return [makerRateBps, multiplierBps];
    });
    expect(rates).toEqual([
      [0, 20_000],
      [175, 20_000],
      [0, 0],
      [0, 20_000],
    ]);
    // Another event of the series has no part in it.
    const other = aMarket({ ticker: "KXBTC15M-X-00", eventTicker: "KXBTC15M-X" });
    expect(book.schedule(other, T0 + 2000)?.multiplierBps).toBe(20_000);
  });

  test("a waiver makes fills free until it ends, whatever the type is", () => {
    const book = bookOf(report("series", [{ ...QUADRATIC, feeType: "flat" }]));
    const market = aMarket({ feeWaiverMs: T0 });
    expect([feeAt(book, T0 - 1, market), feeAt(book, T0, market)]).toEqual([0, null]);
    book.take(report("series", [QUADRATIC]));
    expect([feeAt(book, T0 - 1, market), feeAt(book, T0, market)]).toEqual([0, 17_500]);
  });

  test("a waiver that comes, moves or goes with the market counts at once", () => {
    const book = bookOf(report("series", [QUADRATIC]));
    expect(feeAt(book, T0)).toBe(17_500);
    expect(feeAt(book, T0, aMarket({ feeWaiverMs: T0 + 1 }))).toBe(0);
    expect(feeAt(book, T0, aMarket({ feeWaiverMs: null }))).toBe(17_500);
  });

  test("a type without a known rule is refused for its time only", () => {
    const flat = { fromMs: T0, feeType: "flat", multiplierBps: 10_000 };
    const book = bookOf(report("series", [QUADRATIC, flat, { ...QUADRATIC, fromMs: T0 + 1000 }]));
    const times = [T0 - 1, T0, T0 + 999, T0 + 1000];
    expect(times.map((at) => feeAt(book, at))).toEqual([17_500, null, null, 17_500]);
  });

  test("a report replaces what was known, and what was answered", () => {
    const book = bookOf(report("series", [QUADRATIC]));
    expect(feeAt(book, T0)).toBe(17_500);
    book.take(report("series", [{ ...QUADRATIC, multiplierBps: 0 }]));
    expect(feeAt(book, T0)).toBe(0);
  });

  test("the answer is the same object until the next change: one look-up an evaluation", () => {
    const book = bookOf(report("series", [QUADRATIC, { ...QUADRATIC, fromMs: T0 + 9 }]));
    const first = book.schedule(MARKET, T0);
    expect(book.schedule(MARKET, T0 + 8)).toBe(first);
    expect(book.schedule(MARKET, T0 + 9)).not.toBe(first);
  });

  test("a whole schedule given as the rounding lends nothing but its quanta", () => {
    const rates = { takerRateBps: 1, makerRateBps: 1, multiplierBps: 1, rebateUnit: money(1) };
    const book = new FeeBook({ ...ROUNDING, ...rates });
    book.take(report("series", [QUADRATIC]));
    expect(feeAt(book, T0)).toBe(17_500);
  });
});

function change(fromMs: number, multiplierBps: number): FeeTerms {
  return { fromMs, feeType: "quadratic", multiplierBps };
}

describe("datedTerms", () => {
  const now = { feeType: "quadratic", multiplierBps: 10_000 };

  test("without a change of the past, what holds now always did", () => {
    const future = change(T0 + 1, 5_000);
    expect(datedTerms({ now, changes: [future] }, [], T0)).toEqual([{ fromMs: 0, ...now }, future]);
  });

  test("a change of the past says since when; what was before it is not known", () => {
    const past = change(T0 - 100_000, 10_000);
    const changes = [change(T0 + 5, 1), past];
    expect(datedTerms({ now, changes }, [], T0)).toEqual([past, change(T0 + 5, 1)]);
  });

  test("what nobody announced holds from the reading on, and stays dated so", () => {
    const known = [change(0, 20_000)];
    const terms = datedTerms({ now, changes: [] }, known, T0);
    expect(terms).toEqual([...known, { fromMs: T0, ...now }]);
    expect(datedTerms({ now, changes: [] }, terms, T0 + 7_000_000)).toEqual(terms);
  });

  test("a reading right after a change is believed only when it had the time to know of it", () => {
    const young = change(T0, 5_000);
    const reading = { now, changes: [young] };
    expect(datedTerms(reading, [], T0 + FEE_LAG_MS - 1)).toEqual([young]);
    const late = { fromMs: T0 + FEE_LAG_MS, ...now };
    expect(datedTerms(reading, [], T0 + FEE_LAG_MS)).toEqual([young, late]);
  });

  test("an announcement that was taken back is gone, one that came true is not doubled", () => {
    const first = datedTerms({ now, changes: [change(T0 + 1000, 5_000)] }, [], T0);
    expect(datedTerms({ now, changes: [] }, first, T0 + 1)).toEqual([{ fromMs: 0, ...now }]);
    const after = { now: { ...now, multiplierBps: 5_000 }, changes: [change(T0 + 1000, 5_000)] };
    expect(datedTerms(after, first, T0 + 2_000)).toEqual(first);
  });
});
