import fc from "fast-check";
import { expect, test } from "vitest";
import type { DepthLevel, IndexTick, SpotDepth } from "../../src/core/events.ts";
import { consolidate, type VenueBook } from "../../src/core/index/consolidate.ts";
import { INDEX_METHODS, readIndex } from "../../src/core/index/methodology.ts";
import { IndexProxy } from "../../src/core/index/proxy.ts";

interface Lists extends VenueBook {
  readonly bids: DepthLevel[];
  readonly asks: DepthLevel[];
}

const sizes = fc.double({ min: 0.001, max: 20, noNaN: true });

function side(direction: 1 | -1): fc.Arbitrary<DepthLevel[]> {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), sizes), { maxLength: 30 });
  return fc.tuple(fc.integer({ min: -30, max: 30 }), steps).map(([from, levels]) => {
    let ticks = 10_000 * 5 + from + 10 * direction;
    return levels.map(([step, size]): DepthLevel => {
      ticks += direction * step;
      return [ticks / 5, size];
    });
  });
}

/** Books around 10 000 on a coarse grid, which share prices, often cross one another, and now and then themselves. */
const books = fc.array(fc.record({ bids: side(-1), asks: side(1) }), {
  minLength: 1,
  maxLength: 5,
});
const shuffled = books.chain((list) =>
  fc.tuple(
    fc.constant(list),
    fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
  ),
);
const METHOD = INDEX_METHODS.BTC;

test("the order of the venues makes no difference, to the last bit", () => {
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(readIndex(other, METHOD)).toEqual(readIndex(list, METHOD));
    }),
    { numRuns: 500 },
  );
});

function volume(levels: readonly DepthLevel[]): number {
  return levels.reduce((sum, [, size]) => sum + size, 0);
}

function all(ladder: VenueBook["bids"]): DepthLevel[] {
  const found: DepthLevel[] = [];
  for (let level = ladder.at(0); level !== undefined; level = ladder.at(found.length)) {
    found.push(level);
  }
  return found;
}

test("a consolidated book does not cross, is in order, and lost the same from both sides", () => {
  fc.assert(
    fc.property(books, (list: Lists[]) => {
      const merged = consolidate(list);
      const [bids, asks] = [all(merged.bids), all(merged.asks)];
      for (const levels of [bids, asks]) {
        expect(Math.min(1, ...levels.map(([, size]) => size))).toBeGreaterThan(0);
      }
      const [down, up] = [bids.map(([price]) => price), asks.map(([price]) => price)];
      expect(down).toEqual([...new Set(down)].toSorted((a, b) => b - a));
      expect(up).toEqual([...new Set(up)].toSorted((a, b) => a - b));
      expect(Math.max(0, ...down)).toBeLessThan(Math.min(Number.POSITIVE_INFINITY, ...up));
      const lostBids = volume(list.flatMap((book) => book.bids)) - volume(bids);
      const lostAsks = volume(list.flatMap((book) => book.asks)) - volume(asks);
      expect(lostBids).toBeCloseTo(lostAsks, 6);
    }),
    { numRuns: 500 },
  );
});

test("the value lies between the bid and the ask at the end of the utilised depth", () => {
  fc.assert(
    fc.property(books, (list) => {
      const reading = readIndex(list, METHOD);
      if (reading === null) return;
      const { valueUsd, deepestAskUsd, deepestBidUsd } = reading;
      expect(valueUsd).toBeGreaterThanOrEqual(deepestBidUsd - 1e-6);
      expect(valueUsd).toBeLessThanOrEqual(deepestAskUsd + 1e-6);
      expect(deepestAskUsd - deepestBidUsd).toBeLessThanOrEqual(
        reading.midsUsd.length === 0
          ? Number.POSITIVE_INFINITY
          : 2 * METHOD.spreadMax * valueUsd * 1.01,
      );
    }),
    { numRuns: 500 },
  );
});

test("prices scaled by a power of two scale the value", () => {
  fc.assert(
    fc.property(books, (list) => {
      const scaled = list.map(({ bids, asks }) => ({
        bids: bids.map(([price, size]): DepthLevel => [price * 2, size]),
        asks: asks.map(([price, size]): DepthLevel => [price * 2, size]),
      }));
      const [once, twice] = [readIndex(list, METHOD), readIndex(scaled, METHOD)];
      expect(twice?.valueUsd).toBe(once === null ? undefined : once.valueUsd * 2);
    }),
    { numRuns: 200 },
  );
});

const SOURCES = ["coinbase", "kraken", "bitstamp", "gemini"];
const depths = fc
  .tuple(...SOURCES.map(() => fc.record({ bids: side(-1), asks: side(1) })))
  .map((list) =>
    list.map(
      (book, at): SpotDepth => ({
        type: "depth",
        source: SOURCES[at] ?? "",
        product: "BTC-USD",
        kind: "snapshot",
        ...book,
        exchangeMs: null,
        recvMs: 1_000_000,
      }),
    ),
  );

function standIn(events: readonly SpotDepth[]): IndexTick[] {
  const proxy = new IndexProxy([{ asset: "BTC", indexId: "BRTI", product: "BTC-USD" }]);
  for (const event of events) proxy.observe(event);
  return proxy.onSecond(1_001_000);
}

test("the stand-in is the same in whatever order the venues were heard", () => {
  fc.assert(
    fc.property(
      depths.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: 4, maxLength: 4 })),
      ),
      ([list, other]) => {
        expect(standIn(other)).toEqual(standIn(list));
      },
    ),
    { numRuns: 300 },
  );
});
