import fc from "fast-check";
import { expect, test } from "vitest";
import { KrakenBook } from "../../src/adapters/feeds/kraken/book.ts";
import {
  type BookChange,
  decodeKraken,
  type Precision,
} from "../../src/adapters/feeds/kraken/frames.ts";
import type { DepthLevel } from "../../src/core/events.ts";
import { formatDecimal } from "../../src/core/units.ts";
import { SpotBook, type SpotLevel } from "../../src/exchange/scenario/spot-book.ts";
import { bookChecksum } from "../../src/exchange/spot/kraken/checksum.ts";
import { DepthView } from "../../src/exchange/spot/kraken/depth-view.ts";

// The local exchange keeps its books in integers and never sees a parsed number, so what both make of the same changes
// agrees only when no digit is lost on the way through the text of a frame.

const change = fc.record({
  side: fc.constantFrom("bid" as const, "ask" as const),
  rank: fc.integer({ min: 0, max: 40 }),
  // Round numbers are the ones that lose their trailing zeros.
  size: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 5 }).map((each) => each * 100_000_000),
    fc.integer({ min: 1, max: 100 }).map((each) => each * 1000),
    fc.integer({ min: 1, max: 2_000_000_000_000_000 }),
  ),
});

const pairs = fc.record({
  price: fc.integer({ min: 0, max: 9 }),
  qty: fc.integer({ min: 0, max: 8 }),
  middle: fc.integer({ min: 100, max: 100_000_000 }),
  depth: fc.constantFrom(10, 25),
});

const written = (value: number, scale: number): string =>
  scale === 0 ? `${value}` : formatDecimal(value, scale);

function frame(
  type: string,
  sides: Record<"bids" | "asks", readonly SpotLevel[]>,
  view: DepthView,
  digits: Precision,
) {
  const list = (levels: readonly SpotLevel[]): string =>
    levels
      .map(([p, q]) => `{"price":${written(p, digits.price)},"qty":${written(q, digits.qty)}}`)
      .join(",");
  const checksum = bookChecksum(view.asks(), view.bids());
  return `{"channel":"book","type":"${type}","data":[{"symbol":"X/USD","bids":[${list(sides.bids)}],"asks":[${list(sides.asks)}],"checksum":${checksum}}]}`;
}

function decoded(text: string): BookChange {
  const read = decodeKraken(text, 1);
  const [only] = read.kind === "books" ? read.changes : [];
  if (only === undefined) throw new Error(`refused: ${text}`);
  return only;
}

function set(levels: Map<number, number>, changes: readonly DepthLevel[]): void {
  for (const [price, size] of changes) {
    if (size === 0) levels.delete(price);
    else levels.set(price, size);
  }
}

test("every checksum is the exchange's own, and the changes with what they push out make the same book", () => {
  fc.assert(
    fc.property(
      pairs,
      fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 60 }),
      (pair, messages) => {
        const { depth, middle } = pair;
        const truth = new SpotBook();
        for (let each = 1; each <= depth + 5; each++) {
          if (middle - each > 0) truth.set("bid", middle - each, each * 1000);
          truth.set("ask", middle + each, each * 100_000_000);
        }
        const view = new DepthView(truth, depth);
        const book = new KrakenBook(pair, depth);
        const kept = { bids: new Map<number, number>(), asks: new Map<number, number>() };
        const take = (text: string): void => {
          const read = decoded(text);
          const gone = book.apply(read);
          expect(book.checksum()).toBe(read.checksum);
          for (const side of ["bids", "asks"] as const) {
            set(kept[side], read[side]);
            set(kept[side], gone[side]);
          }
        };
        take(frame("snapshot", { bids: view.bids(), asks: view.asks() }, view, pair));
        for (const message of messages) {
          for (const { side, rank, size } of message) {
            const price = side === "bid" ? middle - 1 - rank : middle + 1 + rank;
            if (price > 0) truth.set(side, price, size);
          }
          const told = view.update();
          if (told !== null) take(frame("update", told, view, pair));
        }
        const { bids, asks } = book.levels();
        expect(bids).toEqual([...kept.bids].toSorted(([a], [b]) => b - a));
        expect(asks).toEqual([...kept.asks].toSorted(([a], [b]) => a - b));
        expect(bids).toHaveLength(view.bids().length);
        expect(asks).toHaveLength(view.asks().length);
      },
    ),
    { numRuns: 150 },
  );
});
