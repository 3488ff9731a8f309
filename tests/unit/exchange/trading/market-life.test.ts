import { describe, expect, test } from "vitest";
import type { OrderState, Settlement } from "../../../../src/exchange/trading/types.ts";
import { START_MS, TICKER } from "../../../support/tiny-world.ts";
import {
  accepted,
  bookOf,
  cancel,
  cashOf,
  maker,
  place,
  positionOf,
  refusalOf,
  runTo,
  setStatus,
  type TradingRig,
  tradingRig,
} from "../../../support/trading-rig.ts";

const PAUSED = { status: 409, code: "trading_is_paused" };
const DAY_MS = 86_400_000;
/** Thursday 2026-08-20, 03:00 in New York. */
const PAUSE_MS = Date.parse("2026-08-20T07:00:00Z");

function stateOf(rig: TradingRig, { orderId }: OrderState): OrderState | undefined {
  return rig.desk.order(orderId);
}

function shard(isExchangeActive: boolean, isTradingActive: boolean) {
  return { exchangeIndex: 2, isExchangeActive, isTradingActive };
}

describe("a trading pause", () => {
  test("refuses create and amend, takes cancel and decrease, and leaves orders resting", () => {
    const rig = tradingRig();
    const [first, second] = [place(rig).order, place(rig, { countCq: 500 }).order];
    rig.desk.setShard(shard(true, false));
    expect(refusalOf(rig)).toEqual(PAUSED);
    const amend = { side: "bid", priceCc: 4100, countCq: 100, exchangeIndex: 2 } as const;
    const ids = { clientOrderId: null, updatedClientOrderId: null };
    const { orderId } = first;
    expect(rig.desk.amend({ orderId, ticker: TICKER, ...amend, ...ids })).toEqual(PAUSED);
    accepted(cancel(rig, orderId));
    const name = { orderId: second.orderId, ticker: TICKER, exchangeIndex: 2 };
    accepted(rig.desk.decrease(name, { byCq: 100 }));
    expect(stateOf(rig, second)).toMatchObject({ status: "resting", leftCq: 400 });
    rig.desk.setShard(shard(true, true));
    expect(place(rig).order.status).toBe("resting");
  });

  test("cancels the orders that asked for it, on that shard", () => {
    const rig = tradingRig();
    const staying = place(rig).order;
    const leaving = place(rig, { cancelOnPause: true }).order;
    rig.desk.setShard({ exchangeIndex: 0, isExchangeActive: true, isTradingActive: false });
    expect(stateOf(rig, leaving)?.status).toBe("resting");
    rig.desk.setShard(shard(true, false));
    expect(stateOf(rig, leaving)).toMatchObject({ status: "canceled", reason: "HaltCancel" });
    expect(stateOf(rig, staying)?.status).toBe("resting");
  });

  test("stops and resumes the other participants once", () => {
    const rig = tradingRig();
    rig.desk.setShard(shard(true, false));
    rig.desk.setShard(shard(false, false));
    rig.desk.setShard(shard(true, true));
    expect(rig.world.pauses).toEqual([
      [2, true],
      [2, false],
    ]);
  });
});

test("an exchange pause refuses cancels too", () => {
  const rig = tradingRig();
  const { order } = place(rig);
  rig.desk.setShard(shard(false, true));
  expect(rig.desk.shards()[2]).toEqual(shard(false, false));
  expect(refusalOf(rig)).toEqual(PAUSED);
  expect(cancel(rig, order.orderId)).toEqual(PAUSED);
  rig.desk.cancelAll(null);
  expect(stateOf(rig, order)?.status).toBe("resting");
});

describe("the weekly pause", () => {
  test("begins and ends by the clock, on every shard", () => {
    const rig = tradingRig();
    expect(rig.desk.nextTimerMs()).toBe(PAUSE_MS);
    const { order } = place(rig, { cancelOnPause: true });
    runTo(rig, PAUSE_MS - 1);
    expect(stateOf(rig, order)?.status).toBe("resting");
    runTo(rig, PAUSE_MS);
    expect(stateOf(rig, order)?.reason).toBe("HaltCancel");
    expect(rig.desk.shards().map((state) => state.isTradingActive)).toEqual(
      [0, 1, 2, 3].map(() => false),
    );
    expect(refusalOf(rig)).toEqual(PAUSED);
    runTo(rig, PAUSE_MS + 7_199_999);
    expect(refusalOf(rig)).toEqual(PAUSED);
    runTo(rig, PAUSE_MS + 7_200_000);
    expect(place(rig).order.status).toBe("resting");
    expect(rig.desk.nextTimerMs()).toBe(PAUSE_MS + 7 * DAY_MS);
    expect(rig.world.pauses).toHaveLength(8);
  });

  test("does not lift a pause that was set by hand", () => {
    const rig = tradingRig();
    rig.desk.setShard(shard(true, false));
    runTo(rig, PAUSE_MS + 7_200_000);
    expect(rig.desk.shards()[2]?.isTradingActive).toBe(false);
    expect(rig.desk.shards()[0]?.isTradingActive).toBe(true);
  });

  test("can be left out", () => {
    const rig = tradingRig({ hasWeeklyPause: false });
    expect(rig.desk.nextTimerMs()).toBe(Number.POSITIVE_INFINITY);
    runTo(rig, PAUSE_MS + 1000);
    expect(place(rig).order.status).toBe("resting");
  });
});

describe("a market's life", () => {
  test("reactivation cancels everything that rests there", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    setStatus(rig, "inactive");
    expect(stateOf(rig, order)?.status).toBe("resting");
    setStatus(rig, "active");
    expect(stateOf(rig, order)).toMatchObject({ status: "canceled", reason: "HaltCancel" });
    expect(bookOf(rig).read().yes).toEqual([]);
  });

  test("the close cancels what rests within 850 ms, each in its own moment", () => {
    const rig = tradingRig();
    const orders = [3000, 3100, 3200].map((priceCc) => place(rig, { priceCc }).order);
    setStatus(rig, "closed");
    expect(orders.every((order) => stateOf(rig, order)?.status === "resting")).toBe(true);
    runTo(rig, START_MS + 850);
    const gone = orders.map((order) => stateOf(rig, order));
    expect(gone.every((order) => order?.reason === "CloseCancel")).toBe(true);
    expect(new Set(gone.map((order) => order?.updatedMs)).size).toBe(3);
    expect(cashOf(rig).reservedUd).toBe(0);
    expect(bookOf(rig).read().yes).toEqual([]);
  });

  test("a coarser tick ladder leaves no room for an order between its ticks", () => {
    const rig = tradingRig();
    const fine = place(rig, { priceCc: 450 }).order;
    const whole = place(rig, { priceCc: 400 }).order;
    const market = rig.world.market(TICKER);
    if (market === undefined) throw new Error("no market");
    market.ranges = [{ startCc: 0, endCc: 10_000, stepCc: 100 }];
    rig.publish({
      type: "lifecycle",
      msg: { event_type: "price_level_structure_updated", market_ticker: TICKER },
      atMs: START_MS,
    });
    expect(stateOf(rig, fine)?.status).toBe("canceled");
    expect(stateOf(rig, whole)?.status).toBe("resting");
  });
});

/** Buys `countCq` YES (or, below zero, NO) at $0.60 (or $0.40). */
function hold(rig: TradingRig, countCq: number): void {
  maker(rig, countCq > 0 ? "ask" : "bid", 6000, Math.abs(countCq));
  place(rig, {
    side: countCq > 0 ? "bid" : "ask",
    priceCc: 6000,
    countCq: Math.abs(countCq),
  });
}

function settledBy(rig: TradingRig, payoutCc: number): Settlement[] {
  setStatus(rig, "closed");
  setStatus(rig, "determined", payoutCc);
  expect(rig.desk.settlements()).toEqual([]);
  setStatus(rig, "finalized");
  return [...rig.desk.settlements()];
}

describe("settlement", () => {
  test.each([
    ["YES that won", 1000, 10_000, 10_000_000],
    ["YES that lost", 1000, 0, 0],
    ["NO that won", -1000, 0, 10_000_000],
    ["NO that lost", -1000, 10_000, 0],
    ["YES of a scalar result", 1000, 2500, 2_500_000],
    ["NO of a scalar result", -1000, 2500, 7_500_000],
    ["a scalar payout in whole cents, rounded down", 333, 2501, 830_000],
  ])("%s", (_name, countCq, payoutCc, revenueUd) => {
    const rig = tradingRig();
    hold(rig, countCq);
    const before = cashOf(rig).availableUd;
    const [settlement] = settledBy(rig, payoutCc);
    const results = { 0: "no", 10_000: "yes" } as Record<number, string>;
    expect(settlement).toMatchObject({
      result: results[payoutCc] ?? "scalar",
      payoutCc,
      revenueUd,
      yesCq: Math.max(0, countCq),
      noCq: Math.max(0, -countCq),
      yesCostUd: countCq > 0 ? 6000 * countCq : 0,
      noCostUd: countCq < 0 ? -4000 * countCq : 0,
    });
    expect(cashOf(rig).availableUd - before).toBe(revenueUd);
    expect(positionOf(rig)).toBe(0);
    const cost = Math.abs(countCq) * (countCq > 0 ? 6000 : 4000);
    expect(rig.desk.positions()[0]).toMatchObject({ costUd: 0, realizedUd: revenueUd - cost });
    expect(rig.events.slice(-3).map((event) => event.type)).toEqual([
      "settlement",
      "position",
      "balance",
    ]);
  });

  test("does not happen where nothing is held", () => {
    const rig = tradingRig();
    hold(rig, 100);
    maker(rig, "bid", 6000, 100);
    place(rig, { side: "ask", priceCc: 6000, countCq: 100 });
    expect(settledBy(rig, 10_000)).toEqual([]);
  });

  test("cancels whatever should still rest", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    settledBy(rig, 0);
    expect(stateOf(rig, order)?.reason).toBe("CloseCancel");
  });

  test("is corrected by the difference when the result is amended afterwards", () => {
    const rig = tradingRig();
    hold(rig, 1000);
    settledBy(rig, 10_000);
    const paid = cashOf(rig).availableUd;
    setStatus(rig, "disputed");
    setStatus(rig, "amended", 0);
    expect(cashOf(rig).availableUd).toBe(paid);
    setStatus(rig, "finalized");
    expect(rig.desk.settlements()).toMatchObject([
      { result: "yes", revenueUd: 10_000_000 },
      { result: "no", revenueUd: -10_000_000, yesCq: 1000, yesCostUd: 6_000_000 },
    ]);
    expect(cashOf(rig).availableUd).toBe(paid - 10_000_000);
    setStatus(rig, "finalized");
    expect(rig.desk.settlements()).toHaveLength(2);
    expect(rig.desk.positions()[0]?.realizedUd).toBe(-6_000_000);
  });

  test("pays nothing twice when a result is amended before it is final", () => {
    const rig = tradingRig();
    hold(rig, 1000);
    setStatus(rig, "determined", 10_000);
    setStatus(rig, "disputed");
    setStatus(rig, "amended", 0);
    setStatus(rig, "finalized");
    expect(rig.desk.settlements()).toMatchObject([{ result: "no", revenueUd: 0 }]);
  });
});
