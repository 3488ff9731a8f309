import { describe, expect, test } from "vitest";
import type { Order } from "../../../../src/core/orders.ts";
import {
  ARRIVED_MS,
  anOrder,
  aQuote,
  aTrade,
  gist,
  LATENCY_MS,
  LATER_MS,
  restingRig,
  SENT_MS,
  SIM_MARKET,
  simRig,
} from "../../../support/sim-rig.ts";

const { closeMs } = SIM_MARKET;
/** The last word on an order of which four and a half were filled. */
const end = (state: string, reason: string, recvMs: number) => ({
  type: "order",
  orderId: "r1-1",
  state,
  filledQty: 450,
  reason,
  recvMs,
});

/** A rig in which four and a half of the ten are filled. */
function partlyFilled(overrides: Partial<Order> = {}) {
  const rig = restingRig(overrides);
  rig.happen(aTrade("no", 40, 104.5, LATER_MS));
  return rig;
}

test("the venue is quiet while an order only waits, not while anything is on its way", () => {
  const { venue } = partlyFilled();
  venue.advance(LATER_MS);
  expect(venue.isQuiet()).toBe(true);
  expect(venue.nextMs()).not.toBeNull();
  venue.cancel("r1-1", LATER_MS);
  expect(venue.isQuiet()).toBe(false);
  venue.advance(LATER_MS + LATENCY_MS);
  expect(venue.isQuiet()).toBe(true);
});

describe("the end of a resting order", () => {
  test("its own, at that time", () => {
    const { venue } = partlyFilled({ expiresMs: LATER_MS + 500 });
    expect(venue.nextMs()).toBe(LATER_MS + 500);
    expect(venue.advance(LATER_MS + 499)).toEqual([]);
    expect(venue.advance(LATER_MS + 900)).toEqual([end("expired", "expired", LATER_MS + 500)]);
    expect(venue.nextMs()).toBeNull();
  });

  test.each([
    ["without one of its own", null],
    ["before its own", closeMs + 1],
  ])("at the close of the market, %s", (_, expiresMs) => {
    const { venue } = partlyFilled({ expiresMs });
    expect(venue.nextMs()).toBe(closeMs);
    expect(venue.advance(closeMs)).toEqual([end("canceled", "market_closed", closeMs)]);
  });

  test("before an event of the same time, and of after the close", () => {
    const { happen } = partlyFilled();
    expect(happen(aTrade("no", 39, 10, closeMs))).toEqual([
      end("canceled", "market_closed", closeMs),
    ]);
  });

  test.each([
    ["closed earlier than was said", LATER_MS - 200],
    ["is known no longer", undefined],
  ])("now, when its market %s", (_, earlyMs) => {
    const { venue, world } = partlyFilled();
    world.closeMs = earlyMs;
    expect(venue.nextMs()).toBe(LATER_MS);
    expect(venue.advance(LATER_MS)).toEqual([end("canceled", "market_closed", LATER_MS)]);
  });

  test("by a cancel, when that arrives; what fills until then counts", () => {
    const { happen, venue } = restingRig();
    venue.cancel("r1-1", LATER_MS);
    expect(venue.nextMs()).toBe(LATER_MS + LATENCY_MS);
    happen(aTrade("no", 40, 104.5, LATER_MS + LATENCY_MS - 1));
    expect(happen(aTrade("no", 39, 10, LATER_MS + LATENCY_MS))).toEqual([
      end("canceled", "canceled", LATER_MS + LATENCY_MS),
    ]);
  });

  test("its own rather than by a cancel of the same time", () => {
    const { venue } = partlyFilled({ expiresMs: LATER_MS + LATENCY_MS });
    venue.cancel("r1-1", LATER_MS);
    expect(venue.advance(LATER_MS + LATENCY_MS)).toEqual([
      end("expired", "expired", LATER_MS + LATENCY_MS),
    ]);
  });

  test("by a cancel sent right behind it", () => {
    const { venue } = simRig();
    venue.submit(aQuote(), SENT_MS);
    venue.cancel("r1-1", SENT_MS);
    expect(venue.advance(ARRIVED_MS)).toMatchObject([
      { state: "resting" },
      { state: "canceled", reason: "canceled", filledQty: 0, recvMs: ARRIVED_MS },
    ]);
  });

  test("once: a cancel of what is gone says nothing", () => {
    const { happen, venue } = restingRig();
    venue.cancel("r1-1", LATER_MS);
    venue.cancel("r1-1", LATER_MS);
    expect(gist(happen(aTrade("no", 39, 10, LATER_MS + 1)))).toEqual([1_000, "filled", 1_000]);
    expect(venue.advance(LATER_MS + LATENCY_MS)).toEqual([]);
  });

  test("with the run, before what was sent after it", () => {
    const { venue } = partlyFilled();
    venue.submit(anOrder({ orderId: "r1-2" }), LATER_MS);
    expect(venue.cancelAll(LATER_MS + 5)).toMatchObject([
      end("canceled", "run_ended", LATER_MS + 5),
      { orderId: "r1-2", state: "canceled", filledQty: 0, reason: "run_ended" },
    ]);
    expect(venue.nextMs()).toBeNull();
  });

  test("of several at one time in the order of submission", () => {
    const { venue } = simRig();
    for (const orderId of ["a", "b", "c"]) {
      venue.submit(aQuote({ orderId, expiresMs: LATER_MS }), SENT_MS);
    }
    venue.advance(ARRIVED_MS);
    const ids = venue.advance(LATER_MS).map((each) => (each.type === "order" ? each.orderId : ""));
    expect(ids).toEqual(["a", "b", "c"]);
  });
});
