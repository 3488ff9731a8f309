import { describe, expect, test } from "vitest";
import type { OwnFill } from "../../../../src/core/strategy.ts";
import { price, qty } from "../../../../src/core/units.ts";
import { TradeMemory } from "../../../../src/strategies/ensemble/trade-memory.ts";
import { ensembleParams } from "../../../../src/strategies/ensemble.params.ts";
import { aMarket } from "../../../support/builders.ts";

const PARAMS = ensembleParams.parse({});
const MARKET = aMarket();
const HOUR_MS = 3_600_000;
const START = 100 * HOUR_MS;

const fillAt = (hours: number, overrides: Partial<OwnFill> = {}): OwnFill => ({
  market: MARKET,
  side: "yes",
  action: "buy",
  price: price(5_000),
  qty: qty(100),
  atMs: START + hours * HOUR_MS,
  ...overrides,
});

function gatesAfter(fills: readonly OwnFill[], atHours: number, params = PARAMS): string[] {
  const memory = new TradeMemory();
  for (const fill of fills) memory.onFill(fill);
  return memory.gates(MARKET.ticker, START + atHours * HOUR_MS, params);
}

describe("dedup", () => {
  test.each<[string, OwnFill[], number, string[]]>([
    ["nothing was traded", [], 0, []],
    ["one within the hour", [fillAt(0)], 0.99, ["dedup_hour"]],
    ["an hour later", [fillAt(0)], 1, []],
    ["two within the day", [fillAt(0), fillAt(2)], 4, []],
    ["three within the day", [fillAt(0), fillAt(2), fillAt(4)], 6, ["dedup_day"]],
    [
      "and the last within the hour",
      [fillAt(0), fillAt(2), fillAt(4)],
      4.5,
      ["dedup_hour", "dedup_day"],
    ],
    ["the first was a day ago", [fillAt(0), fillAt(2), fillAt(4)], 24, []],
    ["a sale is no trade of its own", [fillAt(0, { action: "sell" })], 0.5, []],
    ["another market's", [fillAt(0, { market: aMarket({ ticker: "KXSOL15M-X" }) })], 0.5, []],
  ])("%s", (_name, fills, atHours, gates) => {
    expect(gatesAfter(fills, atHours)).toEqual(gates);
  });

  test("fills of one order are one trade", () => {
    const parts = [0, 1, 2].map((s) => fillAt(0, { atMs: START + s * 400 }));
    const params = { ...PARAMS, trades_per_hour: 2 };
    expect(gatesAfter(parts, 0.5, params)).toEqual([]);
    expect(gatesAfter([...parts, fillAt(0.1)], 0.5, params)).toEqual(["dedup_hour"]);
  });
});
