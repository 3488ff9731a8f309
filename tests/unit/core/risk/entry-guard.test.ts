import { describe, expect, test } from "vitest";
import type { Order } from "../../../../src/core/orders.ts";
import { IOC } from "../../../../src/core/orders.ts";
import { Portfolio } from "../../../../src/core/portfolio.ts";
import type { GateInputs } from "../../../../src/core/risk/check.ts";
import {
  EntryGuard,
  type EntryRules,
  type PastEntry,
} from "../../../../src/core/risk/entry-guard.ts";
import { RiskGate } from "../../../../src/core/risk/gate.ts";
import { LossBook, type ResultLeg } from "../../../../src/core/risk/loss-book.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aMarket } from "../../../support/builders.ts";

/** The start values, on a bankroll of $1,000. */
const RULES: EntryRules = {
  maxQty: qty(2_500),
  maxCost: money(20_000_000),
  maxEvent: money(20_000_000),
  maxTotal: money(50_000_000),
  maxRolling: money(1e9),
  maxDrawdown: money(1e9),
  maxOpenOrders: 4,
  maxPerHour: 1,
  maxPerDay: 3,
  duplicateMs: 30_000,
  maxModelGap: 0.25,
};
const LOOSE = { ...RULES, maxPerHour: 99, maxPerDay: 99 };
const EVENT = "KXBTC15M-26NOV161215";
const NOW = 1_000_000;
const HOUR = 3_600_000;

interface Wish {
  readonly ticker?: string;
  readonly side?: "yes" | "no";
  readonly at?: number;
  readonly contracts?: number;
  readonly p?: number | null;
  readonly bid?: number | null;
  readonly ask?: number | null;
  readonly cost?: number;
  readonly nowMs?: number;
}

function of(cents: number | null) {
  return cents === null ? null : price(Math.round(cents * 100));
}

/** Buys ten YES at 50 cents, the ask, for $5, believing in 0.55. */
function wish(wanted: Wish = {}): GateInputs {
  const { ask = 50, at = 50, bid = 48, contracts = 10, cost = 5, p = 0.55, side = "yes" } = wanted;
  const ticker = wanted.ticker ?? `${EVENT}-15`;
  const size = qty(Math.round(contracts * 100));
  return {
    intent: {
      strategy: "s",
      ticker,
      side,
      action: "buy",
      price: price(at * 100),
      qty: size,
      ...IOC,
    },
    market: { ...aMarket(), ticker, openMs: 0, closeMs: 1e12 },
    worstCost: money(Math.round(cost * 1e6)),
    nowMs: wanted.nowMs ?? NOW,
    quote: { p: p, yesBid: of(bid), yesAsk: of(ask) },
  };
}

function noLosses(): LossBook {
  const most = money(Number.MAX_SAFE_INTEGER);
  const limits = { maxDay: most, maxRolling: most, maxDrawdown: most };
  return new LossBook({ ...limits, streak: 2, cooldownMs: HOUR });
}

/** The sale of a holding, as it is booked when it makes it flat. */
function soldAtALoss(dollars: number): ResultLeg {
  const leg = { ticker: "OTHER-1-1", side: "yes", action: "sell", qty: qty(0) } as const;
  return { ...leg, atMs: NOW, pnl: money(-1e6 * dollars), isFinal: true };
}

function gateWith(rules: EntryRules, entries: readonly PastEntry[] = [], losses = noLosses()) {
  const limits = {
    bankroll: money(1_000_000_000),
    maxDailyLossPct: 1,
    maxPositionPct: 1,
    maxOpenPositions: 99,
  };
  return new RiskGate(limits, new Portfolio(), new EntryGuard(rules, { entries, losses }));
}

/** Approves it, or says why not. */
function entered(gate: RiskGate, wanted: Wish, orderId = "o"): string | null {
  const inputs = wish(wanted);
  const order: Order = {
    ...inputs.intent,
    orderId,
    clientOrderId: orderId,
    opportunityId: 1,
    createdMs: inputs.nowMs,
  };
  const answer = gate.approve(order, inputs);
  return "denied" in answer ? answer.reason : null;
}

describe("one entry", () => {
  test.each<[name: string, wanted: Wish, reason: string | null]>([
    ["within everything", {}, null],
    ["25 contracts", { contracts: 25 }, null],
    ["more than 25 contracts", { contracts: 25.01 }, "risk.order_size"],
    ["$20", { cost: 20 }, null],
    ["more than $20", { cost: 20.000001 }, "risk.order_cost"],
    ["no bid", { bid: null }, "risk.one_sided"],
    ["no ask", { ask: null }, "risk.one_sided"],
    ["no belief of its own", { p: null }, "risk.no_fair_value"],
    ["ten ticks above the ask", { at: 60, p: 0.6 }, null],
    ["eleven ticks above the ask", { at: 61, p: 0.6 }, "risk.price_collar"],
    ["ten ticks below the bid", { at: 38 }, null],
    ["eleven ticks below the bid", { at: 37 }, "risk.price_collar"],
    ["NO eleven ticks above its ask of 52", { side: "no", at: 63, p: 0.3 }, "risk.price_collar"],
    ["ten ticks above what it is worth", { p: 0.4 }, null],
    ["eleven ticks above what it is worth", { p: 0.39 }, "risk.price_over_fair"],
    [
      "NO eleven ticks above what it is worth",
      { side: "no", at: 52, p: 0.59 },
      "risk.price_over_fair",
    ],
    ["a quarter above the mid", { p: 0.74 }, null],
    ["more than a quarter above the mid", { p: 0.741 }, "risk.model_gap"],
    ["NO worth a quarter more than its mid", { side: "no", at: 52, p: 0.239 }, "risk.model_gap"],
  ])("with %s", (_name, wanted, reason) => {
    expect(entered(gateWith(RULES), wanted)).toBe(reason);
  });

  test("no configuration lifts the hard caps", () => {
    const gate = gateWith({ ...RULES, maxQty: qty(100_000), maxCost: money(1e9) });
    expect(entered(gate, { contracts: 26 })).toBe("risk.order_size");
    expect(entered(gate, { cost: 21 })).toBe("risk.order_cost");
  });

  test("and one that is lower holds", () => {
    expect(entered(gateWith({ ...RULES, maxQty: qty(500) }), {})).toBe("risk.order_size");
  });
});

describe("I7: what may be lost in one place", () => {
  test("orders under way count with all of their cost, by event and together", () => {
    const gate = gateWith({ ...LOOSE, maxOpenOrders: 99 });
    expect(entered(gate, { ticker: `${EVENT}-15`, cost: 12 }, "a")).toBeNull();
    expect(entered(gate, { ticker: `${EVENT}-30`, cost: 8.01 }, "b")).toBe("risk.max_event");
    expect(entered(gate, { ticker: `${EVENT}-30`, cost: 8 }, "b")).toBeNull();
    expect(entered(gate, { ticker: "KXETHD-26NOV1612-T1", cost: 20 }, "c")).toBeNull();
    expect(entered(gate, { ticker: "KXSOLD-26NOV1612-T1", cost: 10.01 }, "d")).toBe(
      "risk.max_total",
    );
    gate.resolved("c");
    expect(entered(gate, { ticker: "KXSOLD-26NOV1612-T1", cost: 20 }, "d")).toBeNull();
  });

  test("what was lost counts with all that is at risk", () => {
    const losses = noLosses();
    losses.take(soldAtALoss(6));
    const rolling = gateWith({ ...LOOSE, maxRolling: money(10_000_000) }, [], losses);
    expect(entered(rolling, { cost: 4.01 })).toBe("risk.rolling_loss");
    expect(entered(rolling, { cost: 4 })).toBeNull();
    const drawdown = gateWith({ ...LOOSE, maxDrawdown: money(10_000_000) }, [], losses);
    expect(entered(drawdown, { cost: 4.01 })).toBe("risk.drawdown");
    expect(entered(drawdown, { cost: 4 })).toBeNull();
  });

  test("after losses in a row entries wait", () => {
    const losses = noLosses();
    for (const _ of [1, 2]) losses.take(soldAtALoss(1));
    const gate = gateWith(RULES, [], losses);
    expect(entered(gate, { nowMs: NOW + HOUR - 1 })).toBe("risk.loss_cooldown");
    expect(gate.standing(`${EVENT}-15`, NOW)).toEqual(["risk.loss_cooldown"]);
    expect(entered(gate, { nowMs: NOW + HOUR })).toBeNull();
  });

  test("a fifth order waits until one of four is over", () => {
    const gate = gateWith(LOOSE);
    const tickers = ["A-1-1", "B-1-1", "C-1-1", "D-1-1"];
    for (const ticker of tickers) expect(entered(gate, { ticker, cost: 1 }, ticker)).toBeNull();
    expect(entered(gate, { ticker: "E-1-1", cost: 1 })).toBe("risk.max_open_orders");
    expect(gate.standing("E-1-1", NOW)).toContain("risk.max_open_orders");
    gate.resolved("A-1-1");
    expect(entered(gate, { ticker: "E-1-1", cost: 1 })).toBeNull();
  });
});

describe("how often", () => {
  const enter = (gate: RiskGate, nowMs: number, wanted: Wish = {}): string | null => {
    const reason = entered(gate, { ...wanted, nowMs }, `o${nowMs}`);
    gate.resolved(`o${nowMs}`);
    return reason;
  };

  test("one entry in a market within an hour, three within a day", () => {
    const gate = gateWith(RULES);
    expect(enter(gate, NOW)).toBeNull();
    expect(enter(gate, NOW + HOUR - 1)).toBe("risk.market_hour");
    expect(gate.standing(`${EVENT}-15`, NOW + HOUR - 1)).toEqual(["risk.market_hour"]);
    expect(enter(gate, NOW + HOUR - 1, { ticker: `${EVENT}-30` })).toBeNull();
    expect(enter(gate, NOW + HOUR)).toBeNull();
    expect(enter(gate, NOW + 2 * HOUR)).toBeNull();
    expect(enter(gate, NOW + 3 * HOUR)).toBe("risk.market_day");
    expect(enter(gate, NOW + 24 * HOUR - 1)).toBe("risk.market_day");
    expect(enter(gate, NOW + 24 * HOUR)).toBeNull();
  });

  test("I23: entries of earlier runs count", () => {
    const entry = { ticker: `${EVENT}-15`, side: "no", price: price(100) } as const;
    const past = [NOW - 2 * HOUR, NOW - 3 * HOUR, NOW - 4 * HOUR].map((createdMs) => {
      return { ...entry, createdMs };
    });
    expect(enter(gateWith(RULES, past.slice(1)), NOW)).toBeNull();
    expect(enter(gateWith(RULES, past), NOW)).toBe("risk.market_day");
  });

  test.each<[name: string, wanted: Wish, afterMs: number, reason: string | null]>([
    ["the same again", {}, 29_999, "risk.duplicate"],
    ["the same half a minute later", {}, 30_000, null],
    ["one tick higher", { at: 51 }, 1_000, "risk.duplicate"],
    ["one tick lower", { at: 49 }, 1_000, "risk.duplicate"],
    ["two ticks higher", { at: 52 }, 1_000, null],
    ["the other side", { side: "no", p: 0.45 }, 1_000, null],
    ["another market", { ticker: `${EVENT}-30` }, 1_000, null],
  ])("%s", (_name, wanted, afterMs, reason) => {
    const gate = gateWith(LOOSE);
    expect(enter(gate, NOW)).toBeNull();
    expect(enter(gate, NOW + afterMs, wanted)).toBe(reason);
  });
});

test("sales are held against none of it", () => {
  const gate = gateWith({ ...RULES, maxQty: qty(1), maxPerHour: 1 });
  const { intent, ...inputs } = wish({ p: null, bid: null, ask: null });
  const sale = { ...intent, action: "sell" } as const;
  expect(gate.check({ ...inputs, intent: sale })?.reason).toBe("risk.not_held");
});
