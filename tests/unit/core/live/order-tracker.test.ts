import fc from "fast-check";
import { expect, test } from "vitest";
import type { VenueEvent } from "../../../../src/core/events.ts";
import { OrderTracker } from "../../../../src/core/live/order-tracker.ts";
import type { SeenFill, SeenOrder } from "../../../../src/core/live/seen.ts";
import { money, price, qty } from "../../../../src/core/units.ts";
import { anOrder, SENT_MS } from "../../../support/sim-rig.ts";

// Ten NO at 46 cents, which the exchange calls an ask of YES at 54.

const ORDER = anOrder({ side: "no", orderId: "r1-1", clientOrderId: "c-1" });
const { ticker } = ORDER;

const seenOrder = (overrides: Partial<SeenOrder> = {}): SeenOrder => ({
  exchangeId: "x-1",
  clientOrderId: "c-1",
  ticker,
  exchangeIndex: 2,
  bookSide: "ask",
  yesPrice: price(5_400),
  initialQty: qty(1_000),
  filledQty: qty(0),
  status: "resting",
  reason: "",
  ...overrides,
});

const seenFill = (tradeId: string, size: number, overrides: Partial<SeenFill> = {}): SeenFill => ({
  tradeId,
  exchangeId: "x-1",
  clientOrderId: null,
  ticker,
  bookSide: "ask",
  yesPrice: price(5_500),
  qty: qty(size),
  fee: money(1_000),
  isTaker: true,
  atMs: SENT_MS,
  told: { trade_id: tradeId },
  ...overrides,
});

function tracking(timeInForce: "ioc" | "gtc" = "ioc", past?: { trades: string[]; booked: number }) {
  const said: VenueEvent[] = [];
  const troubles: string[] = [];
  const links = {
    say: (event: VenueEvent) => void said.push(event),
    trouble: ({ what }: { what: string }) => void troubles.push(what),
  };
  const tracker = new OrderTracker(links, ["old"]);
  const order = { ...ORDER, timeInForce };
  const terms = { order, exchangeIndex: 2, expiresMs: null, sentMs: SENT_MS };
  const tracked = tracker.track(past === undefined ? terms : { ...terms, past });
  const updates = (): string[] =>
    said.flatMap((event) => (event.type === "order" ? [`${event.state} ${event.filledQty}`] : []));
  const fills = (): string[] =>
    said.flatMap((event) =>
      event.type === "fill" ? [`${event.fill.fillId} ${event.fill.price}`] : [],
    );
  return { tracker, tracked, said, troubles, updates, fills };
}

const accepted = (filled: number, left: number) =>
  ({ type: "accepted", exchangeId: "x-1", filledQty: qty(filled), leftQty: qty(left) }) as const;

test("I5: an order is over when its end is known and every fill of it is booked, not before", () => {
  const { fills, tracked, tracker, updates } = tracking();
  tracker.answered("r1-1", accepted(400, 0), SENT_MS);
  expect(updates()).toEqual([]);
  tracker.sawFill(seenFill("t-1", 300), SENT_MS);
  expect(tracked.isOver).toBe(false);
  tracker.sawFill(seenFill("t-2", 100), SENT_MS);
  expect(fills()).toEqual(["t-1 4500", "t-2 4500"]);
  expect(updates()).toEqual(["canceled 400"]);
  expect(tracker.open()).toEqual([]);
});

test("I6: fills before the answer, and after the end, are booked; the end stays", () => {
  const { fills, tracker, updates } = tracking("gtc");
  tracker.sawFill(seenFill("t-1", 300, { clientOrderId: "c-1" }), SENT_MS);
  tracker.answered("r1-1", accepted(300, 700), SENT_MS);
  tracker.saw(seenOrder({ status: "canceled", filledQty: qty(300) }), SENT_MS);
  tracker.sawFill(seenFill("t-2", 200), SENT_MS);
  tracker.saw(seenOrder({ status: "resting" }), SENT_MS);
  expect(fills()).toEqual(["t-1 4500", "t-2 4500"]);
  expect(updates()).toEqual(["resting 300", "canceled 300"]);
});

test("I4: without an answer it is unknown until something shows it; the answer of a list is as good", () => {
  const { tracked, tracker, updates } = tracking();
  tracker.answered("r1-1", { type: "unknown", reason: "network_reset" }, SENT_MS);
  expect(updates()).toEqual(["unknown 0"]);
  expect(tracked.unknownMs).toBe(SENT_MS);
  // A fill of a list names the exchange's id only, so it waits until the order is known by that.
  tracker.sawFill(seenFill("t-1", 1_000), SENT_MS);
  expect(tracker.unmatched(ticker)).toHaveLength(1);
  tracker.saw(seenOrder({ status: "executed", filledQty: qty(1_000) }), SENT_MS);
  expect(updates().at(-1)).toBe("filled 1000");
  expect(tracker.unmatched(ticker)).toEqual([]);
});

test("I4: one whole list without it is not enough to give it up, and showing up later is trouble", () => {
  const { tracker, troubles, updates } = tracking();
  tracker.answered("r1-1", { type: "unknown", reason: "x" }, SENT_MS);
  tracker.missed("r1-1", SENT_MS);
  tracker.missed("r1-1", SENT_MS);
  expect(updates()).toEqual(["unknown 0"]);
  tracker.missed("r1-1", SENT_MS);
  expect(updates()).toEqual(["unknown 0", "canceled 0"]);
  tracker.saw(seenOrder(), SENT_MS);
  expect(troubles).toEqual(["r1-1: exists at the exchange although it was given up"]);
  // It is taken back.
  expect(tracker.open()[0]?.cancelMs).toBe(SENT_MS);
});

test("a refusal ends it, unless it was seen meanwhile", () => {
  const refused = { type: "refused", reason: "insufficient_balance", isAuth: false } as const;
  const plain = tracking();
  plain.tracker.answered("r1-1", refused, SENT_MS);
  expect(plain.updates()).toEqual(["rejected 0"]);
  const seen = tracking("gtc");
  seen.tracker.saw(seenOrder(), SENT_MS);
  seen.tracker.answered("r1-1", refused, SENT_MS);
  expect(seen.updates()).toEqual(["resting 0"]);
  expect(seen.tracker.open()).toHaveLength(1);
});

test.each([
  ["another market", { ticker: "OTHER" }],
  ["another side", { bookSide: "bid" }],
  ["another price", { yesPrice: price(5_300) }],
  ["another size", { initialQty: qty(900) }],
  ["more than was asked for", { filledQty: qty(1_001) }],
] as const)("an order with our id and %s is trouble and changes nothing", (_what, overrides) => {
  const { tracker, troubles, updates } = tracking("gtc");
  expect(tracker.saw(seenOrder(overrides), SENT_MS)).toBe(true);
  expect(troubles).toHaveLength(1);
  expect(updates()).toEqual([]);
});

test("I14: an order that is not ours is none of ours, and a fill on file of an earlier run is no stray", () => {
  const { tracker } = tracking();
  expect(tracker.saw(seenOrder({ exchangeId: "x-9", clientOrderId: "c-9" }), SENT_MS)).toBe(false);
  tracker.sawFill(seenFill("old", 100, { exchangeId: "x-0" }), SENT_MS);
  tracker.sawFill(seenFill("new", 100, { exchangeId: "x-0" }), SENT_MS);
  expect(tracker.unmatched(ticker).map(({ tradeId }) => tradeId)).toEqual(["new"]);
});

test("the same order twice at the exchange is trouble", () => {
  const { tracker, troubles } = tracking("gtc");
  tracker.saw(seenOrder(), SENT_MS);
  tracker.saw(seenOrder({ exchangeId: "x-2" }), SENT_MS);
  expect(troubles).toEqual(["r1-1: the exchange has it twice: x-1 and x-2"]);
});

test("what an earlier run has booked of an order is not booked again", () => {
  const { fills, tracker, updates } = tracking("gtc", { trades: ["t-1"], booked: 300 });
  tracker.saw(seenOrder({ status: "canceled", filledQty: qty(500) }), SENT_MS);
  tracker.sawFill(seenFill("t-1", 300), SENT_MS);
  expect(updates()).toEqual([]);
  tracker.sawFill(seenFill("t-2", 200), SENT_MS);
  expect(fills()).toEqual(["t-2 4500"]);
  expect(updates()).toEqual(["canceled 500"]);
});

type Message = (tracker: OrderTracker) => void;

test("I5, I6: whatever order messages come in, however often, the fills and the end are the same", () => {
  const messages: readonly Message[] = [
    (tracker) => tracker.answered("r1-1", accepted(200, 800), SENT_MS),
    (tracker) => void tracker.saw(seenOrder(), SENT_MS),
    (tracker) => void tracker.saw(seenOrder({ filledQty: qty(200) }), SENT_MS),
    (tracker) => void tracker.saw(seenOrder({ status: "canceled", filledQty: qty(600) }), SENT_MS),
    (tracker) => tracker.sawFill(seenFill("t-1", 200, { clientOrderId: "c-1" }), SENT_MS),
    (tracker) => tracker.sawFill(seenFill("t-2", 300), SENT_MS),
    (tracker) => tracker.sawFill(seenFill("t-3", 100, { clientOrderId: "c-1" }), SENT_MS),
  ];
  const orderings = fc
    .array(fc.constantFrom(...messages), { maxLength: 10 })
    .chain((more) =>
      fc.shuffledSubarray([...messages, ...more], { minLength: messages.length + more.length }),
    );
  fc.assert(
    fc.property(orderings, (ordering) => {
      const { fills, said, tracked, tracker, troubles } = tracking("gtc");
      for (const message of ordering) message(tracker);
      expect(fills().toSorted()).toEqual(["t-1 4500", "t-2 4500", "t-3 4500"]);
      expect(tracked.isOver).toBe(true);
      expect(troubles).toEqual([]);
      const last = said.findLast((event) => event.type === "order");
      expect(last).toMatchObject({ state: "canceled", filledQty: 600 });
    }),
    { numRuns: 500 },
  );
});
