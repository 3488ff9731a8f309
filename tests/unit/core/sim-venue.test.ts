import { describe, expect, test } from "vitest";
import { QUADRATIC_FEES } from "../../../src/core/fees.ts";
import type { Approved, Order } from "../../../src/core/orders.ts";
import { SimVenue } from "../../../src/core/sim/venue.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aBook, aMarket } from "../../support/builders.ts";

const { ticker, closeMs } = aMarket();

function venueWith(
  book = aBook({
    yes: [[40, 100]],
    no: [
      [55, 20],
      [54, 100],
    ],
  }),
) {
  let feedMs = 1_000_000;
  const venue = new SimVenue(
    { latencyMs: 350, participation: 0.5, haircut: 0.3, bookStaleMs: 2_000 },
    {
      book: () => book,
      closeMs: () => closeMs,
      bookFeedMs: () => feedMs,
      fees: () => QUADRATIC_FEES,
    },
  );
  return { venue, book, feed: (ms: number) => (feedMs = ms) };
}

const order = (overrides: Partial<Order> = {}): Approved<Order> =>
  ({
    strategy: "s",
    ticker,
    side: "yes",
    action: "buy",
    price: price(4_600),
    qty: qty(1_000),
    timeInForce: "ioc",
    orderId: "r1-1",
    clientOrderId: "c",
    opportunityId: 1,
    createdMs: 1_000_000,
    ...overrides,
  }) as Approved<Order>;

describe("SimVenue", () => {
  test("answers only after its latency, at its own time", () => {
    const { venue } = venueWith();
    venue.submit(order(), 1_000_000);
    expect(venue.nextMs()).toBe(1_000_350);
    expect(venue.advance(1_000_349)).toHaveLength(0);
    expect(venue.advance(1_000_900)[0]?.recvMs).toBe(1_000_350);
  });

  test("walks the book up to the limit and pays the exact fee", () => {
    const { venue } = venueWith();
    venue.submit(order({ qty: qty(2_000) }), 1_000_000);
    const events = venue.advance(1_000_350);
    expect(events).toMatchObject([
      { type: "fill", fill: { price: 4_500, qty: 1_400, fee: 242_600, isTaker: true } },
      { type: "fill", fill: { price: 4_600, qty: 600, fee: 104_400 } },
      { type: "order", state: "filled", filledQty: 2_000 },
    ]);
  });

  test("what it took stays taken until the level is updated", () => {
    const { venue } = venueWith(aBook({ no: [[55, 20]] }));
    const small = { price: price(4_500), qty: qty(800) };
    venue.submit(order({ ...small, orderId: "a" }), 1_000_000);
    venue.submit(order({ ...small, orderId: "b" }), 1_000_000);
    const states = venue.advance(1_000_350).filter((event) => event.type === "order");
    expect(states).toMatchObject([
      { orderId: "a", filledQty: 800 },
      { orderId: "b", filledQty: 600, state: "canceled", reason: "ioc_remainder" },
    ]);
    venue.observe({
      type: "delta",
      ticker,
      sid: 1,
      seq: 1,
      side: "no",
      price: price(5_500),
      delta: qty(1),
      exchangeMs: null,
      recvMs: 1_000_400,
    });
    venue.submit(order({ ...small, orderId: "c" }), 1_000_400);
    expect(venue.advance(1_000_750).at(-1)).toMatchObject({ orderId: "c", filledQty: 800 });
  });

  test.each([
    ["book_stale", (s: ReturnType<typeof venueWith>) => s.feed(990_000)],
    [
      "book_crossed",
      (s: ReturnType<typeof venueWith>) => s.book.apply("yes", price(5_000), qty(100), 1),
    ],
    ["no_book", (s: ReturnType<typeof venueWith>) => s.book.invalidate("gap_seq")],
  ])("fills nothing when %s", (reason, spoil) => {
    const setup = venueWith();
    spoil(setup);
    setup.venue.submit(order(), 1_000_000);
    expect(setup.venue.advance(1_000_350)).toMatchObject([
      { type: "order", state: "canceled", filledQty: 0, reason },
    ]);
  });

  test("an order that arrives after the close fills nothing", () => {
    const { venue } = venueWith();
    venue.submit(order(), closeMs - 100);
    expect(venue.advance(closeMs + 400)).toMatchObject([{ reason: "market_closed" }]);
  });
});
