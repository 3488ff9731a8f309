import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DepthLevel } from "../../../src/core/events.ts";
import { SpotBook } from "../../../src/core/spot-book.ts";

/** The same book kept the plain way. */
class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply(bids: readonly DepthLevel[], asks: readonly DepthLevel[]): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, size] of levels) {
        if (size === 0) side.delete(price);
        else side.set(price, size);
      }
    }
  }

  levels(side: "bid" | "ask"): DepthLevel[] {
    const sorted = [...(side === "bid" ? this.bids : this.asks)];
    return sorted.toSorted(([a], [b]) => (side === "bid" ? b - a : a - b));
  }
}

function expectSame(book: SpotBook, plain: PlainBook): void {
  const bids = plain.levels("bid");
  const asks = plain.levels("ask");
  expect([...book.levels("bid")]).toEqual(bids);
  expect([...book.levels("ask")]).toEqual(asks);
  expect([book.bidUsd, book.bidSize]).toEqual([bids[0]?.[0] ?? null, bids[0]?.[1] ?? 0]);
  expect([book.askUsd, book.askSize]).toEqual([asks[0]?.[0] ?? null, asks[0]?.[1] ?? 0]);
}

const cents = (n: number): number => n / 100;

const level = (ticks: fc.Arbitrary<number>) =>
  fc.tuple(ticks.map(cents), fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })));

describe("SpotBook", () => {
  test("a snapshot gives both touches, a change moves them, and the emptied best gives way to the next", () => {
    const book = new SpotBook();
    book.replace(
      [
        [83_277.25, 1],
        [83_275.58, 2],
      ],
      [
        [83_277.26, 3],
        [83_280, 4],
      ],
    );
    expect([book.bidUsd, book.bidSize, book.askUsd, book.askSize]).toEqual([
      83_277.25, 1, 83_277.26, 3,
    ]);
    book.apply([[83_277.25, 0]], [[83_276, 5]]);
    expect([book.bidUsd, book.askUsd, book.isCrossed]).toEqual([83_275.58, 83_276, false]);
  });

  test("an empty side has no price, and is filled again", () => {
    const book = new SpotBook();
    book.replace([[10, 1]], []);
    expect([book.askUsd, book.askSize, book.isCrossed]).toEqual([null, 0, false]);
    book.apply([[10, 0]], [[9, 1]]);
    expect([book.bidUsd, book.askUsd]).toEqual([null, 9]);
    book.apply([[8, 2]], []);
    expect([book.bidUsd, book.bidSize]).toEqual([8, 2]);
  });

  test.each([
    ["locked", 100, 100, true],
    ["crossed", 101, 100, true],
    ["one cent apart", 99.99, 100, false],
  ])("%s: bid %d, ask %d", (_name, bid, ask, isCrossed) => {
    const book = new SpotBook();
    book.replace([[bid, 1]], [[ask, 1]]);
    expect(book.isCrossed).toBe(isCrossed);
  });

  test("the grid is as fine as the snapshot needs; an update between its ticks is refused", () => {
    const book = new SpotBook();
    expect(book.replace([[150.1234, 1]], [[150.2, 1]])).toBe(true);
    expect(book.bidUsd).toBe(150.1234);
    expect(book.apply([[150.1235, 1]], [])).toBe(true);
    expect(book.apply([[150.12345, 1]], [])).toBe(false);
  });

  test.each([
    ["no grid is that fine", 150.123_456_78, 1],
    ["no price", 0, 1],
    ["no number", Number.NaN, 1],
    ["a negative size", 100, -1],
    ["a size that is no number", 100, Number.NaN],
  ])("refused: %s", (_name, price, size) => {
    expect(new SpotBook().replace([[price, size]], [])).toBe(false);
  });

  test("a level far behind comes back when the price walks to it, and goes again behind it", () => {
    const book = new SpotBook();
    const plain = new PlainBook();
    const take = (bids: DepthLevel[], asks: DepthLevel[]): void => {
      book.apply(bids, asks);
      plain.apply(bids, asks);
      expectSame(book, plain);
    };
    book.replace([], []);
    take([[80_000, 1]], [[80_001, 1]]);
    take([[0.01, 7]], [[250_000, 7]]);
    take([[78_000, 2]], [[83_000, 2]]);
    // The touch falls by $2,000, then leaps up by $9,000.
    take([[80_000, 0]], [[78_001, 1]]);
    take(
      [[87_000, 3]],
      [
        [78_001, 0],
        [80_001, 0],
        [83_000, 0],
      ],
    );
    take(
      [
        [87_000, 0],
        [78_000, 0],
      ],
      [],
    );
    expect([book.bidUsd, book.askUsd]).toEqual([0.01, 250_000]);
  });

  test("whatever happens it holds what a plain book holds", () => {
    // Near the touch, within the window and far outside of it.
    const ticks = fc.oneof(
      fc.integer({ min: 7_999_900, max: 8_000_100 }),
      fc.integer({ min: 7_900_000, max: 8_100_000 }),
      fc.integer({ min: 1, max: 20_000_000 }),
    );
    const changes = fc.array(level(ticks), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(changes, changes), { maxLength: 25 }), (steps) => {
        const book = new SpotBook();
        const plain = new PlainBook();
        for (const [bids, asks] of steps) {
          expect(book.apply(bids, asks)).toBe(true);
          plain.apply(bids, asks);
        }
        expectSame(book, plain);
        const [bid = 0] = plain.levels("bid")[0] ?? [];
        const [ask = Number.POSITIVE_INFINITY] = plain.levels("ask")[0] ?? [];
        expect(book.isCrossed).toBe(bid > 0 && bid >= ask);
        const [bids, asks] = [plain.levels("bid"), plain.levels("ask")];
        expect(book.replace(bids.toReversed(), asks)).toBe(true);
        expectSame(book, plain);
      }),
      { numRuns: 150 },
    );
  });
});
