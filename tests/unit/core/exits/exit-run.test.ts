import { describe, expect, test } from "vitest";
import { ExitRig, MARKET, sales } from "../../../support/exit-rig.ts";

// Exits through the engine: a strategy buys ten contracts, wants to leave, and the venue answers as each test has it.

describe("an exit", () => {
  test("is committed once, works down to flat and is on file from beginning to end", () => {
    const rig = ExitRig.leaving();
    expect(sales(rig)).toEqual([[6_000, 1_000]]);
    // The strategy changes its mind, which is not asked any more.
    rig.wish = null;
    rig.answer(400);
    rig.wait(1);
    expect(sales(rig)).toEqual([
      [6_000, 1_000],
      [5_900, 600],
    ]);
    rig.answer(600);
    rig.wait(1);
    expect(rig.engine.portfolio.openCount).toBe(0);
    expect(rig.risks).toEqual([
      `exit_committed 10 ${MARKET.ticker} stop_loss`,
      `exit_flat 0 ${MARKET.ticker} stop_loss after 2 orders`,
    ]);
    const [buy, first, second] = rig.orders;
    expect(first?.opportunityId).toBe(second?.opportunityId);
    expect(first?.opportunityId).not.toBe(buy?.opportunityId);
    expect(new Set(rig.orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(3);
  });

  test("one order at a time, and none while one is under way", () => {
    const rig = ExitRig.leaving();
    rig.wait(15);
    expect(sales(rig)).toHaveLength(1);
    expect(rig.ordering).toBe("hasty");
    rig.answer(1_000);
    rig.wait(1);
    expect(rig.ordering).toBeNull();
  });

  test("buys nothing there while it works, whatever the strategy wishes", () => {
    const rig = ExitRig.leaving();
    rig.wish = "leave";
    rig.wait(2);
    expect(rig.verdicts.at(-1)).toBe("no_trade exit_working");
  });

  test("takes an order that still waits to buy out of the book first, and asks again when there is no answer", () => {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.wish = "rest";
    rig.wait(1);
    const waiting = rig.orders.at(-1)?.orderId;
    rig.wish = "leave";
    rig.wait(3);
    expect(rig.cancels).toEqual([waiting]);
    expect(sales(rig)).toEqual([]);
    rig.wait(4);
    expect(rig.cancels).toEqual([waiting, waiting]);
    // It had a fill before it was gone: that is sold with the rest.
    rig.answer(50);
    rig.wait(1);
    expect(sales(rig)).toEqual([[6_000, 1_050]]);
  });

  test("with nobody who bids it waits, and sells what it can when somebody does", () => {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(3);
    expect(sales(rig)).toEqual([]);
    rig.book(15, 38);
    rig.wait(1);
    // Below the floor of 20 cents.
    expect(sales(rig)).toEqual([]);
    rig.book(30, 38);
    expect(sales(rig)).toEqual([[3_000, 1_000]]);
  });

  test("that does not get rid of it says how much is left, and the market is not entered again", () => {
    const rig = ExitRig.leaving();
    for (const filled of [100, 0, 250]) {
      rig.answer(filled);
      rig.wait(1);
    }
    rig.wait(2);
    expect(sales(rig)).toHaveLength(3);
    expect(rig.risks.at(-1)).toBe(
      `exit_stranded 6.5 ${MARKET.ticker} attempts_used_up after 3 orders`,
    );
    expect(rig.engine.portfolio.position(MARKET.ticker)?.qty).toBe(650);
    rig.wish = "leave";
    rig.wait(1);
    expect(rig.verdicts.at(-1)).toBe("no_trade exit_stranded");
    expect(rig.risks.filter((risk) => risk.startsWith("exit_stranded"))).toHaveLength(1);
  });

  test("ends after its time even without an order", () => {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(30);
    expect(rig.risks.at(-1)).toBe(`exit_stranded 10 ${MARKET.ticker} time_used_up after 0 orders`);
  });

  test("that the close overtakes says so", () => {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.wait(835);
    rig.book(0, 38);
    rig.wish = "leave";
    rig.wait(10);
    expect(rig.risks.at(-1)).toBe(`exit_stranded 10 ${MARKET.ticker} market_closed after 0 orders`);
  });

  test("sells although the account is halted", () => {
    const rig = new ExitRig();
    rig.answer(1_000);
    rig.engine.gate.halt("kill");
    rig.wish = "leave";
    rig.wait(1);
    expect(sales(rig)).toHaveLength(1);
    rig.answer(1_000);
    rig.wish = "buy";
    rig.wait(2);
    expect(rig.verdicts.at(-1)).toBe("no_trade risk.halted");
  });
});
