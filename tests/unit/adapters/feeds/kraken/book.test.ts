import { describe, expect, test } from "vitest";
import { KrakenBook } from "../../../../../src/adapters/feeds/kraken/book.ts";
import { type BookChange, decodeKraken } from "../../../../../src/adapters/feeds/kraken/frames.ts";
import type { DepthLevel } from "../../../../../src/core/events.ts";
import { fixtureLines } from "../../fixtures.ts";

const BTC = { price: 1, qty: 8 };

// The worked example of spot-feeds.md §2.4.
const ASKS = `45285.2/0.00100000, 45286.4/1.54571953, 45286.6/1.54571109, 45289.6/1.54560911, 45290.2/0.15890660, 45291.8/1.54553491, 45294.7/0.04454749, 45296.1/0.35380000, 45297.5/0.09945542, 45299.5/0.18772827`;
const BIDS = `45283.5/0.10000000, 45283.4/1.54582015, 45282.1/0.10000000, 45281.0/0.10000000, 45280.3/1.54592586, 45279.0/0.07990000, 45277.6/0.03310103, 45277.5/0.30000000, 45277.3/1.54602737, 45276.6/0.15445238`;

function levelsOf(text: string): DepthLevel[] {
  return text.split(", ").map((level) => {
    const [price, size] = level.split("/").map(Number);
    return [price ?? Number.NaN, size ?? Number.NaN];
  });
}

describe("checksum", () => {
  test("the worked example of the reference", () => {
    const book = new KrakenBook(BTC, 10);
    book.apply({ bids: levelsOf(BIDS), asks: levelsOf(ASKS) });
    expect(book.checksum()).toBe(3_310_070_434);
  });

  test("is over ten levels a side at any depth, in whatever order they came", () => {
    const book = new KrakenBook(BTC, 100);
    book.apply({
      bids: [[45_000, 9], ...levelsOf(BIDS).toReversed()],
      asks: [[45_400, 9], ...levelsOf(ASKS).toReversed()],
    });
    expect(book.checksum()).toBe(3_310_070_434);
  });

  test("an empty book has that of no text", () => {
    expect(new KrakenBook(BTC, 10).checksum()).toBe(0);
  });
});

/** Plays recorded frames; which of the checksums were right. */
function play(name: string, precision: typeof BTC, edit: (changes: BookChange[]) => BookChange[]) {
  const changes = fixtureLines(`kraken/${name}.jsonl`).flatMap((line) => {
    const frame = decodeKraken(line, 1);
    return frame.kind === "books" ? frame.changes : [];
  });
  let book = new KrakenBook(precision, 10);
  return edit(changes).map((change) => {
    if (change.isSnapshot) book = new KrakenBook(precision, 10);
    book.apply(change);
    return book.checksum() === change.checksum;
  });
}

describe("recorded books", () => {
  test("every checksum of BTC/USD is right", () => {
    const right = play("book-btc-depth10", BTC, (changes) => changes);
    expect(right).toEqual(Array.from({ length: 27 }, () => true));
  });

  test("small prices: every checksum of ALGO/USD is right", () => {
    const right = play("book-small-prices", { price: 5, qty: 8 }, (changes) => changes);
    expect(right).toEqual([true, true]);
  });

  test("a lost update is seen at once, because it was among the ten best", () => {
    const right = play("book-btc-depth10", BTC, (changes) => changes.toSpliced(5, 1));
    expect(right.slice(0, 5)).toEqual([true, true, true, true, true]);
    expect(right[5]).toBe(false);
  });

  test("with another precision nothing is right", () => {
    const right = play("book-btc-depth10", { price: 2, qty: 8 }, (changes) => changes);
    expect(right).not.toContain(true);
  });
});

/** Ten levels of one coin, from a price outwards. */
function side(from: number, step: number): DepthLevel[] {
  return Array.from({ length: 10 }, (_, at) => [from + at * step, 1]);
}

function tenEachSide(): KrakenBook {
  const made = new KrakenBook(BTC, 10);
  made.apply({ bids: side(100, -1), asks: side(101, 1) });
  return made;
}

describe("levels", () => {
  test("what a new level pushes out of view comes back with size 0", () => {
    const made = tenEachSide();
    expect(made.apply({ bids: [[99.5, 2]], asks: [] })).toEqual({ bids: [[91, 0]], asks: [] });
    expect(made.levels().bids).toHaveLength(10);
    expect(made.levels().bids.slice(0, 3)).toEqual([
      [100, 1],
      [99.5, 2],
      [99, 1],
    ]);
  });

  test("a message is taken in whole before anything is out of view", () => {
    const made = tenEachSide();
    const gone = made.apply({
      bids: [],
      asks: [
        [100.5, 3],
        [101, 0],
      ],
    });
    expect(gone).toEqual({ bids: [], asks: [] });
    expect(made.levels().asks).toHaveLength(10);
    expect(made.levels().asks[0]).toEqual([100.5, 3]);
  });

  test("size 0 of a level that is not there changes nothing", () => {
    const made = tenEachSide();
    const before = made.checksum();
    made.apply({ bids: [[99.9, 0]], asks: [[500, 0]] });
    expect(made.checksum()).toBe(before);
    expect(made.levels()).toEqual(tenEachSide().levels());
  });
});
