import { describe, expect, test } from "vitest";
import { ExchangeLedger } from "../../../../src/exchange/trading/ledger.ts";
import { summaryOf } from "../../../../src/exchange/trading/summary.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { OrderRig } from "../server/order-rig.ts";

const LATER = START_MS / 1000 + 60;

/** A rig with a group, and an order body that breaks no rule. */
function careful(): { readonly rig: OrderRig; readonly good: Record<string, unknown> } {
  const rig = new OrderRig();
  const body = { contracts_limit: 100, exchange_index: 2 };
  const group = rig.send("POST", "/portfolio/order_groups/create", body).json.order_group_id;
  return { rig, good: { order_group_id: group, expiration_time: LATER } };
}

describe("rules broken by an order", () => {
  test("none by a careful client", () => {
    const { rig, good } = careful();
    const { order_id } = rig.create(good).json;
    rig.create({ ...good, price: "0.4900", client_order_id: "mine" });
    rig.create({ time_in_force: "immediate_or_cancel" });
    rig.send("DELETE", `/portfolio/events/orders/${order_id}?exchange_index=2`);
    rig.get("/portfolio/orders");
    expect(rig.rules).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no id of its own", { client_order_id: undefined }, "missing_client_order_id"],
    ["an empty id", { client_order_id: "" }, "missing_client_order_id"],
    ["no expiry", { expiration_time: undefined }, "missing_expiry"],
    ["no group", { order_group_id: undefined }, "missing_order_group"],
    ["no shard", { exchange_index: undefined }, "missing_shard"],
  ])("%s: accepted and noted", (_name, over, rule) => {
    const { rig, good } = careful();
    expect(rig.create({ ...good, ...over }).status).toBe(201);
    expect(rig.rules).toEqual([rule]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["the wrong shard", { exchange_index: 0 }, "wrong_shard"],
    ["an expiry that has passed", { expiration_time: LATER - 61 }, "expiry_in_the_past"],
    ["an expiry in milliseconds", { expiration_time: LATER * 1000 }, "expiry_in_ms"],
    ["a price between ticks", { price: "0.5150" }, "off_tick_price"],
    ["a count below 0.01", { count: "0.001" }, "bad_count"],
    ["a count as number", { count: 1 }, "number_instead_of_string"],
    ["a used id", { client_order_id: "used" }, "repeated_client_order_id"],
  ])("%s: refused and noted", (_name, over, rule) => {
    const { rig, good } = careful();
    rig.create({ ...good, client_order_id: "used" });
    expect(rig.create({ ...good, ...over }).status).toBeGreaterThanOrEqual(400);
    expect(rig.rules).toEqual([rule]);
  });

  test("want of money and a crossing post-only order break no rule", () => {
    const { rig, good } = careful();
    rig.offer("no", 4800, 100);
    rig.create({ ...good, count: "99999.00" });
    rig.create({ ...good, price: "0.9000", post_only: true });
    expect(rig.ledger.refusedRequests().map(({ code }) => code)).toEqual([
      "insufficient_balance",
      "invalid_order",
    ]);
    expect(rig.rules).toEqual([]);
  });

  test("an order, and a cancel, after the close", () => {
    const { rig, good } = careful();
    const { order_id } = rig.create(good).json;
    const market = rig.world.market(TICKER);
    if (market !== undefined) market.status = "closed";
    rig.create(good);
    rig.send("DELETE", `/portfolio/events/orders/${order_id}?exchange_index=2`);
    expect(rig.rules).toEqual(["order_after_close", "order_after_close"]);
  });

  test("an order during a pause", () => {
    const { rig, good } = careful();
    rig.desk.setShard({ exchangeIndex: 2, isExchangeActive: true, isTradingActive: false });
    rig.create(good);
    expect(rig.rules).toEqual(["order_during_pause"]);
  });

  test.each(["taker_at_cross", "maker"])("an order that meets its owner's (%s)", (mode) => {
    const { rig, good } = careful();
    rig.create({ ...good, price: "0.4000" });
    rig.create({ ...good, side: "ask", price: "0.4000", self_trade_prevention_type: mode });
    expect(rig.rules).toEqual(["self_cross"]);
  });

  test("the note says which order it was", () => {
    const { rig, good } = careful();
    rig.create({ ...good, client_order_id: "mine", price: "0.5150", count: "3" });
    expect(rig.ledger.violations()).toEqual([
      { rule: "off_tick_price", detail: `bid 3 ${TICKER} 0.5150 (mine)`, atMs: START_MS },
    ]);
  });
});

describe("the ledger itself", () => {
  test("counts go on when the list is full", () => {
    const ledger = new ExchangeLedger();
    for (let count = 0; count < 10_005; count++) ledger.violation("unsigned", "x", count);
    expect(ledger.violations()).toHaveLength(10_000);
    expect(ledger.violationCounts().get("unsigned")).toBe(10_005);
  });
});

describe("the summary", () => {
  test("says what was accepted, filled, paid, refused and broken, as plain data", () => {
    const { rig, good } = careful();
    rig.offer("no", 4800, 100);
    rig.create({ ...good, price: "0.5200", count: "3.00", client_order_id: "mine" });
    rig.create({ ...good, price: "0.5150" });
    const summary = summaryOf(rig.desk, rig.ledger);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    expect(summary).toMatchObject({
      requests: 3,
      orders: [{ clientOrderId: "mine", filledCq: 100, leftCq: 200, status: "resting" }],
      fills: [{ clientOrderId: "mine", countCq: 100, feeUd: 17_500 }],
      positions: [{ positionCq: 100, costUd: 520_000 }],
      settlements: [],
      refused: [{ method: "POST", status: 400, code: "invalid_price" }],
      violationCounts: { off_tick_price: 1 },
    });
    const [cash] = summary.cash;
    expect((cash?.availableUd ?? 0) + (cash?.reservedUd ?? 0)).toBe(1_000_000_000 - 537_500);
  });
});
