import { expect, test } from "vitest";
import { buildEngine } from "../../../src/app/compose/engine.ts";
import { pricingOf } from "../../../src/app/compose/pricing.ts";
import { DEFAULTS } from "../../../src/config/defaults.ts";
import type { Engine } from "../../../src/core/engine.ts";
import { qty } from "../../../src/core/units.ts";
import { aMarket, levels } from "../../support/builders.ts";

// `ask`: what would be done now, as a whole and not as what is new in it.

const START = Date.UTC(2026, 10, 2, 14, 16);
const MARKET = aMarket({ openMs: START - 60_000, closeMs: START + 840_000 });
const TERMS = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];

/** An engine that knows an hour of prices, and a book around even chances with spot this far from the strike. */
function engineAt(aboveUsd: number): Engine {
  const pricing = pricingOf(DEFAULTS);
  const strategies = ["threshold-ev"];
  const engine = buildEngine(DEFAULTS, {
    runId: 3,
    runKey: "t",
    strategies,
    slippage: [],
    pricing,
  });
  const at = { source: "coinbase", product: "BTC-USD", recvMs: START } as const;
  for (let minute = 0; minute < 60; minute++) {
    const closeUsd = 100_000 * (1 + 0.0004 * Math.sin(minute * 1.7));
    const prices = { openUsd: closeUsd, highUsd: closeUsd, lowUsd: closeUsd, closeUsd };
    const openMs = START + (minute - 60) * 60_000;
    engine.step({ type: "candle", ...at, openMs, intervalS: 60, ...prices, volume: 1 });
  }
  const series = MARKET.seriesTicker;
  engine.step({ type: "fees", scope: "series", ticker: series, terms: TERMS, recvMs: START });
  engine.step({ type: "market", market: MARKET, recvMs: START });
  const priceUsd = 100_000 + aboveUsd;
  const touch = { priceUsd, bidUsd: priceUsd - 0.01, askUsd: priceUsd + 0.01 };
  const none = { size: null, tradeId: null, exchangeMs: null };
  engine.step({ type: "spot", ...at, kind: "quote", ...touch, ...none });
  const book = { yes: levels([[49, 500]]), no: levels([[49, 500]]) };
  const snapshot = { type: "snapshot", ticker: MARKET.ticker, sid: 1, seq: 1 } as const;
  engine.step({ ...snapshot, ...book, recvMs: START });
  return engine;
}

const answers = (engine: Engine, nowMs: number): string[] =>
  engine
    .ask(nowMs)
    .map((effect) => (effect.type === "opportunity" ? effect.row.reason : effect.type));

test("it answers for every open market, also when it has just said the same", () => {
  const engine = engineAt(0);
  expect(answers(engine, START + 20)).toEqual(["ev_below_min"]);
  expect(answers(engine, START + 20)).toEqual(["ev_below_min"]);
  expect(answers(engine, MARKET.closeMs)).toEqual([]);
});

test("an order that it answers with counts until its end is told", () => {
  const engine = engineAt(300);
  // The book's own step has ordered.
  expect(answers(engine, START + 20)).toEqual(["risk.in_market"]);
  const end = { state: "canceled", filledQty: qty(0), reason: "test", recvMs: START + 20 } as const;
  engine.step({ type: "order", orderId: "r3-1", ...end });
  expect(answers(engine, START + 20)).toEqual(["edge", "order", "submit"]);
  expect(answers(engine, START + 20)).toEqual(["risk.in_market"]);
});
