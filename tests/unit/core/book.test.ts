import { describe, expect, test } from "vitest";
import { Book } from "../../../src/core/book.ts";
import { price, qty } from "../../../src/core/units.ts";
import { aBook, levels } from "../../support/builders.ts";

describe("Book", () => {
  test("asks are the other side's bids", () => {
    const book = aBook({
      yes: [
        [45, 10],
        [46, 3],
      ],
      no: [
        [50, 7],
        [52, 2],
      ],
    });
    expect(book.bid("yes")).toBe(4600);
    expect(book.ask("yes")).toBe(4800);
    expect(book.askQty("yes")).toBe(200);
    expect(book.ask("no")).toBe(5400);
    expect(book.asks("yes", price(5_000))).toEqual([
      [4800, 200],
      [5000, 700],
    ]);
  });

  test("a book without a snapshot has a problem, an empty snapshot is legal", () => {
    const book = new Book();
    expect(book.problem).toBe("no_book");
    book.replace([], [], 5);
    expect(book.problem).toBeNull();
    expect(book.empty).toBe(true);
    expect(book.bid("yes")).toBeUndefined();
    expect(book.ask("yes")).toBeUndefined();
  });

  test("removing the best level finds the next one", () => {
    const book = aBook({
      yes: [
        [10, 1],
        [40, 1],
      ],
    });
    expect(book.apply("yes", price(4_000), qty(-100), 1)).toBe(true);
    expect(book.bid("yes")).toBe(1000);
  });

  test("I24: a level below zero makes the book unusable until the next snapshot", () => {
    const book = aBook({ yes: [[40, 1]] });
    expect(book.apply("yes", price(4_000), qty(-101), 1)).toBe(false);
    expect(book.problem).toBe("negative_size");
    book.replace(levels([[30, 1]]), [], 2);
    expect(book.problem).toBeNull();
    expect(book.bid("yes")).toBe(3000);
  });

  test("a crossed moment is visible", () => {
    expect(aBook({ yes: [[60, 1]], no: [[40, 1]] }).crossed).toBe(true);
    expect(aBook({ yes: [[59, 1]], no: [[40, 1]] }).crossed).toBe(false);
  });
});
