import { describe, expect, test } from "vitest";
import type { Intent, Order } from "../../../../src/core/orders.ts";
import { Portfolio } from "../../../../src/core/portfolio.ts";
import { RiskGate } from "../../../../src/core/risk/gate.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aFill, aMarket } from "../../../support/builders.ts";

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
  mayAdd: false,
  ...overrides,
});

const inputs = (overrides: Partial<Intent> = {}, worstCost = money(5_000_000)) => ({
  intent: intent(overrides),
  market: aMarket(),
  worstCost,
  nowMs: 1_000_000,
  quote: { p: null, yesBid: null, yesAsk: null },
});

const order = (orderId: string, overrides: Partial<Intent> = {}): Order => ({
  ...intent(overrides),
  orderId,
  clientOrderId: orderId,
  opportunityId: 1,
  createdMs: 1_000_000,
});

const sale = (size: number, side: "yes" | "no" = "yes") =>
  inputs({ action: "sell", qty: qty(size), side }, money(0));

const add = (overrides: Partial<Intent> = {}, worst = money(5_000_000)) =>
  inputs({ mayAdd: true, ...overrides }, worst);

/** Ten YES contracts. */
function holding(): Portfolio {
  const portfolio = new Portfolio();
  portfolio.applyFill(aFill());
  return portfolio;
}

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

  test("I7: a pending order holds its place until it is resolved", () => {
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

  test("I23: gains buy no room, and a new UTC day starts afresh, but a clock step back does not", () => {
    const gate = new RiskGate(LIMITS, new Portfolio());
    gate.onRealised(money(-30_000_000), 90_000_000);
    gate.onRealised(money(50_000_000), 90_000_000);
    const late = { ...inputs(), market: aMarket({ openMs: 0, closeMs: 1e12 }) };
    expect(gate.check({ ...late, nowMs: 1_000 })?.reason).toBe("risk.daily_loss");
    expect(gate.check({ ...late, nowMs: 172_800_000 })).toBeNull();
  });

  test("spends no cash that is not there, or that orders under way may take", () => {
    const gate = new RiskGate({ ...LIMITS, maxOpenPositions: 9 }, new Portfolio());
    let left = 9_000_000;
    gate.fund(() => left);
    gate.approve(
      order("first", { ticker: "KXBTC15M-OTHER" }),
      inputs({ ticker: "KXBTC15M-OTHER" }),
    );
    expect(gate.check(inputs())).toMatchObject({ reason: "risk.cash" });
    gate.resolved("first");
    expect(gate.check(inputs())).toBeNull();
    left = 4_999_999;
    expect(gate.check(inputs())).toMatchObject({ reason: "risk.cash" });
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

  describe("a sale", () => {
    test("passes up to what is held, on the side that is held, and no further", () => {
      const gate = new RiskGate(LIMITS, holding());
      expect(gate.check(sale(1_000))).toBeNull();
      expect(gate.check(sale(1))).toBeNull();
      expect(gate.check(sale(1_001))).toMatchObject({ reason: "risk.not_held", limit: 1_000 });
      expect(gate.check(sale(100, "no"))).toMatchObject({ reason: "risk.not_held", limit: 0 });
      expect(new RiskGate(LIMITS, new Portfolio()).check(sale(100))).toMatchObject({
        reason: "risk.not_held",
      });
    });

    test("waits for the one before it: two could sell the same contracts", () => {
      const gate = new RiskGate(LIMITS, holding());
      const first = sale(1_000);
      gate.approve(order("o1", { action: "sell" }), first);
      expect(gate.check(first)).toMatchObject({ reason: "risk.in_market" });
      gate.resolved("o1");
      expect(gate.check(first)).toBeNull();
    });

    test("passes when nothing may be bought any more", () => {
      const gate = new RiskGate({ ...LIMITS, maxOpenPositions: 1, maxDailyLossPct: 0 }, holding());
      gate.halt("kill");
      expect(gate.check(sale(1_000))).toBeNull();
      expect(gate.check(inputs())).toMatchObject({ reason: "risk.halted" });
    });
  });

  describe("adding to a holding", () => {
    test("is for who asks for it, on the side that is held", () => {
      const gate = new RiskGate(LIMITS, holding());
      expect(gate.check(inputs())).toMatchObject({ reason: "risk.in_market" });
      expect(gate.check(add())).toBeNull();
      expect(gate.check(add({ side: "no" }))).toMatchObject({ reason: "risk.in_market" });
    });

    test("counts what is held towards the largest position", () => {
      // $5.175 are in it; $20 may be.
      const gate = new RiskGate(LIMITS, holding());
      expect(gate.check(add({}, money(14_825_000)))).toBeNull();
      expect(gate.check(add({}, money(14_825_001)))).toMatchObject({ reason: "risk.max_position" });
    });

    test("waits for the order before it", () => {
      const gate = new RiskGate(LIMITS, holding());
      gate.approve(order("o1", { mayAdd: true }), add());
      expect(gate.check(add())).toMatchObject({ reason: "risk.in_market" });
    });
  });
});
