import { describe, expect, test } from "vitest";
import type { MarketView, Strategy, Verdict } from "../../../src/core/strategy.ts";
import { qty } from "../../../src/core/units.ts";
import { meanReversionParams } from "../../../src/strategies/mean-reversion.params.ts";
import { createMeanReversion } from "../../../src/strategies/mean-reversion.ts";
import { aMarket } from "../../support/builders.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = meanReversionParams.parse({});
const START = 60_000_000;
const SECONDS = 301;

type Settings = Partial<typeof PARAMS>;

/** Five minutes of $1 above and below $100,000 in turn: the s.d. is a dollar. */
function watched(params: Settings = {}, seconds = SECONDS): Strategy {
  const strategy = createMeanReversion({ ...PARAMS, ...params });
  for (let s = 0; s < seconds; s++) {
    const spotUsd = 100_000 + (s % 2 === 0 ? 1 : -1);
    strategy.evaluate(aView({ nowMs: START + s * 1_000, spotUsd }));
  }
  return strategy;
}

/** Within the second of the last sample, so that this price is judged by the others alone. */
const now = (overrides: Partial<MarketView> = {}): MarketView =>
  aView({ nowMs: START + (SECONDS - 1) * 1_000 + 500, spotUsd: 100_002.1, ...overrides });

const judge = (overrides: Partial<MarketView> = {}, params: Settings = {}): Verdict =>
  watched(params).evaluate(now(overrides));

/** The model alone would not buy NO at 50 cents plus costs: it says 0.46. */
const CHEAP_NO = { p: 0.46, pLow: 0.455, pHigh: 0.465 };
/** Nor YES at 51. */
const CHEAP_YES = { p: 0.56, pLow: 0.555, pHigh: 0.565 };

const believed = (verdict: Verdict): number =>
  (verdict.ev ?? Number.NaN) + (verdict.cost ?? Number.NaN) / 1e6 + PARAMS.slippage_cents / 100;

const at = (seconds: number): Partial<MarketView> => ({ nowMs: START + seconds * 1_000 + 500 });

describe("mean-reversion", () => {
  test("fades a rise with NO: high confidence adds four points to the model's chance of it", () => {
    const verdict = judge(CHEAP_NO);
    expect(verdict).toMatchObject({ decision: "trade", reason: "edge", side: "no" });
    expect(believed(verdict)).toBeCloseTo(1 - 0.46 + 0.04, 6);
    expect(verdict.intent).toMatchObject({ side: "no", action: "buy", qty: 1_000 });
  });

  test("fades a fall with YES", () => {
    const verdict = judge({ ...CHEAP_YES, spotUsd: 99_997.9 });
    expect(verdict).toMatchObject({ decision: "trade", side: "yes" });
    expect(believed(verdict)).toBeCloseTo(0.56 + 0.04, 6);
  });

  test.each([
    ["two s.d. and more", 100_002.05, 0.04],
    ["one and a half", 100_001.6, 0.02],
    ["less", 100_001.4, 0],
  ])("confidence: %s", (_name, spotUsd, shift) => {
    expect(believed(judge({ ...CHEAP_NO, spotUsd }))).toBeCloseTo(0.54 + shift, 6);
  });

  test("no conviction outweighs a price: the model's chance must be near enough", () => {
    expect(judge({ p: 0.5, pLow: 0.5, pHigh: 0.5 })).toMatchObject({
      side: "no",
      failed: ["ev_below_min"],
    });
  });

  test.each<[string, Partial<MarketView>, string[]]>([
    ["a small move", { spotUsd: 100_001.2, p: 0.4, pLow: 0.4, pHigh: 0.4 }, ["z_small"]],
    ["no move at all", { spotUsd: 100_000 }, ["z_small"]],
    ["a ladder", { market: aMarket({ strikeType: "greater" }) }, ["other_series"]],
    ["another window", { market: aMarket({ openMs: 1_500_000 }) }, ["other_series"]],
    ["no model for it", { market: aMarket({ seriesTicker: "KXHIGHNY" }) }, ["other_series"]],
    ["the input's problem", { problem: "book_late", problems: ["book_late"] }, ["book_late"]],
    ["too early", { tauS: 3_601 }, ["tau_above_max"]],
    ["too late", { tauS: 100 }, ["closing_soon"]],
    ["nobody offers", { yesBid: null, spreadTicks: null }, ["one_sided"]],
    ["spread", { spreadTicks: 7 }, ["spread_wide"]],
    ["hangs on sigma", { pHigh: 0.6 }, ["vol_guess"]],
    ["no depth", { yesBidQty: qty(150) }, ["depth"]],
  ])("declines: %s", (_name, overrides, failed) => {
    const verdict = judge({ ...CHEAP_NO, ...overrides });
    expect(verdict).toMatchObject({ decision: "no_trade", reason: failed[0], intent: null });
    expect(verdict.failed.slice(0, failed.length)).toEqual(failed);
  });

  test("names every gate that is shut", () => {
    const shut = { tauS: 100, spreadTicks: 9, p: 0.6, pLow: 0.6, pHigh: 0.6, yesBidQty: qty(50) };
    expect(judge({ ...shut, spotUsd: 100_001 }).failed).toEqual([
      "closing_soon",
      "z_small",
      "spread_wide",
      "ev_below_min",
      "vol_guess",
      "depth",
    ]);
    const blind = { problem: "spot_stale", problems: ["spot_stale"], p: null };
    expect(createMeanReversion(PARAMS).evaluate(aView({ ...blind, tauS: 5_000 })).failed).toEqual([
      "spot_stale",
      "tau_above_max",
      "warming",
    ]);
  });

  test("waits until nine tenths of the look-back are filled, and again after a hole", () => {
    expect(watched({}, 269).evaluate(now(at(268))).failed).toContain("warming");
    expect(watched({}, 270).evaluate(now(at(269))).failed).not.toContain("warming");
    const silent = { ...at(SECONDS + 40), spotAgeMs: 41_000 };
    expect(watched().evaluate(now(silent)).failed).toContain("warming");
  });

  test("the mean forgets what is older than the look-back", () => {
    const strategy = watched();
    for (let s = SECONDS; s < SECONDS + 300; s++) {
      const spotUsd = 100_100 + (s % 2 === 0 ? 1 : -1);
      strategy.evaluate(aView({ nowMs: START + s * 1_000, spotUsd }));
    }
    const later = { nowMs: START + (SECONDS + 299) * 1_000 + 500, spotUsd: 100_102.1 };
    expect(believed(strategy.evaluate(now({ ...CHEAP_NO, ...later })))).toBeCloseTo(0.58, 6);
  });

  test("one asset's prices are no other's", () => {
    const market = aMarket({ seriesTicker: "KXETH15M" });
    expect(judge({ market }).failed).toContain("warming");
  });
});
