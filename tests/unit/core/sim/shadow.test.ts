import { describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { QUADRATIC_FEES } from "../../../../src/core/fees.ts";
import type { PessimisticLeg } from "../../../../src/core/records.ts";
import { type PastShadowFill, ShadowAccount } from "../../../../src/core/sim/shadow.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { aBook, aFill } from "../../../support/builders.ts";
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
function shadowRig(past: readonly PastShadowFill[] = []) {
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

function settlement(result: "yes" | "no", final = true): MarketEvent {
  const what = { ticker, eventTicker, result, expirationValue: "1", final, source: "kalshi" };
  return { type: "settlement", ...what, settledMs: closeMs, recvMs: closeMs };
}

describe("the pessimistic account", () => {
  test("fills, pays whole cents and settles on its own", () => {
    const { legs, shadow } = shadowRig();
    shadow.submit(anOrder({ qty: qty(1_000) }), SENT_MS);
    shadow.observe(passing(ARRIVED_MS));
    shadow.observe(settlement("yes", false));
    expect(legs).toHaveLength(1);
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
    expect([shadow.realised, shadow.fills, shadow.contracts]).toEqual([5_320_000, 1, 1_000]);
  });

  // The engine sells ten; here only the purchase of four was filled.
  test.each([
    [0, []],
    [400, [400]],
    [1_000, [1_000]],
  ])("sells no more than the %i hundredths that it holds", (held, sold) => {
    const bought = { ticker, qty: qty(held), price: price(4_500), fee: money(0) };
    const past = held === 0 ? [] : [{ fill: aFill(bought), strategy: "s" }];
    const { legs, shadow } = shadowRig(past);
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
    const fill = aFill({ ticker, qty: qty(1_000), price: price(4_000), fee: money(0) });
    const { legs, shadow } = shadowRig([{ fill, strategy: "before" }]);
    expect(shadow.realised).toBe(0);
    shadow.observe(settlement("no"));
    expect(legs).toMatchObject([{ action: "settle", strategy: "before", pnl: -4_000_000 }]);
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
