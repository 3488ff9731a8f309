import { QUADRATIC_FEES } from "../../src/core/fees.ts";
import type { MarketView } from "../../src/core/strategy.ts";
import { price, qty } from "../../src/core/units.ts";
import { aMarket } from "./builders.ts";

/** A market ten minutes before its close, quoted 50/51, with a model that says 60 %. */
export const aView = (overrides: Partial<MarketView> = {}): MarketView => ({
  market: aMarket(),
  nowMs: 1_200_000,
  tauS: 600,
  problem: null,
  problems: [],
  bookProblem: null,
  p: 0.6,
  pLow: 0.61,
  pHigh: 0.59,
  pMarket: 0.505,
  sigma: 5e-5,
  spotUsd: 100_050,
  spotAgeMs: 0,
  basisMean: 0,
  basisSd: 1e-4,
  lastPrintS: 600,
  known: null,
  yesBid: price(5_000),
  yesAsk: price(5_100),
  yesBidQty: qty(50_000),
  yesAskQty: qty(50_000),
  spreadTicks: 1,
  position: qty(0),
  holding: null,
  resting: null,
  ordering: null,
  fees: QUADRATIC_FEES,
  funding: null,
  slippage: ({ configured }) => configured,
  bidDepth: () => qty(50_000),
  closes: () => null,
  event: () => [],
  ...overrides,
});
