import { expect, test } from "vitest";
import { RecordedGate } from "../../../../src/app/live/recorded-gate.ts";
import { KbtError } from "../../../../src/core/errors.ts";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { IOC } from "../../../../src/core/orders.ts";
import { Portfolio } from "../../../../src/core/portfolio.ts";
import type { GateInputs } from "../../../../src/core/risk/check.ts";
import { RiskGate } from "../../../../src/core/risk/gate.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aMarket } from "../../../support/builders.ts";

const LIMITS = {
  bankroll: money(1_000_000_000),
  maxDailyLossPct: 1,
  maxPositionPct: 1,
  maxOpenPositions: 100,
};
const MARKET = aMarket({ openMs: 0, closeMs: Number.MAX_SAFE_INTEGER });

function rig(event: (event: MarketEvent) => void = () => {}) {
  const gate = new RiskGate(LIMITS, new Portfolio());
  const heard: unknown[] = [];
  let spent = 0;
  const recorder = {
    event(one: MarketEvent) {
      if (one.type === "account") heard.push(one.what);
      event(one);
    },
  };
  const recorded = new RecordedGate(gate, {
    recorder,
    clock: { nowMs: () => 5_000 },
    spent: () => spent,
  });
  const intent = { strategy: "s", ticker: MARKET.ticker, side: "yes", action: "buy" } as const;
  const inputs: GateInputs = {
    intent: { ...intent, price: price(5_000), qty: qty(100), ...IOC, mayAdd: false },
    market: MARKET,
    worstCost: money(500_000),
    nowMs: 6_000,
    quote: { p: null, yesBid: null, yesAsk: null },
  };
  return {
    heard,
    recorded,
    spend: (cost: number) => {
      spent = cost;
    },
    denied: () => gate.check(inputs)?.reason ?? null,
  };
}

test("a reason to wait is on file when it is another one, however often it is said", () => {
  const { denied, heard, recorded } = rig();
  for (const reason of ["starting", "starting", null, null, "clock_skew", null]) {
    recorded.hold(reason);
    expect(denied()).toBe(reason === null ? null : `risk.${reason}`);
  }
  expect(heard).toEqual([
    { type: "hold", reason: "starting" },
    { type: "hold", reason: null },
    { type: "hold", reason: "clock_skew" },
    { type: "hold", reason: null },
  ]);
});

test("cash is told as what it was before the run spent any of it, so that it shrinks as the run spends", () => {
  const { denied, heard, recorded, spend } = rig();
  recorded.fund(700_000);
  recorded.fund(700_000);
  expect(denied()).toBeNull();
  spend(300_000);
  expect(denied()).toBe("risk.cash");
  expect(heard).toEqual([{ type: "fund", cash: 700_000 }]);
});

test.each(["halt", "close"] as const)("%s holds although nothing can be put on file", (what) => {
  const { denied, recorded } = rig(() => {
    throw new KbtError({ kind: "store", code: "DISK_FULL", message: "full", hint: "none" });
  });
  if (what === "halt") recorded.halt("drift");
  else recorded.close();
  expect(denied()).toBe(what === "halt" ? "risk.halted" : "risk.closed");
});
