import fc from "fast-check";
import { expect, test } from "vitest";
import { Book } from "../../src/core/book.ts";
import { price, qty, type Side } from "../../src/core/units.ts";

const change = fc.record({
  side: fc.constantFrom<Side>("yes", "no"),
  level: fc.integer({ min: 1, max: 9_999 }),
  size: fc.integer({ min: -50, max: 100 }),
});

test("the book equals a naive one after any deltas, and yes ask + no bid is $1", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const book = new Book();
      book.replace([], [], 0);
      const naive = { yes: new Map<number, number>(), no: new Map<number, number>() };
      for (const { side, level, size } of changes) {
        const next = (naive[side].get(level) ?? 0) + size;
        if (next < 0) continue;
        expect(book.apply(side, price(level), qty(size), 1)).toBe(true);
        if (next === 0) naive[side].delete(level);
        else naive[side].set(level, next);
      }
      for (const side of ["yes", "no"] as const) {
        const best = Math.max(0, ...naive[side].keys());
        expect(book.bid(side) ?? 0).toBe(best);
        expect(book.bidQty(side)).toBe(naive[side].get(best) ?? 0);
        const ask = book.ask(side === "yes" ? "no" : "yes");
        expect(ask ?? 10_000).toBe(10_000 - best);
      }
    }),
    { numRuns: 200 },
  );
});
