import fc from "fast-check";
import { expect, test } from "vitest";
import { Book } from "../../src/core/book.ts";
import type { Level } from "../../src/core/events.ts";
import { price, qty, type Side } from "../../src/core/units.ts";

const change = fc.record({
  side: fc.constantFrom<Side>("yes", "no"),
  level: fc.integer({ min: 1, max: 9_999 }),
  size: fc.integer({ min: -50, max: 100 }),
});

test("I24: the book equals a naive one after any deltas, and yes ask + no bid is $1", () => {
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

test("when the best goes, what is best next is found however far below it lies", () => {
  // Neighbours, cents, and the borders of the 32 levels that are looked at in one step.
  const level = fc.oneof(
    fc.integer({ min: 1, max: 9_999 }),
    fc.integer({ min: 1, max: 99 }).map((cents) => cents * 100),
    fc.integer({ min: 1, max: 311 }).chain((word) => fc.constantFrom(word * 32 - 1, word * 32)),
    fc.constantFrom(1, 2, 31, 32, 9_998, 9_999),
  );
  const levels = fc.uniqueArray(level, { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(levels, fc.array(fc.nat(59)), (all, gone) => {
      const book = new Book();
      const rest = new Set(all);
      const full = all.map((each): Level => [price(each), qty(100)]);
      book.replace(full, [], 0);
      const remove = (each: number): void => {
        expect(book.apply("yes", price(each), qty(-100), 1)).toBe(true);
        rest.delete(each);
        expect(book.bid("yes") ?? 0).toBe(Math.max(0, ...rest));
      };
      // Some from the middle first, so that there are holes of every width to cross.
      for (const at of new Set(gone)) {
        const each = all[at];
        if (each !== undefined) remove(each);
      }
      for (const each of [...rest].toSorted((a, b) => b - a)) remove(each);
      expect(book.empty).toBe(true);
      // Of a book that was replaced, nothing is left to be found.
      book.replace(full, [], 2);
      book.replace([[price(9_999), qty(100)]], [], 3);
      remove(9_999);
    }),
    { numRuns: 500 },
  );
});
