import { describe, expect, test } from "vitest";
import { LossBook, type LossRules, type ResultLeg } from "../../../../src/core/risk/loss-book.ts";
import { ModelBook } from "../../../../src/core/risk/model-book.ts";
import { RepeatBook } from "../../../../src/core/risk/repeat-book.ts";
import { money, qty } from "../../../../src/core/units.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = 100 * DAY + 12 * HOUR;

/** The start values on $1,000. */
const RULES: LossRules = {
  maxDay: money(30_000_000),
  maxRolling: money(30_000_000),
  maxDrawdown: money(100_000_000),
  streak: 3,
  cooldownMs: HOUR,
};

const dollars = (amount: number) => money(Math.round(amount * 1e6));

function leg(ticker: string, rest: Partial<ResultLeg>): ResultLeg {
  const buy = { action: "buy", side: "yes", qty: qty(1_000), pnl: null } as const;
  return { ticker, ...buy, atMs: NOON, isFinal: true, ...rest };
}

/** Ten contracts bought and settled. */
function bet(ticker: string, pnl: number, atMs = NOON): ResultLeg[] {
  const settle = { action: "settle", qty: qty(1_000), pnl: dollars(pnl) } as const;
  return [leg(ticker, { atMs }), leg(ticker, { ...settle, atMs })];
}

function bookOf(legs: readonly ResultLeg[], cleared?: ReadonlyMap<string, number>): LossBook {
  const book = new LossBook(RULES, cleared);
  for (const one of legs) book.take(one);
  return book;
}

const kinds = (book: LossBook, nowMs = NOON) => book.causes(nowMs).map(({ kind }) => kind);

/** So many markets of which half turn out yes. */
function scored(count: number, p: number, pMarket: number): ModelBook {
  const book = new ModelBook(0.02);
  for (let at = 0; at < count; at++) {
    const ticker = `M${at}`;
    book.bought({ ticker, p: at % 2 === 0 ? p : 1 - p, pMarket });
    // What is believed later in the same market is not what was decided on first.
    book.bought({ ticker, p: 0.5, pMarket: 0.5 });
    book.settled(ticker, at % 2 === 0 ? "no" : "yes");
  }
  return book;
}

const sent = (book: RepeatBook, orderId: string, end: { afterMs: number; filled: number }) => {
  const signal = { strategy: "s", ticker: "A-1-1", side: "yes" } as const;
  book.sent({ orderId, ...signal, createdMs: NOON });
  return book.ended({ orderId, atMs: NOON + end.afterMs, filledQty: qty(end.filled) });
};

describe("LossBook", () => {
  test("I23: the day begins at midnight UTC, the 24 hours go on over it, gains make no room", () => {
    const book = bookOf([
      ...bet("A", -8, NOON),
      ...bet("B", 50, NOON + HOUR),
      ...bet("C", -7, NOON + 13 * HOUR),
    ]);
    expect(book.day(NOON + 13 * HOUR)).toBe(7_000_000);
    expect(book.rolling(NOON + 13 * HOUR)).toBe(15_000_000);
    expect(book.rolling(NOON + DAY - 1)).toBe(15_000_000);
    expect(book.rolling(NOON + DAY)).toBe(7_000_000);
  });

  test("a loss of the whole day's limit stops trading, with cause and number", () => {
    expect(kinds(bookOf(bet("A", -29.999999)))).toEqual([]);
    expect(bookOf(bet("A", -30)).causes(NOON)).toEqual([
      { kind: "daily_loss", value: 30, limitValue: 30, reason: "lost today: $30.00 of $30.00" },
      {
        kind: "rolling_loss",
        value: 30,
        limitValue: 30,
        reason: "lost within 24 hours: $30.00 of $30.00",
      },
    ]);
  });

  test("midnight does not open a new 3 %", () => {
    const legs = [...bet("A", -16, NOON), ...bet("B", -16, NOON + 13 * HOUR)];
    expect(kinds(bookOf(legs), NOON + 13 * HOUR)).toEqual(["rolling_loss"]);
  });

  test("the way down is measured from the highest point, over all days", () => {
    const rise = bet("A", 40, NOON - 30 * DAY);
    const fall = [1, 2, 3, 4].flatMap((day) => bet(`B${day}`, -25, NOON - day * 3 * DAY));
    const book = bookOf([...rise, ...fall]);
    expect(book.drawdown).toBe(100_000_000);
    expect(kinds(book)).toEqual(["drawdown"]);
    // Whoever has cleared the latch starts from where he stands.
    const cleared = bookOf([...rise, ...fall], new Map([["drawdown", NOON - DAY]]));
    expect(cleared.drawdown).toBe(0);
    expect(kinds(cleared)).toEqual([]);
  });

  test("a result that may be taken back counts once it is final, with what is known then", () => {
    const provisional = { action: "settle", isFinal: false, pnl: dollars(-5) } as const;
    const final = { action: "settle", qty: qty(0), pnl: null } as const;
    const book = bookOf([leg("A", {}), leg("A", provisional)]);
    expect(book.rolling(NOON)).toBe(0);
    book.take(leg("A", final));
    expect(book.rolling(NOON)).toBe(5_000_000);
    expect(book.streak.inARow).toBe(1);
    const turned = bookOf([leg("A", {}), leg("A", provisional)]);
    turned.take(leg("A", { ...final, pnl: dollars(12) }));
    expect(turned.rolling(NOON)).toBe(0);
    expect(turned.streak.inARow).toBe(0);
  });

  test("three losses in a row cool, in the order of settlement; twice a day they stop trading", () => {
    const lose = (count: number, atMs: number) =>
      Array.from({ length: count }, (_, at) => bet(`L${atMs}-${at}`, -1, atMs)).flat();
    expect(bookOf(lose(2, NOON)).isCooling(NOON)).toBe(false);
    expect(bookOf([...lose(2, NOON), ...bet("W", 1), ...lose(1, NOON)]).isCooling(NOON)).toBe(
      false,
    );
    const book = bookOf(lose(3, NOON));
    expect(book.isCooling(NOON + HOUR - 1)).toBe(true);
    expect(book.isCooling(NOON + HOUR)).toBe(false);
    expect(kinds(book)).toEqual([]);
    for (const one of lose(3, NOON + 2 * HOUR)) book.take(one);
    expect(kinds(book, NOON + 2 * HOUR)).toEqual(["loss_streak"]);
    const nextDay = bookOf([...lose(3, NOON), ...lose(3, NOON + DAY)]);
    expect(kinds(nextDay, NOON + DAY)).toEqual([]);
    const clearedMs = NOON + 3 * HOUR;
    const legs = [...lose(3, NOON), ...lose(3, NOON + 2 * HOUR)];
    expect(kinds(bookOf(legs, new Map([["loss_streak", clearedMs]])), clearedMs)).toEqual([]);
  });

  test("a holding that was sold in pieces is one result", () => {
    const sale = { action: "sell", qty: qty(500), pnl: dollars(-1) } as const;
    const book = bookOf([leg("A", {}), leg("A", sale)]);
    expect(book.streak.inARow).toBe(0);
    expect(book.rolling(NOON)).toBe(1_000_000);
    book.take(leg("A", sale));
    expect(book.streak.inARow).toBe(1);
  });
});

describe("ModelBook", () => {
  test.each<[name: string, book: ModelBook, isLatched: boolean]>([
    ["49 results say nothing", scored(49, 0.9, 0.5), false],
    ["50 in which the model was surely wrong", scored(50, 0.9, 0.5), true],
    ["50 in which it was as good as the market", scored(50, 0.51, 0.5), false],
    ["50 in which it was better", scored(50, 0.1, 0.5), false],
  ])("%s", (_name, book, isLatched) => {
    expect(book.cause()?.kind ?? null).toBe(isLatched ? "model_worse" : null);
  });
});

describe("RepeatBook", () => {
  test.each<[name: string, end: { afterMs: number; filled: number }, isLatched: boolean]>([
    ["without a fill", { afterMs: 45_000, filled: 0 }, true],
    ["filled at once", { afterMs: 400, filled: 1_000 }, true],
    ["filled after a while", { afterMs: 1_001, filled: 1_000 }, false],
  ])("four orders in a row %s", (_name, end, isLatched) => {
    const book = new RepeatBook(3);
    const causes = ["a", "b", "c", "d"].map((id) => sent(book, id, end));
    expect(causes.slice(0, 3)).toEqual([null, null, null]);
    expect(causes[3]?.kind ?? null).toBe(isLatched ? "repeated" : null);
  });

  test("one that fills after a while begins a new count", () => {
    const book = new RepeatBook(3);
    const nothing = { afterMs: 45_000, filled: 0 };
    for (const id of ["a", "b", "c"]) sent(book, id, nothing);
    sent(book, "d", { afterMs: 5_000, filled: 100 });
    expect(sent(book, "e", nothing)).toBeNull();
  });
});
