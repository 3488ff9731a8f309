import { describe, expect, test } from "vitest";
import type { MarketView } from "../../../../src/core/strategy.ts";
import { volatilityRegimeParams } from "../../../../src/strategies/volatility-regime.params.ts";
import { createVolatilityRegime } from "../../../../src/strategies/volatility-regime.ts";
import {
  regimeOf,
  regimeWatch,
  weightIn,
} from "../../../../src/strategies/voters/volatility-regime.ts";
import { aMarket } from "../../../support/builders.ts";
import { aView } from "../../../support/market-view.ts";

const SETTINGS = volatilityRegimeParams.parse({});

/** Closes of five-minute bars whose moves in each hour are of the given size. */
function day(hours: readonly number[]): number[] {
  const closes = [100_000];
  for (const size of hours) {
    for (let bar = 0; bar < 12; bar++) {
      closes.push((closes.at(-1) ?? 0) * Math.exp(bar % 2 === 0 ? size : -size));
    }
  }
  return closes;
}

/** Twenty-two hours of rising liveliness, and then one in which bars move by that much. */
const dayThen = (last: number): number[] =>
  day([...Array.from({ length: 22 }, (_, hour) => (hour + 1) * 1e-4), last]);

function weights(voter: string): number[] {
  return (["low", "medium", "high"] as const).map((regime) => weightIn(regime, voter));
}

describe("volatility-regime", () => {
  test.each([
    ["calmer than every hour of the day", 0.5e-4, "low"],
    ["seven of twenty-two hours were calmer", 7.5e-4, "low"],
    ["eight were", 8.5e-4, "medium"],
    ["fourteen were", 14.5e-4, "medium"],
    ["fifteen were", 15.5e-4, "high"],
    ["livelier than every hour of the day", 30e-4, "high"],
  ])("%s", (_name, last, regime) => {
    expect(regimeOf(dayThen(last), SETTINGS)).toBe(regime);
  });

  test("works a regime out once a bar, and for each underlying by itself", () => {
    let asked = 0;
    const closes: MarketView["closes"] = (minutes, count) => {
      asked++;
      expect([minutes, count]).toEqual([5, 277]);
      return dayThen(30e-4);
    };
    const watch = regimeWatch(SETTINGS);
    for (const nowMs of [300_000, 301_000, 599_999]) watch(aView({ nowMs, closes }));
    expect(asked).toBe(1);
    const sol = aMarket({ seriesTicker: "KXSOL15M" });
    const calm = { closes: () => dayThen(0.5e-4), nowMs: 599_999 };
    expect(watch(aView({ ...calm, market: sol }))).toBe("low");
    expect(watch(aView({ nowMs: 600_000, closes }))).toBe("high");
    expect(asked).toBe(2);
  });

  test("is asked again while the day has holes", () => {
    const watch = regimeWatch(SETTINGS);
    expect(watch(aView({ nowMs: 300_000, closes: () => null }))).toBeNull();
    expect(watch(aView({ nowMs: 300_001, closes: () => dayThen(30e-4) }))).toBe("high");
  });

  test("as a strategy says what it sees and buys nothing", () => {
    const strategy = createVolatilityRegime(SETTINGS);
    expect(strategy.evaluate(aView({ nowMs: 0 }))).toMatchObject({ reason: "warming" });
    const shut = { problem: "spot_stale", problems: ["spot_stale"] };
    const seen = strategy.evaluate(aView({ ...shut, nowMs: 1, closes: () => dayThen(30e-4) }));
    expect(seen).toMatchObject({
      decision: "no_trade",
      reason: "regime_high",
      failed: ["regime_high", "spot_stale"],
    });
  });

  test("momentum counts more when it is lively, reversion when it is calm, the others always alike", () => {
    expect(weights("momentum")).toEqual([0.5, 1, 1.5]);
    expect(weights("mean-reversion")).toEqual([1.5, 1, 0.5]);
    expect(weights("funding-rate")).toEqual([1, 1, 1]);
    expect(weightIn(null, "momentum")).toBe(1);
  });
});
