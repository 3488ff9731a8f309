import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DepthLevel, SpotDepth } from "../../../../src/core/events.ts";
import { VenueBook } from "../../../../src/core/index/venue-book.ts";

function depth(
  kind: SpotDepth["kind"],
  bids: readonly DepthLevel[],
  asks: readonly DepthLevel[],
): SpotDepth {
  const seen = { source: "kraken", product: "BTC-USD", exchangeMs: null, recvMs: 1 };
  return { type: "depth", kind, bids, asks, ...seen };
}

function levelsOf(side: VenueBook["bids"]): DepthLevel[] {
  const found: DepthLevel[] = [];
  for (let level = side.at(0); level !== undefined; level = side.at(found.length))
    found.push(level);
  return found;
}

test("changes before a snapshot, and after a hole, are of no use", () => {
  const book = new VenueBook();
  book.apply(depth("update", [[99, 1]], [[101, 1]]), 5);
  expect([book.isWhole, book.midUsd()]).toEqual([false, null]);
  book.apply(depth("snapshot", [[99, 1]], [[101, 1]]), 6);
  expect([book.isWhole, book.midUsd(), book.atMs]).toEqual([true, 100, 6]);
  book.invalidate();
  book.apply(depth("update", [[98, 1]], []), 7);
  expect([book.isWhole, book.atMs, levelsOf(book.bids)]).toEqual([false, 6, [[99, 1]]]);
  book.apply(depth("snapshot", [[97, 1]], [[98, 1]]), 8);
  expect([book.isWhole, book.midUsd()]).toEqual([true, 97.5]);
});

test.each<[string, DepthLevel[], DepthLevel[], number | null]>([
  ["whole", [[99, 1]], [[101, 1]], 100],
  ["no asks", [[99, 1]], [], null],
  ["no bids", [], [[101, 1]], null],
  ["crossed", [[102, 1]], [[101, 1]], null],
  ["locked", [[101, 1]], [[101, 1]], null],
])("mid: %s", (_name, bids, asks, mid) => {
  const book = new VenueBook();
  book.apply(depth("snapshot", bids, asks), 1);
  expect(book.midUsd()).toBe(mid);
});

describe("levels", () => {
  test("an order of levels other than best first makes no difference", () => {
    const book = new VenueBook();
    book.apply(
      depth(
        "snapshot",
        [
          [97, 3],
          [99, 1],
          [98, 2],
          [97, 4],
        ],
        [
          [103, 1],
          [101, 2],
        ],
      ),
      1,
    );
    expect(levelsOf(book.bids)).toEqual([
      [99, 1],
      [98, 2],
      [97, 3],
    ]);
    expect(levelsOf(book.asks)).toEqual([
      [101, 2],
      [103, 1],
    ]);
  });

  test("a book equals a naive one after any snapshots and changes", () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 3 }));
    const message = fc.tuple(
      fc.constantFrom<SpotDepth["kind"]>("snapshot", "update", "update", "update"),
      fc.uniqueArray(level, { maxLength: 12, selector: ([price]) => price }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
        const book = new VenueBook();
        book.apply(depth("snapshot", [], []), 1);
        const naive = new Map<number, number>();
        for (const [kind, levels] of messages) {
          book.apply(depth(kind, levels, levels), 1);
          if (kind === "snapshot") naive.clear();
          for (const [price, size] of levels) {
            if (size === 0) naive.delete(price);
            else naive.set(price, size);
          }
        }
        const ascending = [...naive].toSorted(([a], [b]) => a - b);
        expect(levelsOf(book.asks)).toEqual(ascending);
        expect(levelsOf(book.bids)).toEqual(ascending.toReversed());
      }),
      { numRuns: 300 },
    );
  });

  test("a side without end keeps its best 32768 levels", () => {
    const book = new VenueBook();
    const bids = Array.from({ length: 40_000 }, (_, at): DepthLevel => [100_000 - at, 1]);
    book.apply(depth("snapshot", bids, []), 1);
    expect(book.bids.at(32_767)).toEqual([67_233, 1]);
    expect(book.bids.at(32_768)).toBeUndefined();
    book.apply(
      depth(
        "update",
        [
          [100_001, 2],
          [5, 1],
        ],
        [],
      ),
      1,
    );
    expect([book.bids.at(0), book.bids.at(1)]).toEqual([
      [100_001, 2],
      [100_000, 1],
    ]);
    expect(book.bids.at(32_767)).toEqual([67_234, 1]);
  });
});
