import { describe, expect, test } from "vitest";
import {
  hasStrike,
  isOnGrid,
  tickAt,
  ticksBetween,
  underlyingOf,
} from "../../../src/core/market.ts";
import { price } from "../../../src/core/units.ts";
import { aMarket, LINEAR_CENT, TAPERED } from "../../support/builders.ts";

describe("price grid", () => {
  test.each([
    [price(10), true],
    [price(995), false],
    [price(990), true],
    [price(1_000), true],
    [price(1_010), false],
    [price(8_900), true],
    [price(9_010), true],
    [price(9_995), false],
    [price(0), false],
    [price(10_000), false],
  ])("tapered: %i on grid is %s", (at, expected) => {
    expect(isOnGrid(TAPERED, at)).toBe(expected);
  });

  test("ticks between prices count each range with its own step", () => {
    expect(ticksBetween(TAPERED, price(990), price(1_100))).toBe(2);
    expect(ticksBetween(LINEAR_CENT, price(4_600), price(4_800))).toBe(2);
    expect(ticksBetween(LINEAR_CENT, price(4_800), price(4_600))).toBe(0);
  });

  test("the tick that starts a range belongs to it", () => {
    expect(tickAt(TAPERED, price(1_000))).toBe(100);
    expect(tickAt(TAPERED, price(9_000))).toBe(10);
  });
});

test("a strike is known when its type's bounds are", () => {
  expect(hasStrike(aMarket({ floorUsd: null }))).toBe(false);
  expect(hasStrike(aMarket({ strikeType: "less", floorUsd: null, capUsd: 5 }))).toBe(true);
  expect(hasStrike(aMarket({ strikeType: "between", capUsd: null }))).toBe(false);
  expect(hasStrike(aMarket({ strikeType: "unknown" }))).toBe(false);
});

test("series know what they settle on", () => {
  expect(underlyingOf("KXBTC15M")?.indexId).toBe("BRTI");
  expect(underlyingOf("KXSOL15M")?.product).toBe("SOL-USD");
  for (const series of ["KXBTC", "KXBTCD", "KXETHD", "KXSOLE", "KXETH15M"]) {
    expect(underlyingOf(series)?.asset).toBe(series.slice(2, 5));
  }
  expect(underlyingOf("KXHIGHNY")).toBeUndefined();
  // They settle on a maximum, on a day of next year, on a ratio: no average of the last minute.
  for (const series of ["KXBTCMAXY", "KXBTCMINMON", "KXBTCY", "KXBTCVSGOLD", "KXSOLANA"]) {
    expect(underlyingOf(series)).toBeUndefined();
  }
});
