import { describe, expect, test } from "vitest";
import { wishToLeave } from "../../../../src/core/exits/exit-wish.ts";
import type { Holding, MarketView } from "../../../../src/core/strategy.ts";
import { price, qty } from "../../../../src/core/units.ts";
import { exitsBy } from "../../../support/engine-config.ts";
import { aView } from "../../../support/market-view.ts";

// When a rule sells, look by look. Ten contracts were bought at 40 cents ten minutes before `nowMs`.

const NOW = 1_200_000;
const held = (overrides: Partial<Holding> = {}): Holding => ({
  side: "yes",
  qty: qty(1_000),
  entry: 0.4,
  strategy: "somebody",
  openedMs: NOW - 600_000,
  ...overrides,
});

/** The view of a YES quoted at those prices in cents; null where nobody quotes. */
const quoted = (
  bid: number | null,
  ask: number | null,
  overrides: Partial<MarketView> = {},
): MarketView =>
  aView({
    nowMs: NOW,
    p: 0.4,
    holding: held(),
    yesBid: bid === null ? null : price(Math.round(bid * 100)),
    yesAsk: ask === null ? null : price(ask * 100),
    ...overrides,
  });

const reasonOf = (word: string, view: MarketView): string | null =>
  wishToLeave(view, exitsBy(word))?.reason ?? null;

describe("a stop", () => {
  test.each([
    ["a quarter below what was paid", 30, 32, "stop_loss"],
    ["a cent above that", 31, 33, null],
    ["far below", 5, 7, "stop_loss"],
    ["unchanged", 40, 41, null],
    ["far below, however high the ask", 10, 95, "stop_loss"],
  ])("%s: %i bid, %i asked gives %s", (_, bid, ask, reason) => {
    expect(reasonOf("stop25", quoted(bid, ask))).toBe(reason);
  });

  test.each([20, 28, 36, 40, 44, 52, 60, 68, 76, 84, 92])(
    "bought at %i cents it sells at three quarters to the cent",
    (cents) => {
      const holding = held({ entry: cents / 100 });
      const at = (cents * 3) / 4;
      expect(reasonOf("stop25", quoted(at, 99, { holding }))).toBe("stop_loss");
      expect(reasonOf("stop25", quoted(at + 0.1, 99, { holding }))).toBeNull();
    },
  );

  test("a NO is held against the bid for NO, which is what the YES ask leaves", () => {
    const holding = held({ side: "no" });
    expect(reasonOf("stop25", quoted(1, 70, { holding }))).toBe("stop_loss");
    expect(reasonOf("stop25", quoted(1, 69, { holding }))).toBeNull();
  });

  test("without a bid nothing is decided: an ask is nobody who buys", () => {
    expect(reasonOf("stop25", quoted(null, 2))).toBeNull();
    expect(reasonOf("stop25+time1m+target35+model", quoted(null, 2))).toBeNull();
  });
});

describe("a target", () => {
  test.each([
    [53, null],
    [54, "take_profit"],
    [90, "take_profit"],
  ])("35 percent above 40 cents: %i bid gives %s", (bid, reason) => {
    expect(reasonOf("target35", quoted(bid, bid + 1, { p: 0.99 }))).toBe(reason);
  });
});

describe("a time", () => {
  test.each([
    ["time10m", "time_exit"],
    ["time599s", "time_exit"],
    ["time601s", null],
    ["time11m", null],
  ])("ten minutes after the first fill %s gives %s", (word, reason) => {
    expect(reasonOf(word, quoted(40, 41))).toBe(reason);
  });
});

describe("the model", () => {
  // Ten contracts at 45 cents cost 1.74 cents each in fees to sell, and the bid must beat the model by one more.
  test.each([
    ["worth what is bid", 0.45, null],
    ["worth the bid less fee and buffer", 0.423, null],
    ["worth a little less than that", 0.422, "model_exit"],
    ["without a probability", null, null],
  ])("%s", (_, p, reason) => {
    expect(reasonOf("model", quoted(45, 46, { p }))).toBe(reason);
  });

  test("sells no lower than what keeping is worth, all others no lower than the floor", () => {
    const found = wishToLeave(quoted(60, 61, { p: 0.4 }), exitsBy("model"));
    expect(found?.exit?.floor).toBeGreaterThan(4_100);
    expect(found?.exit?.floor).toBeLessThan(4_200);
    expect(wishToLeave(quoted(60, 61), exitsBy("target35"))?.exit?.floor).toBe(500);
  });

  test("a problem of the inputs silences it and no other part", () => {
    const late = quoted(20, 21, { p: 0.01, problem: "spot_late", problems: ["spot_late"] });
    expect(reasonOf("model", late)).toBeNull();
    expect(reasonOf("model+stop25", late)).toBe("stop_loss");
  });
});

describe("several at once", () => {
  test.each([
    ["stop25+target35", 30, 0.4, "stop_loss"],
    ["stop25+target35", 54, 0.9, "take_profit"],
    ["stop25+target35", 45, 0.4, null],
    ["target35+time10m", 54, 0.9, "time_exit"],
    ["model+target35", 60, 0.1, "take_profit"],
    ["model+target35", 50, 0.1, "model_exit"],
    ["own+stop25", 30, 0.4, "stop_loss"],
  ])("%s at %i bid and p %d gives %s", (word, bid, p, reason) => {
    expect(reasonOf(word, quoted(bid, bid + 1, { p }))).toBe(reason);
  });
});

describe("nothing is sold", () => {
  test.each([
    ["of nothing", { holding: null }],
    ["on a book that is not to be trusted", { bookProblem: "book_stale", problem: "book_stale" }],
    ["of what was forgotten", { holding: held({ strategy: "" }) }],
  ])("%s", (_, overrides) => {
    expect(reasonOf("stop25+time1m+model", quoted(10, 11, overrides))).toBeNull();
  });

  test.each(["own", "hold"])("by %s, whatever happens", (word) => {
    for (const bid of [1, 40, 99]) expect(reasonOf(word, quoted(bid, 100, { p: 0.01 }))).toBeNull();
  });
});

test("the verdict says what selling brings over keeping, the fee taken off", () => {
  const found = wishToLeave(quoted(30, 31, { p: 0.25 }), exitsBy("stop25"));
  expect(found).toMatchObject({ decision: "trade", side: "yes", cost: null, failed: [] });
  expect(found?.ev).toBeCloseTo(0.3 - 0.0147 - 0.25, 6);
  expect(found?.intent).toMatchObject({ action: "sell", strategy: "somebody", qty: 1_000 });
});
