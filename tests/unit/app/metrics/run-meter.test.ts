import { describe, expect, test } from "vitest";
import { ApiMeter } from "../../../../src/app/metrics/api-meter.ts";
import type { Counts } from "../../../../src/app/metrics/counts.ts";
import { openProfit } from "../../../../src/app/metrics/marks.ts";
import { RunMeter } from "../../../../src/app/metrics/run-meter.ts";
import type { SessionTotals } from "../../../../src/app/session.ts";
import { Book } from "../../../../src/core/book.ts";
import { Portfolio } from "../../../../src/core/portfolio.ts";
import type {
  FillRecord,
  LedgerRecord,
  OrderEventRecord,
  OrderRecord,
} from "../../../../src/core/records.ts";
import { money, price, qty } from "../../../../src/core/units.ts";

const listed = (counts: Counts) => [...counts.entries()].map(({ sum, values }) => [...values, sum]);

const ORDER: OrderRecord = {
  orderId: "o1",
  clientOrderId: "c1",
  strategy: "threshold-ev",
  opportunityId: 1,
  ticker: "KXBTC15M-A-1",
  side: "yes",
  action: "buy",
  price: price(4000),
  qty: qty(100),
  state: "pending",
  createdMs: 1000,
};

const word = (change: Partial<OrderEventRecord>): OrderEventRecord => ({
  orderId: "o1",
  atMs: 1350,
  state: "resting",
  filledQty: qty(0),
  reason: "",
  ...change,
});

const LEG: LedgerRecord = {
  atMs: 1,
  action: "buy",
  side: "yes",
  ticker: "KXBTC15M-A-1",
  price: price(4000),
  qty: qty(100),
  cost: money(400_000),
  pnl: null,
  status: "filled",
  source: "venue",
  strategy: "threshold-ev",
  orderId: "o1",
  payload: {},
};

describe("orders", () => {
  test("the first word of the venue is the round trip, the end is counted once", () => {
    const meter = new RunMeter(() => 0);
    meter.order(ORDER);
    expect(meter.openOrders).toBe(1);
    meter.orderEvent(word({ state: "unknown", atMs: 1100 }));
    expect(meter.roundTrips.sum).toBe(0);
    meter.orderEvent(word({ state: "resting" }));
    meter.orderEvent(word({ state: "filled", atMs: 9000, filledQty: qty(100) }));
    meter.orderEvent(word({ state: "filled", atMs: 9000, filledQty: qty(100) }));
    expect(meter.roundTrips.sum).toBeCloseTo(0.35);
    expect([...meter.roundTrips.counts].reduce((sum, count) => sum + count)).toBe(1);
    expect(listed(meter.ends)).toEqual([
      ["filled", 1],
      ["canceled", 0],
      ["rejected", 0],
      ["expired", 0],
    ]);
    expect(listed(meter.rejects)).toEqual([]);
    expect(meter.openOrders).toBe(0);
  });

  test("one that ends without a fill is counted by its reason", () => {
    const meter = new RunMeter(() => 0);
    meter.order(ORDER);
    meter.orderEvent(word({ state: "rejected", reason: "insufficient_balance" }));
    expect(listed(meter.rejects)).toEqual([["insufficient_balance", 1]]);
  });
});

test("trades are fills, and profit is of legs that have one", () => {
  const meter = new RunMeter(() => 0);
  meter.ledger(LEG);
  meter.ledger({ ...LEG, status: "canceled", qty: qty(0) });
  meter.ledger({ ...LEG, action: "settle", status: "final", pnl: money(2_500_000) });
  meter.ledger({ ...LEG, action: "settle", status: "final", qty: qty(0), pnl: null });
  expect(listed(meter.trades)).toEqual([["threshold-ev", "buy", "yes", 1]]);
  expect(meter.pnl.sum).toBe(2.5);
  expect([...meter.pnl.counts].reduce((sum, count) => sum + count)).toBe(1);
});

test("a step is a decision when it evaluated something, and a signal when it decided to trade", () => {
  let mono = 0;
  const meter = new RunMeter(() => mono);
  const totals = { evaluations: 0, trades: 0 } as SessionTotals;
  const step = (evaluations: number, trades: number, ms: number): void => {
    meter.begin(totals);
    mono += ms;
    totals.evaluations += evaluations;
    totals.trades += trades;
    meter.end(totals);
  };
  step(0, 0, 50);
  step(3, 0, 2);
  step(1, 1, 4);
  expect(meter.decisions.sum).toBeCloseTo(0.006);
  expect(meter.signalLatency.sum).toBeCloseTo(0.004);
});

test("holdings count at the bid of their side, and at cost without a book to believe", () => {
  const portfolio = new Portfolio();
  const fill: FillRecord = {
    fillId: "f1",
    orderId: "o1",
    ticker: "A",
    side: "no",
    action: "buy",
    price: price(3000),
    qty: qty(1000),
    fee: money(0),
    isTaker: true,
    fillClass: "crossed",
    atMs: 1,
  };
  portfolio.applyFill(fill);
  portfolio.applyFill({ ...fill, fillId: "f2", ticker: "B" });
  const book = new Book();
  book.replace([[price(6000), qty(500)]], [[price(3500), qty(500)]], 1);
  expect(openProfit(portfolio, (ticker) => (ticker === "A" ? book : undefined))).toBe(500 * 1000);
  book.invalidate("gap");
  expect(openProfit(portfolio, () => book)).toBe(0);
});

test("requests are counted by host and class of answer, and pass through unchanged", async () => {
  let mono = 0;
  const api = new ApiMeter();
  const answers = [200, 429, 503];
  const http = api.measured(
    {
      request: async () => {
        mono += 20;
        const status = answers.shift();
        if (status === undefined) throw new Error("reset");
        return { status, headers: {}, body: "x" };
      },
    },
    () => mono,
  );
  const request = { method: "GET", url: "https://host.test:8/a?key=1", headers: {} } as const;
  const { signal } = new AbortController();
  for (const status of [200, 429, 503]) {
    expect(await http.request(request, signal)).toMatchObject({ status, body: "x" });
  }
  await expect(http.request(request, signal)).rejects.toThrow("reset");
  expect(listed(api.requests)).toEqual([
    ["host.test", "2xx", 1],
    ["host.test", "429", 1],
    ["host.test", "5xx", 1],
    ["host.test", "error", 1],
  ]);
  expect(api.seconds.get("host.test")?.sum).toBeCloseTo(0.08);
});
