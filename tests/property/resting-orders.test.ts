import fc from "fast-check";
import { expect, test } from "vitest";
import type { Book } from "../../src/core/book.ts";
import type { MarketEvent, VenueEvent } from "../../src/core/events.ts";
import type { RestingFills } from "../../src/core/sim/resting.ts";
import { price, qty } from "../../src/core/units.ts";
import {
  ARRIVED_MS,
  aDelta,
  aGap,
  aQuote,
  aSnapshot,
  aTrade,
  SENT_MS,
  simRig,
} from "../support/sim-rig.ts";

// Bids for YES at 40 in a market that moves around them: trades, changes on both sides, whole books, holes.

const OUR_CENTS = 40;
const cents = fc.integer({ min: OUR_CENTS - 2, max: OUR_CENTS + 2 });
const side = fc.constantFrom("yes" as const, "no" as const);
const contracts = fc.integer({ min: 1, max: 60 });

/** Makes the event at its time, from the book of then. */
type Maker = (book: Book, atMs: number) => MarketEvent;

const trade = fc.record({ side, cents, contracts, lateMs: fc.integer({ min: 0, max: 40 }) }).map(
  (drawn): Maker =>
    (_, atMs) => ({
      ...aTrade(drawn.side, drawn.cents, drawn.contracts, atMs),
      exchangeMs: atMs - drawn.lateMs,
    }),
);
/** Our level and those around it, on both sides; a cut takes what is there at most. */
const delta = fc
  .record({ side, cents, contracts, isCut: fc.boolean(), lateMs: fc.integer({ min: 0, max: 40 }) })
  .map(
    (drawn): Maker =>
      (book, atMs) => {
        const at = drawn.side === "yes" ? drawn.cents : 98 - drawn.cents;
        const shown = book.sizeAt(drawn.side, price(at * 100)) / 100;
        const change = drawn.isCut ? -Math.min(shown, drawn.contracts) : drawn.contracts;
        return { ...aDelta(drawn.side, at, change, atMs), exchangeMs: atMs - drawn.lateMs };
      },
  );
const snapshot = fc.array(fc.tuple(cents, contracts), { maxLength: 4 }).map(
  (yes): Maker =>
    (_, atMs) =>
      aSnapshot({ yes, no: [[57, 20]] }, atMs),
);
const gap = fc.constant<Maker>((_, atMs) => aGap(atMs));

const story = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: trade },
    { weight: 6, arbitrary: delta },
    { weight: 1, arbitrary: snapshot },
    { weight: 1, arbitrary: gap },
  ),
  { maxLength: 60 },
);
const sizes = fc.array(fc.integer({ min: 1, max: 8_000 }), { minLength: 1, maxLength: 3 });

/** What the event can be for us: a trade in our queue, the market going through our price, or nothing. */
function meaningOf(event: MarketEvent): "trade" | "through" | "nothing" {
  const ours = OUR_CENTS * 100;
  if (event.type === "trade" && event.takerSide === "no") {
    if (event.yesPrice < ours) return "through";
    return event.yesPrice === ours ? "trade" : "nothing";
  }
  const isCrossing = (level: number): boolean => level + ours >= 10_000;
  if (event.type === "delta" && event.side === "no" && isCrossing(event.price)) return "through";
  if (event.type === "snapshot" && event.no.some(([level]) => isCrossing(level))) return "through";
  return "nothing";
}

function filledBy(answers: readonly VenueEvent[]): number {
  return answers.reduce((sum, each) => (each.type === "fill" ? sum + each.fill.qty : sum), 0);
}

test("resting orders fill only by trades at their price or through it, no more than was traded", () => {
  let fills = 0;
  fc.assert(
    fc.property(sizes, story, (wanted, makers) => {
      let traded = 0;
      let filled = 0;
      fills += lives(wanted, makers, "traded", (event, said) => {
        const meaning = event.type === "trade" ? meaningOf(event) : "nothing";
        if (meaning !== "nothing" && event.type === "trade") traded += event.qty;
        filled += filledBy(said);
        expect(filled).toBeLessThanOrEqual(traded);
        if (meaning === "nothing") expect(said).toEqual([]);
      });
    }),
    { numRuns: 500 },
  );
  expect(fills).toBeGreaterThan(0);
});

test("on likely terms the market goes through a price once, and all that was left is filled", () => {
  let fills = 0;
  fc.assert(
    fc.property(sizes, story, (wanted, makers) => {
      let isGone = false;
      fills += lives(wanted, makers, "likely", (event, said) => {
        if (meaningOf(event) !== "through" || filledBy(said) === 0) return;
        expect(isGone).toBe(false);
        isGone = true;
      });
    }),
    { numRuns: 500 },
  );
  expect(fills).toBeGreaterThan(0);
});

/** Orders of those sizes through a story, looked at event by event; answers what of them was filled. */
function lives(
  wanted: readonly number[],
  makers: readonly Maker[],
  restingFills: RestingFills,
  look: (event: MarketEvent, said: readonly VenueEvent[]) => void,
): number {
  const { book, happen, venue } = simRig(undefined, { restingFills });
  for (const [index, size] of wanted.entries()) {
    venue.submit(aQuote({ orderId: `o${index}`, qty: qty(size) }), SENT_MS);
  }
  const answers = [...venue.advance(ARRIVED_MS)];
  for (const [index, make] of makers.entries()) {
    const event = make(book, ARRIVED_MS + index * 10);
    const said = happen(event);
    answers.push(...said);
    look(event, said);
  }
  answers.push(...venue.cancelAll(ARRIVED_MS + 10_000));
  for (const [index, size] of wanted.entries()) checkOrder(answers, `o${index}`, size);
  return filledBy(answers);
}

/** Its words agree with its fills, and the last of them is the only one that ends it. */
function checkOrder(answers: readonly VenueEvent[], orderId: string, size: number): void {
  let filled = 0;
  let isOver = false;
  const ids = new Set<string>();
  for (const answer of answers) {
    if (answer.type === "fill" && answer.fill.orderId === orderId) {
      filled += answer.fill.qty;
      expect(answer.fill.qty).toBeGreaterThan(0);
      expect(ids.has(answer.fill.fillId)).toBe(false);
      ids.add(answer.fill.fillId);
    }
    if (answer.type !== "order" || answer.orderId !== orderId) continue;
    expect(isOver).toBe(false);
    expect(answer.filledQty).toBe(filled);
    expect(answer.state === "filled").toBe(filled === size);
    isOver = answer.state !== "resting";
  }
  expect(filled).toBeLessThanOrEqual(size);
  expect(isOver).toBe(true);
}
