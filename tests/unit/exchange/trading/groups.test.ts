import { describe, expect, test } from "vitest";
import type { OrderGroup } from "../../../../src/exchange/trading/types.ts";
import { START_MS } from "../../../support/tiny-world.ts";
import {
  accepted,
  maker,
  place,
  refusalOf,
  runTo,
  setStatus,
  type TradingRig,
  taker,
  tradingRig,
} from "../../../support/trading-rig.ts";

function groupOf(rig: TradingRig, limitCq: number | null = 1000): OrderGroup {
  return accepted(rig.desk.createGroup({ limitCq, subaccount: 0, exchangeIndex: 2 }));
}

function changes(rig: TradingRig): string[] {
  return rig.events.flatMap((event) => (event.type === "group" ? [event.change] : []));
}

/** Fills `countCq` of the group's orders at $0.40. */
function fillBid(rig: TradingRig, groupId: string, countCq: number): void {
  place(rig, { groupId, countCq });
  taker(rig, "no", countCq);
}

describe("an order group", () => {
  test("is triggered when its fills reach the limit: members go, new ones are refused", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    const member = place(rig, { groupId, priceCc: 3000 }).order;
    const stranger = place(rig, { priceCc: 3000 }).order;
    fillBid(rig, groupId, 999);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(false);
    fillBid(rig, groupId, 1);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(true);
    expect(rig.desk.order(member.orderId)?.status).toBe("canceled");
    expect(rig.desk.order(stranger.orderId)?.status).toBe("resting");
    expect(refusalOf(rig, { groupId })).toMatchObject({ details: "order group triggered" });
    expect(changes(rig)).toEqual(["created", "triggered"]);
  });

  test("stops its own order in the middle of matching", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig, 200);
    maker(rig, "ask", 5000, 150);
    maker(rig, "ask", 5100, 150);
    maker(rig, "ask", 5200, 150);
    const { order } = place(rig, { groupId, priceCc: 5500, countCq: 450 });
    expect(order).toMatchObject({ status: "canceled", filledCq: 300, leftCq: 0 });
  });

  test("forgets fills after 15 seconds", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    fillBid(rig, groupId, 600);
    runTo(rig, START_MS + 15_000);
    fillBid(rig, groupId, 600);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(false);
    runTo(rig, START_MS + 29_999);
    fillBid(rig, groupId, 400);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(true);
  });

  test("counts anew after a reset", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    fillBid(rig, groupId, 1000);
    expect(accepted(rig.desk.resetGroup(groupId)).isTriggered).toBe(false);
    fillBid(rig, groupId, 999);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(false);
  });

  test("can be triggered by hand", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig, null);
    const { order } = place(rig, { groupId });
    expect(accepted(rig.desk.triggerGroup(groupId)).isTriggered).toBe(true);
    expect(rig.desk.order(order.orderId)?.status).toBe("canceled");
  });

  test("without a limit is never triggered by fills", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig, null);
    fillBid(rig, groupId, 100_000);
    expect(rig.desk.groups()[0]?.isTriggered).toBe(false);
  });

  test("is triggered at once by a new limit that has been reached already", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    fillBid(rig, groupId, 500);
    expect(accepted(rig.desk.limitGroup(groupId, 600))).toMatchObject({
      limitCq: 600,
      isTriggered: false,
    });
    expect(accepted(rig.desk.limitGroup(groupId, 500)).isTriggered).toBe(true);
    expect(changes(rig)).toEqual(["created", "limit_updated", "limit_updated", "triggered"]);
  });

  test("takes its members with it when it is deleted", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    const { order } = place(rig, { groupId });
    accepted(rig.desk.deleteGroup(groupId));
    expect(rig.desk.order(order.orderId)?.status).toBe("canceled");
    expect(rig.desk.groups()).toEqual([]);
    expect(refusalOf(rig, { groupId })).toEqual({ status: 404, code: "not_found" });
  });

  test("cannot cancel in an exchange pause, in which nothing can be cancelled", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    const { order } = place(rig, { groupId });
    rig.desk.setShard({ exchangeIndex: 2, isExchangeActive: false, isTradingActive: false });
    const paused = { status: 409, code: "trading_is_paused" };
    expect(rig.desk.triggerGroup(groupId)).toEqual(paused);
    expect(rig.desk.deleteGroup(groupId)).toEqual(paused);
    expect(rig.desk.order(order.orderId)?.status).toBe("resting");
    expect(rig.desk.groups()).toMatchObject([{ groupId, isTriggered: false }]);
  });

  test("cannot reach its members behind a close", () => {
    const rig = tradingRig();
    const { groupId } = groupOf(rig);
    const { order } = place(rig, { groupId });
    setStatus(rig, "closed");
    accepted(rig.desk.deleteGroup(groupId));
    expect(rig.desk.order(order.orderId)?.status).toBe("resting");
    runTo(rig, START_MS + 850);
    expect(rig.desk.order(order.orderId)?.reason).toBe("CloseCancel");
  });

  test("takes no order of another shard or subaccount", () => {
    const rig = tradingRig({
      cash: [0, 2].map((exchangeIndex) => ({ exchangeIndex, subaccount: 0, amountUd: 9e6 })),
    });
    const other = accepted(
      rig.desk.createGroup({ limitCq: 1000, subaccount: 0, exchangeIndex: 0 }),
    );
    expect(refusalOf(rig, { groupId: other.groupId }).code).toBe("not_found");
    const foreign = accepted(
      rig.desk.createGroup({ limitCq: 1000, subaccount: 5, exchangeIndex: 2 }),
    );
    expect(refusalOf(rig, { groupId: foreign.groupId }).code).toBe("not_found");
  });

  test.each([0, 50, 150, 100_000_100])("cannot have a limit of %d cq", (limitCq) => {
    const rig = tradingRig();
    const request = { limitCq, subaccount: 0, exchangeIndex: 2 };
    expect(rig.desk.createGroup(request)).toMatchObject({ status: 400 });
    expect(rig.desk.limitGroup(groupOf(rig).groupId, limitCq)).toMatchObject({ status: 400 });
  });

  test("cannot be made on a shard without money, nor be changed when it is unknown", () => {
    const rig = tradingRig();
    expect(rig.desk.createGroup({ limitCq: 100, subaccount: 0, exchangeIndex: 0 })).toEqual({
      status: 404,
      code: "user_not_found",
    });
    const unknown = { status: 404, code: "not_found" };
    expect(rig.desk.deleteGroup("x")).toEqual(unknown);
    expect(rig.desk.resetGroup("x")).toEqual(unknown);
    expect(rig.desk.triggerGroup("x")).toEqual(unknown);
    expect(rig.desk.limitGroup("x", 100)).toEqual(unknown);
  });
});
