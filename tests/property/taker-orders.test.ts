import fc from "fast-check";
import { expect, test } from "vitest";
import type { Book } from "../../src/core/book.ts";
import type { FillRecord } from "../../src/core/records.ts";
import { complement, otherSide, type Price, price, qty, type Side } from "../../src/core/units.ts";
import { aBook } from "../support/builders.ts";
import { ARRIVED_MS, anOrder, SENT_MS, simRig } from "../support/sim-rig.ts";

// Immediate orders on any book that is not crossed: YES bids below 50 cents, NO bids below 50 cents.

const level = fc.tuple(fc.integer({ min: 1, max: 49 }), fc.integer({ min: 1, max: 300 }));
const levels = fc.uniqueArray(level, { maxLength: 6, selector: ([cents]) => cents });
const share = fc.integer({ min: 0, max: 10 }).map((tenth) => tenth / 10);
const order = fc.record({
  side: fc.constantFrom<Side>("yes", "no"),
  action: fc.constantFrom("buy" as const, "sell" as const),
  cents: fc.integer({ min: 1, max: 99 }),
  size: fc.integer({ min: 1, max: 60_000 }),
});
const story = fc.record({
  yes: levels,
  no: levels,
  wanted: fc.array(order, { minLength: 1, maxLength: 5 }),
  participation: share,
  haircut: share,
});

/** The bid that a fill took from: buying a side is selling the other one. */
function metBid({ action, price: at, side }: FillRecord): { side: Side; at: Price } {
  return action === "sell" ? { side, at } : { side: otherSide(side), at: complement(at) };
}

/** What all orders together took of each level. */
function takenOf(
  book: Book,
  fills: readonly FillRecord[],
): readonly [shown: number, taken: number][] {
  const taken = new Map<string, [number, number]>();
  for (const fill of fills) {
    const { at, side } = metBid(fill);
    const sums = taken.get(`${side}${at}`) ?? [book.sizeAt(side, at), 0];
    sums[1] += fill.qty;
    taken.set(`${side}${at}`, sums);
  }
  return [...taken.values()];
}

test("takers fill on the grid, within their order, within what is displayed, and nothing twice", () => {
  let fills = 0;
  fc.assert(
    fc.property(story, ({ haircut, no, participation, wanted, yes }) => {
      const book = aBook({ yes, no });
      const { venue } = simRig(book, { participation, haircut });
      for (const [index, { action, cents, side, size }] of wanted.entries()) {
        const terms = { action, side, price: price(cents * 100), qty: qty(size) };
        venue.submit(anOrder({ ...terms, orderId: `o${index}` }), SENT_MS);
      }
      const filled = venue
        .advance(ARRIVED_MS)
        .flatMap((answer) => (answer.type === "fill" ? [answer.fill] : []));
      fills += filled.length;
      for (const [index, { action, cents, size }] of wanted.entries()) {
        const own = filled.filter(({ orderId }) => orderId === `o${index}`);
        expect(own.reduce((sum, each) => sum + each.qty, 0)).toBeLessThanOrEqual(size);
        for (const { fillClass, price: at, qty: count } of own) {
          expect(fillClass).toBe("crossed");
          expect(at % 100).toBe(0);
          expect(Number.isInteger(count) && count > 0).toBe(true);
          if (action === "buy") expect(at).toBeLessThanOrEqual(cents * 100);
          else expect(at).toBeGreaterThanOrEqual(cents * 100);
        }
      }
      for (const [shown, taken] of takenOf(book, filled)) {
        expect(shown).toBeGreaterThan(0);
        // However many orders came, what one of them took is gone for the next.
        expect(taken).toBeLessThanOrEqual(shown);
        if (wanted.length === 1) expect(taken).toBeLessThanOrEqual(shown * (1 - haircut) + 1e-6);
      }
    }),
    { numRuns: 500 },
  );
  expect(fills).toBeGreaterThan(0);
});
