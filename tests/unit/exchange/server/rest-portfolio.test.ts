import { describe, expect, test } from "vitest";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import { FUNDS, OrderRig, trader } from "./order-rig.ts";

describe("balance", () => {
  test("whole cents are cut off, each shard has its own cash", () => {
    const rig = new OrderRig({ cash: FUNDS });
    expect(rig.get("/portfolio/balance").body).toBe(
      `{"balance":7001,"balance_breakdown":[{"balance":"20.0000","exchange_index":0},{"balance":"50.0186","exchange_index":2}],"balance_dollars":"70.0186","portfolio_value":0,"updated_ts":${START_MS / 1000}}`,
    );
  });

  test("of one shard only", () => {
    const { json } = new OrderRig({ cash: FUNDS }).get("/portfolio/balance?exchange_index=2");
    expect(json).toMatchObject({
      balance: 5001,
      balance_dollars: "50.0186",
      balance_breakdown: [{ exchange_index: 2 }],
    });
  });

  test("of a subaccount, which is the primary one when none is named", () => {
    const cash = [...FUNDS, { exchangeIndex: 2, subaccount: 3, amountUd: 1_000_000 }];
    const rig = new OrderRig({ cash });
    expect(rig.get("/portfolio/balance?subaccount=3").json.balance).toBe(100);
    expect(rig.get("/portfolio/balance").json.balance).toBe(7001);
  });

  test("positions count at the last trade, resting orders are off the balance", () => {
    const rig = trader();
    const market = rig.world.market(TICKER);
    if (market !== undefined) market.lastCc = 6000;
    const { json } = rig.get("/portfolio/balance?exchange_index=2");
    // 50.0186 − 2 × 0.52 − fee 0.0350 − what 3 × 0.40 and its fee reserve
    expect(json).toMatchObject({ portfolio_value: 120 });
    expect(json.balance).toBeLessThanOrEqual(5001 - 104 - 3 - 120);
  });

  test("a sold position counts at the other side of the last trade", () => {
    const rig = new OrderRig();
    rig.offer("yes", 4000, 100);
    rig.create({ side: "ask", price: "0.4000" });
    const market = rig.world.market(TICKER);
    if (market !== undefined) market.lastCc = 3000;
    expect(rig.get("/portfolio/balance").json).toMatchObject({ portfolio_value: 70 });
  });

  test.each(["subaccount=x", "subaccount=64", "exchange_index=two"])("'%s' is refused", (query) => {
    const { status, body } = new OrderRig().get(`/portfolio/balance?${query}`);
    expect(status).toBe(400);
    expect(body).toMatch(/^\{"msg":"Parameter validation failed for GetBalance: /);
  });
});

describe("fills", () => {
  test("a fill as the exchange shows it, without the client's own order id", () => {
    const rig = trader();
    const { json } = rig.get("/portfolio/fills");
    const [fill] = rig.desk.fills();
    expect(json).toEqual({
      cursor: "",
      fills: [
        {
          action: "buy",
          book_side: "bid",
          count_fp: "2.00",
          created_time: "2026-08-17T04:50:00Z",
          exchange_index: 2,
          fee_cost: "0.035000",
          fill_id: fill?.tradeId,
          is_taker: true,
          market_ticker: TICKER,
          no_price_dollars: "0.4800",
          order_id: fill?.orderId,
          outcome_side: "yes",
          side: "yes",
          subaccount_number: 0,
          ticker: TICKER,
          trade_id: fill?.tradeId,
          ts: START_MS / 1000,
          yes_price_dollars: "0.5200",
        },
      ],
    });
  });

  test("a maker pays nothing", () => {
    const rig = trader();
    rig.take("yes", 100);
    expect(rig.get("/portfolio/fills?limit=1").json.fills[0]).toMatchObject({
      is_taker: false,
      fee_cost: "0.000000",
      yes_price_dollars: "0.4000",
    });
  });

  test("of one order, newest first", () => {
    const rig = trader();
    const maker = rig.desk.orderByClientId("maker")?.orderId ?? "";
    rig.take("yes", 100);
    rig.take("yes", 100);
    expect(rig.get("/portfolio/fills").json.fills).toHaveLength(3);
    expect(rig.get(`/portfolio/fills?order_id=${maker}`).json.fills).toHaveLength(2);
    expect(rig.get(`/portfolio/fills?order_id=${maker}&max_ts=1`).json.fills).toEqual([]);
    const newest = rig.desk.fills().at(-1)?.tradeId;
    expect(rig.get("/portfolio/fills").json.fills[0]?.trade_id).toBe(newest);
  });
});

describe("positions", () => {
  test("by market and by event", () => {
    const { json } = trader().get("/portfolio/positions");
    expect(json).toEqual({
      cursor: "",
      event_positions: [
        {
          event_exposure_dollars: "1.040000",
          event_ticker: "KXBTC15M-26AUG170100",
          fees_paid_dollars: "0.035000",
          realized_pnl_dollars: "0.000000",
          total_cost_dollars: "1.040000",
          total_cost_shares_fp: "2.00",
        },
      ],
      market_positions: [
        {
          exchange_index: 2,
          fees_paid_dollars: "0.035000",
          last_updated_ts: "2026-08-17T04:50:00Z",
          market_exposure_dollars: "1.040000",
          position_fp: "2.00",
          realized_pnl_dollars: "0.000000",
          ticker: TICKER,
          total_traded_dollars: "1.040000",
        },
      ],
    });
  });

  test("sold contracts are negative", () => {
    const rig = new OrderRig();
    rig.offer("yes", 4000, 300);
    rig.create({ side: "ask", price: "0.4000", count: "3.00" });
    expect(rig.get("/portfolio/positions").json.market_positions[0]).toMatchObject({
      position_fp: "-3.00",
      market_exposure_dollars: "1.800000",
    });
  });

  test.each([
    ["", 1],
    ["count_filter=position", 0],
    ["count_filter=total_traded", 1],
    ["count_filter=position,total_traded", 1],
    ["event_ticker=X", 0],
    ["subaccount=1", 0],
    ["exchange_index=0", 0],
  ])("a closed position shows %j times %d", (query, count) => {
    const rig = trader();
    rig.offer("yes", 5000, 200);
    rig.create({ side: "ask", price: "0.5000", count: "2.00" });
    const { json } = rig.get(`/portfolio/positions?${query}`);
    expect(json.market_positions).toHaveLength(count);
    expect(json.event_positions).toHaveLength(count);
  });

  test("an unknown count filter is refused", () => {
    expect(trader().get("/portfolio/positions?count_filter=resting").status).toBe(400);
  });
});

/** A trader whose market has paid this much for YES. */
function settled(payoutCc: number): OrderRig {
  const rig = trader();
  const market = rig.world.market(TICKER);
  if (market === undefined) throw new Error("no market");
  market.status = "finalized";
  market.result = payoutCc === 10_000 ? "yes" : payoutCc === 0 ? "no" : "scalar";
  market.payoutCc = payoutCc;
  market.settledMs = rig.world.nowMs();
  const atMs = rig.world.nowMs();
  rig.desk.observe({ type: "status", ticker: TICKER, status: "finalized", atMs });
  return rig;
}

describe("settlements", () => {
  test("revenue and value are whole cents, everything else is text", () => {
    const { json } = settled(10_000).get("/portfolio/settlements");
    expect(json).toEqual({
      cursor: "",
      settlements: [
        {
          event_ticker: "KXBTC15M-26AUG170100",
          exchange_index: 2,
          fee_cost: "0.035000",
          market_result: "yes",
          no_count_fp: "0.00",
          no_total_cost_dollars: "0.000000",
          revenue: 200,
          settled_time: "2026-08-17T04:50:02Z",
          ticker: TICKER,
          value: 100,
          yes_count_fp: "2.00",
          yes_total_cost_dollars: "1.040000",
        },
      ],
    });
  });

  test("a lost position earns nothing", () => {
    expect(settled(0).get("/portfolio/settlements").json.settlements).toMatchObject([
      { market_result: "no", revenue: 0, value: 0 },
    ]);
  });

  test("a settled position has left the portfolio's value", () => {
    const { json } = settled(10_000).get("/portfolio/balance");
    expect(json).toMatchObject({ portfolio_value: 0 });
  });

  test.each([
    [`ticker=${TICKER}`, 1],
    ["event_ticker=X", 0],
    [`min_ts=${START_MS / 1000 + 3}`, 0],
    ["subaccount=0", 1],
  ])("'%s' gives %d", (query, count) => {
    const { json } = settled(0).get(`/portfolio/settlements?${query}`);
    expect(json.settlements).toHaveLength(count);
  });
});

describe("the historical tier", () => {
  const lists = ["orders", "fills", "positions"] as const;

  test("holds nothing that is younger than the cutoff", () => {
    const rig = trader();
    for (const list of lists) {
      expect(rig.get(`/historical/${list}`).body, list).toMatch(
        /^\{"cursor":"",(?:"\w+":\[\],?)+\}$/,
      );
    }
  });

  test("what ended before the cutoff is in it and no longer among the living", () => {
    const rig = new OrderRig({ historyCutoffMs: () => START_MS + 1 });
    rig.offer("no", 4800, 200);
    rig.create({ price: "0.5200", client_order_id: "old" });
    rig.create({ price: "0.1000", client_order_id: "resting" });
    const market = rig.world.market(TICKER);
    if (market !== undefined) market.settledMs = START_MS;
    const ids = (path: string): readonly string[] =>
      rig.get(path).json.orders.map((order) => order.client_order_id);
    expect(ids("/historical/orders")).toEqual(["old"]);
    expect(ids("/portfolio/orders")).toEqual(["resting"]);
    expect(rig.get("/historical/fills").json.fills).toHaveLength(1);
    expect(rig.get("/portfolio/fills").json.fills).toHaveLength(0);
    expect(rig.get("/historical/positions").json.market_positions).toHaveLength(1);
    expect(rig.get("/portfolio/positions").json.market_positions).toHaveLength(0);
  });
});

describe("reads are late", () => {
  const lag = { minMs: 400, maxMs: 1500 };

  test("an order is not found right after it was accepted, and still rests right after its cancel", () => {
    const rig = new OrderRig({ lag });
    const { order_id } = rig.create().json;
    const path = `/portfolio/orders/${order_id}`;
    expect(rig.get(path).status).toBe(404);
    rig.pass(1500);
    expect(rig.get(path).json.order.status).toBe("resting");
    rig.send("DELETE", `/portfolio/events/orders/${order_id}?exchange_index=2`);
    rig.pass(360);
    expect(rig.get(path).json.order.status).toBe("resting");
    rig.pass(1140);
    expect(rig.get(path).json.order.status).toBe("canceled");
  });

  test("balance, fills and positions are late together", () => {
    const rig = new OrderRig({ lag, cash: FUNDS });
    rig.offer("no", 4800, 200);
    rig.create({ price: "0.5200" });
    expect(rig.get("/portfolio/balance").json.balance).toBe(7001);
    expect(rig.get("/portfolio/fills").json.fills).toEqual([]);
    expect(rig.get("/portfolio/positions").json.market_positions).toEqual([]);
    rig.pass(1500);
    expect(rig.get("/portfolio/balance").json.balance).toBeLessThan(7001);
    expect(rig.get("/portfolio/fills").json.fills).toHaveLength(1);
    expect(rig.get("/portfolio/positions").json.market_positions).toHaveLength(1);
  });
});
