import { describe, expect, test } from "vitest";
import type { Intent, Order } from "../../../src/core/orders.ts";
import { Portfolio } from "../../../src/core/portfolio.ts";
import { RiskGate } from "../../../src/core/risk/gate.ts";
import { money, price, qty } from "../../../src/core/units.ts";
import { aFill, aMarket } from "../../support/builders.ts";

const LIMITS = {
  bankroll: money(1_000_000_000),
  maxDailyLossPct: 0.03,
  maxPositionPct: 0.02,
  maxOpenPositions: 1,
};

const intent = (overrides: Partial<Intent> = {}): Intent => ({
  strategy: "s",
  ticker: aMarket().ticker,
  side: "yes",
  action: "buy",
  price: price(5_000),
  qty: qty(1_000),
  timeInForce: "ioc",
  postOnly: false,
  expiresMs: null,
  ...overrides,
});

const inputs = (overrides: Partial<Intent> = {}, worstCost = money(5_000_000)) => ({
  intent: intent(overrides),
  market: aMarket(),
  worstCost,
  nowMs: 1_000_000,
});

const order = (orderId: string, overrides: Partial<Intent> = {}): Order => ({
  ...intent(overrides),
  orderId,
  clientOrderId: orderId,
  opportunityId: 1,
  createdMs: 1_000_000,
});

describe("RiskGate", () => {
  test("passes an order within every limit", () => {
    expect(new RiskGate(LIMITS, new Portfolio()).check(inputs())).toBeNull();
  });

  test.each([
    ["risk.off_grid", inputs({ price: price(5_050) })],
    ["risk.price_cap", inputs({ price: price(9_900) })],
    ["risk.size_zero", inputs({ qty: qty(0) })],
    ["risk.max_position", inputs({}, money(20_000_001))],
    ["risk.market_closed", { ...inputs(), nowMs: 1_800_000 }],
  ])("denies with %s", (reason, given) => {
    expect(new RiskGate(LIMITS, new Portfolio()).check(given)?.reason).toBe(reason);
  });

  test("a pending order holds its place until it is resolved", () => {
    const gate = new RiskGate(LIMITS, new Portfolio());
    expect(gate.approve(order("a"), inputs())).not.toHaveProperty("denied");
    expect(gate.check(inputs())?.reason).toBe("risk.in_market");
    expect(gate.check(inputs({ ticker: "KXSOL15M-X-15" }))?.reason).toBe("risk.max_open_positions");
    gate.resolved("a");
    expect(gate.check(inputs())).toBeNull();
  });

  test("losses and open cost together stay inside the day's limit", () => {
    const portfolio = new Portfolio();
    const gate = new RiskGate({ ...LIMITS, maxOpenPositions: 9 }, portfolio);
    gate.onRealised(money(-20_000_000), 1_000_000);
    portfolio.applyFill(aFill({ ticker: "OTHER", fee: money(0) }));
    expect(gate.check(inputs({}, money(5_000_000)))).toBeNull();
    expect(gate.check(inputs({}, money(5_000_001)))?.reason).toBe("risk.daily_loss");
  });

  test("gains buy no room, and a new UTC day starts afresh, but a clock step back does not", () => {
    const gate = new RiskGate(LIMITS, new Portfolio());
    gate.onRealised(money(-30_000_000), 90_000_000);
    gate.onRealised(money(50_000_000), 90_000_000);
    const late = { ...inputs(), market: aMarket({ openMs: 0, closeMs: 1e12 }) };
    expect(gate.check({ ...late, nowMs: 1_000 })?.reason).toBe("risk.daily_loss");
    expect(gate.check({ ...late, nowMs: 172_800_000 })).toBeNull();
  });

  test("a halt stays", () => {
    const gate = new RiskGate(LIMITS, new Portfolio());
    gate.halt("drift");
    expect(gate.check(inputs())?.reason).toBe("risk.halted");
  });

  test("limits that stand whatever the size are those that refuse any purchase", () => {
    const portfolio = new Portfolio();
    const gate = new RiskGate(LIMITS, portfolio);
    expect(gate.standing("A", 1_000_000)).toEqual([]);
    portfolio.applyFill(aFill({ ticker: "A", fee: money(0) }));
    expect(gate.standing("A", 1_000_000)).toEqual(["risk.in_market", "risk.max_open_positions"]);
    expect(gate.standing("B", 1_000_000)).toEqual(["risk.max_open_positions"]);
  });

  test("a day's loss that is used up stands, with nothing open, until the next day", () => {
    const gate = new RiskGate(LIMITS, new Portfolio());
    gate.onRealised(money(-29_999_999), 1_000_000);
    expect(gate.standing("A", 1_000_000)).toEqual([]);
    gate.onRealised(money(-1), 1_000_000);
    expect(gate.standing("A", 1_000_000)).toEqual(["risk.daily_loss"]);
    expect(gate.standing("A", 90_000_000)).toEqual([]);
  });
});
