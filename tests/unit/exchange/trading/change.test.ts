import { describe, expect, test } from "vitest";
import type { AmendRequest, OrderState } from "../../../../src/exchange/trading/types.ts";
import { OTHER_TICKER, START_MS, TICKER } from "../../../support/tiny-world.ts";
import {
  accepted,
  bookOf,
  cancel,
  cashOf,
  expectDeltasMatch,
  maker,
  place,
  refused,
  runTo,
  setStatus,
  type TradingRig,
  taker,
  tradingRig,
} from "../../../support/trading-rig.ts";

const NOT_FOUND = { status: 404, code: "not_found" };
const NOW_S = START_MS / 1000;

function amendment(order: OrderState, overrides: Partial<AmendRequest> = {}): AmendRequest {
  return {
    orderId: order.orderId,
    ticker: order.ticker,
    exchangeIndex: 2,
    side: order.side,
    priceCc: order.priceCc,
    countCq: order.initialCq,
    clientOrderId: null,
    updatedClientOrderId: null,
    ...overrides,
  };
}

function named({ orderId }: OrderState): { orderId: string; ticker: string; exchangeIndex: null } {
  return { orderId, ticker: TICKER, exchangeIndex: null };
}

function stateOf(rig: TradingRig, { orderId }: OrderState): OrderState | undefined {
  return rig.desk.order(orderId);
}

describe("cancel", () => {
  test("takes the order out of the book and frees its money", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 250 });
    const answer = accepted(cancel(rig, order.orderId));
    expect(answer.reducedCq).toBe(250);
    expect(answer.order).toMatchObject({ status: "canceled", leftCq: 0, initialCq: 250 });
    expect(bookOf(rig).read().yes).toEqual([]);
    expect(cashOf(rig)).toMatchObject({ availableUd: 1_000_000_000, reservedUd: 0 });
    expect(rig.happenings.at(-1)).toMatchObject({ deltaCq: -250, orderId: order.orderId });
  });

  test("answers alike for gone, executed and unknown", () => {
    const rig = tradingRig();
    const gone = place(rig).order;
    cancel(rig, gone.orderId);
    maker(rig, "ask", 5000, 100);
    const executed = place(rig, { priceCc: 5000 }).order;
    for (const orderId of [gone.orderId, executed.orderId, "unknown"]) {
      expect(cancel(rig, orderId)).toEqual(NOT_FOUND);
    }
  });

  test.each([
    ["no ticker and no shard: that is shard 0", { ticker: null, exchangeIndex: null }],
    ["the wrong shard", { ticker: TICKER, exchangeIndex: 0 }],
    ["a shard that is not there", { ticker: null, exchangeIndex: 9 }],
    ["another market's ticker", { ticker: OTHER_TICKER, exchangeIndex: null }],
    ["an unknown ticker", { ticker: "KXNONE", exchangeIndex: null }],
  ])("does not find an order by %s", (_name, where) => {
    const rig = tradingRig();
    const { order } = place(rig);
    expect(rig.desk.cancel({ orderId: order.orderId, ...where })).toEqual(NOT_FOUND);
    expect(stateOf(rig, order)?.status).toBe("resting");
  });

  test("finds it by the shard alone", () => {
    const rig = tradingRig();
    const { orderId } = place(rig).order;
    accepted(rig.desk.cancel({ orderId, ticker: null, exchangeIndex: 2 }));
  });

  test("is refused after the close, while the order still rests and afterwards", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    setStatus(rig, "closed");
    expect(cancel(rig, order.orderId)).toMatchObject({ code: "MARKET_INACTIVE" });
    expect(stateOf(rig, order)?.status).toBe("resting");
    runTo(rig, START_MS + 2000);
    expect(cancel(rig, order.orderId)).toMatchObject({ code: "MARKET_INACTIVE" });
  });

  test("works while the market is halted", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    setStatus(rig, "inactive");
    accepted(cancel(rig, order.orderId));
  });

  test("sent at the sight of the public trade finds what the trade has left", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 100 });
    const answers: object[] = [];
    rig.react = ({ type }) => {
      if (type === "trade") answers.push(cancel(rig, order.orderId));
    };
    taker(rig, "no", 40);
    expect(answers).toMatchObject([{ reducedCq: 60 }]);
    expect(rig.desk.order(order.orderId)).toMatchObject({
      status: "canceled",
      filledCq: 40,
      leftCq: 0,
    });
    expect(rig.desk.fills()).toMatchObject([{ countCq: 40 }]);
    expectDeltasMatch(rig);
  });

  test("sent at the sight of the public trade finds nothing when it took all", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 100 });
    const answers: object[] = [];
    rig.react = ({ type }) => {
      if (type === "trade") answers.push(cancel(rig, order.orderId));
    };
    taker(rig, "no", 100);
    expect(answers).toEqual([{ status: 404, code: "not_found" }]);
    expect(rig.desk.order(order.orderId)).toMatchObject({ status: "executed", filledCq: 100 });
  });
});

describe("decrease", () => {
  test("by or to a count, keeping the place in the queue", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    maker(rig, "bid", 4000, 100);
    const by = accepted(rig.desk.decrease(named(order), { byCq: 100 }));
    expect(by).toMatchObject({ reducedCq: 100, order: { leftCq: 400, reason: "Decrease" } });
    const to = accepted(rig.desk.decrease(named(order), { toCq: 150 }));
    expect(to).toMatchObject({ reducedCq: 250, order: { leftCq: 150, status: "resting" } });
    expect(rig.desk.aheadCq(order.orderId)).toBe(0);
    expect(cashOf(rig).reservedUd).toBe(600_000 + 25_200);
    expect(rig.happenings.at(-1)).toMatchObject({ deltaCq: -250, orderId: order.orderId });
  });

  test.each([
    ["by more than there is", { byCq: 900 }],
    ["to nothing", { toCq: 0 }],
  ])("%s cancels", (_name, by) => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    const answer = accepted(rig.desk.decrease(named(order), by));
    expect(answer).toMatchObject({ reducedCq: 500, order: { status: "canceled", leftCq: 0 } });
  });

  test.each([{ byCq: 0 }, { byCq: -5 }, { toCq: 500 }, { toCq: 600 }, { toCq: -1 }])(
    "%j is no decrease",
    (by) => {
      const rig = tradingRig();
      const { order } = place(rig, { countCq: 500 });
      expect(rig.desk.decrease(named(order), by)).toMatchObject({ code: "invalid_order" });
      expect(stateOf(rig, order)?.leftCq).toBe(500);
    },
  );
});

describe("amend", () => {
  test("to a smaller size keeps the place in the queue", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    maker(rig, "bid", 4000, 100);
    const answer = accepted(rig.desk.amend(amendment(order, { countCq: 300 })));
    expect(answer.order).toMatchObject({ leftCq: 300, initialCq: 300, reason: "Amend" });
    expect(rig.desk.aheadCq(order.orderId)).toBe(0);
    expect(cashOf(rig).reservedUd).toBe(1_200_000 + 50_400);
  });

  test.each([
    ["a larger size", { countCq: 600 }],
    ["the same size", { countCq: 500 }],
  ])("to %s goes to the back of the queue", (_name, change) => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    maker(rig, "bid", 4000, 100);
    accepted(rig.desk.amend(amendment(order, change)));
    expect(rig.desk.aheadCq(order.orderId)).toBe(100);
    expectDeltasMatch(rig);
  });

  test("to another price moves it, keeps its id, and counts what has filled already", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    taker(rig, "no", 200);
    const answer = accepted(rig.desk.amend(amendment(order, { priceCc: 4500, countCq: 600 })));
    expect(answer.order).toMatchObject({
      orderId: order.orderId,
      priceCc: 4500,
      filledCq: 200,
      leftCq: 400,
      status: "resting",
    });
    expect(answer.filledCq).toBe(0);
    expect(bookOf(rig).read().yes).toEqual([[4500, 400]]);
    expectDeltasMatch(rig);
  });

  test("may fill at once, as a taker", () => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    maker(rig, "ask", 4200, 300);
    const answer = accepted(rig.desk.amend(amendment(order, { priceCc: 4200 })));
    expect(answer).toMatchObject({ filledCq: 300, costUd: 1_260_000 });
    expect(answer.order).toMatchObject({ filledCq: 300, leftCq: 200, status: "resting" });
    expect(rig.desk.fills()[0]).toMatchObject({ isTaker: true, priceCc: 4200 });
  });

  test("gives it a new client order id, which is used up like any other", () => {
    const rig = tradingRig();
    const { order } = place(rig, { clientOrderId: "a" });
    const other = place(rig, { clientOrderId: "b" }).order;
    const change = amendment(order, { clientOrderId: "a", updatedClientOrderId: "c" });
    expect(accepted(rig.desk.amend(change)).order.clientOrderId).toBe("c");
    expect(rig.desk.orderByClientId("c")?.orderId).toBe(order.orderId);
    for (const updatedClientOrderId of ["a", "c"]) {
      expect(rig.desk.amend(amendment(other, { updatedClientOrderId }))).toEqual({
        status: 409,
        code: "order_already_exists",
      });
    }
  });

  test("keeps, changes or clears the expiry", () => {
    const rig = tradingRig();
    const { order } = place(rig, { expirationS: NOW_S + 10 });
    accepted(rig.desk.amend(amendment(order, { countCq: 200 })));
    expect(stateOf(rig, order)?.expirationMs).toBe(START_MS + 10_000);
    accepted(rig.desk.amend(amendment(order, { expirationS: NOW_S + 20 })));
    runTo(rig, START_MS + 19_999);
    expect(stateOf(rig, order)?.status).toBe("resting");
    accepted(rig.desk.amend(amendment(order, { expirationS: 0 })));
    runTo(rig, START_MS + 60_000);
    expect(stateOf(rig, order)).toMatchObject({ status: "resting", expirationMs: null });
  });

  test.each([
    ["a price between two ticks", { priceCc: 4050 }, "invalid_price"],
    ["the other side", { side: "ask" as const }, "invalid_order"],
    ["another client order id than its own", { clientOrderId: "x" }, "invalid_order"],
    ["no more than has filled", { countCq: 200 }, "invalid_order"],
    ["an expiry in the past", { expirationS: NOW_S }, "invalid_order"],
    ["more than the money is good for", { countCq: 900_000 }, "insufficient_balance"],
    ["another market", { ticker: OTHER_TICKER }, "not_found"],
    ["another shard", { exchangeIndex: 0 }, "not_found"],
  ])("is refused with %s and leaves the order as it was", (_name, change, code) => {
    const rig = tradingRig();
    const { order } = place(rig, { countCq: 500 });
    taker(rig, "no", 200);
    const before = stateOf(rig, order);
    expect(refused(rig.desk.amend(amendment(order, change))).code).toBe(code);
    expect(stateOf(rig, order)).toBe(before);
    expect(bookOf(rig).read().yes).toEqual([[4000, 300]]);
  });

  test("is refused where a post-only order would cross", () => {
    const rig = tradingRig();
    const { order } = place(rig, { isPostOnly: true });
    maker(rig, "ask", 4200, 300);
    expect(rig.desk.amend(amendment(order, { priceCc: 4200 }))).toMatchObject({
      details: "post only cross",
    });
    expect(bookOf(rig).read().yes).toEqual([[4000, 100]]);
  });

  test("is refused when the order is gone or the market halted", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    setStatus(rig, "inactive");
    expect(rig.desk.amend(amendment(order))).toMatchObject({ code: "MARKET_NOT_ACTIVE" });
    cancel(rig, order.orderId);
    expect(rig.desk.amend(amendment(order))).toEqual(NOT_FOUND);
  });
});

describe("expiry", () => {
  test("cancels at its second, not before", () => {
    const rig = tradingRig();
    const { order } = place(rig, { expirationS: NOW_S + 5 });
    expect(rig.desk.nextTimerMs()).toBe(START_MS + 5000);
    runTo(rig, START_MS + 4999);
    expect(stateOf(rig, order)?.status).toBe("resting");
    runTo(rig, START_MS + 5000);
    expect(stateOf(rig, order)).toMatchObject({
      status: "canceled",
      reason: "ExpiryCancel",
      updatedMs: START_MS + 5000,
    });
    expect(bookOf(rig).read().yes).toEqual([]);
  });

  test("has ended the order before anybody can ask for it again", () => {
    const rig = tradingRig();
    const { order } = place(rig, { expirationS: NOW_S + 5 });
    const answers: object[] = [];
    rig.react = ({ type }) => {
      if (type === "delta") {
        answers.push(rig.desk.amend(amendment(order, { priceCc: 3900, expirationS: 0 })));
      }
    };
    runTo(rig, START_MS + 5000);
    expect(answers).toEqual([NOT_FOUND]);
    expect(stateOf(rig, order)).toMatchObject({ status: "canceled", reason: "ExpiryCancel" });
    expect(bookOf(rig).read().yes).toEqual([]);
  });

  test("does not touch an order that is gone already", () => {
    const rig = tradingRig();
    const { order } = place(rig, { expirationS: NOW_S + 5 });
    cancel(rig, order.orderId);
    const gone = stateOf(rig, order);
    runTo(rig, START_MS + 6000);
    expect(stateOf(rig, order)).toBe(gone);
  });
});

describe("cancel all", () => {
  test("takes every resting order, or those of one subaccount", () => {
    const rig = tradingRig();
    rig.desk.transfer(
      { exchangeIndex: 2, subaccount: 0 },
      { exchangeIndex: 2, subaccount: 1 },
      9e6,
    );
    const first = place(rig).order;
    const second = place(rig, { subaccount: 1 }).order;
    rig.desk.cancelAll(1);
    expect(stateOf(rig, first)?.status).toBe("resting");
    expect(stateOf(rig, second)?.status).toBe("canceled");
    rig.desk.cancelAll(null);
    expect(stateOf(rig, first)?.status).toBe("canceled");
  });

  test("also takes what is placed during the next minute, a moment after it was accepted", () => {
    const rig = tradingRig();
    rig.desk.cancelAll(null);
    runTo(rig, START_MS + 59_000);
    const caught = place(rig).order;
    expect(caught.status).toBe("resting");
    runTo(rig, START_MS + 60_001);
    expect(stateOf(rig, caught)).toMatchObject({
      status: "canceled",
      updatedMs: START_MS + 59_250,
    });
    const spared = place(rig).order;
    runTo(rig, START_MS + 120_000);
    expect(stateOf(rig, spared)?.status).toBe("resting");
  });

  test("of one subaccount spares what others place", () => {
    const rig = tradingRig();
    rig.desk.cancelAll(1);
    const { order } = place(rig);
    runTo(rig, START_MS + 10_000);
    expect(stateOf(rig, order)?.status).toBe("resting");
  });

  test("cannot reach behind a close", () => {
    const rig = tradingRig();
    const { order } = place(rig);
    setStatus(rig, "closed");
    rig.desk.cancelAll(null);
    expect(stateOf(rig, order)?.status).toBe("resting");
    runTo(rig, START_MS + 1000);
    expect(stateOf(rig, order)?.reason).toBe("CloseCancel");
  });
});
