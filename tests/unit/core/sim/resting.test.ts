import { describe, expect, test } from "vitest";
import type { MarketEvent } from "../../../../src/core/events.ts";
import { feeScheduleOf } from "../../../../src/core/fees.ts";
import type { Order } from "../../../../src/core/orders.ts";
import type { FillClass } from "../../../../src/core/records.ts";
import { price, qty } from "../../../../src/core/units.ts";
import {
  ARRIVED_MS,
  aDelta,
  aGap,
  aQuote,
  aSnapshot,
  aTrade,
  gist,
  LATENCY_MS,
  LATER_MS,
  restingRig,
  SENT_MS,
  simRig,
} from "../../../support/sim-rig.ts";

const LIKELY = { restingFills: "likely" } as const;
/** The others are no longer near our 40 cents. */
const BEHIND = aSnapshot({ yes: [[30, 50]], no: [[55, 20]] }, LATER_MS);

describe("a post-only order that arrives", () => {
  // The asks: YES at 45 (the NO bid at 55), NO at 60 (the YES bid at 40).
  test.each<[string, Partial<Order>, string, string]>([
    ["below the ask rests", { price: price(4_400) }, "resting", ""],
    ["at the ask crosses", { price: price(4_500) }, "canceled", "post_only_cross"],
    ["above the ask crosses", { price: price(4_600) }, "canceled", "post_only_cross"],
    ["for NO below the ask rests", { side: "no", price: price(5_900) }, "resting", ""],
    [
      "for NO at the ask crosses",
      { side: "no", price: price(6_000) },
      "canceled",
      "post_only_cross",
    ],
    ["to sell above the bid rests", { action: "sell", price: price(4_100) }, "resting", ""],
    [
      "to sell at the bid crosses",
      { action: "sell", price: price(4_000) },
      "canceled",
      "post_only_cross",
    ],
    ["after its own end is over", { expiresMs: ARRIVED_MS }, "expired", "expired"],
    ["without being one is refused", { postOnly: false }, "rejected", "not_post_only"],
  ])("%s", (_, overrides, state, reason) => {
    const { venue } = simRig();
    venue.submit(aQuote(overrides), SENT_MS);
    expect(venue.advance(ARRIVED_MS)).toEqual([
      { type: "order", orderId: "r1-1", state, filledQty: 0, reason, recvMs: ARRIVED_MS },
    ]);
  });

  test("before an empty other side rests", () => {
    const { happen, venue } = simRig();
    happen(aSnapshot({ yes: [[40, 1]] }, SENT_MS));
    venue.submit(aQuote({ price: price(9_900) }), SENT_MS);
    expect(venue.advance(ARRIVED_MS)).toMatchObject([{ state: "resting" }]);
  });

  test.each<[string, (rig: ReturnType<typeof simRig>) => void]>([
    ["book_stale", ({ world }) => void (world.feedMs = SENT_MS - 10_000)],
    ["book_crossed", ({ book }) => void book.apply("yes", price(5_000), qty(100), 1)],
    ["no_book", ({ book }) => book.invalidate("gap_seq")],
    ["fee_unknown", ({ world }) => void (world.fees = undefined)],
    ["market_closed", ({ world }) => void (world.closeMs = ARRIVED_MS)],
  ])("does not rest when %s", (reason, spoil) => {
    const rig = simRig();
    spoil(rig);
    rig.venue.submit(aQuote(), SENT_MS);
    expect(rig.venue.advance(ARRIVED_MS)).toMatchObject([{ state: "canceled", reason }]);
  });
});

describe("the queue", () => {
  // Ten YES at 40, behind a hundred.
  test.each<[string, MarketEvent[], unknown[]]>([
    ["all in front are served first", [aTrade("no", 40, 100, LATER_MS)], []],
    ["then we are, in part", [aTrade("no", 40, 104.5, LATER_MS)], [450, "resting", 450]],
    ["and to the end", [aTrade("no", 40, 300, LATER_MS)], [1_000, "filled", 1_000]],
    [
      "trades add up",
      [1, 2, 3].map((n) => aTrade("no", 40, 35, LATER_MS + n)),
      [500, "resting", 500],
    ],
    ["a trade above our price does not reach us", [aTrade("no", 41, 500, LATER_MS)], []],
    ["takers of YES hit the NO bids", [aTrade("yes", 40, 500, LATER_MS)], []],
    ["and none of them went through us", [aTrade("yes", 39, 500, LATER_MS)], []],
    [
      "a trade of another market is none of ours",
      [{ ...aTrade("no", 39, 500, LATER_MS), ticker: "X" }],
      [],
    ],
    [
      "nor is one of before our arrival",
      [{ ...aTrade("no", 39, 500, LATER_MS), exchangeMs: ARRIVED_MS - 1 }],
      [],
    ],
    [
      "cancellations in front bring us forward when nothing else is left",
      [aDelta("yes", 40, -70, LATER_MS), aTrade("no", 40, 31, LATER_MS + 1)],
      [100, "resting", 100],
    ],
    [
      "cancellations that may be behind us do not",
      [
        aDelta("yes", 40, 50, LATER_MS),
        aDelta("yes", 40, -50, LATER_MS + 1),
        aTrade("no", 40, 101, LATER_MS + 2),
      ],
      [100, "resting", 100],
    ],
    ["total depletion alone fills nothing", [aDelta("yes", 40, -100, LATER_MS)], []],
    [
      "a trade and the change that shows it count once",
      [
        aTrade("no", 40, 60, LATER_MS),
        aDelta("yes", 40, -60, LATER_MS),
        aTrade("no", 40, 41, LATER_MS + 1),
      ],
      [100, "resting", 100],
    ],
    [
      "also when the change comes first",
      [
        aDelta("yes", 40, -60, LATER_MS),
        aTrade("no", 40, 60, LATER_MS),
        aTrade("no", 40, 41, LATER_MS + 1),
      ],
      [100, "resting", 100],
    ],
    [
      "a snapshot is a change of our level",
      [
        aSnapshot({ yes: [[40, 30]], no: [[55, 20]] }, LATER_MS),
        aTrade("no", 40, 31, LATER_MS + 1),
      ],
      [100, "resting", 100],
    ],
    [
      "changes of other levels are not",
      [aDelta("yes", 39, -40, LATER_MS), aTrade("no", 40, 100, LATER_MS + 1)],
      [],
    ],
    ["an ask of nothing is none", [aDelta("no", 60, 0, LATER_MS)], []],
    ["an ask above it does not", [aDelta("no", 59, 500, LATER_MS)], []],
  ])("%s", (_, events, expected) => {
    const { happen } = restingRig();
    expect(gist(events.flatMap((event) => happen(event)))).toEqual(expected);
  });

  // The same five contracts beyond the queue, for each kind of order.
  test.each<[string, Partial<Order>, MarketEvent, number]>([
    ["a bid for NO", { side: "no", price: price(5_500) }, aTrade("yes", 45, 25, LATER_MS), 5_500],
    [
      "a sale of YES, as a bid for NO",
      { action: "sell", price: price(4_500) },
      aTrade("yes", 45, 25, LATER_MS),
      4_500,
    ],
    [
      "a sale of NO, as a bid for YES",
      { action: "sell", side: "no", price: price(6_000) },
      aTrade("no", 40, 105, LATER_MS),
      6_000,
    ],
  ])("serves %s at its own price", (_, overrides, trade, at) => {
    const { happen } = restingRig(overrides);
    const { action, side } = aQuote(overrides);
    expect(happen(trade)).toMatchObject([
      { type: "fill", fill: { action, side, price: at, qty: 500, isTaker: false, atMs: LATER_MS } },
      { type: "order", state: "resting", filledQty: 500, recvMs: LATER_MS },
    ]);
  });

  test.each<[string, Partial<Order>, MarketEvent]>([
    ["a bid for NO at 55", { side: "no", price: price(5_500) }, aTrade("yes", 46, 0.01, LATER_MS)],
    [
      "a sale of YES at 45",
      { action: "sell", price: price(4_500) },
      aTrade("yes", 46, 0.01, LATER_MS),
    ],
    [
      "a sale of YES at 45",
      { action: "sell", price: price(4_500) },
      aDelta("yes", 45, 0.01, LATER_MS),
    ],
    [
      "a sale of NO at 60",
      { action: "sell", side: "no", price: price(6_000) },
      aTrade("no", 39, 0.01, LATER_MS),
    ],
  ])("is gone through: %s", (_, overrides, event) => {
    const { happen } = restingRig(overrides, LIKELY);
    expect(gist(happen(event))).toEqual([1_000, "filled", 1_000]);
  });

  test("two orders at one price share what trades there, the older first", () => {
    const { happen, venue } = restingRig();
    venue.submit(aQuote({ orderId: "r1-2" }), LATER_MS);
    venue.advance(LATER_MS + LATENCY_MS);
    const answers = happen(aTrade("no", 40, 112, LATER_MS + 400));
    expect(answers).toMatchObject([
      { fill: { orderId: "r1-1", qty: 1_000 } },
      { orderId: "r1-1", state: "filled" },
      { fill: { orderId: "r1-2", qty: 200 } },
      { orderId: "r1-2", state: "resting", filledQty: 200 },
    ]);
  });

  test("each fill has an id of its own and the fee of a maker, rounding paid back over the order", () => {
    const rig = simRig();
    const paid = { feeType: "quadratic_with_maker_fees", multiplierBps: 10_000 };
    rig.world.fees = feeScheduleOf(paid);
    rig.venue.submit(aQuote(), SENT_MS);
    const events = [100, 5, 5].map((size, n) => aTrade("no", 40, size, LATER_MS + n));
    const fills = events
      .flatMap((event) => rig.happen(event))
      .filter(({ type }) => type === "fill");
    // 0.0175 × 5 × 0.4 × 0.6
    expect(fills).toMatchObject([
      { fill: { fillId: "r1-1-f1", fee: 21_000, isTaker: false } },
      { fill: { fillId: "r1-1-f2", fee: 21_000, isTaker: false } },
    ]);
  });

  test("what an event filled is said from its time on, and asks to be heard", () => {
    const { venue } = restingRig();
    venue.observe(aTrade("no", 39, 10, LATER_MS));
    expect(venue.nextMs()).toBe(LATER_MS);
    expect(venue.advance(LATER_MS - 1)).toEqual([]);
    expect(gist(venue.advance(LATER_MS))).toEqual([1_000, "filled", 1_000]);
    expect(venue.nextMs()).toBeNull();
  });

  test("an order that arrives at the time of an event is there before it", () => {
    const { happen, venue } = simRig();
    venue.submit(aQuote(), SENT_MS);
    venue.observe(aTrade("no", 39, 10, ARRIVED_MS));
    expect(gist(venue.advance(ARRIVED_MS))).toEqual([1_000, "filled", 1_000]);
    expect(happen(aTrade("no", 39, 10, LATER_MS))).toEqual([]);
  });
});

describe("what is likely beside what was traded", () => {
  // Ten YES at 40, behind a hundred.
  test.each<[string, MarketEvent[], unknown[]]>([
    [
      "a trade below our price went through it",
      [aTrade("no", 39, 0.01, LATER_MS)],
      [1_000, "filled", 1_000],
    ],
    [
      "an ask at our price crosses us",
      [aDelta("no", 60, 0.01, LATER_MS)],
      [1_000, "filled", 1_000],
    ],
    ["an ask below our price too", [aDelta("no", 61, 0.01, LATER_MS)], [1_000, "filled", 1_000]],
    [
      "a snapshot that crosses us fills us",
      [aSnapshot({ yes: [], no: [[60, 5]] }, LATER_MS)],
      [1_000, "filled", 1_000],
    ],
    [
      "who took all that was displayed wanted more",
      [aTrade("no", 40, 100, LATER_MS)],
      [1_000, "filled", 1_000],
    ],
    [
      "also when the change comes first",
      [aDelta("yes", 40, -100, LATER_MS), aTrade("no", 40, 100, LATER_MS)],
      [1_000, "filled", 1_000],
    ],
    [
      "and when some of it was taken before",
      [
        aTrade("no", 40, 60, LATER_MS),
        aDelta("yes", 40, -60, LATER_MS),
        aTrade("no", 40, 40, LATER_MS + 1),
      ],
      [1_000, "filled", 1_000],
    ],
    [
      "not who left something",
      [aDelta("yes", 40, 10, LATER_MS), aTrade("no", 40, 100, LATER_MS + 1)],
      [],
    ],
    // The others are at 30 and 45 now; the fee at 40 cents is 1.68.
    [
      "a bid that stands alone above all others is somebody's soon",
      [BEHIND, aDelta("no", 1, 1, LATER_MS + 1), aDelta("no", 2, 1, LATER_MS + 101)],
      [1_000, "filled", 1_000],
    ],
    [
      "not before the fastest have reached it",
      [BEHIND, aDelta("no", 1, 1, LATER_MS + 1), aDelta("no", 2, 1, LATER_MS + 100)],
      [],
    ],
    [
      "not when the others come back in time",
      [
        BEHIND,
        aDelta("no", 1, 1, LATER_MS + 1),
        aSnapshot({ yes: [[40, 5]], no: [[55, 20]] }, LATER_MS + 50),
        aDelta("no", 2, 1, LATER_MS + 101),
        aDelta("no", 2, 1, LATER_MS + 300),
      ],
      [],
    ],
    [
      "nor while the taker fee is more than it is off",
      [
        aSnapshot({ yes: [[35, 5]], no: [[57, 20]] }, LATER_MS),
        aDelta("no", 1, 1, LATER_MS + 1),
        aDelta("no", 2, 1, LATER_MS + 900),
      ],
      [],
    ],
  ])("%s", (_, events, expected) => {
    const { happen } = restingRig({}, LIKELY);
    expect(gist(events.flatMap((event) => happen(event)))).toEqual(expected);
  });

  test.each<[string, MarketEvent, number[]]>([
    ["of a trade through our price no more than its size", aTrade("no", 39, 4, LATER_MS), [400]],
    ["of a larger one what is left", aTrade("no", 39, 40, LATER_MS), [1_000]],
    ["of a quote through our price nothing", aDelta("no", 61, 50, LATER_MS), []],
    ["of a book through our price nothing", aSnapshot({ no: [[60, 5]] }, LATER_MS), []],
  ])("what was traded alone is %s", (_, event, expected) => {
    const fills = restingRig()
      .happen(event)
      .filter(({ type }) => type === "fill");
    expect(fills.map((each) => (each.type === "fill" ? each.fill.qty : 0))).toEqual(expected);
  });

  test.each<[string, MarketEvent, FillClass]>([
    ["queue", aTrade("no", 40, 105, LATER_MS), "queue"],
    ["through, by a trade", aTrade("no", 39, 5, LATER_MS), "through"],
    ["through, by a quote", aDelta("no", 60, 5, LATER_MS), "through"],
  ])("the class of a fill is %s", (_, event, fillClass) => {
    expect(restingRig({}, LIKELY).happen(event)).toMatchObject([{ fill: { fillClass } }, {}]);
  });
});

describe("after a hole in the feed", () => {
  const refound = aSnapshot({ yes: [[40, 30]], no: [[55, 20]] }, LATER_MS + 10);

  test.each<[string, MarketEvent[], unknown[]]>([
    [
      "nothing fills before the next book",
      [aTrade("no", 39, 10, LATER_MS + 1), aDelta("no", 60, 1, LATER_MS + 2)],
      [],
    ],
    ["we are behind all that it shows", [refound, aTrade("no", 40, 30, LATER_MS + 11)], []],
    [
      "and move on from there",
      [refound, aTrade("no", 40, 31, LATER_MS + 11)],
      [100, "resting", 100],
    ],
    [
      "trades of the hole that come late do not count",
      [refound, { ...aTrade("no", 40, 500, LATER_MS + 11), exchangeMs: LATER_MS + 9 }],
      [],
    ],
  ])("%s", (_, events, expected) => {
    const { happen } = restingRig();
    // What was served before the hole is forgotten with the place.
    happen(aTrade("no", 40, 90, LATER_MS - 1));
    happen(aGap(LATER_MS));
    expect(gist(events.flatMap((event) => happen(event)))).toEqual(expected);
  });

  test("a book beyond our price has filled us", () => {
    const { happen } = restingRig({}, LIKELY);
    happen(aGap(LATER_MS));
    const answers = happen(aSnapshot({ no: [[60, 1]] }, LATER_MS + 10));
    expect(gist(answers)).toEqual([1_000, "filled", 1_000]);
  });

  test("of another market nothing is lost", () => {
    const { happen } = restingRig();
    happen(aGap(LATER_MS, ["X"]));
    expect(gist(happen(aTrade("no", 39, 10, LATER_MS)))).toEqual([1_000, "filled", 1_000]);
  });

  test("a level below zero is a hole as well", () => {
    const { happen } = restingRig();
    happen(aDelta("no", 54, -101, LATER_MS));
    expect(happen(aTrade("no", 39, 10, LATER_MS + 1))).toEqual([]);
    happen(refound);
    expect(gist(happen(aTrade("no", 40, 31, LATER_MS + 11)))).toEqual([100, "resting", 100]);
  });
});
