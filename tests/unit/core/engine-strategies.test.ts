import { expect, test } from "vitest";
import { Engine } from "../../../src/core/engine.ts";
import type { EngineEvent } from "../../../src/core/events.ts";
import { hold, type Strategy } from "../../../src/core/strategy.ts";
import { aMarket, levels } from "../../support/builders.ts";
import { anEngineConfig } from "../../support/engine-config.ts";

// When the engine asks strategies and what it tells them, whatever they make of it.

const START = Date.UTC(2026, 10, 2, 14, 16);
const MARKET = aMarket({ openMs: START - 60_000, closeMs: START + 840_000 });

function engineWith(strategy: Strategy): Engine {
  const engine = new Engine(
    anEngineConfig({
      runId: 3,
      strategies: [strategy],
    }),
  );
  engine.step({ type: "market", market: MARKET, recvMs: START });
  return engine;
}

const snapshot = (recvMs: number): EngineEvent => ({
  type: "snapshot",
  ticker: MARKET.ticker,
  sid: 1,
  seq: 1,
  yes: levels([[49, 500]]),
  no: levels([[50, 500]]),
  recvMs,
});

test("a strategy with a time of its own looks once in each multiple of it, by the events' clock", () => {
  const looks: number[] = [];
  const engine = engineWith({
    name: "slow",
    everyMs: 60_000,
    evaluate: ({ nowMs }) => {
      looks.push(nowMs - START);
      return hold(["nothing"]);
    },
  });
  // Not before there is a book.
  engine.step({ type: "wake", recvMs: START });
  for (const ms of [100, 59_900, 60_050, 60_900, 119_999, 240_000]) {
    engine.step(snapshot(START + ms));
    engine.step({ type: "wake", recvMs: START + ms });
  }
  expect(looks).toEqual([100, 60_050, 240_000]);
});

test("strategies are told of each settlement once, when it is for good", () => {
  const told: string[] = [];
  const engine = engineWith({
    name: "learner",
    evaluate: () => hold(["nothing"]),
    onSettlement: ({ result }, { ticker }) => void told.push(`${ticker} ${result}`),
  });
  const settlement = (ticker: string, final: boolean): EngineEvent => ({
    type: "settlement",
    ticker,
    eventTicker: MARKET.eventTicker,
    result: "yes",
    yesPayout: null,
    expirationValue: "100000.5",
    settledMs: START,
    final,
    source: "kalshi",
    recvMs: START,
  });
  for (const final of [false, true, true]) engine.step(settlement(MARKET.ticker, final));
  // Of a market that was never described there is nothing to be learnt.
  engine.step(settlement("KXBTC15M-OTHER", true));
  expect(told).toEqual([`${MARKET.ticker} yes`]);
});
