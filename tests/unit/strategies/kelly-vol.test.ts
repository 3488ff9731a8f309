import { describe, expect, test } from "vitest";
import { QUADRATIC_FEES, takerFee } from "../../../src/core/fees.ts";
import { normCdf } from "../../../src/core/prob/normal.ts";
import { meanVariance } from "../../../src/core/prob/settlement.ts";
import type { MarketView, Strategy, Verdict } from "../../../src/core/strategy.ts";
import { costOf, money, price, qty } from "../../../src/core/units.ts";
import { kellyVolParams } from "../../../src/strategies/kelly-vol.params.ts";
import { createKellyVol } from "../../../src/strategies/kelly-vol.ts";
import { aMarket } from "../../support/builders.ts";
import { aView } from "../../support/market-view.ts";

const PARAMS = kellyVolParams.parse({});
const ACCOUNT = { bankroll: money(1_000_000_000), maxPosition: money(1_000_000_000) };
const START = 60_000_000;
const MINUTES = 30;
const END = START + MINUTES * 60_000;
/** Log return of each minute, up and down in turn: what the memory makes of it is known without it. */
const STEP = 0.0004;
const SIGMA = STEP / Math.sqrt(60);

type Settings = Partial<typeof PARAMS>;

/** Shows it one price a minute, on the full minute and just before the next; bars see an even zigzag. */
function warmed(params: Settings = {}, account = ACCOUNT, minutes = MINUTES): Strategy {
  const strategy = createKellyVol({ ...PARAMS, ...params }, account);
  for (let minute = 0; minute <= minutes; minute++) {
    const spotUsd = 100_000 * Math.exp(minute % 2 === 0 ? STEP : 0);
    for (const offset of [-5_000, 0]) {
      strategy.evaluate(aView({ nowMs: START + minute * 60_000 + offset, spotUsd }));
    }
  }
  return strategy;
}

/** Spot lies 4 bp above the strike; asked for 51 cents. What the model says of it is nothing to this strategy. */
const now = (overrides: Partial<MarketView> = {}): MarketView =>
  aView({ nowMs: END + 1_000, spotUsd: 100_040, p: 0.2, pLow: 0.2, pHigh: 0.2, ...overrides });

const judge = (overrides: Partial<MarketView> = {}, params: Settings = {}): Verdict =>
  warmed(params).evaluate(now(overrides));

/** P(YES) that its expected value rests on. */
const believed = (verdict: Verdict): number =>
  (verdict.ev ?? Number.NaN) + (verdict.cost ?? Number.NaN) / 1e6 + PARAMS.slippage_cents / 100;

/** The same zigzag as closes of minutes. */
const past = (_minutes: number, count: number) =>
  Array.from({ length: count }, (_, i) => 100_000 * Math.exp(i % 2 === 0 ? STEP : 0));

describe("kelly-vol", () => {
  test("its own volatility, with 7 bp over the whole time left added in quadrature", () => {
    const verdict = judge();
    const s = Math.hypot(SIGMA * Math.sqrt(meanVariance(60, 600)), 1e-4, 0.0007);
    expect(believed(verdict)).toBeCloseTo(normCdf(Math.log(1.0004) / s - s / 2), 6);
    const bare = Math.hypot(SIGMA * Math.sqrt(meanVariance(60, 600)), 1e-4);
    expect(believed(judge({}, { floor_sd: 0 }))).toBeCloseTo(
      normCdf(Math.log(1.0004) / bare - bare / 2),
      6,
    );
  });

  test("starts from the minutes before the run where they are known", () => {
    const fresh = createKellyVol(PARAMS, ACCOUNT);
    const verdict = fresh.evaluate(now({ closes: past }));
    expect(verdict.failed).not.toContain("warming");
    expect(believed(verdict)).toBeCloseTo(believed(judge()), 3);
    expect(createKellyVol(PARAMS, ACCOUNT).evaluate(now()).failed).toContain("warming");
  });

  test("stakes a quarter of Kelly after fees, ramped by the edge, and not one contract more", () => {
    const verdict = judge({ yesAskQty: qty(10_000_000) });
    expect(verdict).toMatchObject({ decision: "trade", side: "yes" });
    const p = believed(verdict) - PARAMS.slippage_cents / 100;
    const fits = (contracts: number): boolean => {
      const size = qty(contracts * 100);
      const spend =
        (costOf(price(5_100), size) + takerFee(price(5_100), size, QUADRATIC_FEES)) / 1e6;
      const cost = spend / contracts;
      const ramp = Math.min(1, 0.25 + (0.75 * (p - cost - 0.03)) / (0.1 - 0.03));
      return spend <= 1_000 * 0.25 * ramp * ((p - cost) / (1 - cost));
    };
    const contracts = (verdict.intent?.qty ?? 0) / 100;
    expect(contracts).toBeGreaterThan(20);
    expect([fits(contracts), fits(contracts + 1)]).toEqual([true, false]);
  });

  test.each([
    ["half of the displayed depth", { yesAskQty: qty(3_100) }, {}, 1_500],
    ["the most that an order may cost", {}, { max_cost_usd: 5.4 }, 1_000],
  ])("cut to %s", (_name, overrides, params, expected) => {
    expect(judge(overrides, params).intent?.qty).toBe(expected);
  });

  test("cut to what the account allows at the limit price, which lies above the ask", () => {
    const strategy = warmed({}, { ...ACCOUNT, maxPosition: money(5_400_000) });
    const intent = strategy.evaluate(now()).intent;
    expect(intent?.price).toBe(5_200);
    // Ten cost $5.2750 at the ask and $5.3750 at the limit; at $5.30 only nine of them fit.
    expect(intent?.qty).toBe(1_000);
    const tight = warmed({}, { ...ACCOUNT, maxPosition: money(5_300_000) });
    expect(tight.evaluate(now()).intent?.qty).toBe(900);
  });

  test("buys NO where spot lies below the strike", () => {
    const verdict = judge({ spotUsd: 99_940 });
    expect(verdict).toMatchObject({ decision: "trade", side: "no" });
    expect(verdict.intent?.price).toBe(5_100);
  });

  test.each<[string, Partial<MarketView>, Settings, string[]]>([
    ["another series", { market: aMarket({ seriesTicker: "KXBTCD" }) }, {}, ["other_series"]],
    ["no model for it", { market: aMarket({ seriesTicker: "KXHIGHNY" }) }, {}, ["other_series"]],
    ["the input's problem", { problem: "book_late", problems: ["book_late"] }, {}, ["book_late"]],
    ["too early", { tauS: 3_601, spotUsd: 100_400 }, {}, ["tau_above_max"]],
    ["too late", { tauS: 100 }, {}, ["closing_soon"]],
    ["no strike yet", { market: aMarket({ floorUsd: null }) }, {}, ["strike_tbd"]],
    ["nobody offers", { yesAsk: null, yesBid: null, spreadTicks: null }, {}, ["one_sided"]],
    ["spread", { spreadTicks: 7 }, {}, ["spread_wide"]],
    ["no edge", { spotUsd: 100_000 }, {}, ["ev_below_min", "vol_guess"]],
    ["no depth", { yesAskQty: qty(100) }, {}, ["depth"]],
    ["a stake of nothing", {}, { kelly_fraction: 0 }, ["stake_below_one"]],
    ["less than one contract", {}, { max_cost_usd: 0.3 }, ["stake_below_one"]],
  ])("declines: %s", (_name, overrides, params, failed) => {
    const verdict = judge(overrides, params);
    expect(verdict).toMatchObject({ decision: "no_trade", reason: failed[0], failed });
    expect(verdict.intent).toBeNull();
  });

  test("names every gate that is shut", () => {
    const market = aMarket({ seriesTicker: "KXBTCD" });
    const shut = { market, problem: "spot_late", problems: ["spot_late"], tauS: 90 };
    const cold = createKellyVol(PARAMS, ACCOUNT).evaluate(aView(shut));
    expect(cold.failed).toEqual(["other_series", "spot_late", "closing_soon", "warming"]);
    expect(
      judge({ spreadTicks: 9, spotUsd: 100_000, yesBidQty: qty(50), tauS: 110 }).failed,
    ).toEqual(["closing_soon", "spread_wide", "ev_below_min", "vol_guess", "depth"]);
  });

  test("says nothing before it has seen 24 bars, nor where the volatility is not believable", () => {
    const account = ACCOUNT;
    const early = { nowMs: START + 23 * 60_000 + 1_000 };
    expect(warmed({}, account, 23).evaluate(now(early)).failed).toEqual(["warming"]);
    expect(warmed({}, account, 26).evaluate(now({ nowMs: START + 26 * 60_000 + 1 })).reason).toBe(
      "edge",
    );
    const flat = createKellyVol(PARAMS, account);
    for (let minute = 0; minute <= MINUTES; minute++) {
      flat.evaluate(aView({ nowMs: START + minute * 60_000, spotUsd: 100_000 }));
    }
    expect(flat.evaluate(now({ spotUsd: 100_000 })).failed).toEqual(["sigma_floor"]);
  });

  test("one asset's prices are no other's", () => {
    const eth = aMarket({ seriesTicker: "KXETH15M" });
    expect(judge({ market: eth }).failed).toEqual(["warming"]);
  });

  test("a price belongs to its own moment: a silent feed adds no calm minutes", () => {
    const strategy = warmed();
    for (let s = 1; s <= 600; s++) {
      const silent = { nowMs: END + s * 1_000, spotAgeMs: s * 1_000, spotUsd: 100_040.008 };
      strategy.evaluate(aView({ ...silent, problem: "spot_stale", problems: ["spot_stale"] }));
    }
    const after = believed(strategy.evaluate(now({ nowMs: END + 601_000 })));
    expect(after).toBeCloseTo(believed(judge()), 6);
  });

  test("no ramp where everything is staked from the threshold on", () => {
    const params = { edge_full: 0, max_cost_usd: 1_000 };
    expect(judge({ yesAskQty: qty(10_000_000) }, params).intent?.qty).toBeGreaterThanOrEqual(
      judge({ yesAskQty: qty(10_000_000) }, { max_cost_usd: 1_000 }).intent?.qty ?? 0,
    );
  });
});
