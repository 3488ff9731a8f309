import { describe, expect, test } from "vitest";
import { createFeeAccumulator, QUADRATIC_FEES } from "../../../../src/core/fees.ts";
import type { Order } from "../../../../src/core/orders.ts";
import { price, qty } from "../../../../src/core/units.ts";
import { aBook } from "../../../support/builders.ts";
import {
  ARRIVED_MS,
  aDelta,
  anOrder,
  SENT_MS,
  SIM_MARKET,
  simRig,
} from "../../../support/sim-rig.ts";

const { closeMs } = SIM_MARKET;

describe("an order on its way", () => {
  test("is answered only after its latency, at its own time", () => {
    const { venue } = simRig();
    venue.submit(anOrder(), SENT_MS);
    expect(venue.nextMs()).toBe(ARRIVED_MS);
    expect(venue.advance(ARRIVED_MS - 1)).toHaveLength(0);
    expect(venue.advance(ARRIVED_MS + 550)[0]?.recvMs).toBe(ARRIVED_MS);
    expect(venue.nextMs()).toBeNull();
  });

  test("is ended without a fill when the run is", () => {
    const { venue } = simRig();
    venue.submit(anOrder(), SENT_MS);
    venue.cancel("r1-1", SENT_MS);
    expect(venue.cancelAll(SENT_MS + 10)).toEqual([
      {
        type: "order",
        orderId: "r1-1",
        state: "canceled",
        filledQty: 0,
        reason: "run_ended",
        recvMs: SENT_MS + 10,
      },
    ]);
    expect(venue.nextMs()).toBeNull();
  });

  test("is not overtaken by its cancel, which then finds nothing to end", () => {
    const { venue } = simRig();
    venue.submit(anOrder(), SENT_MS);
    venue.cancel("r1-1", SENT_MS);
    venue.cancel("never-heard-of", SENT_MS);
    expect(venue.advance(ARRIVED_MS)).toMatchObject([
      { type: "fill" },
      { type: "order", state: "filled", filledQty: 1_000 },
    ]);
  });
});

describe("an immediate-or-cancel order", () => {
  test("walks the book up to the limit and pays the exact fee", () => {
    const { venue } = simRig();
    venue.submit(anOrder({ qty: qty(2_000) }), SENT_MS);
    expect(venue.advance(ARRIVED_MS)).toMatchObject([
      { type: "fill", fill: { price: 4_500, qty: 1_400, fee: 242_600, isTaker: true } },
      { type: "fill", fill: { price: 4_600, qty: 600, fee: 104_400 } },
      { type: "order", state: "filled", filledQty: 2_000 },
    ]);
  });

  // Bids: YES 40 × 100 and 39 × 40, NO 55 × 20 and 54 × 100; 30 % of each are gone, half of all may be taken.
  test.each<[string, Partial<Order>, [number, number][], string]>([
    ["a sale within the touch", { price: price(4_000), qty: qty(2_550) }, [[4_000, 2_550]], ""],
    ["a sale through the touch", { price: price(3_900), qty: qty(7_000) }, [[4_000, 7_000]], ""],
    [
      "a sale beyond what may be taken",
      { price: price(3_900), qty: qty(20_000) },
      [[4_000, 7_000]],
      "ioc_remainder",
    ],
    ["a sale above the bids", { price: price(4_100), qty: qty(100) }, [], "ioc_remainder"],
    [
      "a sale of NO from its best bid down",
      { side: "no", price: price(5_400), qty: qty(1_501) },
      [
        [5_500, 1_400],
        [5_400, 101],
      ],
      "",
    ],
    [
      "a sale of NO not below its limit",
      { side: "no", price: price(5_500), qty: qty(1_501) },
      [[5_500, 1_000]],
      "ioc_remainder",
    ],
  ])("%s", (_, sale, fills, reason) => {
    const { venue } = simRig();
    venue.submit(anOrder({ action: "sell", ...sale }), SENT_MS);
    const fees = createFeeAccumulator(QUADRATIC_FEES);
    const filledQty = fills.reduce((sum, [, size]) => sum + size, 0);
    expect(venue.advance(ARRIVED_MS)).toMatchObject([
      ...fills.map(([at, size]) => {
        const piece = { action: "sell", price: price(at), qty: qty(size), isTaker: true } as const;
        return { type: "fill", fill: { ...piece, fee: fees.charge(piece).net } };
      }),
      { type: "order", state: reason === "" ? "filled" : "canceled", filledQty, reason },
    ]);
  });

  test.each([
    ["buys", {}, aDelta("no", 55, 0.01, ARRIVED_MS + 50)],
    ["sales", { action: "sell", side: "no" }, aDelta("no", 55, 0.01, ARRIVED_MS + 50)],
  ] as const)("what %s took stays taken until the level is updated", (_, kind, update) => {
    const { venue } = simRig(aBook({ no: [[55, 20]] }));
    const limit = "action" in kind ? price(5_500) : price(4_500);
    const small = { ...kind, price: limit, qty: qty(800) };
    venue.submit(anOrder({ ...small, orderId: "a" }), SENT_MS);
    venue.submit(anOrder({ ...small, orderId: "b" }), SENT_MS);
    const states = venue.advance(ARRIVED_MS).filter((event) => event.type === "order");
    expect(states).toMatchObject([
      { orderId: "a", filledQty: 800 },
      { orderId: "b", filledQty: 600, state: "canceled", reason: "ioc_remainder" },
    ]);
    venue.observe(update);
    venue.submit(anOrder({ ...small, orderId: "c" }), ARRIVED_MS + 50);
    expect(venue.advance(ARRIVED_MS + 400).at(-1)).toMatchObject({ orderId: "c", filledQty: 800 });
  });

  test("a buy of one side and a sale of the other take from the same bids", () => {
    const { venue } = simRig(aBook({ no: [[55, 20]] }));
    venue.submit(anOrder({ orderId: "a", price: price(4_500), qty: qty(800) }), SENT_MS);
    const sale = { action: "sell", side: "no", price: price(5_500), qty: qty(800) } as const;
    venue.submit(anOrder({ orderId: "b", ...sale }), SENT_MS);
    expect(venue.advance(ARRIVED_MS).at(-1)).toMatchObject({ orderId: "b", filledQty: 600 });
  });

  test("the fills of one order have ids of their own", () => {
    const { venue } = simRig();
    venue.submit(anOrder({ qty: qty(2_000) }), SENT_MS);
    venue.submit(anOrder({ orderId: "r1-2", qty: qty(400) }), SENT_MS);
    const ids = venue
      .advance(ARRIVED_MS)
      .flatMap((event) => (event.type === "fill" ? [event.fill.fillId] : []));
    expect(ids).toEqual(["r1-1-f1", "r1-1-f2", "r1-2-f1"]);
  });

  test.each<[string, (rig: ReturnType<typeof simRig>) => void]>([
    ["book_stale", ({ world }) => void (world.feedMs = SENT_MS - 10_000)],
    ["book_crossed", ({ book }) => void book.apply("yes", price(5_000), qty(100), 1)],
    ["no_book", ({ book }) => book.invalidate("gap_seq")],
    ["fee_unknown", ({ world }) => void (world.fees = undefined)],
    ["market_closed", ({ world }) => void (world.closeMs = ARRIVED_MS)],
  ])("fills nothing when %s", (reason, spoil) => {
    const rig = simRig();
    spoil(rig);
    rig.venue.submit(anOrder(), SENT_MS);
    expect(rig.venue.advance(ARRIVED_MS)).toMatchObject([
      { type: "order", state: "canceled", filledQty: 0, reason },
    ]);
  });

  test("fills nothing when it arrives after the close", () => {
    const { venue } = simRig();
    venue.submit(anOrder(), closeMs - 100);
    expect(venue.advance(closeMs + 400)).toMatchObject([{ reason: "market_closed" }]);
  });
});
