import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../src/core/strategy.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { thresholdEvParams } from "../../../src/strategies/threshold-ev.params.ts";
import { createThresholdEv } from "../../../src/strategies/threshold-ev.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = thresholdEvParams.parse({});

const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(20_000_000) };

const judge = (overrides: Partial<MarketView> = {}, params: Partial<typeof PARAMS> = {}) =>
  createThresholdEv({ ...PARAMS, ...params }, ACCOUNT).evaluate(aView(overrides));

const kelly = (overrides: Partial<MarketView> = {}, params: Partial<typeof PARAMS> = {}) =>
  judge(overrides, { sizing: "kelly", ...params });

describe("threshold-ev", () => {
  test("buys YES when the model is far enough above the ask, fee and slippage counted", () => {
    const verdict = judge();
    expect(verdict).toMatchObject({ decision: "trade", reason: "edge", side: "yes" });
    // 10 contracts at 51 cents: fee 0.174930 rounded up to 0.1750, so 52.75 cents each.
    expect(verdict.cost).toBe(527_500);
    expect(verdict.ev).toBeCloseTo(0.6 - 0.5275 - 0.005, 12);
    expect(verdict.intent).toMatchObject({
      side: "yes",
      action: "buy",
      qty: 1000,
      timeInForce: "ioc",
      postOnly: false,
      expiresMs: null,
    });
    // One tick above the ask at most, and never where EV_MIN would be gone.
    expect(verdict.intent?.price).toBe(5_200);
  });

  test("buys NO at the complement of the YES bid", () => {
    const verdict = judge({ p: 0.4, pLow: 0.39, pHigh: 0.41 });
    expect(verdict).toMatchObject({ decision: "trade", side: "no", cost: 517_500 });
    expect(verdict.intent?.price).toBe(5_100);
  });

  test.each([
    ["the input's problem", { problem: "spot_stale", problems: ["spot_stale"] }, "spot_stale"],
    ["too early", { tauS: 3_601 }, "tau_above_max"],
    ["too late", { tauS: 120 }, "closing_soon"],
    ["one side missing", { yesAsk: null, spreadTicks: null }, "one_sided"],
    ["spread", { spreadTicks: 7 }, "spread_wide"],
    ["no edge", { p: 0.51, pLow: 0.51, pHigh: 0.51 }, "ev_below_min"],
    ["edge hangs on sigma", { pLow: 0.7, pHigh: 0.5 }, "vol_guess"],
    ["no depth", { yesAskQty: qty(150) }, "depth"],
  ])("declines: %s", (_name, overrides, reason) => {
    expect(judge(overrides)).toMatchObject({ decision: "no_trade", reason, intent: null });
  });

  test("still says side, cost and expected value when it declines", () => {
    expect(judge({ tauS: 60 })).toMatchObject({ side: "yes", cost: 527_500 });
  });

  test("takes at most half of the displayed depth, in whole contracts", () => {
    expect(judge({ yesAskQty: qty(1_100) }).intent?.qty).toBe(500);
  });

  test("the limit stays on the grid where the step changes", () => {
    const verdict = judge({
      p: 0.2,
      pLow: 0.2,
      pHigh: 0.2,
      yesBid: price(980),
      yesAsk: price(990),
    });
    expect(verdict.intent?.price).toBe(1_000);
  });

  test("names every gate that is shut, not only the first", () => {
    const shut = { tauS: 100, spreadTicks: 9, p: 0.5, pLow: 0.5, pHigh: 0.5, yesBidQty: qty(100) };
    expect(judge(shut)).toMatchObject({
      reason: "closing_soon",
      failed: ["closing_soon", "spread_wide", "ev_below_min", "vol_guess", "depth"],
    });
    const blind = { problem: "book_stale", problems: ["book_stale", "no_sigma"], p: null };
    expect(judge({ ...blind, tauS: 5_000 }).failed).toEqual([
      "book_stale",
      "no_sigma",
      "tau_above_max",
    ]);
    expect(judge().failed).toEqual([]);
  });

  test("stakes by Kelly when told to: a quarter of it, ramped by the edge, within position and depth", () => {
    // Edge 6.75 cents net of slippage lies half-way up the ramp: 0.25 + 0.75 · 3.75 / 7 of a quarter of Kelly.
    const whole = kelly({ yesAskQty: qty(10_000_000) }, { max_cost_usd: 1e6 });
    expect(whole.intent?.qty).toBeGreaterThan(0);
    expect((whole.intent?.qty ?? 0) * 5_200).toBeLessThanOrEqual(20_000_000);
    expect(kelly({}, { max_cost_usd: 6 }).intent?.qty).toBe(1_100);
    expect(kelly({ yesAskQty: qty(1_100) }).intent?.qty).toBe(500);
    expect(kelly({}, { kelly_fraction: 0 })).toMatchObject({
      decision: "no_trade",
      reason: "stake_below_one",
    });
    expect(kelly({ yesAskQty: qty(150) })).toMatchObject({ reason: "depth" });
  });
});
