import { expect, test } from "vitest";
import type { Effect } from "../../../../src/core/effects.ts";
import { Engine } from "../../../../src/core/engine.ts";
import { IOC } from "../../../../src/core/orders.ts";
import { NOTHING_JUDGED, type Strategy, trade } from "../../../../src/core/strategy.ts";
import { price, qty, ZERO_QTY } from "../../../../src/core/units.ts";
import { aMarket, levels } from "../../../support/builders.ts";
import { anEngineConfig } from "../../../support/engine-config.ts";

const START = Date.UTC(2026, 10, 2, 14, 16);
const MARKET = aMarket({ openMs: START - 60_000, closeMs: START + 840_000 });

/** Buys one contract whenever it is asked. */
const buyer: Strategy = {
  name: "buyer",
  evaluate: ({ market: { ticker } }) => {
    const terms = { strategy: "buyer", ticker, side: "yes", action: "buy", ...IOC } as const;
    return trade({ ...terms, price: price(5_000), qty: qty(100) }, NOTHING_JUDGED);
  },
};

function engineOf(runKey: string): Engine {
  const engine = new Engine(anEngineConfig({ runKey, strategies: [buyer] }));
  const terms = [{ fromMs: 0, feeType: "quadratic", multiplierBps: 10_000 }];
  engine.step({ type: "fees", scope: "series", ticker: "KXBTC15M", terms, recvMs: START });
  engine.step({ type: "market", market: MARKET, recvMs: START });
  return engine;
}

function look(engine: Engine, recvMs: number): readonly Effect[] {
  const book = { yes: levels([[49, 500]]), no: levels([[50, 500]]) };
  const snapshot = { type: "snapshot", ticker: MARKET.ticker, sid: 1, seq: 1 } as const;
  const first = [...engine.step({ ...snapshot, ...book, recvMs })];
  return [...first, ...engine.step({ type: "wake", recvMs: recvMs + 1_000 })];
}

const submitted = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "submit" ? [effect.order] : []));

test("I2: the row of an order comes before the order", () => {
  const engine = engineOf("a");
  const types = look(engine, START)
    .map(({ type }) => type)
    .filter((type) => type !== "opportunity");
  expect(types).toEqual(["order", "submit"]);
});

test("I3: no two runs use one id for an order", () => {
  const ids = ["a", "b"].flatMap((runKey) => {
    const engine = engineOf(runKey);
    const found: string[] = [];
    for (let second = 0; second < 10; second++) {
      for (const { clientOrderId, orderId } of submitted(look(engine, START + second * 2_000))) {
        found.push(clientOrderId);
        const gone = { orderId, state: "canceled", filledQty: ZERO_QTY, reason: "" } as const;
        engine.step({ type: "order", ...gone, recvMs: START + second * 2_000 + 1_000 });
      }
    }
    return found;
  });
  expect(ids.length).toBeGreaterThan(8);
  expect(new Set(ids).size).toBe(ids.length);
});

test("I4: an order whose fate is unknown keeps its market shut and counts at its worst", () => {
  const engine = engineOf("a");
  const [order] = submitted(look(engine, START));
  const { orderId = "" } = order ?? {};
  const fate = { orderId, filledQty: ZERO_QTY, reason: "x", recvMs: START + 500 };
  engine.step({ type: "order", ...fate, state: "unknown" });
  expect(engine.gate.isPending(MARKET.ticker)).toBe(true);
  expect(submitted(look(engine, START + 2_000))).toEqual([]);
  engine.step({ type: "order", ...fate, state: "canceled", recvMs: START + 4_000 });
  expect(submitted(look(engine, START + 6_000))).toHaveLength(1);
});
