import { describe, expect, test } from "vitest";
import type { DeskOptions } from "../../../../src/exchange/trading/types.ts";
import { OTHER_TICKER, START_MS } from "../../../support/tiny-world.ts";
import {
  accepted,
  bookOf,
  cancel,
  cashOf,
  expectDeltasMatch,
  maker,
  orderRequest,
  place,
  positionOf,
  refusalOf,
  setStatus,
  taker,
  tradingRig,
} from "../../../support/trading-rig.ts";

const NOW_S = START_MS / 1000;
const IOC = { timeInForce: "immediate_or_cancel" } as const;
const FOK = { timeInForce: "fill_or_kill" } as const;

function cash(amountUd: number): NonNullable<DeskOptions["cash"]> {
  return [{ exchangeIndex: 2, subaccount: 0, amountUd }];
}

describe("an order is refused", () => {
  test.each([
    ["for an unknown market", { ticker: "KXNONE" }, 404, "market_not_found"],
    ["on another shard than the market's", { exchangeIndex: 0 }, 404, "market_not_found"],
    ["before the market opens", { ticker: OTHER_TICKER }, 400, "MARKET_NOT_ACTIVE"],
    ["between two ticks", { priceCc: 5150 }, 400, "invalid_price"],
    ["on the fine ticks outside their range", { priceCc: 1010 }, 400, "invalid_price"],
    ["below the finest tick", { priceCc: 995 }, 400, "invalid_price"],
    ["at $0", { priceCc: 0 }, 400, "invalid_price"],
    ["at $1", { priceCc: 10_000 }, 400, "invalid_price"],
    ["for no contracts", { countCq: 0 }, 400, "invalid_order"],
    ["for less than nothing", { countCq: -100 }, 400, "invalid_order"],
    ["for a fraction of a hundredth", { countCq: 0.5 }, 400, "invalid_order"],
    ["that may only reduce but rests", { isReduceOnly: true }, 400, "invalid_order"],
    ["that may only rest but is immediate", { isPostOnly: true, ...IOC }, 400, "invalid_order"],
    ["that expires now", { expirationS: NOW_S }, 400, "invalid_order"],
    ["that is immediate and expires", { expirationS: NOW_S + 9, ...IOC }, 400, "invalid_order"],
    ["of a subaccount that cannot exist", { subaccount: 64 }, 400, "invalid_order"],
    ["in an unknown group", { groupId: "none" }, 404, "not_found"],
    ["that costs more than there is", { countCq: 300_000 }, 400, "insufficient_balance"],
    ["of a subaccount without money", { subaccount: 1 }, 400, "insufficient_balance"],
  ])("%s", (_name, overrides, status, code) => {
    const rig = tradingRig();
    expect(refusalOf(rig, overrides)).toMatchObject({ status, code });
    expect(rig.events).toEqual([]);
    expect(rig.desk.orders()).toEqual([]);
  });

  test("where the user never had money on the shard", () => {
    const rig = tradingRig({ cash: [{ exchangeIndex: 0, subaccount: 0, amountUd: 9_000_000 }] });
    expect(refusalOf(rig)).toEqual({ status: 404, code: "user_not_found" });
  });

  test.each(["closed", "determined", "disputed", "amended", "finalized"] as const)(
    "when the market is %s",
    (status) => {
      const rig = tradingRig();
      setStatus(rig, status, 0);
      expect(refusalOf(rig)).toMatchObject({ code: "MARKET_INACTIVE" });
    },
  );

  test("when the market is halted", () => {
    const rig = tradingRig();
    setStatus(rig, "inactive");
    expect(refusalOf(rig)).toMatchObject({ code: "MARKET_NOT_ACTIVE" });
  });

  test("when it would have to leave room for the taker fee and there is none", () => {
    // 1 at $0.40 costs $0.40 and up to $0.0168.
    expect(refusalOf(tradingRig({ cash: cash(416_799) }))).toMatchObject({
      code: "insufficient_balance",
    });
    expect(place(tradingRig({ cash: cash(416_800) })).order.status).toBe("resting");
  });

  test("nobody minds an automatic route, asked for or not", () => {
    const rig = tradingRig();
    expect(place(rig, { exchangeIndex: -1 }).order.exchangeIndex).toBe(2);
    expect(place(rig, { exchangeIndex: null }).order.exchangeIndex).toBe(2);
  });
});

describe("a client order id is used up for ever", () => {
  const again = { status: 409, code: "order_already_exists" };

  test("by an order that rests, that was cancelled, and that filled", () => {
    const rig = tradingRig();
    maker(rig, "ask", 6000, 100);
    const { order } = place(rig, { clientOrderId: "a" });
    expect(refusalOf(rig, { clientOrderId: "a" })).toEqual(again);
    cancel(rig, order.orderId);
    expect(refusalOf(rig, { clientOrderId: "a" })).toEqual(again);
    place(rig, { clientOrderId: "b", priceCc: 6000 });
    expect(refusalOf(rig, { clientOrderId: "b" })).toEqual(again);
    expect(rig.desk.orderByClientId("a")?.status).toBe("canceled");
    expect(rig.desk.orderByClientId("b")?.status).toBe("executed");
  });

  test("by an order that was killed", () => {
    const rig = tradingRig();
    const order = { clientOrderId: "a", ...FOK };
    expect(refusalOf(rig, order).code).toBe("fill_or_kill_insufficient_resting_volume");
    expect(refusalOf(rig, order)).toEqual(again);
    expect(rig.desk.orderByClientId("a")).toBeUndefined();
  });

  test("but not by one that was refused", () => {
    const rig = tradingRig();
    refusalOf(rig, { clientOrderId: "a", priceCc: 5150 });
    refusalOf(rig, { clientOrderId: "a", countCq: 900_000 });
    expect(place(rig, { clientOrderId: "a" }).order.clientOrderId).toBe("a");
  });

  test("and is looked at before the money: a retry must hear that the first one landed", () => {
    const rig = tradingRig();
    place(rig, { clientOrderId: "a", countCq: 200_000 });
    expect(refusalOf(rig, { clientOrderId: "a", countCq: 200_000 })).toEqual(again);
  });
});

describe("matching", () => {
  test("an order that meets nobody rests, in the book and in the balance", () => {
    const rig = tradingRig();
    const { order, filledCq } = place(rig, { countCq: 250 });
    expect(order).toMatchObject({ status: "resting", leftCq: 250, filledCq: 0, reason: "" });
    expect(filledCq).toBe(0);
    expect(bookOf(rig).read()).toEqual({ yes: [[4000, 250]], no: [] });
    expect(cashOf(rig)).toMatchObject({ availableUd: 998_958_000, reservedUd: 1_042_000 });
    expect(rig.happenings).toEqual([
      expect.objectContaining({ type: "delta", side: "yes", deltaCq: 250, orderId: order.orderId }),
    ]);
    expect(rig.events.map((event) => event.type)).toEqual(["order", "balance"]);
  });

  test("an ask is a NO bid at the complement", () => {
    const rig = tradingRig();
    place(rig, { side: "ask", priceCc: 9530, countCq: 100 });
    expect(bookOf(rig).read()).toEqual({ yes: [], no: [[470, 100]] });
    expect(cashOf(rig).reservedUd).toBe(47_000 + 3200);
  });

  test("fills come at the resting price, oldest and best first, with the fee of each", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5300, 500);
    maker(rig, "ask", 5200, 100);
    const answer = place(rig, { priceCc: 9900, countCq: 300, clientOrderId: "a", ...IOC });
    expect(rig.desk.fills().map((fill) => [fill.priceCc, fill.countCq, fill.feeUd])).toEqual([
      [5200, 100, 17_500],
      [5300, 200, 34_900],
    ]);
    expect(answer).toMatchObject({ filledCq: 300, costUd: 1_580_000, feesUd: 52_400 });
    expect(answer.order).toMatchObject({
      status: "executed",
      filledCq: 300,
      leftCq: 0,
      takerCostUd: 1_580_000,
      takerFeesUd: 52_400,
      reason: "Trade",
    });
    expect(cashOf(rig)).toMatchObject({
      availableUd: 1_000_000_000 - 1_580_000 - 52_400,
      reservedUd: 0,
    });
    expect(positionOf(rig)).toBe(300);
    expectDeltasMatch(rig);
  });

  test("each fill is told as order, fill, position, balance", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    place(rig, { priceCc: 5200, countCq: 100 });
    expect(rig.events.map((event) => event.type)).toEqual(["order", "fill", "position", "balance"]);
    expect(rig.events[1]).toMatchObject({ fill: { isTaker: true, positionCq: 100 } });
  });

  test("the public trade has the fill's id, and the delta names the order that caused it", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    const { order } = place(rig, { priceCc: 5200, countCq: 100 });
    const [, trade, delta] = rig.happenings;
    expect(trade).toMatchObject({ type: "trade", trade: { takerSide: "yes", yesPriceCc: 5200 } });
    expect(delta).toMatchObject({ type: "delta", deltaCq: -100, orderId: order.orderId });
    expect(rig.desk.fills()[0]?.tradeId).toBe(trade?.type === "trade" && trade.trade.tradeId);
  });

  test("what is left of a crossing order rests at its own price", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    const { order } = place(rig, { priceCc: 5300, countCq: 250 });
    expect(order).toMatchObject({ status: "resting", filledCq: 100, leftCq: 150 });
    expect(bookOf(rig).read()).toEqual({ yes: [[5300, 150]], no: [] });
    expectDeltasMatch(rig);
  });

  test("what is left of an immediate order is cancelled", () => {
    const rig = tradingRig();
    maker(rig, "bid", 5000, 100);
    const { order } = place(rig, { side: "ask", priceCc: 5000, countCq: 250, ...IOC });
    expect(order).toMatchObject({ status: "canceled", filledCq: 100, leftCq: 0, initialCq: 250 });
    expect(cashOf(rig).reservedUd).toBe(0);
    const none = place(rig, { side: "ask", priceCc: 5000, ...IOC });
    expect(none).toMatchObject({ filledCq: 0, order: { status: "canceled", leftCq: 0 } });
  });

  test("fill or kill takes all or nothing", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    maker(rig, "ask", 5300, 100);
    expect(refusalOf(rig, { priceCc: 5300, countCq: 201, ...FOK })).toEqual({
      status: 409,
      code: "fill_or_kill_insufficient_resting_volume",
    });
    expect(refusalOf(rig, { priceCc: 5200, countCq: 101, ...FOK }).status).toBe(409);
    expect(rig.desk.fills()).toEqual([]);
    const { order } = place(rig, { priceCc: 5300, countCq: 200, ...FOK });
    expect(order).toMatchObject({ status: "executed", filledCq: 200 });
  });

  test("post only is refused where it would cross and rests where it would not", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    expect(refusalOf(rig, { priceCc: 5200, isPostOnly: true })).toEqual({
      status: 400,
      code: "invalid_order",
      details: "post only cross",
    });
    expect(place(rig, { priceCc: 5100, isPostOnly: true }).order.status).toBe("resting");
  });
});

describe("a resting order is hit", () => {
  test("in its turn, without a fee, and is told so", () => {
    const rig = tradingRig();
    maker(rig, "bid", 4000, 200);
    const { order } = place(rig, { countCq: 100 });
    expect(rig.desk.aheadCq(order.orderId)).toBe(200);
    taker(rig, "no", 250);
    const state = rig.desk.order(order.orderId);
    expect(state).toMatchObject({ status: "resting", filledCq: 50, leftCq: 50, reason: "Trade" });
    expect(state).toMatchObject({ makerCostUd: 200_000, makerFeesUd: 0, takerCostUd: 0 });
    expect(rig.desk.fills()).toMatchObject([{ isTaker: false, countCq: 50, feeUd: 0 }]);
    expect(rig.desk.aheadCq(order.orderId)).toBe(0);
    taker(rig, "no", 900);
    expect(rig.desk.order(order.orderId)?.status).toBe("executed");
    expect(rig.desk.aheadCq(order.orderId)).toBeNull();
    expect(cashOf(rig)).toMatchObject({ availableUd: 999_600_000, reservedUd: 0 });
    expectDeltasMatch(rig);
  });
});

describe("meeting oneself", () => {
  test("`taker_at_cross` stops the incoming order and leaves the resting one alone", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    const own = place(rig, { side: "ask", priceCc: 5300, countCq: 100 }).order;
    maker(rig, "ask", 5300, 100);
    const { order } = place(rig, { priceCc: 5300, countCq: 300 });
    expect(order).toMatchObject({ status: "canceled", filledCq: 100, leftCq: 0 });
    expect(order.reason).toBe("SelfTradeCancel");
    expect(rig.desk.order(own.orderId)).toEqual(own);
    expect(bookOf(rig).read().yes).toEqual([]);
  });

  test("`maker` takes the resting one away and goes on", () => {
    const rig = tradingRig();
    const own = place(rig, { side: "ask", priceCc: 5300, countCq: 100 }).order;
    maker(rig, "ask", 5300, 150);
    const { order } = place(rig, { priceCc: 5300, countCq: 200, selfTrade: "maker" });
    expect(rig.desk.order(own.orderId)).toMatchObject({
      status: "canceled",
      reason: "SelfTradeCancel",
    });
    expect(order).toMatchObject({ status: "resting", filledCq: 150, leftCq: 50 });
    expect(rig.desk.fills().every((fill) => fill.isTaker)).toBe(true);
    expectDeltasMatch(rig);
  });

  test("fill or kill then behaves like immediate or cancel", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    place(rig, { side: "ask", priceCc: 5300, countCq: 100 });
    const { order } = place(rig, { priceCc: 5300, countCq: 400, ...FOK });
    expect(order).toMatchObject({ status: "canceled", filledCq: 100 });
    expect(refusalOf(rig, { priceCc: 5200, countCq: 400, ...FOK }).status).toBe(409);
  });
});

describe("reduce only", () => {
  test("fills up to the position and cancels the rest", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    place(rig, { priceCc: 5200, countCq: 100 });
    maker(rig, "bid", 5000, 500);
    const sale = { side: "ask", priceCc: 5000, isReduceOnly: true } as const;
    const { order } = place(rig, { ...sale, countCq: 300, ...IOC });
    expect(order).toMatchObject({ status: "canceled", filledCq: 100, reason: "ReduceOnlyCancel" });
    expect(positionOf(rig)).toBe(0);
    expect(refusalOf(rig, { ...sale, countCq: 100, ...FOK }).status).toBe(409);
  });

  test("without a position fills nothing, whatever the side", () => {
    const rig = tradingRig();
    maker(rig, "ask", 5200, 100);
    const { order } = place(rig, { priceCc: 5200, isReduceOnly: true, ...IOC });
    expect(order).toMatchObject({ status: "canceled", filledCq: 0, reason: "ReduceOnlyCancel" });
  });

  test("needs no money of its own", () => {
    const rig = tradingRig({ cash: cash(5_400_000) });
    maker(rig, "ask", 5200, 1000);
    place(rig, { priceCc: 5200, countCq: 1000 });
    maker(rig, "bid", 100, 1000);
    const sale = { side: "ask", priceCc: 100, countCq: 9000, isReduceOnly: true } as const;
    expect(place(rig, { ...sale, ...IOC }).filledCq).toBe(1000);
  });
});

describe("money", () => {
  const small = { cash: cash(10_000_000) };

  test("a sale of what is held needs no collateral, a sale beyond it does", () => {
    const rig = tradingRig(small);
    maker(rig, "ask", 5000, 1000);
    place(rig, { priceCc: 5000, countCq: 1000 });
    place(rig, { side: "ask", priceCc: 6000, countCq: 1000 });
    expect(cashOf(rig).reservedUd).toBe(0);
    place(rig, { side: "ask", priceCc: 7000, countCq: 100 });
    expect(cashOf(rig).reservedUd).toBe(300_000 + 14_700);
  });

  test("the best price closes first: a dearer sale takes over the need for collateral", () => {
    const rig = tradingRig(small);
    maker(rig, "ask", 5000, 100);
    place(rig, { priceCc: 5000, countCq: 100 });
    place(rig, { side: "ask", priceCc: 7000, countCq: 100 });
    place(rig, { side: "ask", priceCc: 6000, countCq: 100 });
    expect(cashOf(rig).reservedUd).toBe(300_000 + 14_700);
  });

  test("buying NO against held YES closes it at the price of the sale", () => {
    const rig = tradingRig(small);
    maker(rig, "ask", 5000, 200);
    place(rig, { priceCc: 5000, countCq: 200 });
    maker(rig, "bid", 6000, 500);
    const before = cashOf(rig).availableUd;
    place(rig, { side: "ask", priceCc: 6000, countCq: 300, ...IOC });
    // 2 contracts are sold at $0.60, 1 is bought on the NO side at $0.40; the fee is that of 3 at $0.60.
    expect(cashOf(rig).availableUd - before).toBe(1_200_000 - 400_000 - 50_400);
    expect(rig.desk.positions()).toMatchObject([
      {
        positionCq: -100,
        costUd: 400_000,
        realizedUd: 200_000,
        volumeCq: 500,
        tradedUd: 1_000_000 + 1_200_000 + 400_000,
        feesUd: 35_000 + 50_400,
      },
    ]);
  });

  test("a better price than the limit gives the difference back", () => {
    const rig = tradingRig(small);
    maker(rig, "ask", 1000, 1000);
    place(rig, { priceCc: 9000, countCq: 1000 });
    expect(cashOf(rig)).toMatchObject({ reservedUd: 0, availableUd: 10_000_000 - 1_063_000 });
  });

  test("subaccounts keep their own cash, positions and collateral", () => {
    const rig = tradingRig();
    expect(
      rig.desk.transfer(
        { exchangeIndex: 2, subaccount: 0 },
        { exchangeIndex: 2, subaccount: 7 },
        1_000_000,
      ),
    ).toBe(true);
    maker(rig, "ask", 5000, 100);
    place(rig, { priceCc: 5000, subaccount: 7 });
    expect(positionOf(rig, 7)).toBe(100);
    expect(positionOf(rig, 0)).toBe(0);
    place(rig, { side: "ask", priceCc: 6000, subaccount: 0 });
    expect(cashOf(rig, 2, 0).reservedUd).toBe(400_000 + 16_800);
    expect(cashOf(rig, 2, 7)).toMatchObject({ availableUd: 482_500, reservedUd: 0 });
  });

  test("a transfer moves free cash only and makes the user known on the other shard", () => {
    const rig = tradingRig({ cash: [{ exchangeIndex: 0, subaccount: 0, amountUd: 1_000_000 }] });
    const [from, to] = [
      { exchangeIndex: 0, subaccount: 0 },
      { exchangeIndex: 2, subaccount: 0 },
    ];
    expect(rig.desk.transfer(from, to, 1_000_001)).toBe(false);
    expect(rig.desk.transfer(from, { exchangeIndex: 9, subaccount: 0 }, 1)).toBe(false);
    expect(rig.desk.transfer(from, to, 0)).toBe(false);
    expect(refusalOf(rig).code).toBe("user_not_found");
    expect(rig.desk.transfer(from, to, 600_000)).toBe(true);
    expect(place(rig).order.status).toBe("resting");
    expect(rig.desk.transfer(to, from, 200_000)).toBe(false);
    expect(rig.desk.transfer(to, from, 183_200)).toBe(true);
    expect(cashOf(rig, 0).availableUd).toBe(583_200);
  });
});

test("two desks over the same world give the same ids", () => {
  const ids = [tradingRig(), tradingRig()].map((rig) => {
    accepted(rig.desk.create(orderRequest()));
    return rig.desk.orders()[0]?.orderId;
  });
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids[0]).toBe(ids[1]);
});
