import { expect, test } from "vitest";
import { Book } from "../../../src/core/book.ts";
import type { MarketStatus } from "../../../src/core/market.ts";
import { MarketState } from "../../../src/core/market-state.ts";
import { aMarket } from "../../support/builders.ts";

test.each<[MarketStatus, boolean]>([
  ["active", true],
  // There is no message of the opening: the clock says when (kalshi.md §3.6).
  ["initialized", true],
  ["inactive", false],
  ["closed", false],
  ["finalized", false],
  ["unknown", false],
])("I24: a market whose status is %s is open in its time: %s", (status, isOpen) => {
  const market = aMarket({ status });
  const state = new MarketState(market, new Book());
  expect(state.isOpen(market.openMs)).toBe(isOpen);
  expect(state.isOpen(market.openMs - 1)).toBe(false);
  expect(state.isOpen(market.closeMs)).toBe(false);
});
