import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../src/core/strategy.ts";
import { qty } from "../../../src/core/units.ts";
import { momentumParams } from "../../../src/strategies/momentum.params.ts";
import { createVoteStrategy } from "../../../src/strategies/vote-strategy.ts";
import { abstain, cast, type Vote } from "../../../src/strategies/voters/vote.ts";
import { aMarket } from "../../support/builders.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = momentumParams.parse({});
const UP = cast("voter", { size: 2, threshold: 1 }, {});
const HALF_UP = cast("voter", { size: 1, threshold: 1 }, {});
const DOWN = cast("voter", { size: -2, threshold: 1 }, {});

const strategyOf = (vote: Vote) => createVoteStrategy({ name: "voter", vote: () => vote }, PARAMS);

const judge = (vote: Vote, overrides: Partial<MarketView> = {}) =>
  strategyOf(vote).evaluate(aView(overrides));

/** The model alone would buy neither side: YES costs 51 cents and its fee. */
const EVEN = { p: 0.54, pLow: 0.54, pHigh: 0.54 };

describe("one voter as a strategy", () => {
  test("a sure vote moves the model's probability by all that it may, and its own is put on file", () => {
    const verdict = judge(UP, EVEN);
    expect(verdict).toMatchObject({ decision: "trade", reason: "edge", side: "yes" });
    expect(verdict.p).toBeCloseTo(0.54 + 0.04, 9);
    expect(verdict.intent).toMatchObject({ strategy: "voter", side: "yes", qty: 1_000 });
  });

  test("half a vote moves it by half of that", () => {
    expect(judge(HALF_UP, EVEN)).toMatchObject({ side: "yes", failed: ["ev_below_min"] });
    expect(judge(HALF_UP, EVEN).p).toBeCloseTo(0.54 + 0.02, 9);
  });

  test("down is NO", () => {
    const verdict = judge(DOWN, { p: 0.46, pLow: 0.46, pHigh: 0.46 });
    expect(verdict).toMatchObject({ decision: "trade", side: "no" });
    expect(verdict.p).toBeCloseTo(0.42, 9);
  });

  test.each<[string, Vote, Partial<MarketView>, string[]]>([
    ["no vote", abstain("voter", "candles_disagree"), {}, ["candles_disagree"]],
    ["a ladder", UP, { market: aMarket({ strikeType: "greater" }) }, ["other_series"]],
    ["another window", UP, { market: aMarket({ openMs: 1_500_000 }) }, ["other_series"]],
    ["no model for it", UP, { market: aMarket({ seriesTicker: "KXHIGHNY" }) }, ["other_series"]],
    [
      "the input's problem",
      UP,
      { problem: "spot_stale", problems: ["spot_stale"] },
      ["spot_stale"],
    ],
    ["too late", UP, { ...EVEN, tauS: 100 }, ["closing_soon"]],
    ["no price is worth any vote", UP, { p: 0.5, pLow: 0.5, pHigh: 0.5 }, ["ev_below_min"]],
    ["no depth", UP, { ...EVEN, yesAskQty: qty(100) }, ["depth"]],
  ])("declines: %s", (_name, vote, overrides, failed) => {
    const verdict = judge(vote, overrides);
    expect(verdict).toMatchObject({ decision: "no_trade", intent: null });
    expect(verdict.failed.slice(0, failed.length)).toEqual(failed);
  });

  test("its voter is shown every market of an underlying, also those it does not trade", () => {
    const seen: string[] = [];
    const voter = {
      name: "voter",
      watch: (view: MarketView) => void seen.push(view.market.seriesTicker),
      vote: () => UP,
    };
    const strategy = createVoteStrategy(voter, PARAMS);
    strategy.evaluate(
      aView({ market: aMarket({ seriesTicker: "KXBTCD", strikeType: "greater" }) }),
    );
    expect(seen).toEqual(["KXBTCD"]);
  });
});
