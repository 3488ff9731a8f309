import { describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { QUADRATIC_FEES } from "../../../../src/core/fees.ts";
import type { PessimisticLeg } from "../../../../src/core/records.ts";
import { INDEX_AVERAGE } from "../../../../src/core/settle-legs.ts";
import { ShadowAccount } from "../../../../src/core/sim/shadow.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aBook } from "../../../support/builders.ts";
import {
  ARRIVED_MS,
  aDelta,
  anOrder,
  aQuote,
  aTrade,
  LATENCY_MS,
  LATER_MS,
  SENT_MS,
  SIM_MARKET,
  TERMS,
} from "../../../support/sim-rig.ts";

const { closeMs, eventTicker, ticker } = SIM_MARKET;

/** A shadow before bids of YES at 40 × 100 and asks at 45 × 20 and 46 × 100, with fees in whole cents. */
function shadowRig(past: readonly PessimisticLeg[] = []) {
  const legs: PessimisticLeg[] = [];
  const book = aBook({
    yes: [[40, 100]],
    no: [
      [55, 20],
      [54, 100],
    ],
  });
  const shadow = new ShadowAccount({
    options: { ...TERMS, feeStep: money(10_000) },
    access: {
      book: () => book,
      closeMs: () => closeMs,
      bookFeedMs: () => LATER_MS,
      fees: () => QUADRATIC_FEES,
    },
    past,
    record: (leg) => legs.push(leg),
  });
  return { shadow, legs };
}

/** Nothing that matters, at a time. */
const passing = (atMs: number): MarketEvent => aDelta("yes", 1, 1, atMs);

/** A purchase of YES by an earlier run. */
function bought(size: number, cents: number): PessimisticLeg {
  const what = { ticker, strategy: "before", orderId: "r0-1", action: "buy", side: "yes" } as const;
  const terms = { price: price(cents * 100), qty: qty(size), fee: money(0), pnl: null };
  return { atMs: SENT_MS - 1, ...what, ...terms, ruling: null };
}

function settlement(result: "yes" | "no" | "scalar", final = true, pays = 0): MarketEvent {
  const yesPayout = result === "scalar" ? price(pays) : null;
  const seen = { expirationValue: "1", final, source: "kalshi", yesPayout };
  const what = { ticker, eventTicker, result, ...seen };
  return { type: "settlement", ...what, settledMs: closeMs, recvMs: closeMs };
}

describe("the pessimistic account", () => {
  test("fills, pays whole cents and settles on its own", () => {
    const { legs, shadow } = shadowRig();
    shadow.submit(anOrder({ qty: qty(1_000) }), SENT_MS);
    shadow.observe(passing(ARRIVED_MS));
    shadow.observe(settlement("yes"));
    shadow.observe(settlement("yes"));
    // 0.07 × 10 × 0.45 × 0.55 is 17.325 cents.
    expect(legs).toMatchObject([
      {
        action: "buy",
        side: "yes",
        price: 4_500,
        qty: 1_000,
        fee: 180_000,
        pnl: null,
        orderId: "r1-1",
      },
      {
        action: "settle",
        side: "yes",
        price: null,
        qty: 1_000,
        fee: 0,
        pnl: 5_320_000,
        orderId: null,
      },
    ]);
    expect(legs.map(({ strategy }) => strategy)).toEqual(["s", "s"]);
    expect([shadow.realised, shadow.contracts]).toEqual([5_320_000, 1_000]);
  });

  // The engine sells ten; here only the purchase of four was filled.
  test.each([
    [0, []],
    [400, [400]],
    [1_000, [1_000]],
  ])("sells no more than the %i hundredths that it holds", (held, sold) => {
    const { legs, shadow } = shadowRig(held === 0 ? [] : [bought(held, 45)]);
    shadow.submit(anOrder({ action: "sell", price: price(4_000), qty: qty(1_000) }), SENT_MS);
    shadow.observe(passing(ARRIVED_MS));
    expect(legs.map((leg) => [leg.action, leg.qty])).toEqual(sold.map((size) => ["sell", size]));
    shadow.observe(settlement("no"));
    const settled = legs.filter(({ action }) => action === "settle");
    expect(settled).toEqual([]);
  });

  test("sells at once what an order that arrived just before has bought", () => {
    const { legs, shadow } = shadowRig();
    shadow.submit(anOrder({ qty: qty(700) }), SENT_MS);
    const sale = { action: "sell", price: price(4_000), qty: qty(700), orderId: "r1-2" } as const;
    shadow.submit(anOrder(sale), SENT_MS + 10);
    shadow.observe(passing(SENT_MS + 900));
    expect(legs.map(({ action, qty: size }) => [action, size])).toEqual([
      ["buy", 700],
      ["sell", 700],
    ]);
  });

  test("holds what an earlier run left, and tells only what it makes of it", () => {
    const { legs, shadow } = shadowRig([bought(1_000, 40)]);
    expect(shadow.realised).toBe(0);
    shadow.observe(settlement("no"));
    expect(legs).toMatchObject([{ action: "settle", strategy: "before", pnl: -4_000_000 }]);
  });

  test("is confirmed and corrected as the account beside it, by an average of the index too", () => {
    const { legs, shadow } = shadowRig([bought(1_000, 40)]);
    const byIndex = { ticker, result: "yes", yesPayout: price(10_000), isFinal: false } as const;
    shadow.settle({ ...byIndex, source: INDEX_AVERAGE, expirationValue: null, atMs: closeMs });
    shadow.observe(settlement("yes", false));
    shadow.observe(settlement("scalar", false, 2_500));
    shadow.observe(settlement("no"));
    shadow.observe(settlement("yes", false));
    expect(legs.map(({ pnl, qty: size, ruling }) => [size, pnl, ruling?.isFinal])).toEqual([
      [1_000, 6_000_000, false],
      [0, null, false],
      [0, -7_500_000, false],
      [0, -2_500_000, true],
    ]);
    expect([shadow.realised, shadow.profits.get(ticker)]).toEqual([-4_000_000, -4_000_000]);
  });

  test("corrects what an earlier run was paid", () => {
    const first = shadowRig([bought(1_000, 40)]);
    first.shadow.observe(settlement("yes", false));
    const { legs, shadow } = shadowRig([bought(1_000, 40), ...first.legs]);
    expect([shadow.realised, shadow.holds(ticker)]).toEqual([0, false]);
    shadow.observe(settlement("no"));
    expect(legs).toMatchObject([
      { action: "settle", strategy: "before", qty: 0, pnl: -10_000_000 },
    ]);
    expect(shadow.realised).toBe(-10_000_000);
  });

  test("a cancel on its way does not keep an order from being filled; one that arrived does", () => {
    const { legs, shadow } = shadowRig();
    shadow.submit(aQuote(), SENT_MS);
    shadow.observe(passing(ARRIVED_MS));
    shadow.cancel("r1-1", LATER_MS);
    shadow.observe(aTrade("no", 39, 4, LATER_MS + LATENCY_MS - 1));
    shadow.observe(aTrade("no", 39, 4, LATER_MS + LATENCY_MS + 1));
    expect(legs.map(({ qty: size }) => size)).toEqual([400]);
  });

  test("leaves no order behind at the end of a run", () => {
    const { legs, shadow } = shadowRig();
    shadow.submit(aQuote(), SENT_MS);
    shadow.finish(ARRIVED_MS);
    shadow.observe(aTrade("no", 39, 4, LATER_MS));
    expect(legs).toEqual([]);
  });
});
