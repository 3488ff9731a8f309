import { expect, test } from "vitest";
import { Book } from "../../../src/core/book.ts";
import { BookShelf } from "../../../src/core/book-shelf.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aBook } from "../../support/builders.ts";

test("a book that was given is the next that is taken, and nothing of its market is left in it", () => {
  const shelf = new BookShelf();
  const used = aBook({ yes: [[45, 10]], no: [[50, 7]] });
  used.apply("yes", price(4600), qty(100), 1_000);
  used.invalidate("gap_seq");
  shelf.give(used);
  const again = shelf.take();
  expect(again).toBe(used);
  expect(again).toEqual(new Book());
  expect(again.problem).toBe("no_book");
  expect(again.changedMs).toBe(0);
  expect([again.bid("yes"), again.bid("no"), again.sizeAt("yes", price(4500))]).toEqual([
    undefined,
    undefined,
    0,
  ]);
  expect(shelf.take()).not.toBe(used);
});

test("what is given back starts with the next snapshot like a new one", () => {
  const shelf = new BookShelf();
  shelf.give(aBook({ yes: [[99, 1]], no: [] }));
  const book = shelf.take();
  book.replace([[price(4000), qty(300)]], [], 5);
  expect(book.bids("yes")).toEqual([[4000, 300]]);
  expect(book.problem).toBeNull();
});
