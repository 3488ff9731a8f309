import { describe, expect, test } from "vitest";
import type { Market } from "../../../src/core/market.ts";
import {
  resultAt,
  settlementOf,
  settlementValue,
  yesPayoutOf,
} from "../../../src/core/settlement.ts";
import { price } from "../../../src/core/units.ts";
import { aMarket } from "../../support/builders.ts";

const at = (strikeType: Market["strikeType"], floorUsd: number | null, capUsd: number | null) =>
  aMarket({ strikeType, floorUsd, capUsd });

describe("a settlement value and a market's strike", () => {
  test.each([
    ["a tie of an up/down market is YES", at("greater_or_equal", 100, null), 100, "yes"],
    ["below it", at("greater_or_equal", 100, null), 99.99, "no"],
    ["a threshold wants more", at("greater", 100, null), 100, "no"],
    ["a threshold got more", at("greater", 100, null), 100.01, "yes"],
    ["a low tail wants less", at("less", null, 100), 100, "no"],
    ["a low tail got less", at("less", null, 100), 99.99, "yes"],
    ["at most", at("less_or_equal", null, 100), 100, "yes"],
    ["above at most", at("less_or_equal", null, 100), 100.01, "no"],
    ["the lower end of a bracket belongs to it", at("between", 100, 199.99), 100, "yes"],
    ["the upper end of a bracket belongs to it", at("between", 100, 199.99), 199.99, "yes"],
    ["above a bracket", at("between", 100, 199.99), 200, "no"],
    ["below a bracket", at("between", 100, 199.99), 99.99, "no"],
    ["a strike that a type does not have is not asked", at("less", 100, 200), 50, "yes"],
    ["an unknown strike", at("greater_or_equal", null, null), 100, null],
    ["half a bracket", at("between", 100, null), 100, null],
    ["an unknown type", at("unknown", 100, 200), 100, null],
  ] as const)("%s", (_, market, value, result) => {
    expect(resultAt(market, value)).toBe(result);
  });

  test.each([
    ["half a cent goes up", 2, 100.005, 100.01],
    ["the dust of a sum does not count", 2, 100.00499999999991, 100.01],
    ["less than half goes down", 2, 100.0049, 100],
    ["as many decimals as the market has", 4, 1.23456, 1.2346],
  ])("%s", (_, valueDigits, average, value) => {
    expect(settlementValue(aMarket({ valueDigits }), average)).toBe(value);
  });
});

test.each([
  ["yes", price(0), 10_000],
  ["no", price(5_000), 0],
  ["scalar", price(2_500), 2_500],
  ["scalar", null, null],
  ["", price(4_000), 4_000],
  ["", null, null],
] as const)("'%s' beside %s pays YES %s", (result, yesPayout, paid) => {
  expect(yesPayoutOf({ result, yesPayout })).toBe(paid);
});

describe("what a market object says", () => {
  const SEEN = { source: "kalshi", recvMs: 2, settledMs: null, yesPayout: price(5_000) } as const;
  test.each([
    ["closed", "", null],
    ["determined", "", null],
    ["disputed", "yes", null],
    ["determined", "yes", { result: "yes", final: false }],
    ["amended", "scalar", { result: "scalar", final: false, yesPayout: 5_000 }],
    ["finalized", "no", { result: "no", final: true }],
    ["finalized", "", { result: "", final: true, yesPayout: 5_000 }],
  ] as const)("%s '%s'", (status, result, settlement) => {
    const said = settlementOf(aMarket({ status, result }), SEEN);
    if (settlement === null) expect(said).toBeNull();
    else expect(said).toMatchObject(settlement);
  });
});
