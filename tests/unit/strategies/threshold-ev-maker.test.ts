import { describe, expect, test } from "vitest";
import { makerFee } from "../../../src/core/fees.ts";
import type { MarketView, RestingOrder } from "../../../src/core/strategy.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { thresholdEvParams } from "../../../src/strategies/threshold-ev.params.ts";
import { createThresholdEv } from "../../../src/strategies/threshold-ev.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = thresholdEvParams.parse({ entry: "maker" });

const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(20_000_000) };

const judge = (overrides: Partial<MarketView> = {}, params: Partial<typeof PARAMS> = {}) =>
  createThresholdEv({ ...PARAMS, ...params }, ACCOUNT).evaluate(aView(overrides));

const resting = (overrides: Partial<RestingOrder> = {}): RestingOrder => ({
  orderId: "o1",
  strategy: "threshold-ev",
  side: "yes",
  price: price(5_000),
  placedMs: 1_190_000,
  ...overrides,
});

describe("threshold-ev as a maker", () => {
  test("waits at the best bid of the better side, post-only, until the exchange ends it", () => {
    const verdict = judge();
    expect(verdict).toMatchObject({
      decision: "trade",
      reason: "edge",
      side: "yes",
      cost: 500_000,
    });
    expect(verdict.intent).toMatchObject({
      action: "buy",
      side: "yes",
      price: 5_000,
      qty: 1_000,
      timeInForce: "gtc",
      postOnly: true,
      expiresMs: 1_245_000,
    });
  });

  test("NO waits at the complement of the YES ask", () => {
    const verdict = judge({ p: 0.4, pLow: 0.39, pHigh: 0.41 });
    expect(verdict.intent).toMatchObject({ side: "no", price: 4_900, postOnly: true });
  });

  test("charges what a fill says of the next seconds: half the spread, or half a second's move", () => {
    // Ten minutes before the close a second moves fair value by 1.7 cents at 60 %; spread 1 cent.
    const ev = judge().ev ?? Number.NaN;
    expect(0.6 - 0.5 - ev).toBeGreaterThan(0.005);
    expect(0.6 - 0.5 - ev).toBeLessThan(0.02);
    const wide =
      judge({ yesAsk: price(5_600), yesBid: price(5_000), spreadTicks: 6 }).ev ?? Number.NaN;
    expect(0.6 - 0.5 - wide).toBeCloseTo(0.03, 12);
  });

  test("a maker fee is charged where the series has one", () => {
    const { fees } = aView();
    if (fees === null) throw new Error("no fees");
    const schedule = { ...fees, makerRateBps: 175 };
    const fee = makerFee(price(5_000), qty(1_000), schedule);
    expect(fee).toBeGreaterThan(0);
    expect(judge({ fees: schedule }).cost).toBe(500_000 + fee / 10);
  });

  test.each<[name: string, bid: number, ask: number, ticks: number, at: number]>([
    ["one step inside", 5_000, 5_300, 1, 5_100],
    ["not as far as the ask", 5_000, 5_100, 1, 5_000],
    ["not where the step changes", 950, 1_200, 9, 950],
    ["in tenths of a cent at the rim", 900, 1_000, 3, 930],
  ])("a step above the bid: %s", (_, ...[bid, ask, maker_improve_ticks, at]) => {
    const view = { yesBid: price(bid), yesAsk: price(ask), p: 0.6, spreadTicks: 2 };
    expect(judge(view, { maker_improve_ticks }).intent?.price).toBe(at);
  });

  test.each<[name: string, overrides: Partial<MarketView>, reason: string]>([
    ["nobody asks", { yesAsk: null, spreadTicks: null, pMarket: null }, "one_sided"],
    ["spread", { spreadTicks: 7 }, "spread_wide"],
    ["no edge", { p: 0.52, pLow: 0.52, pHigh: 0.52 }, "ev_below_min"],
    ["edge hangs on sigma", { pLow: 0.7, pHigh: 0.49 }, "vol_guess"],
    ["too late", { tauS: 100 }, "closing_soon"],
  ])("declines: %s", (_, overrides, reason) => {
    expect(judge(overrides)).toMatchObject({ decision: "no_trade", reason, cancel: null });
  });

  test("waits for what Kelly stakes at that price when told to, and for nothing where that is less than one", () => {
    const kelly = { sizing: "kelly" } as const;
    const waiting = judge({ yesBidQty: qty(1e7) }, { ...kelly, max_cost_usd: 6 }).intent;
    expect(waiting).toMatchObject({ postOnly: true, price: 5_000 });
    expect(waiting?.qty).toBeLessThanOrEqual(1_200);
    expect(waiting?.qty).toBeGreaterThanOrEqual(1_100);
    expect(judge({}, { ...kelly, kelly_fraction: 0 })).toMatchObject({
      decision: "no_trade",
      reason: "stake_below_one",
    });
    expect(judge({ p: 0.52, pLow: 0.52, pHigh: 0.52 }, kelly)).toMatchObject({
      failed: ["ev_below_min"],
    });
  });

  describe("once it waits", () => {
    test.each<[name: string, overrides: Partial<MarketView>, reason: string, isWithdrawn: boolean]>(
      [
        ["it stays", {}, "quote_resting", false],
        ["also with less edge than it was placed for", { p: 0.535 }, "quote_resting", false],
        ["not with less than half of it", { p: 0.52 }, "quote_ev_gone", true],
        [
          "not behind another bid",
          { yesBid: price(5_100), yesAsk: price(5_200) },
          "quote_overtaken",
          true,
        ],
        ["not into the last minutes", { tauS: 120 }, "closing_soon", true],
        [
          "not without a price",
          { problem: "spot_stale", problems: ["spot_stale"] },
          "spot_stale",
          true,
        ],
      ],
    )("%s", (_, overrides, reason, isWithdrawn) => {
      const verdict = judge({ resting: resting(), ...overrides });
      expect(verdict).toMatchObject({ decision: "no_trade", reason, intent: null });
      expect(verdict.cancel).toBe(isWithdrawn ? "o1" : null);
    });

    test("NO is overtaken by a lower ask of YES", () => {
      const no = resting({ side: "no", price: price(4_900) });
      const low = { p: 0.4, pLow: 0.39, pHigh: 0.41, resting: no };
      expect(judge(low)).toMatchObject({ reason: "quote_resting" });
      expect(judge({ ...low, yesAsk: price(5_000), yesBid: price(4_900) })).toMatchObject({
        reason: "quote_overtaken",
        cancel: "o1",
      });
    });

    test("another strategy's order is not its to judge", () => {
      expect(judge({ resting: resting({ strategy: "other" }) })).toMatchObject({
        decision: "trade",
      });
    });
  });
});

describe("threshold-ev's exit", () => {
  const holding = {
    side: "yes",
    qty: qty(1_000),
    entry: 0.5,
    strategy: "threshold-ev",
    openedMs: 0,
  } as const;
  const leaving = (
    overrides: Partial<MarketView>,
    params: Partial<typeof PARAMS> = { exit: "model" },
  ) =>
    createThresholdEv({ ...thresholdEvParams.parse({}), ...params }, ACCOUNT).evaluate(
      aView({ holding, ...overrides }),
    );

  test("is off unless asked for", () => {
    expect(leaving({ p: 0.1 }, {}).exit).toBeNull();
  });

  test.each<[name: string, overrides: Partial<MarketView>, isSold: boolean]>([
    // Bid 50 cents, fee 1.75, buffer 1: sold below 47.25.
    ["worth less than the bid after fee and buffer", { p: 0.4724 }, true],
    ["worth as much", { p: 0.4726 }, false],
    ["no bid", { p: 0.1, yesBid: null }, false],
    ["no price", { p: 0.1, problem: "spot_stale", problems: ["spot_stale"] }, false],
    ["a book that cannot be trusted", { p: 0.1, bookProblem: "gap_seq" }, false],
    ["held by somebody else", { p: 0.1, holding: { ...holding, strategy: "other" } }, false],
    [
      "NO, whose bid is what YES is not asked for",
      { holding: { ...holding, side: "no" }, p: 0.55 },
      true,
    ],
    ["NO that is worth keeping", { holding: { ...holding, side: "no" }, p: 0.53 }, false],
  ])("%s", (_, overrides, isSold) => {
    expect(leaving(overrides).exit === null).toBe(!isSold);
  });

  test("never sells for less than the holding is worth to itself", () => {
    const { exit, ev, intent, reason } = leaving({ p: 0.4 });
    expect(reason).toBe("model_exit");
    expect(intent).toMatchObject({ action: "sell", side: "yes", qty: 1_000 });
    // 40 cents and the fee at the bid.
    expect(exit?.floor).toBe(4_175);
    expect(ev).toBeCloseTo(0.5 - 0.0175 - 0.4, 12);
  });
});
