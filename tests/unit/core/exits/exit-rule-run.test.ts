import { describe, expect, test } from "vitest";
import type { EngineConfig } from "../../../../src/core/engine-config.ts";
import type { PastTrading } from "../../../../src/core/past-trading.ts";
import { price } from "../../../../src/core/units.ts";
import { aFill } from "../../../support/builders.ts";
import { exitsBy } from "../../../support/engine-config.ts";
import { ExitRig, MARKET, sales } from "../../../support/exit-rig.ts";

// A rule through the engine: ten contracts are bought at 62 cents, the book moves, and the strategy would keep them.

function holding(word: string, config: Partial<EngineConfig> = {}): ExitRig {
  const rig = new ExitRig({ exits: exitsBy(word), ...config });
  rig.answer(1_000);
  rig.wish = null;
  return rig;
}

const traded = (rig: ExitRig) => rig.verdicts.filter((verdict) => verdict.startsWith("trade "));
const EDGE = "trade edge";

describe("sells at the bid when it is time to, and says why", () => {
  test.each([
    ["stop25", 47, 46, "stop_loss"],
    ["target35", 83, 84, "take_profit"],
    ["stop25+target35", 60, 46, "stop_loss"],
    ["stop25+target35", 60, 84, "take_profit"],
  ])("%s: not at %i, but at %i: %s", (word, kept, sold, reason) => {
    const rig = holding(word);
    rig.book(kept, 98 - kept);
    rig.wait(5);
    expect(sales(rig)).toEqual([]);
    rig.book(sold, 98 - sold);
    expect(sales(rig)).toEqual([[sold * 100, 1_000]]);
    expect(traded(rig)).toEqual([EDGE, `trade ${reason}`]);
    rig.answer(1_000);
    rig.wait(2);
    expect(rig.risks).toEqual([
      `exit_committed 10 ${MARKET.ticker} ${reason}`,
      `exit_flat 0 ${MARKET.ticker} ${reason} after 1 orders`,
    ]);
    expect(rig.engine.portfolio.openCount).toBe(0);
  });

  test("for the reason that came first, although another came before it was sold", () => {
    const rig = holding("stop25+target35");
    rig.book(84, 14);
    rig.answer(0);
    rig.book(30, 68);
    rig.wait(1);
    expect(sales(rig)).toEqual([
      [8_400, 1_000],
      [2_900, 1_000],
    ]);
    expect(traded(rig)).toEqual([EDGE, "trade take_profit"]);
  });

  test("so long after the first fill", () => {
    const rig = holding("time10m");
    rig.wait(599);
    expect(sales(rig)).toEqual([]);
    rig.wait(1);
    expect(sales(rig)).toEqual([[6_000, 1_000]]);
    expect(traded(rig)).toEqual([EDGE, "trade time_exit"]);
  });

  test("when the model values it less than the bid does", () => {
    const rig = holding("stop25+model");
    rig.price(100_200);
    rig.wait(2);
    expect(sales(rig)).toEqual([]);
    rig.spotUsd = 99_800;
    rig.wait(1);
    expect(sales(rig)).toEqual([[6_000, 1_000]]);
    expect(traded(rig)).toEqual([EDGE, "trade model_exit"]);
  });
});

test("a spread that opens is no fall: the ask stops nothing out, nor does a market without a bid", () => {
  const rig = holding("stop25");
  // YES is offered at 40 and then at 3, with 39 and nobody bidding for it.
  rig.book(59, 1);
  rig.wait(2);
  rig.book(0, 97);
  rig.wait(2);
  expect(sales(rig)).toEqual([]);
  rig.book(59, 38);
  rig.wait(2);
  expect(sales(rig)).toEqual([]);
});

describe("on a book that is not to be trusted nothing is sold", () => {
  test("when the feed has fallen silent, until it speaks again", () => {
    const rig = holding("time30s");
    rig.wait(15);
    rig.silence(60);
    expect(rig.verdicts.at(-1)).toBe("no_trade no_wish");
    // The first ten seconds of silence are still believed.
    expect(sales(rig)).toEqual([]);
    rig.wait(2);
    expect(sales(rig)).toEqual([[6_000, 1_000]]);
  });

  test("when a message was lost, until it is whole again", () => {
    const rig = holding("stop25");
    const gap = { type: "gap", source: "kalshi", reason: "seq", tickers: [MARKET.ticker] } as const;
    const { nowMs } = rig;
    const numbers = { sid: 1, fromSeq: 2, toSeq: 3 } as const;
    rig.step({ ...gap, ...numbers, fromMs: nowMs, toMs: nowMs, recvMs: nowMs });
    rig.wait(20);
    expect(sales(rig)).toEqual([]);
    rig.book(20, 78);
    expect(sales(rig)).toEqual([[2_000, 1_000]]);
  });
});

describe("the strategy's own exit", () => {
  test.each([
    ["own", ["trade stop_loss"], [[6_000, 1_000]]],
    ["own+stop90", ["trade stop_loss"], [[6_000, 1_000]]],
    ["hold", [], []],
    ["stop90", [], []],
  ])("under %s", (word, verdicts, sold) => {
    const rig = holding(word);
    rig.wish = "leave";
    rig.wait(3);
    expect(sales(rig)).toEqual(sold);
    expect(traded(rig).slice(1)).toEqual(verdicts);
    expect(rig.verdicts.includes("no_trade exit_overruled")).toBe(sold.length === 0);
  });
});

/** What a wish to buy again is told so many seconds after the sale. */
function buyingAfter(seconds: number, config: Partial<EngineConfig>): string | undefined {
  const rig = holding("stop25", config);
  rig.book(40, 58);
  rig.answer(1_000);
  rig.wish = "buy";
  rig.wait(seconds);
  return rig.verdicts.at(-1);
}

describe("a market that the rule has sold in", () => {
  test.each([
    ["is not entered again", null, 300, "no_trade exit_reentry"],
    ["nor before the time set for that", 60_000, 59, "no_trade exit_reentry"],
    ["but then", 60_000, 60, EDGE],
    ["or at once", 0, 1, EDGE],
  ])("%s", (_, cooldownMs, seconds, verdict) => {
    const exits = { ...exitsBy("stop25"), cooldownMs };
    expect(buyingAfter(seconds, { exits })).toBe(verdict);
  });

  test("by an earlier run neither", () => {
    const sale = aFill({ fillId: "f2", action: "sell", price: price(3_000) });
    const fills = [aFill(), sale].map((fill) => ({ fill, strategy: "hasty", isOpen: true }));
    const past: PastTrading = { fills, losses: [], settled: [] };
    for (const [word, verdict] of [
      ["stop25", "no_trade exit_reentry"],
      ["own", EDGE],
      ["hold", EDGE],
    ] as const) {
      const rig = new ExitRig({ exits: exitsBy(word), past });
      rig.wait(1);
      expect(rig.verdicts[0]).toBe(verdict);
    }
  });
});

test("what another strategy bought in an earlier run is sold too, in that one's name", () => {
  const past: PastTrading = {
    fills: [{ fill: aFill(), strategy: "gone", isOpen: true }],
    losses: [],
    settled: [],
  };
  const rig = new ExitRig({ exits: exitsBy("stop25"), past });
  rig.wish = null;
  rig.book(37, 61);
  expect(rig.orders.map(({ action, strategy }) => [action, strategy])).toEqual([["sell", "gone"]]);
});

test("what could not be sold at a good price is still stopped out, and only once", () => {
  const rig = holding("target35+stop25");
  rig.book(84, 14);
  expect(sales(rig)).toHaveLength(1);
  rig.answer(0);
  // Nobody bids for a minute, and the exit is given up.
  rig.book(0, 14);
  rig.wait(61);
  expect(rig.risks.at(-1)).toBe(`exit_stranded 10 ${MARKET.ticker} time_used_up after 1 orders`);
  rig.book(85, 13);
  rig.wait(2);
  expect(sales(rig)).toHaveLength(1);
  rig.book(46, 52);
  expect(sales(rig).at(-1)).toEqual([4_600, 1_000]);
  rig.answer(0);
  rig.book(0, 52);
  rig.wait(61);
  rig.book(40, 58);
  rig.wait(2);
  expect(traded(rig)).toEqual([EDGE, "trade take_profit", "trade stop_loss"]);
});
